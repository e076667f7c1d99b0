/* http_routes.h: what is answered over HTTP: each path with its method, and how requests are
 * refused.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Constants; any thread. */
#ifndef PARLEY_GENERATED_HTTP_ROUTES_H
#define PARLEY_GENERATED_HTTP_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum http_route_name {
    HTTP_GET_ROOT,              /* GET / */
    HTTP_GET_HEALTH,            /* GET /health */
    HTTP_GET_LIVEZ,             /* GET /livez */
    HTTP_GET_READYZ,            /* GET /readyz */
    HTTP_GET_METRICS,           /* GET /metrics */
    HTTP_GET_PROTOCOL_YAML,     /* GET /protocol.yaml */
    HTTP_GET_OPENAPI_JSON,      /* GET /openapi.json */
    HTTP_GET_ADMIN_STATUS,      /* GET /admin/status */
    HTTP_POST_ADMIN_SESSIONS,   /* POST /admin/sessions */
    HTTP_POST_ADMIN_ROOMS,      /* POST /admin/rooms */
    HTTP_POST_ADMIN_DISCONNECT, /* POST /admin/disconnect */
    HTTP_POST_ADMIN_REVOKE,     /* POST /admin/revoke */
    HTTP_POST_ADMIN_TRACE,      /* POST /admin/trace */
    HTTP_POST_ADMIN_LOG_LEVEL,  /* POST /admin/log-level */
    HTTP_POST_ADMIN_DRAIN,      /* POST /admin/drain */
    GAME_GET_ROOMS,             /* GET /rooms */
    GAME_POST_CHAT_HISTORY,     /* POST /chat/history */
    HTTP_ROUTES,
};

struct http_route {
    struct str method; /* GET answers HEAD, too, without the body */
    struct str path;
    struct str content_type; /* of the answer */
    struct str allow;        /* all methods of the path, for the header Allow */
    bool has_body;           /* the request's */
    bool has_etag;           /* who has the answer already gets 304 */
    bool wants_token;        /* where the server asks for tokens, it asks here too */
    bool is_admin;           /* on the admin port, and only there */
};

extern const struct http_route http_routes[HTTP_ROUTES];

/* The name of a status that refuses a request ("Not Found"), which its body shows as `error`; NULL
 * for one that protocol.yaml does not name. */
const char *http_refusal_name(int status);

#endif
