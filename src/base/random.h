/* random.h: random numbers as a value that is handed in: the server fills it from the kernel, the
 * simulator from a seed. */
#ifndef PARLEY_BASE_RANDOM_H
#define PARLEY_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    /* Cannot fail: aborts rather than hand out weak numbers. */
    void (*refill)(void *context, uint8_t *bytes, size_t len);
    void *context;
    /* How many of `bytes` were handed out; all at the start, so that the first draw refills. */
    uint32_t used;
    uint8_t bytes[256];
};

void random_init(struct random *random, void (*refill)(void *context, uint8_t *bytes, size_t len),
                 void *context);
void random_bytes(struct random *random, uint8_t *out, size_t len);
/* Even over [0, bound), without modulo bias; bound > 0. */
uint32_t random_below(struct random *random, uint32_t bound);

#endif
