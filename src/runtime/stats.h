/* stats.h: what one worker counts. Written by its own thread, read by any (relaxed atomics: plain
 * loads and stores). */
#ifndef PARLEY_RUNTIME_STATS_H
#define PARLEY_RUNTIME_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#include "service.h"
#include "json/codec.h"

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

uint64_t stat_sum(const stat_count *counts, uint32_t count);

/* How long something took, counted in fixed buckets: from a microsecond to a second. */
enum { STATS_BUCKETS = 18 };

extern const uint64_t stats_bounds_ns[STATS_BUCKETS]; /* inclusive */

struct stat_times {
    stat_count buckets[STATS_BUCKETS + 1]; /* not cumulated; last: longer than all bounds */
    stat_count sum_ns;
};

static inline void stat_time(struct stat_times *times, uint64_t ns)
{
    uint32_t bucket = 0;
    while (bucket < STATS_BUCKETS && ns > stats_bounds_ns[bucket])
        bucket++;
    stat_add(&times->buckets[bucket], 1);
    stat_add(&times->sum_ns, ns);
}

enum {
    STATS_SERVICES_MAX = 4,
    STATS_TYPES_MAX = 64,
    STATS_DELIVERIES = DELIVERY_SEAL_ALL + 1,
    STATS_HTTP_STATUSES = 17,
    STATS_CLOSE_CODES = 14
};

/* Who ended a WebSocket connection. */
enum stats_end { STATS_END_PEER, STATS_END_SERVER, STATS_END_FAULT, STATS_ENDS };

extern const char *const stats_end_names[STATS_ENDS];

struct service_stats {
    stat_count sessions, rooms; /* gauges */
    stat_count opened, moved_in, moved_out;
    stat_count commands[STATS_TYPES_MAX], events[STATS_TYPES_MAX], errors[STATS_TYPES_MAX];
    stat_count invalid; /* messages that did not decode */
    /* By the event's delivery: an older one is not sent; not queued, as the reader lagged;
     * found the queue full, which ended the reader's session. */
    stat_count replaced[STATS_DELIVERIES], dropped[STATS_DELIVERIES], overflowed[STATS_DELIVERIES];
    struct stat_times handler_times; /* messages, from text to queued events */
};

struct stats {
    struct service_stats services[STATS_SERVICES_MAX];
    stat_count strikes[STRIKES];
    stat_count mails_sent, mails_lost; /* between the workers' instances of a service */
    stat_count store_orders_lost;      /* the store could not take any more */
    /* net/: */
    stat_count accepted, accept_refused_total, accept_refused_address, proxy_headers_refused;
    stat_count bytes_in, bytes_out, messages_in, messages_out, binary_ignored, pings_in, pongs_out;
    stat_count upgrades, upgrades_refused;
    stat_count tokens_refused, tokens_expired;
    /* By number (net/tally.h); last: all others. */
    stat_count http_answers[STATS_HTTP_STATUSES + 1];
    stat_count closes_sent[STATS_CLOSE_CODES + 1], closes_received[STATS_CLOSE_CODES + 1];
    stat_count ended[STATS_ENDS];
    stat_count waiting_sessions, waiting_messages, waiting_bytes; /* gauges, of a recent moment */
    stat_count reads, writes;
    struct stat_times turn_times; /* from waking up to having sent everything */
};

#endif
