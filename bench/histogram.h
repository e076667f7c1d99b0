/* histogram.h: counts durations in nanoseconds, to within 1.6 %, in constant memory. */
#ifndef PARLEY_BENCH_HISTOGRAM_H
#define PARLEY_BENCH_HISTOGRAM_H

#include <stdint.h>

/* Each power of two is cut into 64 equal parts; below 64 ns each nanosecond has its own. */
enum { HISTOGRAM_PART_BITS = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_PART_BITS + 1) << 6 };

struct histogram {
    uint64_t total;
    uint64_t max;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    uint32_t shift = 0;
    while (value >> shift >> (HISTOGRAM_PART_BITS + 1) != 0)
        shift++;
    /* value >> shift is below 128; at shift 0 it is the bucket, later its upper half is. */
    uint64_t bucket = ((uint64_t)shift << HISTOGRAM_PART_BITS) + (value >> shift);
    histogram->counts[bucket]++;
    histogram->total++;
    if (value > histogram->max)
        histogram->max = value;
}

/* The upper edge of the bucket below which `share` (0 to 1) of the values lie. */
static inline uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)((double)histogram->total * share), seen = 0;
    for (uint64_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += histogram->counts[bucket];
        if (seen > wanted) {
            uint64_t shift = bucket >> HISTOGRAM_PART_BITS;
            if (shift > 0)
                shift--;
            return (bucket - (shift << HISTOGRAM_PART_BITS) + 1) << shift;
        }
    }
    return histogram->max;
}

#endif
