#include "net/expiry.h"

#include "net/connection.h"
#include "net/worker.h"

/* What connection->expires_s and connections->expires_s are for those that do not expire. */
enum { NEVER = 0 };

static void note(struct worker *worker, uint32_t expires_s)
{
    uint32_t *first = &worker->connections.expires_s;
    if (expires_s != NEVER && (*first == NEVER || expires_s < *first))
        *first = expires_s;
}

void expiry_set(struct connection *connection, uint64_t expires_ms)
{
    uint64_t grace_ms = worker_config(connection->worker)->token_grace_ms;
    uint64_t expires_s = expires_ms / 1000 + (grace_ms + 999) / 1000; /* never early */
    connection->expires_s = expires_s < UINT32_MAX ? (uint32_t)expires_s : NEVER;
    note(connection->worker, connection->expires_s);
}

void expiry_arrive(struct connection *connection)
{
    note(connection->worker, connection->expires_s);
}

static void end_expired(void *context, struct session *session)
{
    struct worker *worker = context;
    struct connection *connection = connection_of(session);
    if (connection->expires_s == NEVER)
        return;
    if (connection->expires_s > worker->loop.wall_ms / 1000) {
        note(worker, connection->expires_s);
        return;
    }
    stat_add(&worker->stats.tokens_expired, 1);
    connection_close(connection, CLOSE_TOKEN_EXPIRED);
}

uint64_t expiry_run(struct worker *worker)
{
    uint32_t *first = &worker->connections.expires_s;
    uint64_t wall_ms = worker->loop.wall_ms;
    if (*first != NEVER && *first <= wall_ms / 1000) {
        *first = NEVER;
        hub_each(worker->hub, end_expired, worker);
    }
    return *first == NEVER ? UINT64_MAX : worker->loop.now_ms + ((uint64_t)*first * 1000 - wall_ms);
}
