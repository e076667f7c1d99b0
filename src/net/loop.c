#include "net/loop.h"

#include <errno.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

enum { NS_PER_MS = 1000 * 1000, NS_PER_SECOND = 1000 * NS_PER_MS };

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t loop_clock_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static void take_time(struct loop *loop, uint64_t now_ns)
{
    loop->now_ms = now_ns / NS_PER_MS;
    loop->wall_ms = clock_ns(CLOCK_REALTIME) / NS_PER_MS;
}

static void begin_turn(struct loop *loop)
{
    loop->woke_ns = clock_ns(CLOCK_MONOTONIC);
    take_time(loop, loop->woke_ns);
}

void loop_renew(struct loop *loop)
{
    take_time(loop, clock_ns(CLOCK_MONOTONIC));
}

int loop_init(struct loop *loop)
{
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        return -errno;
    begin_turn(loop);
    return 0;
}

void loop_clear(struct loop *loop)
{
    close(loop->epoll);
    loop->epoll = -1;
}

int loop_add(struct loop *loop, struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    source->events = events;
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0 ? 0 : -errno;
}

void loop_want(struct loop *loop, struct source *source, uint32_t events)
{
    if (source->events != events)
        loop_replace(loop, source, source, events);
}

void loop_replace(struct loop *loop, const struct source *from, struct source *to, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = to};
    to->fd = from->fd;
    to->events = events;
    CHECK(epoll_ctl(loop->epoll, EPOLL_CTL_MOD, to->fd, &event) == 0);
}

void loop_remove(struct loop *loop, const struct source *source)
{
    CHECK(epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL) == 0);
}

/* Counted from the start of the turn: a timer may be late by what the turn took, never early. */
static int timeout_ms(const struct loop *loop, uint64_t due_ms)
{
    if (due_ms == UINT64_MAX)
        return -1;
    if (due_ms <= loop->now_ms)
        return 0;
    uint64_t wait_ms = due_ms - loop->now_ms;
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

void loop_wait(struct loop *loop, uint64_t due_ms)
{
    loop->ready_count = epoll_wait(loop->epoll, loop->ready, LOOP_BATCH, timeout_ms(loop, due_ms));
    CHECK(loop->ready_count >= 0 || errno == EINTR);
    begin_turn(loop);
}

void loop_dispatch(struct loop *loop)
{
    for (int i = 0; i < loop->ready_count; i++) {
        struct source *source = loop->ready[i].data.ptr;
        source->ready(source, loop->ready[i].events);
    }
}
