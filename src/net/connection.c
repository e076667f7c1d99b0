#include "net/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/address.h"
#include "net/archive.h"
#include "net/expiry.h"
#include "net/farewell.h"
#include "net/http/trace.h"
#include "net/letters.h"
#include "net/media.h"
#include "net/move.h"
#include "net/output.h"
#include "net/pause.h"
#include "net/tally.h"
#include "net/worker.h"
#include "runtime/frame.h"

/* What a worker handles before it sends what that has queued, in messages and their bytes: a burst
 * of one member, or of many at once, shall not overflow another's queue, which holds many more.
 * Sending goes between two reads where it can, so that what one read brings leaves in one write. */
enum {
    UNSENT_MAX = 64,
    UNSENT_IN_READ_MAX = 2 * UNSENT_MAX,
    UNSENT_BYTES_MAX = CONNECTION_READ_BYTES
};

/* Events that what one connection has sent may lead to in a turn, and the last message's: then it
 * is others' turn, and the rest waits. In a channel of a thousand, 64 KiB of messages are a second
 * of work. */
enum { DELIVERED_IN_TURN_MAX = 2048 };

int connections_init(struct connections *connections)
{
    *connections = (struct connections){.scratch = malloc(CONNECTION_READ_BYTES)};
    return connections->scratch != NULL ? 0 : -ENOMEM;
}

void connections_clear(struct connections *connections)
{
    CHECK(connections->queued == NULL && connections->ending == NULL);
    free(connections->scratch);
}

/* The list it belongs into. */
static struct connection **list_of(struct connection *connection)
{
    struct connections *all = &connection->worker->connections;
    return connection->flags & CONNECTION_ENDING ? &all->ending : &all->queued;
}

void connection_touch(struct connection *connection)
{
    if (connection->flags & (CONNECTION_LISTED | CONNECTION_OPENING))
        return;
    connection->flags |= CONNECTION_LISTED;
    struct connection **first = list_of(connection);
    struct connection *next = *first != NULL ? *first : connection;
    struct connection *previous = *first != NULL ? next->previous : connection;
    connection->next = next;
    connection->previous = previous;
    next->previous = previous->next = connection;
    *first = next;
}

static void unlist(struct connection *connection)
{
    if (!(connection->flags & CONNECTION_LISTED))
        return;
    connection->flags &= (uint8_t)~CONNECTION_LISTED;
    connection->next->previous = connection->previous;
    connection->previous->next = connection->next;
    struct connection **first = list_of(connection);
    if (*first == connection)
        *first = connection->next != connection ? connection->next : NULL;
}

/* Ends it without another word of ours. */
static void end(struct connection *connection, uint8_t why)
{
    if (!(connection->flags & CONNECTION_ENDING))
        unlist(connection);
    connection->flags |= CONNECTION_ENDING | why;
    connection_touch(connection);
}

void connection_break(struct connection *connection)
{
    end(connection, CONNECTION_BROKEN);
}

void connection_send(struct connection *connection, enum ws_opcode opcode, const uint8_t *bytes,
                     size_t len)
{
    struct egress **egress = &connection->session.egress;
    uint8_t *payload;
    struct frame *frame =
        frame_new(hub_spares(connection->worker->hub), (uint8_t)opcode, len, &payload);
    if (frame == NULL) {
        connection_break(connection);
        return;
    }
    if (len > 0)
        memcpy(payload, bytes, len);
    const struct egress_limits limits = connection_egress_limits(worker_config(connection->worker));
    enum egress_result result = egress_push(egress, frame, &limits);
    frame_release(frame);
    if (result == EGRESS_NO_MEMORY)
        connection_break(connection);
    else if (result == EGRESS_FULL)
        connection_close(connection, CLOSE_READING_TOO_SLOWLY);
    else
        connection_touch(connection);
}

static void close_with(struct connection *connection, struct close_said said)
{
    if (connection->flags & CONNECTION_ENDING)
        return;
    uint8_t payload[125];
    size_t len = ws_write_close(payload, said.code, said.reason);
    end(connection, 0);
    connection_send(connection, WS_CLOSE, payload, len);
    tally_close_sent(&connection->worker->stats, said.code);
}

void connection_close(struct connection *connection, enum close_name why)
{
    close_with(connection, close_said[why]);
}

/* Input: the parser's sink. */

static void send_queued(struct worker *worker);

/* Times the first message of each turn: where there is little to do that is nearly every one, under
 * load a sample that costs nothing. */
static enum hub_result receive(struct connection *connection, struct str text)
{
    struct worker *worker = connection->worker;
    struct stat_times *times = &worker->stats.services[connection->session.service].handler_times;
    if (worker->connections.timed_ns == worker->loop.woke_ns)
        return hub_receive(worker->hub, &connection->session, text);
    worker->connections.timed_ns = worker->loop.woke_ns;
    uint64_t began_ns = loop_clock_ns();
    enum hub_result result = hub_receive(worker->hub, &connection->session, text);
    stat_time(times, loop_clock_ns() - began_ns);
    return result;
}

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    struct connection *connection = context;
    struct worker *worker = connection->worker;
    const struct config *config = worker_config(worker);

    stat_add(&worker->stats.messages_in, 1);
    if (config->messages.max > 0 &&
        !bucket_take(&connection->messages, config->messages, worker->loop.now_ms)) {
        connection_close(connection, CLOSE_TOO_MANY_MESSAGES);
        return WS_STOP;
    }
    if (worker->server->setup->raw != NULL)
        return worker->server->setup->raw(connection, opcode, bytes, len);
    if (opcode == WS_BINARY) {
        stat_add(&worker->stats.binary_ignored, 1);
        return WS_GO_ON;
    }
    enum hub_result result = receive(connection, (struct str){(const char *)bytes, len});
    worker->connections.outcome = result;
    if (result != HUB_OK)
        return WS_STOP;
    worker->connections.unsent_bytes += len;
    if (++worker->connections.unsent >= UNSENT_IN_READ_MAX)
        send_queued(worker);
    bool yields =
        hub_delivered(worker->hub) >= worker->connections.yield_at || output_is_behind(connection);
    return yields || connection->flags & CONNECTION_ENDING ? WS_STOP : WS_GO_ON;
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    struct connection *connection = context;
    struct worker *worker = connection->worker;
    const struct config *config = worker_config(worker);
    const struct bucket_limits limits = {config->control_frames_max,
                                         config->control_frames_refill_ms, 1};

    if (opcode == WS_CLOSE) {
        tally_close_received(&worker->stats, close_code);
        /* RFC 6455, 5.5.1: the same code goes back. */
        close_with(connection, (struct close_said){.code = close_code});
        if (worker->connections.all_read)
            connection->flags |= CONNECTION_DRAINED;
        return WS_STOP;
    }
    if (limits.max > 0 && !bucket_take(&connection->controls, limits, worker->loop.now_ms)) {
        connection_close(connection, CLOSE_TOO_MANY_CONTROLS);
        return WS_STOP;
    }
    if (opcode == WS_PING) {
        stat_add(&worker->stats.pings_in, 1);
        stat_add(&worker->stats.pongs_out, 1);
        /* A Pong overtakes what waits. But a client may take it as the sign that what it sent
         * before the Ping has been answered, so what can be sent is sent first. */
        if (connection->session.egress != NULL)
            output_flush(connection);
        connection_send(connection, WS_PONG, bytes, len);
    }
    return connection->flags & CONNECTION_ENDING ? WS_STOP : WS_GO_ON;
}

/* What the hub's answer to a message asks for, with the input behind it. */
static void stop_reading(struct connection *connection, enum hub_result result, struct str rest)
{
    switch (result) {
    case HUB_MOVED:
        move_depart(connection, rest);
        break;
    case HUB_WAITING:
        pause_begin(connection, rest);
        break;
    case HUB_OK:
        if (rest.len > 0 && !(connection->flags & CONNECTION_ENDING))
            pause_yield(connection, rest);
        break;
    case HUB_CLOSING:
        break;
    }
}

/* Bytes from the peer. The connection may have moved away or be ending afterwards. */
static void feed(struct connection *connection, uint8_t *bytes, size_t len)
{
    static const struct ws_sink sink = {on_message, on_control};
    struct worker *worker = connection->worker;
    const struct ws_limits limits = {
        .message_bytes_max = worker->server->setup->message_bytes_max,
        .fragments_max = worker->server->setup->fragments_max,
    };
    if (worker->connections.unsent >= UNSENT_MAX ||
        worker->connections.unsent_bytes >= UNSENT_BYTES_MAX)
        send_queued(worker);
    if (len == 0 || connection->flags & CONNECTION_ENDING)
        return;
    worker->connections.outcome = HUB_OK;
    worker->connections.yield_at = hub_delivered(worker->hub) + DELIVERED_IN_TURN_MAX;
    struct ws_fed fed = ws_feed(&connection->rx, &limits, &sink, connection, bytes, len);
    if (fed.close_code != 0)
        close_with(connection, (struct close_said){fed.close_code, fed.reason});
    else
        stop_reading(connection, worker->connections.outcome,
                     (struct str){(const char *)bytes + fed.consumed, len - fed.consumed});
}

void connection_go_on(struct connection *connection, enum hub_result result, uint8_t *input,
                      size_t input_len)
{
    if (result == HUB_OK)
        feed(connection, input, input_len);
    else
        stop_reading(connection, result, (struct str){(const char *)input, input_len});
}

/* Input: the socket. */

static void on_plain_ready(struct source *source, uint32_t events)
{
    struct connection *connection = SOURCE_OWNER(source, struct connection, source);
    struct worker *worker = connection->worker;
    if (events & EPOLLOUT)
        output_flush(connection);
    if (!(events & ~(uint32_t)EPOLLOUT) || connection->flags & CONNECTION_ENDING)
        return;
    if (connection->pause != NULL) { /* not read: an error, or both sides are shut */
        connection_break(connection);
        return;
    }
    ssize_t len = recv(source->fd, worker->connections.scratch, CONNECTION_READ_BYTES, 0);
    stat_add(&worker->stats.reads, 1);
    if (len > 0) {
        stat_add(&worker->stats.bytes_in, (uint64_t)len);
        connection->seen_ms = (uint32_t)worker->loop.now_ms;
        connection->flags &= (uint8_t)~CONNECTION_PINGED;
        worker->connections.all_read = len < CONNECTION_READ_BYTES;
        feed(connection, worker->connections.scratch, (size_t)len);
    } else if (len == 0) {
        end(connection, CONNECTION_DRAINED); /* what is queued is still delivered */
    } else if (errno != EAGAIN && errno != EINTR) {
        connection_break(connection);
    }
}

static void on_tls_read(h2o_socket_t *socket, const char *error)
{
    struct connection *connection = socket->data;
    struct worker *worker = connection->worker;
    if (connection->flags & CONNECTION_ENDING)
        return;
    if (error != NULL) {
        end(connection, error == h2o_socket_error_closed ? CONNECTION_DRAINED : CONNECTION_BROKEN);
        return;
    }
    h2o_buffer_t *input = socket->input;
    size_t len = input->size;
    stat_add(&worker->stats.reads, 1);
    stat_add(&worker->stats.bytes_in, len);
    connection->seen_ms = (uint32_t)worker->loop.now_ms;
    connection->flags &= (uint8_t)~CONNECTION_PINGED;
    worker->connections.all_read = true;
    /* Taken out first: a connection that moves takes the socket along. */
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    feed(connection, (uint8_t *)input->bytes, len);
    h2o_buffer_dispose(&input);
}

struct loop *connection_loop(const struct connection *connection)
{
    return gather_loop(connection->worker, connection->session.service);
}

void connection_listen(struct connection *connection)
{
    connection->source.ready = on_plain_ready;
    if (connection->tls != NULL) {
        connection->tls->data = connection;
        h2o_socket_read_start(connection->tls, on_tls_read);
    } else if (loop_add(connection_loop(connection), &connection->source, EPOLLIN) != 0) {
        connection_break(connection);
    }
}

void connection_read(struct connection *connection, bool on)
{
    uint32_t events = connection->source.events & ~(uint32_t)EPOLLIN;
    if (connection->tls == NULL)
        loop_want(connection_loop(connection), &connection->source, on ? events | EPOLLIN : events);
    else if (on && !h2o_socket_is_reading(connection->tls))
        h2o_socket_read_start(connection->tls, on_tls_read);
    else if (!on && h2o_socket_is_reading(connection->tls))
        h2o_socket_read_stop(connection->tls);
}

struct connection *connection_open(struct worker *worker, uint32_t binding,
                                   const struct guest *guest, uint64_t expires_ms)
{
    struct session *session = hub_open(worker->hub, binding, guest->admitted.trusted);
    if (session == NULL)
        return NULL;
    struct connection *connection = connection_of(session);
    connection->source.fd = -1;
    connection->worker = worker;
    connection->address = guest->address;
    connection->admitted = guest->admitted;
    connection->seen_ms = (uint32_t)worker->loop.now_ms;
    connection->opened_s = (uint32_t)(worker->loop.wall_ms / 1000);
    connection->flags = CONNECTION_OPENING;
    expiry_set(connection, expires_ms);
    worker->connections.opening = guest->socket;
    if (hub_greet(worker->hub, session) == HUB_OK)
        return connection;
    connection_abandon(connection); /* the service is full */
    return NULL;
}

void connection_abandon(struct connection *connection)
{
    CHECK(connection->flags & CONNECTION_OPENING);
    free(connection->trace);
    hub_closed(connection->worker->hub, &connection->session);
}

void connection_attach(struct connection *connection, int fd, h2o_socket_t *tls, uint8_t *input,
                       size_t input_len)
{
    struct worker *worker = connection->worker;
    stat_add(&worker->stats.upgrades, 1);
    log_debug("connection opened", log_number("worker", worker->index),
              log_number("session", connection->session.id.slot), trace_id(connection->trace),
              trace_span(connection->trace));
    connection->source.fd = fd;
    connection->tls = tls;
    connection->flags &= (uint8_t)~CONNECTION_OPENING;
    if (connection->flags & CONNECTION_ENDING || connection->session.egress != NULL)
        connection_touch(connection);
    connection_listen(connection);
    worker->connections.all_read = false;
    feed(connection, input, input_len);
}

void connection_detach(struct connection *connection)
{
    unlist(connection);
    pause_drop(connection);
    if (connection->tls != NULL)
        h2o_socket_read_stop(connection->tls);
}

/* Ends. */

/* The service is told at once, even when the last bytes have not left yet. */
static void let_go(struct connection *connection)
{
    struct worker *worker = connection->worker;
    const struct ending ending = {
        .source = connection->tls == NULL ? &connection->source : NULL,
        .loop = connection_loop(connection),
        .fd = connection->source.fd,
        .tls = connection->tls,
        .egress = connection->session.egress,
        .admitted = connection->admitted,
        .session = true,
        .broken = connection->flags & CONNECTION_BROKEN,
        .drained = connection->flags & CONNECTION_DRAINED,
    };
    enum stats_end by = ending.broken    ? STATS_END_FAULT
                        : ending.drained ? STATS_END_PEER
                                         : STATS_END_SERVER;
    stat_add(&worker->stats.ended[by], 1);
    log_debug("connection ended", log_number("worker", worker->index),
              log_number("session", connection->session.id.slot),
              log_string("by", stats_end_names[by]), trace_id(connection->trace));
    connection_detach(connection);
    connection->session.egress = NULL;
    ws_rx_free(&connection->rx);
    free(connection->trace);
    farewell_begin(worker, &ending);
    hub_closed(worker->hub, &connection->session);
}

static void send_queued(struct worker *worker)
{
    struct connection *connection;
    worker->connections.unsent = 0;
    worker->connections.unsent_bytes = 0;
    while ((connection = worker->connections.queued) != NULL) {
        unlist(connection);
        output_flush(connection);
    }
}

void connections_settle(struct worker *worker)
{
    struct connection *connection;
    archive_post_fresh(worker); /* also for what goes on as a farewell */
    send_queued(worker);
    pauses_resume(worker);
    send_queued(worker);
    while ((connection = worker->connections.ending) != NULL) {
        let_go(connection); /* others may be told */
        send_queued(worker);
    }
}

bool connections_unsettled(const struct worker *worker)
{
    const struct connections *all = &worker->connections;
    return all->queued != NULL || all->ending != NULL || all->resumed != NULL;
}

/* Stopping. */

/* Each has its moment, between 0 and 2^32 - 1; neighbours are far apart (Knuth's multiplicative
 * hash). */
static void stop_one(void *context, struct session *session)
{
    const uint64_t *passed = context;
    if (session->id.slot * 2654435769u <= *passed)
        connection_close(connection_of(session), CLOSE_STOPPING);
}

void connections_stop(struct worker *worker, uint64_t passed_ms, uint64_t drain_ms)
{
    uint64_t passed = passed_ms >= drain_ms ? UINT32_MAX : (passed_ms << 32) / drain_ms;
    hub_each(worker->hub, stop_one, &passed);
}

/* For the hub. */

struct egress_limits connection_egress_limits(const struct config *config)
{
    return (struct egress_limits){
        .messages_max = config->egress_messages_max,
        .bytes_max = config->egress_bytes_max,
        .volatile_max = config->egress_messages_max / 16,
    };
}

static void on_wake(void *context, struct session *session)
{
    (void)context;
    connection_touch(connection_of(session));
}

static void on_close(void *context, struct session *session, enum close_name why)
{
    (void)context;
    connection_close(connection_of(session), why);
}

static bool on_strike(void *context, struct session *session, enum strike strike)
{
    struct worker *worker = context;
    return strike == STRIKE_GUESS &&
           admission_guess(worker->server->admission, connection_of(session)->admitted,
                           worker->loop.now_ms);
}

static bool on_barred(void *context, struct session *session)
{
    const struct worker *worker = context;
    return admission_barred(worker->server->admission, connection_of(session)->admitted,
                            worker->loop.now_ms);
}

static bool on_mail(void *context, uint32_t worker, uint32_t binding, struct str bytes)
{
    return letters_mail(context, worker, binding, bytes);
}

static void on_resume(void *context, struct session *session)
{
    (void)context;
    pause_end(connection_of(session));
}

/* Asked while a connection opens. */
static struct str on_local_host(void *context, struct session *session)
{
    (void)session;
    struct connections *all = &((struct worker *)context)->connections;
    union address address = {0};
    if (h2o_socket_getsockname(all->opening, &address.any) == 0)
        return (struct str){NULL, 0};
    const void *bytes = &address.v4.sin_addr;
    int family = AF_INET;
    if (address.any.sa_family == AF_INET6) {
        const struct in6_addr *v6 = &address.v6.sin6_addr;
        bool is_v4 = IN6_IS_ADDR_V4MAPPED(v6);
        bytes = is_v4 ? (const void *)&v6->s6_addr[12] : v6;
        family = is_v4 ? AF_INET : AF_INET6;
    }
    const char *text = inet_ntop(family, bytes, all->local_host, sizeof all->local_host);
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

static bool on_store(void *context, uint32_t binding, const struct store_order *order)
{
    return archive_keep(context, binding, order);
}

static void on_expire(void *context, struct session *session, uint64_t expires_ms)
{
    (void)context;
    expiry_set(connection_of(session), expires_ms);
}

static void on_media(void *context, const struct media_order *order)
{
    const struct worker *worker = context;
    media_post(worker->server->setup->media, order);
}

struct hub_ports connection_ports(struct worker *worker)
{
    return (struct hub_ports){
        .context = worker,
        .wake = on_wake,
        .close = on_close,
        .strike = on_strike,
        .barred = on_barred,
        .mail = on_mail,
        .resume = on_resume,
        .local_host = on_local_host,
        .media = worker->server->setup->media != NULL ? on_media : NULL,
        .store = worker->server->setup->store != NULL ? on_store : NULL,
        .expire = on_expire,
    };
}
