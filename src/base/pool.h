/* pool.h: entries of one size, named by handles that tell a used entry from the one before it.
 *
 * Sized once for the most there may be; entries that were never used cost no memory. The entry
 * given back last is handed out first, so that few pages stay in use. Beside each entry stand 4
 * bytes: its generation, odd while it is in use. One thread. */
#ifndef PARLEY_BASE_POOL_H
#define PARLEY_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/handle.h"

#define POOL_NONE UINT32_MAX

struct pool {
    uint8_t *entries;
    uint32_t *generations;
    size_t entry_bytes; /* rounded up to 8 */
    uint32_t capacity;
    uint32_t touched; /* entries below were in use at some time */
    uint32_t live;    /* entries in use */
    uint32_t free;    /* the entry given back last, or POOL_NONE; each free one names the next */
};

/* -ENOMEM when the address space is short. */
int pool_init(struct pool *pool, uint32_t capacity, size_t entry_bytes)
    __attribute__((warn_unused_result));
void pool_clear(struct pool *pool);

/* A zeroed entry; NULL when the pool is full, an ordinary answer. */
void *pool_take(struct pool *pool, struct handle *handle) __attribute__((warn_unused_result));
/* The entry's handle is stale from now on. */
void pool_give_back(struct pool *pool, uint32_t slot);

static inline bool pool_is_live(const struct pool *pool, uint32_t slot)
{
    return slot < pool->touched && (pool->generations[slot] & 1) != 0;
}
static inline void *pool_at(const struct pool *pool, uint32_t slot)
{
    return pool->entries + (size_t)slot * pool->entry_bytes;
}
/* Of an entry that the pool handed out. */
static inline uint32_t pool_slot(const struct pool *pool, const void *entry)
{
    return (uint32_t)((size_t)((const uint8_t *)entry - pool->entries) / pool->entry_bytes);
}
static inline struct handle pool_handle(const struct pool *pool, uint32_t slot)
{
    return (struct handle){slot, pool->generations[slot]};
}
/* NULL for a stale handle, and for any other that was never given out. */
static inline void *pool_find(const struct pool *pool, struct handle handle)
{
    if (!pool_is_live(pool, handle.slot) || pool->generations[handle.slot] != handle.generation)
        return NULL;
    return pool_at(pool, handle.slot);
}
/* The first live slot at or after `slot`, POOL_NONE when there is none: a walk over all entries
 * that may give back the one it stands on. */
uint32_t pool_next(const struct pool *pool, uint32_t slot);

#endif
