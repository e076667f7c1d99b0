/* bucket.h: a token bucket: so many at once, some more after each so many milliseconds.
 *
 * Zeroed, a full one. */
#ifndef PARLEY_BASE_BUCKET_H
#define PARLEY_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint32_t spent;
    uint32_t since_ms; /* when it was last refilled; wraps after 49 days, which at worst refills */
};

/* Workers that share a bucket read the clock once a turn: one may take from it at a moment that
 * lies this far behind another's, at most. */
enum { BUCKET_BEHIND_MS = 60000 };

struct bucket_limits {
    uint32_t max;       /* at once */
    uint32_t refill_ms; /* each time that so long has passed, > 0, */
    uint32_t refill;    /* so many are given back */
};

/* Takes one; false when none is left. */
static inline bool bucket_take(struct bucket *bucket, struct bucket_limits limits, uint64_t now_ms)
{
    uint32_t passed_ms = (uint32_t)now_ms - bucket->since_ms;
    if (passed_ms > UINT32_MAX - BUCKET_BEHIND_MS)
        passed_ms = 0;
    uint32_t times = passed_ms / limits.refill_ms;
    uint64_t refilled = (uint64_t)times * limits.refill;
    if (refilled >= bucket->spent) {
        bucket->spent = 0;
        bucket->since_ms = (uint32_t)now_ms;
    } else {
        bucket->spent -= (uint32_t)refilled;
        bucket->since_ms += times * limits.refill_ms;
    }
    if (bucket->spent >= limits.max)
        return false;
    bucket->spent++;
    return true;
}

#endif
