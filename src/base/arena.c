#include "base/arena.h"

#include <errno.h>

#include "base/reserve.h"

enum { ARENA_ALIGNMENT = 16 };

int arena_init(struct arena *arena, size_t capacity)
{
    *arena = (struct arena){.base = reserve_new(capacity), .capacity = capacity};
    return arena->base == NULL ? -ENOMEM : 0;
}

void arena_clear(struct arena *arena)
{
    reserve_free(arena->base, arena->capacity);
    *arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t len)
{
    size_t start = (arena->used + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if (start > arena->capacity || len > arena->capacity - start)
        return NULL;
    arena->used = start + len;
    return arena->base + start;
}

struct str arena_copy(struct arena *arena, struct str from)
{
    if (from.len == 0)
        return (struct str){NULL, 0};
    char *copy = arena_alloc(arena, from.len);
    if (copy == NULL)
        return (struct str){NULL, 0};
    memcpy(copy, from.base, from.len);
    return (struct str){copy, from.len};
}
