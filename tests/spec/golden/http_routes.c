/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_routes.h"

#include <stddef.h>

const struct http_route http_routes[HTTP_ROUTES] = {
    [HTTP_GET_ROOT] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/"),
            .content_type = STR_INIT("text/plain"),
            .allow = STR_INIT("GET, HEAD"),
            .has_etag = true,
        },
    [HTTP_GET_COLOR] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/color"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [HTTP_POST_TINT] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/tint"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [TALK_GET_PEOPLE] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/people"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [TALK_POST_SAY] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/say"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .wants_token = true,
        },
};

const char *http_refusal_name(int status)
{
    switch (status) {
    case 400:
        return "Bad";
    case 401:
        return "Not You";
    case 404:
        return "Not Here";
    case 405:
        return "Not So";
    case 409:
        return "Not Now";
    default:
        return NULL;
    }
}
