/* loop.h: one thread's epoll set: sources that call back when their descriptor is ready, and the
 * time of the turn.
 *
 * A turn is loop_wait, which sleeps and takes the time once, and loop_dispatch, which calls the
 * sources that are ready. The memory of a source may only be given back in its own callback or
 * between two turns: the batch may still name it. */
#ifndef PARLEY_NET_LOOP_H
#define PARLEY_NET_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Ready sources that one turn takes: enough to batch, few enough that a turn stays short. */
enum { LOOP_BATCH = 256 };

struct source {
    void (*ready)(struct source *source, uint32_t events); /* EPOLLIN and so on; level-triggered */
    int fd;
    uint32_t events; /* what is waited for */
};

/* The object of type `type` that holds `source` as its member `member`. */
#define SOURCE_OWNER(source, type, member)                                                         \
    ((type *)(void *)((char *)(source)-offsetof(type, member)))

struct loop {
    int epoll;
    uint64_t woke_ns; /* monotonic; when this turn began */
    uint64_t now_ms;  /* monotonic; what this turn takes for the present */
    uint64_t wall_ms; /* the same as Unix time */
    int ready_count;
    struct epoll_event ready[LOOP_BATCH];
};

/* 0 or -errno. */
int loop_init(struct loop *loop) __attribute__((warn_unused_result));
void loop_clear(struct loop *loop);
/* Starts waiting for `events` at source->fd, calling source->ready. 0 or -errno. */
int loop_add(struct loop *loop, struct source *source, uint32_t events)
    __attribute__((warn_unused_result));
/* Waits for other events from now on. */
void loop_want(struct loop *loop, struct source *source, uint32_t events);
/* `to` takes the place of `from`, for the same descriptor. */
void loop_replace(struct loop *loop, const struct source *from, struct source *to, uint32_t events);
void loop_remove(struct loop *loop, const struct source *source);
/* Waits until a source is ready, at most until the monotonic moment due_ms (UINT64_MAX: for ever).
 */
void loop_wait(struct loop *loop, uint64_t due_ms);
void loop_dispatch(struct loop *loop);
/* Reads the clock again, within a turn. */
void loop_renew(struct loop *loop);
/* Monotonic, of this moment: for measuring what a part of a turn takes, and for threads without
 * turns. */
uint64_t loop_clock_ns(void);
static inline uint64_t loop_clock_ms(void)
{
    return loop_clock_ns() / (1000 * 1000);
}

#endif
