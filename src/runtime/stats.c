#include "runtime/stats.h"

enum { US = 1000, MS = 1000 * US };

const uint64_t stats_bounds_ns[STATS_BUCKETS] = {
    US, 5 * US / 2, 5 * US, 10 * US, 25 * US, 50 * US, 100 * US, 250 * US, 500 * US,
    MS, 5 * MS / 2, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 1000 * MS,
};

const char *const stats_end_names[STATS_ENDS] = {
    [STATS_END_PEER] = "peer",
    [STATS_END_SERVER] = "server",
    [STATS_END_FAULT] = "fault",
};

uint64_t stat_sum(const stat_count *counts, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++)
        total += stat_get(&counts[i]);
    return total;
}
