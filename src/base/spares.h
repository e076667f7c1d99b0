/* spares.h: small blocks of memory that are kept when they are given back, for the next who asks.
 *
 * In front of malloc for what comes and goes by the hundred in a turn. What is kept is bounded;
 * more goes back to malloc. One thread. */
#ifndef PARLEY_BASE_SPARES_H
#define PARLEY_BASE_SPARES_H

#include <stddef.h>
#include <stdint.h>

/* Sizes are multiples of 64 bytes, up to 512; larger blocks come from malloc. */
enum { SPARES_STEP = 64, SPARES_SIZES = 8, SPARES_KEPT_BYTES_MAX = 512 * 1024 /* of each size */ };

struct spares {
    struct {
        struct spare *first;
        uint32_t count;
    } sizes[SPARES_SIZES];
};

/* A zeroed struct spares is ready. Frees what is kept. */
void spares_clear(struct spares *spares);
/* NULL when memory is short. Not zeroed; bytes > 0. */
void *spares_take(struct spares *spares, size_t bytes) __attribute__((warn_unused_result));
/* `bytes` as given to spares_take. */
void spares_give_back(struct spares *spares, void *block, size_t bytes);

#endif
