#include "net/sweep.h"

#include "net/connection.h"
#include "net/worker.h"

/* What waits to be sent to those who lag. */
struct waiting {
    uint64_t sessions, messages, bytes;
};

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
    uint32_t silent_ms = (uint32_t)connection->worker->loop.now_ms - connection->seen_ms;
    if (connection->flags & CONNECTION_ENDING)
        return;
    /* Nobody is ended unasked, even when this process could not ask in time. */
    if (silence.ping_ms > 0 && silent_ms >= silence.ping_ms &&
        !(connection->flags & CONNECTION_PINGED)) {
        connection->flags |= CONNECTION_PINGED;
        connection_send(connection, WS_PING, NULL, 0);
    } else if (silence.end_ms > 0 && silent_ms >= silence.end_ms) {
        connection_close(connection, CLOSE_SILENT);
    }
}

void sweep_connections(struct worker *worker)
{
    struct waiting waiting = {0};
    hub_each(worker->hub, look_after, &waiting);
    stat_set(&worker->stats.waiting_sessions, waiting.sessions);
    stat_set(&worker->stats.waiting_messages, waiting.messages);
    stat_set(&worker->stats.waiting_bytes, waiting.bytes);
}
