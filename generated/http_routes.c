/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_routes.h"

#include <stddef.h>

const struct http_route http_routes[HTTP_ROUTES] = {
    [HTTP_GET_ROOT] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/"),
            .content_type = STR_INIT("text/html; charset=utf-8"),
            .allow = STR_INIT("GET, HEAD"),
            .has_etag = true,
        },
    [HTTP_GET_HEALTH] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/health"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [HTTP_GET_LIVEZ] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/livez"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [HTTP_GET_READYZ] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/readyz"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [HTTP_GET_METRICS] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/metrics"),
            .content_type = STR_INIT("text/plain; version=0.0.4; charset=utf-8"),
            .allow = STR_INIT("GET, HEAD"),
        },
    [HTTP_GET_PROTOCOL_YAML] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/protocol.yaml"),
            .content_type = STR_INIT("application/yaml"),
            .allow = STR_INIT("GET, HEAD"),
            .has_etag = true,
        },
    [HTTP_GET_OPENAPI_JSON] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/openapi.json"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
            .has_etag = true,
        },
    [HTTP_GET_ADMIN_STATUS] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/admin/status"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_SESSIONS] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/sessions"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_ROOMS] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/rooms"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_DISCONNECT] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/disconnect"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_REVOKE] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/revoke"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_TRACE] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/trace"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_LOG_LEVEL] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/log-level"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .has_body = true,
            .is_admin = true,
        },
    [HTTP_POST_ADMIN_DRAIN] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/admin/drain"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("POST"),
            .is_admin = true,
        },
    [GAME_GET_ROOMS] =
        {
            .method = STR_INIT("GET"),
            .path = STR_INIT("/rooms"),
            .content_type = STR_INIT("application/json"),
            .allow = STR_INIT("GET, HEAD"),
            .wants_token = true,
        },
    [GAME_POST_CHAT_HISTORY] =
        {
            .method = STR_INIT("POST"),
            .path = STR_INIT("/chat/history"),
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
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 417:
        return "Expectation Failed";
    case 429:
        return "Too Many Requests";
    case 426:
        return "Upgrade Required";
    case 431:
        return "Request Header Fields Too Large";
    case 503:
        return "Service Unavailable";
    default:
        return NULL;
    }
}
