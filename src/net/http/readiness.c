#include "net/http/readiness.h"

#include "net/worker.h"

struct store_status readiness_of_store(const struct server *server)
{
    const struct store_link *store = server->setup->store;
    struct store_status status = {.full = false};
    if (store != NULL)
        store->status(store->context, &status);
    return status;
}

struct str readiness_fault(const struct worker *worker)
{
    const struct admission *admission = worker->server->admission;
    uint32_t sessions = atomic_load_explicit(&admission->sessions, memory_order_relaxed);
    const struct store_status store = readiness_of_store(worker->server);
    if (worker_stopping(worker))
        return STR("the server is stopping");
    if (sessions >= admission->limits.sessions_max)
        return STR("all connections are taken");
    if (store.damaged)
        return STR("the store's journal is damaged");
    if (store.parts[STORE_PART_JOURNAL] == STORE_AWAY)
        return STR("the store's journal cannot be written");
    if (store.unconfirmed)
        return STR("the store's disk does not confirm what is written");
    if (store.full)
        return STR("the store is full");
    return (struct str){NULL, 0};
}

enum http_state readiness_state(const struct worker *worker)
{
    if (worker_stopping(worker))
        return HTTP_STATE_STOPPING;
    return readiness_fault(worker).len == 0 ? HTTP_STATE_HEALTHY : HTTP_STATE_UNREADY;
}
