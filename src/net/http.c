#include "net/http.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/hash.h"
#include "net/assets.h"
#include "net/handshake.h"
#include "net/head.h"
#include "net/metrics.h"
#include "net/output.h"
#include "net/worker.h"

/* Requests have no bodies here; a small one is read, and ignored, rather than an error. */
enum { REQUEST_BODY_BYTES_MAX = 64 * 1024 };

/* Answers. */

/* Statuses that are answered here, with their phrases (RFC 9110, 15). */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {426, "Upgrade Required"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
};

static const char *reason_phrase(int status)
{
    size_t i = 0;
    while (phrases[i].status != status)
        CHECK(++i < sizeof phrases / sizeof phrases[0]);
    return phrases[i].phrase;
}

/* Names and values must live as long as the request. */
static void add_header(h2o_req_t *request, const char *name, const char *value)
{
    char lower[64];
    size_t len = strlen(name);
    CHECK(len <= sizeof lower);
    memcpy(lower, name, len);
    h2o_strtolower(lower, len);
    h2o_iovec_t kept = h2o_strdup(&request->pool, lower, len);
    h2o_add_header_by_str(&request->pool, &request->res.headers, kept.base, len, 1, name, value,
                          strlen(value));
}

/* `body` must live as long as the request. */
static void answer(h2o_req_t *request, int status, const char *content_type, struct str body)
{
    static h2o_generator_t generator = {NULL, NULL};
    bool head_only = h2o_memis(request->method.base, request->method.len, H2O_STRLIT("HEAD"));
    h2o_iovec_t bytes = h2o_iovec_init(body.base, body.len);
    request->res.status = status;
    request->res.reason = reason_phrase(status);
    if (status != 304) {
        request->res.content_length = body.len;
        add_header(request, "Content-Type", content_type);
    }
    h2o_start_response(request, &generator);
    h2o_send(request, &bytes, head_only || status == 304 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static struct str formatted(h2o_req_t *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static struct str formatted(h2o_req_t *request, const char *format, ...)
{
    enum { FORMATTED_BYTES_MAX = 1024 };
    char *text = h2o_mem_alloc_pool(&request->pool, FORMATTED_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, FORMATTED_BYTES_MAX, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && len < FORMATTED_BYTES_MAX);
    return (struct str){text, (size_t)len};
}

#define REFUSAL_BODY "{\"status\":%d,\"error\":\"%s\",\"message\":\"%s\"}\n"

/* Says what is wrong, and closes the connection: its client is confused or hostile. */
static void refuse(h2o_req_t *request, int status, const char *reason)
{
    request->http1_is_persistent = 0;
    if (status == 426) {
        add_header(request, "Upgrade", "websocket");
        add_header(request, "Sec-WebSocket-Version", "13");
    } else if (status == 405) {
        add_header(request, "Allow", "GET, HEAD");
    } else if (status == 503) {
        add_header(request, "Retry-After", "5");
    }
    add_header(request, "Cache-Control", "no-store");
    answer(request, status, "application/json",
           formatted(request, REFUSAL_BODY, status, reason_phrase(status), reason));
}

void http_turn_away(struct worker *worker, int fd, int status, const char *reason)
{
    char body[256], text[512];
    int body_len = snprintf(body, sizeof body, REFUSAL_BODY, status, reason_phrase(status), reason);
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
                       "Cache-Control: no-store\r\n%sContent-Length: %d\r\n\r\n%s",
                       status, reason_phrase(status), status == 503 ? "Retry-After: 5\r\n" : "",
                       body_len, body);
    CHECK(len > 0 && (size_t)len < sizeof text);
    stat_add(&worker->stats.http_requests, 1);
    /* A fresh connection's buffer takes this whole; if not, the peer is not worth a second try. */
    ssize_t sent = send(fd, text, (size_t)len, MSG_NOSIGNAL);
    (void)sent;
}

/* Pages. */

/* True when the client has this version already, which it was told. */
static bool is_cached(h2o_req_t *request, const struct head *head, const char *tag)
{
    add_header(request, "ETag", tag);
    add_header(request, "Cache-Control", "no-cache"); /* may be kept, but asked for each time */
    if (!str_equal(head->if_none_match, (struct str){tag, strlen(tag)}))
        return false;
    answer(request, 304, NULL, (struct str){NULL, 0});
    return true;
}

static void page(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    const struct site *site = &worker->server->site;
    /* Some browsers do not take ws: to the same host for 'self'. */
    struct str host = head->host.len <= 256 ? head->host : (struct str){NULL, 0};
    struct str policy = formatted(
        request,
        "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; img-src 'self' data:; "
        "connect-src 'self' ws://%.*s wss://%.*s; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        site->script_digest, site->style_digest, (int)host.len, host.base, (int)host.len,
        host.base);
    add_header(request, "Content-Security-Policy", policy.base);
    add_header(request, "X-Content-Type-Options", "nosniff");
    add_header(request, "Referrer-Policy", "no-referrer");
    if (!is_cached(request, head, site->page_tag))
        answer(request, 200, "text/html; charset=utf-8", assets_page());
}

static void protocol(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    if (!is_cached(request, head, worker->server->site.protocol_tag))
        answer(request, 200, "application/yaml", assets_protocol());
}

static bool is_stopping(const struct worker *worker)
{
    return atomic_load_explicit(&worker->server->stopping, memory_order_relaxed);
}

static void health(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    (void)head;
    const struct server *server = worker->server;
    const struct server_setup *setup = server->setup;
    add_header(request, "Cache-Control", "no-store");
    answer(request, 200, "application/json",
           formatted(request,
                     "{\"status\":\"%s\",\"version\":\"%.*s\",\"spec_hash\":\"%.*s\","
                     "\"uptime_seconds\":%" PRIu64 ",\"connections\":%u,"
                     "\"services\":{\"websocket\":\"%s\",\"redis\":\"disabled\","
                     "\"mongodb\":\"disabled\"}}\n",
                     is_stopping(worker) ? "stopping" : "healthy", (int)setup->version.len,
                     setup->version.base, (int)setup->spec_hash.len, setup->spec_hash.base,
                     (worker->loop.wall_ms - server->started_ms) / 1000,
                     atomic_load_explicit(&server->admission->sessions, memory_order_relaxed),
                     is_stopping(worker) ? "stopping" : "healthy"));
}

static void livez(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    (void)worker;
    (void)head;
    add_header(request, "Cache-Control", "no-store");
    answer(request, 200, "application/json", STR("{\"status\":\"alive\"}\n"));
}

static void readyz(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    (void)head;
    const struct admission *admission = worker->server->admission;
    uint32_t sessions = atomic_load_explicit(&admission->sessions, memory_order_relaxed);
    if (is_stopping(worker)) {
        refuse(request, 503, "the server is stopping");
    } else if (sessions >= admission->limits.sessions_max) {
        refuse(request, 503, "all connections are taken");
    } else {
        add_header(request, "Cache-Control", "no-store");
        answer(request, 200, "application/json", STR("{\"status\":\"ready\"}\n"));
    }
}

static void metrics(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    (void)head;
    char *text = h2o_mem_alloc_pool(&request->pool, METRICS_BYTES_MAX);
    size_t len = metrics_write(worker->server, text, METRICS_BYTES_MAX);
    add_header(request, "Cache-Control", "no-store");
    answer(request, 200, "text/plain; version=0.0.4; charset=utf-8", (struct str){text, len});
}

struct page {
    struct str path;
    void (*answer)(struct worker *worker, h2o_req_t *request, const struct head *head);
};

static const struct page pages[] = {
    {STR_INIT("/"), page},           {STR_INIT("/health"), health},
    {STR_INIT("/livez"), livez},     {STR_INIT("/readyz"), readyz},
    {STR_INIT("/metrics"), metrics}, {STR_INIT("/protocol.yaml"), protocol},
};

static const struct page *find_page(struct str path)
{
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (str_equal(pages[i].path, path))
            return &pages[i];
    return NULL;
}

/* WebSocket. */

static const struct server_route *find_route(const struct server_setup *setup, struct str path)
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

static struct refusal check(struct worker *worker, const struct head *head)
{
    const struct config *config = worker_config(worker);
    const struct handshake_policy policy = {config->allowed_origins, config->allowed_origins_count};
    struct refusal refusal = handshake_check(head, &policy);
    if (refusal.status != 0)
        return refusal;
    if (is_stopping(worker))
        return (struct refusal){503, "the server is stopping"};
    if (!admission_session_enter(worker->server->admission))
        return (struct refusal){503, "all connections are taken"};
    return refusal;
}

static void upgrade(struct worker *worker, h2o_req_t *request, const struct head *head,
                    const struct server_route *route)
{
    struct refusal refusal = check(worker, head);
    if (refusal.status != 0) {
        stat_add(&worker->stats.upgrades_refused, 1);
        refuse(request, refusal.status, refusal.reason);
        return;
    }
    h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
    struct guest *guest = guest_of(socket);
    guest->session = true;
    struct connection *connection =
        connection_open(worker, route->binding, socket, guest->admitted);
    if (connection == NULL) {
        refuse(request, 503, "the service is full");
        return;
    }
    char *accept = h2o_mem_alloc_pool(&request->pool, 29);
    ws_accept_key(head->key, accept);
    accept[28] = '\0';
    request->res.status = 101;
    request->res.reason = reason_phrase(101);
    add_header(request, "Upgrade", "websocket");
    add_header(request, "Sec-WebSocket-Accept", accept);
    /* The service's greeting goes out in the same write. */
    h2o_iovec_t greeting = output_take(&connection->session.egress, &request->pool, &worker->stats);
    h2o_http1_upgrade(request, &greeting, greeting.len > 0 ? 1 : 0, on_upgraded, connection);
}

/* Dispatch. */

static int on_request(h2o_handler_t *handler, h2o_req_t *request)
{
    (void)handler;
    struct guests *guests = H2O_STRUCT_FROM_MEMBER(struct guests, context, request->conn->ctx);
    struct worker *worker = H2O_STRUCT_FROM_MEMBER(struct worker, guests, guests);
    const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
    struct head head;
    stat_add(&worker->stats.http_requests, 1);
    bool complete = head_read(&head, (struct str){input->bytes, input->size});
    const char *fault = complete ? head_fault(&head) : "the request's head cannot be read";
    const struct server_route *route = find_route(worker->server->setup, head.path);
    const struct page *found = find_page(head.path);
    bool is_read = str_equal(head.method, STR("GET")) || str_equal(head.method, STR("HEAD"));

    if (fault != NULL)
        refuse(request, 400, fault);
    else if (head.len > worker_config(worker)->header_bytes_max)
        refuse(request, 431, "the request's head is too long");
    else if (route != NULL && (head.upgrade_websocket || found == NULL))
        upgrade(worker, request, &head, route);
    else if (found == NULL)
        refuse(request, 404, "there is nothing at this path");
    else if (head.upgrade_websocket)
        refuse(request, 404, "there is no WebSocket at this path");
    else if (!is_read)
        refuse(request, 405, "only GET and HEAD");
    else
        found->answer(worker, request, &head);
    return 0;
}

/* Start. */

static void write_tag(char tag[SITE_TAG_BYTES], struct str bytes)
{
    static const uint8_t same_for_all_servers[16];
    snprintf(tag, SITE_TAG_BYTES, "\"%016" PRIx64 "\"", hash_bytes(same_for_all_servers, bytes));
}

static void write_digest(char digest[SITE_DIGEST_BYTES], struct str page_text, const char *start,
                         const char *end)
{
    const char *from = memmem(page_text.base, page_text.len, start, strlen(start));
    digest[0] = '\0';
    if (from == NULL)
        return;
    from += strlen(start);
    size_t left = page_text.len - (size_t)(from - page_text.base);
    const char *to = memmem(from, left, end, strlen(end));
    CHECK(to != NULL);
    uint8_t hash[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)from, (size_t)(to - from), hash);
    EVP_EncodeBlock((uint8_t *)digest, hash, sizeof hash);
}

void site_init(struct site *site, const struct config *config)
{
    write_tag(site->page_tag, assets_page());
    write_tag(site->protocol_tag, assets_protocol());
    write_digest(site->script_digest, assets_page(), "<script>", "</script>");
    write_digest(site->style_digest, assets_page(), "<style>", "</style>");

    h2o_config_init(&site->config);
    site->config.server_name = h2o_iovec_init(H2O_STRLIT("parley"));
    site->config.handshake_timeout = config->header_timeout_ms;
    site->config.http1.req_timeout = config->header_timeout_ms;
    site->config.http1.upgrade_to_http2 = 0;
    site->config.max_request_entity_size = REQUEST_BODY_BYTES_MAX;
    h2o_hostconf_t *host =
        h2o_config_register_host(&site->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
}

void site_clear(struct site *site)
{
    h2o_config_dispose(&site->config);
}
