#include "base/random.h"

#include <string.h>

#include "base/check.h"

void random_init(struct random *random, void (*refill)(void *context, uint8_t *bytes, size_t len),
                 void *context)
{
    *random = (struct random){.refill = refill, .context = context, .used = sizeof random->bytes};
}

void random_bytes(struct random *random, uint8_t *out, size_t len)
{
    while (len > 0) {
        if (random->used == sizeof random->bytes) {
            random->refill(random->context, random->bytes, sizeof random->bytes);
            random->used = 0;
        }
        size_t ready = sizeof random->bytes - random->used;
        size_t taken = len < ready ? len : ready;
        memcpy(out, random->bytes + random->used, taken);
        /* What was handed out is not kept: a later leak of memory does not tell it. */
        memset(random->bytes + random->used, 0, taken);
        random->used += (uint32_t)taken;
        out += taken;
        len -= taken;
    }
}

uint32_t random_below(struct random *random, uint32_t bound)
{
    CHECK(bound > 0);
    /* The largest multiple of bound is the edge: draws beyond it would favour small results. */
    uint32_t spare = (uint32_t)(0u - bound) % bound; /* 2^32 mod bound */
    uint32_t draw;
    do {
        uint8_t bytes[4];
        random_bytes(random, bytes, sizeof bytes);
        memcpy(&draw, bytes, sizeof draw);
    } while (draw < spare);
    return draw % bound;
}
