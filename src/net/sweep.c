#include "net/sweep.h"

#include <sys/ioctl.h>

#include "net/connection.h"
#include "net/worker.h"

/* What waits to be sent to those who lag. */
struct waiting {
    uint64_t sessions, messages, bytes;
};

/* Something has come, and will be read: it is us who are late. */
static bool has_unread(const struct connection *connection)
{
    h2o_socket_t *tls = connection->tls;
    int fd = tls != NULL ? h2o_socket_get_fd(tls) : connection->source.fd, bytes = 0;
    bool reads =
        tls != NULL ? h2o_socket_is_reading(tls) : (connection->source.events & EPOLLIN) != 0;
    return reads && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

static void look_after(void *context, struct session *session)
{
    struct waiting *waiting = context;
    struct connection *connection = connection_of(session);
    if (session->egress != NULL && !(connection->flags & CONNECTION_LISTED)) {
        waiting->sessions++;
        waiting->messages += egress_messages(session->egress);
        waiting->bytes += egress_bytes(session->egress);
    }
    const struct server_silence silence = worker_silence(connection->worker, session->service);
    uint32_t silent_ms = sweep_silent_ms(connection);
    if (connection->flags & CONNECTION_ENDING)
        return;
    /* Nobody is ended unasked, and who is asked late has as long to answer as others: this process,
     * or the machine, may have stood still. */
    if (silence.ping_ms > 0 && silent_ms >= silence.ping_ms &&
        !(connection->flags & CONNECTION_PINGED)) {
        connection->flags |= CONNECTION_PINGED;
        connection->seen_ms += silent_ms - silence.ping_ms;
        connection_send(connection, WS_PING, NULL, 0);
    } else if (silence.end_ms > 0 && silent_ms >= silence.end_ms && !has_unread(connection)) {
        connection_close(connection, CLOSE_SILENT);
    }
}

uint32_t sweep_silent_ms(const struct connection *connection)
{
    /* One that has just moved here may have been heard by a clock that is ahead. */
    int32_t silent_ms = (int32_t)((uint32_t)connection->worker->loop.now_ms - connection->seen_ms);
    return silent_ms > 0 ? (uint32_t)silent_ms : 0;
}

void sweep_connections(struct worker *worker)
{
    struct waiting waiting = {0};
    hub_each(worker->hub, look_after, &waiting);
    stat_set(&worker->stats.waiting_sessions, waiting.sessions);
    stat_set(&worker->stats.waiting_messages, waiting.messages);
    stat_set(&worker->stats.waiting_bytes, waiting.bytes);
}
