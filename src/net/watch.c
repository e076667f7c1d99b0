#include "net/watch.h"

#include "base/log.h"
#include "net/notify.h"
#include "net/worker.h"

/* Looks in the time that the manager grants, so that one that comes late does no harm. */
enum { LOOKS = 4 };

void watch_init(struct watch *watch, uint64_t now_ms)
{
    uint32_t granted_ms = notify_watchdog_ms();
    *watch = (struct watch){.interval_ms = granted_ms / LOOKS};
    if (granted_ms > 0 && watch->interval_ms == 0)
        watch->interval_ms = 1;
    watch->due_ms = now_ms + watch->interval_ms;
}

/* Whether it has begun a turn since the last look. It is woken, so that it will until the next. */
static bool is_alive(struct watch *watch, struct worker *worker)
{
    uint32_t turns = atomic_load_explicit(&worker->turns, memory_order_relaxed);
    bool alive = turns != watch->turns[worker->index];
    watch->turns[worker->index] = turns;
    worker_wake(worker);
    return alive;
}

int watch_look(struct watch *watch, struct server *server, uint64_t now_ms)
{
    if (watch->interval_ms == 0)
        return -1;
    if (now_ms < watch->due_ms)
        return (int)(watch->due_ms - now_ms);
    watch->due_ms = now_ms + watch->interval_ms;
    bool all = true;
    for (uint32_t i = 0; i < server->workers_count; i++) {
        if (!is_alive(watch, &server->workers[i])) {
            all = false;
            log_error("a worker hangs", log_number("worker", i));
        }
    }
    if (all)
        notify_alive();
    return (int)watch->interval_ms;
}
