#include "net/http/site.h"

#include "base/check.h"
#include "base/log.h"
#include "generated/http_routes.h"
#include "generated/protocol.h"
#include "net/http/admin.h"
#include "net/http/answer.h"
#include "net/http/api.h"
#include "net/http/cors.h"
#include "net/http/handshake.h"
#include "net/http/head.h"
#include "net/http/token.h"
#include "net/http/trace.h"
#include "net/output.h"
#include "net/worker.h"

static h2o_socket_t *socket_of(h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn);
}

static struct handshake_policy policy_of(const struct worker *worker)
{
    const struct config *config = worker->renewal->config;
    return (struct handshake_policy){config->allowed_origins, config->allowed_origins_count};
}

/* How the client counts whose request it is. */
static struct admitted client_of(const struct worker *worker, h2o_req_t *request,
                                 const struct head *head)
{
    struct ip address = guest_client(guest_of(socket_of(request)), head);
    return admission_client(worker->server->admission, &address);
}

static void refuse(h2o_req_t *request, struct refusal refusal)
{
    answer_and_close(request, refusal.status, refusal.reason);
}

/* Tokens. */

/* Tells a client what was wrong with its token (RFC 6750, 3). */
static void challenge(h2o_req_t *request, const struct refusal *refusal, bool presented)
{
    if (refusal->status == 400)
        answer_header(request, "WWW-Authenticate", "Bearer error=\"invalid_request\"");
    else if (refusal->status == 401)
        answer_header(request, "WWW-Authenticate",
                      presented ? "Bearer error=\"invalid_token\"" : "Bearer");
}

/* Nothing wrong, and when what the request may ends; or why it may not, with the answer's header
 * added. A wrong token is a guess of its address. */
static struct refusal check_token(struct worker *worker, h2o_req_t *request,
                                  const struct head *head, uint64_t *expires_ms)
{
    const struct server_tokens *tokens = &worker->server->setup->tokens;
    struct admission *admission = worker->server->admission;
    struct admitted client = client_of(worker, request, head);
    uint64_t now_ms = worker->loop.now_ms;
    struct str token;
    struct refusal refusal =
        token_find(head, h2o_mem_alloc_pool(&request->pool, head->query.len + 1), &token);
    if (refusal.status == 0 && token.len == 0) {
        refusal = (struct refusal){401, STR_INIT("a token is needed")};
    } else if (refusal.status == 0 && admission_barred(admission, client, now_ms)) {
        refusal = (struct refusal){429, STR_INIT("too many wrong guesses")};
    } else if (refusal.status == 0 &&
               !tokens->verify(tokens->verifier, token, worker->loop.wall_ms, expires_ms)) {
        refusal = (struct refusal){401, STR_INIT("the token is not valid")};
        admission_guess(admission, client, now_ms);
    }
    challenge(request, &refusal, token.len > 0);
    if (refusal.status != 0)
        stat_add(&worker->stats.tokens_refused, 1);
    return refusal;
}

/* WebSocket. */

static const struct server_route *find_socket(const struct server_setup *setup, struct str path)
{
    for (uint32_t i = 0; i < setup->routes_count; i++)
        if (str_equal(setup->routes[i].path, path))
            return &setup->routes[i];
    return NULL;
}

/* The 101 has been sent; `socket` is NULL when it could not be. */
static void on_upgraded(void *data, h2o_socket_t *socket, size_t request_len)
{
    struct connection *connection = data;
    if (socket == NULL) {
        connection_abandon(connection);
        return;
    }
    guest_release(guest_of(socket));
    h2o_buffer_consume(&socket->input, request_len);
    /* The input is taken out first: a connection that moves takes the socket along. */
    h2o_buffer_t *input;
    if (socket->ssl != NULL) {
        input = socket->input;
        h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
        connection_attach(connection, -1, socket, (uint8_t *)input->bytes, input->size);
    } else {
        h2o_socket_export_t export;
        CHECK(h2o_socket_export(socket, &export) == 0);
        input = export.input;
        connection_attach(connection, export.fd, NULL, (uint8_t *)input->bytes, input->size);
    }
    h2o_buffer_dispose(&input);
}

/* A proxy's connection becomes its client's; false when that has too many. */
static bool count_client(const struct worker *worker, struct guest *guest, const struct head *head)
{
    struct admission *admission = worker->server->admission;
    if (!guest->admitted.proxy)
        return true;
    struct ip client = guest_client(guest, head);
    if (!admission_turn(admission, &guest->admitted, admission_client(admission, &client)))
        return false;
    guest->address = client;
    return true;
}

/* Whether the request may become a connection, which is then counted. */
static struct refusal check(struct worker *worker, h2o_req_t *request, const struct head *head,
                            uint32_t binding, uint64_t *expires_ms)
{
    const struct handshake_policy policy = policy_of(worker);
    struct refusal refusal = handshake_check(head, &policy);
    if (refusal.status == 0 && worker->phase >= PHASE_DRAINING)
        refusal = (struct refusal){503, STR_INIT("the server is stopping")};
    if (refusal.status == 0 && worker->server->setup->tokens.services & 1u << binding)
        refusal = check_token(worker, request, head, expires_ms);
    if (refusal.status == 0 && !count_client(worker, guest_of(socket_of(request)), head)) {
        stat_add(&worker->stats.accept_refused_address, 1);
        refusal = (struct refusal){503, STR_INIT("too many connections from this address")};
    }
    if (refusal.status == 0 && !admission_session_enter(worker->server->admission))
        refusal = (struct refusal){503, STR_INIT("all connections are taken")};
    return refusal;
}

static void accept_upgrade(struct connection *connection, h2o_req_t *request,
                           const struct head *head)
{
    h2o_headers_t *headers = &request->res.headers;
    char *accept = h2o_mem_alloc_pool(&request->pool, WS_ACCEPT_BYTES);
    ws_accept_key(head->key, accept);
    answer_status(request, 101);
    h2o_add_header(&request->pool, headers, H2O_TOKEN_UPGRADE, "Upgrade", H2O_STRLIT("websocket"));
    h2o_add_header_by_str(&request->pool, headers, H2O_STRLIT("sec-websocket-accept"), 0,
                          "Sec-WebSocket-Accept", accept, WS_ACCEPT_BYTES);
    if (head->bearers > 0) /* browsers insist that what they offer is selected */
        answer_header(request, "Sec-WebSocket-Protocol",
                      h2o_strdup(&request->pool, head->bearer.base, head->bearer.len).base);
    /* The service's greeting goes out in the same write. */
    h2o_iovec_t greeting =
        output_take(&connection->session.egress, &request->pool, &connection->worker->stats);
    h2o_http1_upgrade(request, &greeting, greeting.len > 0 ? 1 : 0, on_upgraded, connection);
}

static void log_handshake(const struct worker *worker, h2o_req_t *request, const struct head *head,
                          const struct refusal *refusal)
{
    struct ip client = guest_client(guest_of(socket_of(request)), head);
    char text[IP_TEXT_BYTES];
    log_debug(refusal->status == 0 ? "handshake accepted" : "handshake refused",
              log_number("worker", worker->index), log_text("address", ip_print(&client, text)),
              log_number("status", refusal->status == 0 ? 101 : refusal->status),
              log_text("reason", refusal->reason));
}

static void upgrade(struct worker *worker, h2o_req_t *request, const struct head *head,
                    uint32_t binding)
{
    uint64_t expires_ms = UINT64_MAX;
    struct refusal refusal = check(worker, request, head, binding, &expires_ms);
    if (log_enabled(LOG_DEBUG))
        log_handshake(worker, request, head, &refusal);
    if (refusal.status != 0) {
        stat_add(&worker->stats.upgrades_refused, 1);
        refuse(request, refusal);
        return;
    }
    struct guest *guest = guest_of(socket_of(request));
    guest->session = true;
    struct connection *connection = connection_open(worker, binding, guest, expires_ms);
    if (connection == NULL) {
        refuse(request, (struct refusal){503, STR_INIT("the service is full")});
        return;
    }
    if (head->traceparents == 1 && log_enabled(LOG_DEBUG))
        connection->trace = trace_new(head->traceparent);
    accept_upgrade(connection, request, head);
}

/* Requests of other kinds. */

static void serve(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                  const struct head *head)
{
    switch ((enum http_route_name)(route - http_routes)) {
    case HTTP_GET_ROOT:
        pages_root(worker, request, route, head);
        break;
    case HTTP_GET_HEALTH:
        pages_health(worker, request, route, head);
        break;
    case HTTP_GET_LIVEZ:
        pages_livez(worker, request, route, head);
        break;
    case HTTP_GET_READYZ:
        pages_readyz(worker, request, route, head);
        break;
    case HTTP_GET_METRICS:
        pages_metrics(worker, request, route, head);
        break;
    case HTTP_GET_PROTOCOL_YAML:
        pages_protocol(worker, request, route, head);
        break;
    case HTTP_GET_OPENAPI_JSON:
        pages_openapi(worker, request, route, head);
        break;
    case GAME_GET_ROOMS:
        api_rooms(worker, request, route, head);
        break;
    case GAME_POST_CHAT_HISTORY:
        api_history(worker, request, route, head);
        break;
    case HTTP_GET_ADMIN_STATUS:
    case HTTP_POST_ADMIN_SESSIONS:
    case HTTP_POST_ADMIN_ROOMS:
    case HTTP_POST_ADMIN_DISCONNECT:
    case HTTP_POST_ADMIN_REVOKE:
    case HTTP_POST_ADMIN_TRACE:
    case HTTP_POST_ADMIN_LOG_LEVEL:
    case HTTP_POST_ADMIN_DRAIN:
        admin_serve(worker, request, route);
        break;
    case HTTP_ROUTES:
        break;
    }
}

/* The route for a path, with this method if there is one; NULL when there is nothing at the path.
 * The page, which opens WebSockets, is on the port that has them only; the admin port and the
 * others have no route in common. */
static const struct http_route *find_route(struct str path, struct str method,
                                           enum listener_name port)
{
    const struct http_route *found = NULL;
    for (size_t i = 0; i < HTTP_ROUTES; i++) {
        const struct http_route *route = &http_routes[i];
        if (!str_equal(route->path, path) || (i == HTTP_GET_ROOT && port != LISTENER_MAIN) ||
            route->is_admin != (port == LISTENER_ADMIN))
            continue;
        if (found == NULL || str_equal(route->method, method))
            found = route;
    }
    return found;
}

/* `route`: NULL when there is nothing at the path. */
static void serve_route(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                        const struct head *head)
{
    const struct handshake_policy policy = policy_of(worker);
    struct refusal refusal = {0, {NULL, 0}};
    uint64_t expires_ms;
    cors_begin(request, head, &policy);
    if (route == NULL) {
        answer_refusal(request, 404, STR("there is nothing at this path"));
        return;
    }
    bool is_head = str_equal(head->method, STR("HEAD")) && str_equal(route->method, STR("GET"));
    if (cors_is_preflight(head)) {
        cors_preflight(request, head, &policy, route->allow);
        return;
    }
    if (!is_head && !str_equal(head->method, route->method)) {
        answer_header(request, "Allow", route->allow.base);
        refusal = (struct refusal){405, STR_INIT("this path has other methods")};
    } else if (route->wants_token && worker->server->setup->tokens.http) {
        refusal = check_token(worker, request, head, &expires_ms);
    }
    if (refusal.status != 0)
        answer_refusal(request, refusal.status, refusal.reason);
    else
        serve(worker, request, route, head);
}

static void dispatch(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    enum listener_name port = guest_of(socket_of(request))->port;
    const struct server_route *socket =
        port == LISTENER_MAIN ? find_socket(worker->server->setup, head->path) : NULL;
    const struct http_route *route = find_route(
        head->path, str_equal(head->method, STR("HEAD")) ? STR("GET") : head->method, port);
    struct refusal refusal = {0, {NULL, 0}};
    if (port == LISTENER_ADMIN)
        refusal = admin_check(worker, request, head);
    if (refusal.status != 0)
        answer_refusal(request, refusal.status, refusal.reason);
    else if (socket != NULL && (head->upgrade_websocket || route == NULL))
        upgrade(worker, request, head, socket->binding);
    else if (route != NULL && head->upgrade_websocket)
        refuse(request, (struct refusal){404, STR_INIT("there is no WebSocket at this path")});
    else
        serve_route(worker, request, route, head);
}

static int on_request(h2o_handler_t *handler, h2o_req_t *request)
{
    (void)handler;
    struct guests *guests = H2O_STRUCT_FROM_MEMBER(struct guests, context, request->conn->ctx);
    struct worker *worker = H2O_STRUCT_FROM_MEMBER(struct worker, guests, guests);
    const h2o_buffer_t *input = socket_of(request)->input;
    struct head head;
    bool complete = head_read(&head, (struct str){input->bytes, input->size});
    const char *fault = complete ? head_fault(&head) : "the request's head cannot be read";
    if (fault != NULL)
        refuse(request, (struct refusal){400, {fault, strlen(fault)}});
    else if (head.len > worker_config(worker)->header_bytes_max)
        refuse(request, (struct refusal){431, STR_INIT("the request's head is too long")});
    else
        dispatch(worker, request, &head);
    return 0;
}

/* Start. */

void site_init(struct site *site, const struct config *config)
{
    pages_init(&site->pages);
    h2o_config_init(&site->config);
    site->config.server_name = h2o_iovec_init(H2O_STRLIT("parley"));
    site->config.handshake_timeout = config->header_timeout_ms;
    site->config.http1.req_timeout = config->header_timeout_ms;
    site->config.http1.upgrade_to_http2 = 0;
    site->config.max_request_entity_size = BODY_BYTES_MAX;
    h2o_hostconf_t *host =
        h2o_config_register_host(&site->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
    answer_own_errors(&host->fallback_path);
}

void site_clear(struct site *site)
{
    h2o_config_dispose(&site->config);
}
