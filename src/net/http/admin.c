#include "net/http/admin.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/utf8.h"
#include "generated/http_codec.h"
#include "generated/http_routes.h"
#include "generated/protocol.h"
#include "net/http/answer.h"
#include "net/http/errand.h"
#include "net/http/head.h"
#include "net/http/readiness.h"
#include "net/worker.h"

/* How long a request waits for the other workers. */
enum { ASK_TIMEOUT_MS = 3000 };

/* What decoding one body may take: 40 bytes for each of its own, as for messages. */
enum { ARENA_BYTES = 40 * BODY_BYTES_MAX };

/* Where a list goes on, in one number: below 2^53, so that every reader of JSON gets it right. */
enum { SLOT_BITS = 32, BINDING_BITS = 8 };

/* Who may ask. */

static bool is_loopback(struct str host)
{
    struct str name = host;
    if (host.len > 0 && host.base[0] == '[')
        name = head_take_until(&host, ']');
    else
        name = head_take_until(&host, ':');
    return str_equal(name, STR("127.0.0.1")) || str_equal(name, STR("[::1")) ||
           head_same(name, STR("localhost"));
}

/* Takes the same time wherever they differ. */
static bool same_token(struct str a, struct str b)
{
    uint8_t digests[2][SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)a.base, a.len, digests[0]);
    SHA256((const uint8_t *)b.base, b.len, digests[1]);
    return CRYPTO_memcmp(digests[0], digests[1], sizeof digests[0]) == 0;
}

/* A wrong token is a guess of its address. */
static struct refusal check_token(struct worker *worker, h2o_req_t *request,
                                  const struct head *head)
{
    struct admission *admission = worker->server->admission;
    const h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
    struct admitted admitted = guest_of(socket)->admitted;
    uint64_t now_ms = worker->loop.now_ms;
    struct str token = head->authorization;
    bool presented = head->authorizations == 1 && head_take_prefix(&token, STR("bearer "));
    if (presented && !admitted.trusted && admission_barred(admission, admitted, now_ms))
        return (struct refusal){429, STR_INIT("too many wrong guesses")};
    if (presented && same_token(token, worker->renewal->config->admin_token))
        return (struct refusal){0, {NULL, 0}};
    answer_header(request, "WWW-Authenticate", "Bearer");
    if (!presented)
        return (struct refusal){401, STR_INIT("the admin token is needed")};
    if (!admitted.trusted)
        admission_guess(admission, admitted, now_ms);
    return (struct refusal){401, STR_INIT("this is not the admin token")};
}

struct refusal admin_check(struct worker *worker, h2o_req_t *request, const struct head *head)
{
    if (head->origins > 0)
        return (struct refusal){403, STR_INIT("pages in browsers may not use the admin API")};
    if (worker_config(worker)->admin_token.len > 0)
        return check_token(worker, request, head);
    if (!is_loopback(head->host)) /* a name that was bent to lead here */
        return (struct refusal){403, STR_INIT("the Host must be 127.0.0.1 or localhost")};
    return (struct refusal){0, {NULL, 0}};
}

/* Requests that wait. */

/* In the memory of its request, which may end at any time. */
struct ask_link {
    struct admin_ask *ask;
    uint64_t ticket;
};

static void on_dispose(void *memory)
{
    const struct ask_link *link = memory;
    if (link->ask->request != NULL && link->ask->ticket == link->ticket)
        link->ask->request = NULL;
}

static void send_errand(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                        struct errand *errand)
{
    struct admin *admin = &worker->admin;
    struct admin_ask *ask = admin->asks;
    while (ask < admin->asks + ADMIN_ASKS_MAX && ask->request != NULL)
        ask++;
    if (ask == admin->asks + ADMIN_ASKS_MAX) {
        errand_free(errand);
        answer_refusal(request, 503, STR("too many requests wait"));
        return;
    }
    *ask = (struct admin_ask){.request = request,
                              .route = route,
                              .ticket = ++admin->tickets,
                              .due_ms = worker->loop.now_ms + ASK_TIMEOUT_MS};
    admin_due(admin, ask->due_ms);
    struct ask_link *link = h2o_mem_alloc_shared(&request->pool, sizeof *link, on_dispose);
    *link = (struct ask_link){ask, ask->ticket};
    errand->ticket = ask->ticket;
    errand_send(worker, errand);
}

static void refuse(struct admin_ask *ask, struct str reason)
{
    h2o_req_t *request = ask->request;
    ask->request = NULL;
    answer_refusal(request, 503, reason);
}

void admin_due(struct admin *admin, uint64_t due_ms)
{
    if (due_ms < admin->due_ms)
        admin->due_ms = due_ms;
}

uint64_t admin_run(struct worker *worker)
{
    struct admin *admin = &worker->admin;
    if (worker->loop.now_ms < admin->due_ms)
        return admin->due_ms;
    admin->due_ms = UINT64_MAX;
    taps_run(worker);
    for (uint32_t i = 0; i < ADMIN_ASKS_MAX; i++) {
        struct admin_ask *ask = &admin->asks[i];
        if (ask->request == NULL)
            continue;
        if (ask->due_ms <= worker->loop.now_ms)
            refuse(ask, STR("a worker does not answer"));
        else
            admin_due(admin, ask->due_ms);
    }
    return admin->due_ms;
}

void admin_drop(struct worker *worker)
{
    for (uint32_t i = 0; i < ADMIN_ASKS_MAX; i++)
        if (worker->admin.asks[i].request != NULL)
            refuse(&worker->admin.asks[i], STR("the server is stopping"));
}

/* Answers from errands. */

static char *room_for(h2o_req_t *request, size_t bytes)
{
    return h2o_mem_alloc_pool(&request->pool, bytes);
}

static void reply(h2o_req_t *request, const struct http_route *route, const char *text, size_t len)
{
    answer_fresh(request, route->content_type, (struct str){text, len});
}

/* Where the list goes on; 0 at its end. */
static uint64_t next_after(const struct worker *worker, const struct errand *errand)
{
    if (errand->worker == worker->server->workers_count)
        return 0;
    return ((uint64_t)errand->worker << BINDING_BITS | errand->binding) << SLOT_BITS | errand->slot;
}

static void tell_sessions(const struct worker *worker, h2o_req_t *request,
                          const struct http_route *route, const struct errand *errand)
{
    char *text = room_for(request, HTTP_POST_ADMIN_SESSIONS_200_ENCODED_MAX);
    const struct http_post_admin_sessions_200 body = {.sessions = errand->sessions,
                                                      .sessions_count = errand->count,
                                                      .next = next_after(worker, errand)};
    reply(request, route, text, http_encode_post_admin_sessions_200(&body, text));
}

static void tell_rooms(const struct worker *worker, h2o_req_t *request,
                       const struct http_route *route, const struct errand *errand)
{
    char *text = room_for(request, HTTP_POST_ADMIN_ROOMS_200_ENCODED_MAX);
    const struct http_post_admin_rooms_200 body = {
        .rooms = errand->rooms, .rooms_count = errand->count, .next = next_after(worker, errand)};
    reply(request, route, text, http_encode_post_admin_rooms_200(&body, text));
}

static void tell_disconnected(h2o_req_t *request, const struct http_route *route,
                              const struct errand *errand)
{
    if (!errand->found) {
        answer_refusal(request, 404, STR("there is no such session"));
        return;
    }
    log_warn("disconnected by the administrator", log_number("worker", errand->worker),
             log_number("session", errand->session.slot));
    char *text = room_for(request, HTTP_POST_ADMIN_DISCONNECT_200_ENCODED_MAX);
    const struct http_post_admin_disconnect_200 body = {.session = errand->room};
    reply(request, route, text, http_encode_post_admin_disconnect_200(&body, text));
}

static void tell_revoked(h2o_req_t *request, const struct http_route *route,
                         const struct errand *errand)
{
    if (errand->revocation != REVOCATION_DONE) {
        answer_refusal(request, 404,
                       errand->revocation == REVOCATION_NO_ROOM
                           ? STR("there is no such channel")
                           : STR("nobody has the floor of this channel"));
        return;
    }
    log_warn("floor revoked by the administrator", log_text("channel", errand->room));
    char *text = room_for(request, HTTP_POST_ADMIN_REVOKE_200_ENCODED_MAX);
    const struct http_post_admin_revoke_200 body = {.channel_id = errand->room,
                                                    .holder = errand->holder};
    reply(request, route, text, http_encode_post_admin_revoke_200(&body, text));
}

/* Each worker's part is in order already; those of the same moment stay in it. */
static void sort_messages(struct http_traced_message *messages, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct http_traced_message message = messages[i];
        uint32_t at = i;
        for (; at > 0 && messages[at - 1].at_ms > message.at_ms; at--)
            messages[at] = messages[at - 1];
        messages[at] = message;
    }
}

static void tell_trace(h2o_req_t *request, const struct http_route *route,
                       const struct errand *errand)
{
    if (!errand->found) {
        answer_refusal(request, 503, STR("too many traces are under way"));
        return;
    }
    if (errand->begun)
        log_warn("traced by the administrator");
    sort_messages(errand->messages, errand->count);
    char *text = room_for(request, HTTP_POST_ADMIN_TRACE_200_ENCODED_MAX);
    const struct http_post_admin_trace_200 body = {.messages = errand->messages,
                                                   .messages_count = errand->count,
                                                   .lost = errand->lost,
                                                   .waiting = errand->waiting};
    reply(request, route, text, http_encode_post_admin_trace_200(&body, text));
}

static void tell(const struct worker *worker, h2o_req_t *request, const struct http_route *route,
                 const struct errand *errand)
{
    switch (errand->kind) {
    case ERRAND_SESSIONS:
        tell_sessions(worker, request, route, errand);
        break;
    case ERRAND_ROOMS:
        tell_rooms(worker, request, route, errand);
        break;
    case ERRAND_DISCONNECT:
        tell_disconnected(request, route, errand);
        break;
    case ERRAND_REVOKE:
        tell_revoked(request, route, errand);
        break;
    case ERRAND_TRACE:
        tell_trace(request, route, errand);
        break;
    }
}

void admin_answered(struct worker *worker, struct errand *errand)
{
    struct admin_ask *ask = worker->admin.asks;
    while (ask < worker->admin.asks + ADMIN_ASKS_MAX &&
           (ask->request == NULL || ask->ticket != errand->ticket))
        ask++;
    if (ask < worker->admin.asks + ADMIN_ASKS_MAX) { /* else it came too late */
        h2o_req_t *request = ask->request;
        ask->request = NULL;
        tell(worker, request, ask->route, errand);
    }
    errand_free(errand);
}

/* Questions that become errands. */

/* False when there is no such service, and that was answered. */
static bool find_service(const struct worker *worker, h2o_req_t *request, struct str name,
                         uint32_t *binding)
{
    const struct server_setup *setup = worker->server->setup;
    for (*binding = 0; *binding < setup->bindings_count; (*binding)++)
        if (str_equal(setup->bindings[*binding].service->name, name))
            return true;
    answer_refusal(request, 400, STR("there is no such service"));
    return false;
}

/* NULL when memory is short, and that was answered. */
static struct errand *new_errand(h2o_req_t *request, enum errand_kind kind, uint32_t limit)
{
    struct errand *errand = errand_new(kind, limit);
    if (errand == NULL)
        answer_refusal(request, 503, STR("memory is short"));
    return errand;
}

/* Both lists are asked for in the same words. */
static void ask_list(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                     enum errand_kind kind, const struct http_post_admin_rooms_body *body)
{
    uint32_t service = ERRAND_ANY;
    if (body->has_service && !find_service(worker, request, body->service, &service))
        return;
    uint64_t from = body->after >> SLOT_BITS >> BINDING_BITS;
    if (from >= worker->server->workers_count) {
        answer_refusal(request, 400, STR("after is no next of a page"));
        return;
    }
    struct errand *errand = new_errand(request, kind, body->limit);
    if (errand == NULL)
        return;
    errand->service = service;
    errand->has_room = body->has_room;
    if (body->has_room)
        errand->room = errand_keep(errand, body->room);
    errand->worker = (uint32_t)from;
    errand->binding = (uint32_t)(body->after >> SLOT_BITS) & ((1u << BINDING_BITS) - 1);
    errand->slot = (uint32_t)body->after;
    send_errand(worker, request, route, errand);
}

/* An act's errand keeps the text that names what it is about. */
static void ask_act(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                    enum errand_kind kind, struct str name)
{
    uint32_t to = 0;
    struct handle session = HANDLE_NONE;
    if (kind == ERRAND_DISCONNECT &&
        (!errand_parse_session(name, &to, &session) || to >= worker->server->workers_count)) {
        answer_refusal(request, 404, STR("there is no such session"));
        return;
    }
    struct errand *errand = new_errand(request, kind, 1);
    if (errand == NULL)
        return;
    errand->room = errand_keep(errand, name);
    errand->session = session;
    errand->worker = to;
    send_errand(worker, request, route, errand);
}

/* The name as the services spell it, where it lives on; len 0 when none of them has it. */
static struct str find_type(const struct server_setup *setup, struct str name)
{
    for (uint32_t i = 0; i < setup->bindings_count; i++) {
        const struct codec *codec = setup->bindings[i].codec;
        for (uint32_t type = 0; type < codec->commands_count; type++)
            if (str_equal(codec->command_names[type], name))
                return codec->command_names[type];
        for (uint32_t type = 0; type < codec->events_count; type++)
            if (str_equal(codec->event_names[type], name))
                return codec->event_names[type];
    }
    return (struct str){NULL, 0};
}

static void ask_trace(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                      const struct http_post_admin_trace_body *body)
{
    uint32_t service = ERRAND_ANY, session_worker = 0;
    struct handle session = HANDLE_NONE;
    struct str type = {NULL, 0};
    if (body->has_service && !find_service(worker, request, body->service, &service))
        return;
    if (body->has_session && !errand_parse_session(body->session, &session_worker, &session)) {
        answer_refusal(request, 400, STR("there is no such session"));
        return;
    }
    if (body->has_type)
        type = find_type(worker->server->setup, body->type);
    if (body->has_type && type.len == 0) {
        answer_refusal(request, 400, STR("no message and no event has this type"));
        return;
    }
    struct errand *errand = new_errand(request, ERRAND_TRACE, body->limit);
    if (errand == NULL)
        return;
    errand->trace = body->trace;
    errand->service = service;
    if (body->has_room)
        errand->room = errand_keep(errand, body->room);
    errand->has_session = body->has_session;
    errand->session_worker = session_worker;
    errand->session = session;
    errand->type = type;
    errand->one_of = body->sample;
    errand->found = true;
    send_errand(worker, request, route, errand);
}

/* Answered at once. */

static void tell_status(struct worker *worker, h2o_req_t *request, const struct http_route *route)
{
    const struct server *server = worker->server;
    const struct server_setup *setup = server->setup;
    const struct admission *admission = server->admission;
    struct http_running_service services[STATS_SERVICES_MAX];
    for (uint32_t i = 0; i < setup->bindings_count; i++) {
        services[i] = (struct http_running_service){.service = setup->bindings[i].service->name};
        for (uint32_t k = 0; k < server->workers_count; k++) {
            services[i].sessions += stat_get(&server->workers[k].stats.services[i].sessions);
            services[i].rooms += stat_get(&server->workers[k].stats.services[i].rooms);
        }
    }
    const struct http_get_admin_status_200 body = {
        .status = readiness_state(worker),
        .version = setup->version,
        .spec_hash = setup->spec_hash,
        .uptime_seconds = worker_uptime_s(worker),
        .workers = server->workers_count,
        .connections = atomic_load_explicit(&admission->sessions, memory_order_relaxed),
        .connections_max = admission->limits.sessions_max,
        .log_level = (enum http_server_log_level)log_get_level(),
        .services = services,
        .services_count = setup->bindings_count,
    };
    char *text = room_for(request, HTTP_GET_ADMIN_STATUS_200_ENCODED_MAX);
    reply(request, route, text, http_encode_get_admin_status_200(&body, text));
}

static void set_log_level(h2o_req_t *request, const struct http_route *route,
                          enum http_server_log_level level)
{
    /* Both enums list the same levels in the same order. */
    _Static_assert((int)HTTP_SERVER_LOG_LEVEL_OFF == (int)LOG_OFF &&
                       (int)HTTP_SERVER_LOG_LEVEL_DEBUG == (int)LOG_DEBUG,
                   "the levels of protocol.yaml");
    const struct http_post_admin_log_level_200 body = {
        .level = level, .was = (enum http_server_log_level)log_get_level()};
    log_set_level((enum log_level)level);
    char *text = room_for(request, HTTP_POST_ADMIN_LOG_LEVEL_200_ENCODED_MAX);
    reply(request, route, text, http_encode_post_admin_log_level_200(&body, text));
}

static void drain(h2o_req_t *request, const struct http_route *route)
{
    const struct http_post_admin_drain_200 body = {HTTP_STATE_STOPPING};
    char *text = room_for(request, HTTP_POST_ADMIN_DRAIN_200_ENCODED_MAX);
    reply(request, route, text, http_encode_post_admin_drain_200(&body, text));
    CHECK(kill(getpid(), SIGTERM) == 0); /* server.c takes it from there, as from anybody else */
}

/* Requests. */

/* Reads the body as the route wants it, and does what it asks; false, and why, when it is wrong. */
static bool serve_body(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                       struct str text, struct str *reason)
{
    union {
        struct http_post_admin_sessions_body sessions;
        struct http_post_admin_rooms_body rooms;
        struct http_post_admin_disconnect_body disconnect;
        struct http_post_admin_revoke_body revoke;
        struct http_post_admin_trace_body trace;
        struct http_post_admin_log_level_body log_level;
    } body;
    struct arena *arena = &worker->admin.arena;
    enum http_route_name name = (enum http_route_name)(route - http_routes);
    arena_reset(arena, 0);
    if (name == HTTP_POST_ADMIN_SESSIONS) {
        if (!http_decode_post_admin_sessions_body(arena, text, &body.sessions, reason))
            return false;
        const struct http_post_admin_rooms_body list = {
            .has_service = body.sessions.has_service,
            .service = body.sessions.service,
            .has_room = body.sessions.has_room,
            .room = body.sessions.room,
            .after = body.sessions.after,
            .limit = body.sessions.limit,
        };
        ask_list(worker, request, route, ERRAND_SESSIONS, &list);
    } else if (name == HTTP_POST_ADMIN_ROOMS) {
        if (!http_decode_post_admin_rooms_body(arena, text, &body.rooms, reason))
            return false;
        ask_list(worker, request, route, ERRAND_ROOMS, &body.rooms);
    } else if (name == HTTP_POST_ADMIN_DISCONNECT) {
        if (!http_decode_post_admin_disconnect_body(arena, text, &body.disconnect, reason))
            return false;
        ask_act(worker, request, route, ERRAND_DISCONNECT, body.disconnect.session);
    } else if (name == HTTP_POST_ADMIN_REVOKE) {
        if (!http_decode_post_admin_revoke_body(arena, text, &body.revoke, reason))
            return false;
        ask_act(worker, request, route, ERRAND_REVOKE, body.revoke.channel_id);
    } else if (name == HTTP_POST_ADMIN_TRACE) {
        if (!http_decode_post_admin_trace_body(arena, text, &body.trace, reason))
            return false;
        ask_trace(worker, request, route, &body.trace);
    } else {
        if (!http_decode_post_admin_log_level_body(arena, text, &body.log_level, reason))
            return false;
        set_log_level(request, route, body.log_level.level);
    }
    return true;
}

void admin_serve(struct worker *worker, h2o_req_t *request, const struct http_route *route)
{
    struct str text = {request->entity.base, request->entity.len};
    struct str reason = STR("the body is not UTF-8");
    if (route == &http_routes[HTTP_GET_ADMIN_STATUS])
        tell_status(worker, request, route);
    else if (route == &http_routes[HTTP_POST_ADMIN_DRAIN])
        drain(request, route);
    else if (!utf8_valid(text) || !serve_body(worker, request, route, text, &reason))
        answer_refusal(request, 400, reason);
}

int admin_init(struct worker *worker)
{
    worker->admin.due_ms = UINT64_MAX;
    return arena_init(&worker->admin.arena, ARENA_BYTES);
}

void admin_clear(struct worker *worker)
{
    arena_clear(&worker->admin.arena);
}
