/* handle.h: names a pool entry across turns and threads, where a pointer could dangle.
 *
 * A handle whose generation is not the entry's is stale: the entry has since been given back. */
#ifndef PARLEY_BASE_HANDLE_H
#define PARLEY_BASE_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

struct handle {
    uint32_t slot;
    uint32_t generation; /* 0 is never given out: a zeroed handle names nothing */
};

#define HANDLE_NONE ((struct handle){0, 0})

static inline bool handle_equal(struct handle a, struct handle b)
{
    return a.slot == b.slot && a.generation == b.generation;
}

#endif
