/* stats.h: what one worker counts. Written by its own thread, read by any (relaxed atomics: plain
 * loads and stores). */
#ifndef PARLEY_RUNTIME_STATS_H
#define PARLEY_RUNTIME_STATS_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t stat_count;

/* One writer: a load and a store are enough, and cost what a plain increment costs. */
static inline void stat_add(stat_count *counter, uint64_t n)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
                          memory_order_relaxed);
}
static inline void stat_set(stat_count *gauge, uint64_t n)
{
    atomic_store_explicit(gauge, n, memory_order_relaxed);
}
static inline uint64_t stat_get(const stat_count *counter)
{
    return atomic_load_explicit((stat_count *)counter, memory_order_relaxed);
}

enum { STATS_SERVICES_MAX = 4, STATS_TYPES_MAX = 64, STATS_CLOSE_CODES = 18 };

struct service_stats {
    stat_count sessions, rooms; /* gauges */
    stat_count opened, moved_in, moved_out;
    stat_count commands[STATS_TYPES_MAX], events[STATS_TYPES_MAX], errors[STATS_TYPES_MAX];
    stat_count invalid; /* messages that did not decode */
};

struct stats {
    struct service_stats services[STATS_SERVICES_MAX];
    stat_count egress_replaced, egress_dropped,
        egress_overflows; /* conflated, volatile dropped, readers cut off */
    stat_count strikes[8];
    stat_count mails_sent, mails_lost; /* between the workers' instances of a service */
    stat_count store_orders_lost;      /* the store could not take any more */
    /* net/: */
    stat_count accepted, accept_refused_total, accept_refused_address;
    stat_count bytes_in, bytes_out, messages_in, messages_out, binary_ignored, pings_in, pongs_out;
    stat_count upgrades, upgrades_refused, http_requests;
    stat_count close_codes_sent[STATS_CLOSE_CODES]; /* 1000 to 1016; last: all others */
    stat_count turns, reads, writes;
};

#endif
