/* arena.h: memory for one turn, given out by moving a mark, taken back all at once. */
#ifndef PARLEY_BASE_ARENA_H
#define PARLEY_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena {
    uint8_t *base;
    size_t capacity;
    size_t used;
};

/* Reserves address space; pages are only taken when touched. -ENOMEM when it cannot. */
int arena_init(struct arena *arena, size_t capacity) __attribute__((warn_unused_result));
void arena_clear(struct arena *arena);
/* NULL when full, an ordinary answer; aligned to 16 bytes, not zeroed. */
void *arena_alloc(struct arena *arena, size_t len) __attribute__((warn_unused_result));
/* A copy of `from`; base is NULL when the arena is full and from.len > 0. */
struct str arena_copy(struct arena *arena, struct str from);
/* All that was given out since `mark` (a former `used`) is taken back. */
static inline void arena_reset(struct arena *arena, size_t mark)
{
    arena->used = mark;
}

#endif
