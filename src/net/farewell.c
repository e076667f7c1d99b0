#include "net/farewell.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/output.h"
#include "net/tally.h"
#include "net/websocket.h"
#include "net/worker.h"
#include "runtime/frame.h"

/* What a peer may still send before it is cut off: a message that was too big may well be under
 * way. */
enum { DRAIN_BYTES_MAX = 16 * 1024 * 1024 };

struct farewell {
    struct farewell *next, *previous;
    struct worker *worker;
    struct source source;
    struct loop *loop;          /* where it is waited for */
    const struct source *known; /* what the loop knows the descriptor by: none, the connection's
                                   (only while the farewell begins), or our own */
    h2o_socket_t *tls;          /* until all is sent; then the descriptor goes on alone */
    struct egress *egress;
    uint64_t due_ms;
    uint32_t drained_bytes;
    struct admitted admitted;
    bool session; /* holds a place among the WebSocket connections */
    bool drained; /* the peer has said its last */
};

static void leave(struct worker *worker, struct admitted admitted, bool session)
{
    admission_leave(worker->server->admission, admitted);
    if (session)
        admission_session_leave(worker->server->admission);
}

static void unlist(struct farewell *farewell)
{
    struct farewells *all = &farewell->worker->farewells;
    *(farewell->previous != NULL ? &farewell->previous->next : &all->first) = farewell->next;
    *(farewell->next != NULL ? &farewell->next->previous : &all->last) = farewell->previous;
}

static void list(struct farewell *farewell)
{
    struct farewells *all = &farewell->worker->farewells;
    farewell->previous = all->last;
    *(all->last != NULL ? &all->last->next : &all->first) = farewell;
    all->last = farewell;
}

static void finish(struct farewell *farewell)
{
    struct worker *worker = farewell->worker;
    if (farewell->tls != NULL)
        h2o_socket_close(farewell->tls);
    if (farewell->source.fd >= 0)
        close(farewell->source.fd); /* which also takes it out of the loop */
    egress_free(&farewell->egress);
    leave(worker, farewell->admitted, farewell->session);
    unlist(farewell);
    free(farewell);
}

static void on_ready(struct source *source, uint32_t events);

/* False when the loop cannot take it. */
static bool watch(struct farewell *farewell, uint32_t events)
{
    struct loop *loop = farewell->loop;
    farewell->source.ready = on_ready;
    if (farewell->known == NULL && loop_add(loop, &farewell->source, events) != 0)
        return false;
    if (farewell->known != NULL && farewell->known != &farewell->source)
        loop_replace(loop, farewell->known, &farewell->source, events);
    farewell->known = &farewell->source;
    loop_want(loop, &farewell->source, events);
    return true;
}

/* With TLS: H2O says goodbye (close_notify) and closes its descriptor; a second one of the same
 * socket goes on. False when there is none. */
static bool take_descriptor(struct farewell *farewell)
{
    if (farewell->tls == NULL)
        return true;
    farewell->source.fd = fcntl(h2o_socket_get_fd(farewell->tls), F_DUPFD_CLOEXEC, 0);
    h2o_socket_close(farewell->tls);
    farewell->tls = NULL;
    return farewell->source.fd >= 0;
}

/* All is sent. */
static void hang_up(struct farewell *farewell)
{
    if (farewell->drained || !take_descriptor(farewell) ||
        shutdown(farewell->source.fd, SHUT_WR) != 0 || !watch(farewell, EPOLLIN))
        finish(farewell);
}

static void on_tls_written(h2o_socket_t *socket, const char *error);

static void send_rest(struct farewell *farewell)
{
    struct stats *stats = &farewell->worker->stats;
    bool tls = farewell->tls != NULL;
    enum output output = tls ? output_tls(farewell->tls, &farewell->egress, on_tls_written, stats)
                             : output_plain(farewell->source.fd, &farewell->egress, stats);
    /* What H2O has taken it may still be writing. */
    if (tls && output == OUTPUT_DONE && h2o_socket_is_writing(farewell->tls))
        output = OUTPUT_BLOCKED;
    switch (output) {
    case OUTPUT_DONE:
        hang_up(farewell);
        break;
    case OUTPUT_BLOCKED:
        if (!tls && !watch(farewell, farewell->drained ? EPOLLOUT : EPOLLIN | EPOLLOUT))
            finish(farewell);
        break;
    case OUTPUT_BROKEN:
        finish(farewell);
        break;
    }
}

static void on_tls_written(h2o_socket_t *socket, const char *error)
{
    struct farewell *farewell = socket->data;
    if (error != NULL)
        finish(farewell);
    else
        send_rest(farewell);
}

/* Reads once and throws it away; false when the farewell is over. */
static bool drain(struct farewell *farewell)
{
    struct worker *worker = farewell->worker;
    ssize_t len = recv(farewell->source.fd, worker->connections.scratch, CONNECTION_READ_BYTES, 0);
    if (len < 0)
        return errno == EAGAIN || errno == EINTR;
    farewell->drained = len == 0;
    farewell->drained_bytes += (uint32_t)len;
    return farewell->drained_bytes <= DRAIN_BYTES_MAX &&
           (!farewell->drained || farewell->egress != NULL);
}

static void on_ready(struct source *source, uint32_t events)
{
    struct farewell *farewell = SOURCE_OWNER(source, struct farewell, source);
    if (events & ~(uint32_t)EPOLLOUT && !drain(farewell))
        finish(farewell);
    else if (farewell->egress != NULL)
        send_rest(farewell);
}

/* No memory for a farewell. */
static void end_at_once(struct worker *worker, const struct ending *ending)
{
    struct egress *egress = ending->egress;
    egress_free(&egress);
    if (ending->tls != NULL)
        h2o_socket_close(ending->tls);
    else
        close(ending->fd);
    leave(worker, ending->admitted, ending->session);
}

void farewell_begin(struct worker *worker, const struct ending *ending)
{
    struct farewell *farewell = malloc(sizeof *farewell);
    if (farewell == NULL) {
        end_at_once(worker, ending);
        return;
    }
    *farewell = (struct farewell){
        .worker = worker,
        .source = {.fd = ending->fd},
        .loop = ending->loop != NULL ? ending->loop : &worker->loop,
        .known = ending->source,
        .tls = ending->tls,
        .egress = ending->egress,
        .due_ms = worker->loop.now_ms + worker_config(worker)->close_timeout_ms,
        .admitted = ending->admitted,
        .session = ending->session,
        .drained = ending->drained,
    };
    list(farewell);
    if (ending->broken) {
        finish(farewell);
    } else if (ending->tls != NULL && h2o_socket_is_writing(ending->tls)) {
        ending->tls->data = farewell;
        ending->tls->_cb.write = on_tls_written; /* H2O has no call for this */
    } else {
        if (ending->tls != NULL)
            ending->tls->data = farewell;
        send_rest(farewell);
    }
}

void farewell_refuse(struct worker *worker, int fd, h2o_socket_t *tls, struct admitted admitted,
                     enum close_name why)
{
    struct ending ending = {.fd = fd, .tls = tls, .admitted = admitted, .session = true};
    const struct egress_limits limits = {1, UINT32_MAX, 0};
    uint8_t bytes[125], *payload;
    size_t len = ws_write_close(bytes, close_said[why].code, close_said[why].reason);
    tally_close_sent(&worker->stats, close_said[why].code);
    struct frame *frame = frame_new(hub_spares(worker->hub), WS_CLOSE, len, &payload);
    ending.broken = frame == NULL;
    if (frame != NULL) {
        memcpy(payload, bytes, len);
        ending.broken = egress_push(&ending.egress, frame, &limits) != EGRESS_QUEUED;
        frame_release(frame);
    }
    stat_add(&worker->stats.ended[STATS_END_SERVER], 1);
    farewell_begin(worker, &ending);
}

uint64_t farewells_run(struct worker *worker)
{
    struct farewell *farewell;
    while ((farewell = worker->farewells.first) != NULL) {
        if (farewell->due_ms > worker->loop.now_ms)
            return farewell->due_ms;
        finish(farewell);
    }
    return UINT64_MAX;
}

void farewells_clear(struct worker *worker)
{
    while (worker->farewells.first != NULL)
        finish(worker->farewells.first);
}
