#include "net/gather.h"

#include "net/worker.h"

/* The worker's loop says once that the set is ready, and again when it is asked to. */
enum { ONCE = EPOLLIN | EPOLLONESHOT };

static void on_ready(struct source *source, uint32_t events)
{
    (void)events;
    SOURCE_OWNER(source, struct gather, source)->due_ms = 0;
}

int gather_init(struct worker *worker)
{
    struct gather *gather = &worker->gather;
    int error = loop_init(&gather->loop);
    if (error != 0)
        return error;
    gather->source = (struct source){.ready = on_ready, .fd = gather->loop.epoll};
    gather->due_ms = UINT64_MAX;
    return loop_add(&worker->loop, &gather->source, ONCE);
}

void gather_clear(struct worker *worker)
{
    loop_clear(&worker->gather.loop);
}

struct loop *gather_loop(struct worker *worker, uint32_t binding)
{
    const struct server_gathering *gathering = &worker->server->setup->gathering;
    bool gathered = gathering->ms > 0 && (gathering->bindings >> binding & 1) != 0;
    return gathered ? &worker->gather.loop : &worker->loop;
}

uint64_t gather_run(struct worker *worker)
{
    struct gather *gather = &worker->gather;
    if (gather->due_ms > worker->loop.now_ms)
        return gather->due_ms;
    loop_wait(&gather->loop, 0);
    loop_dispatch(&gather->loop);
    if (gather->loop.ready_count == LOOP_BATCH) {
        gather->due_ms = 0; /* there may be more, but others have their turn first */
    } else if (gather->loop.ready_count > 0) {
        gather->due_ms = worker->loop.now_ms + worker->server->setup->gathering.ms;
    } else {
        gather->due_ms = UINT64_MAX;
        loop_replace(&worker->loop, &gather->source, &gather->source, ONCE);
    }
    return gather->due_ms;
}
