#include "base/pool.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/reserve.h"

int pool_init(struct pool *pool, uint32_t capacity, size_t entry_bytes)
{
    CHECK(capacity > 0 && capacity < POOL_NONE && entry_bytes > 0);
    *pool = (struct pool){
        .entry_bytes = (entry_bytes + 7) & ~(size_t)7, .capacity = capacity, .free = POOL_NONE};
    pool->entries = reserve_new(capacity * pool->entry_bytes);
    pool->generations = reserve_new(capacity * sizeof *pool->generations);
    if (pool->entries == NULL || pool->generations == NULL) {
        pool_clear(pool);
        return -ENOMEM;
    }
    return 0;
}

void pool_clear(struct pool *pool)
{
    reserve_free(pool->entries, pool->capacity * pool->entry_bytes);
    reserve_free(pool->generations, pool->capacity * sizeof *pool->generations);
    *pool = (struct pool){.free = POOL_NONE};
}

void *pool_take(struct pool *pool, struct handle *handle)
{
    uint32_t slot = pool->free;
    uint8_t *entry;
    if (slot != POOL_NONE) {
        entry = pool_at(pool, slot);
        memcpy(&pool->free, entry, sizeof pool->free);
        memset(entry, 0, pool->entry_bytes);
    } else if (pool->touched < pool->capacity) {
        slot = pool->touched++;
        entry = pool_at(pool, slot);
    } else {
        return NULL;
    }
    pool->generations[slot]++;
    pool->live++;
    *handle = pool_handle(pool, slot);
    return entry;
}

void pool_give_back(struct pool *pool, uint32_t slot)
{
    CHECK(pool_is_live(pool, slot));
    pool->generations[slot]++;
    memcpy(pool_at(pool, slot), &pool->free, sizeof pool->free);
    pool->free = slot;
    pool->live--;
}

uint32_t pool_next(const struct pool *pool, uint32_t slot)
{
    for (; slot < pool->touched; slot++)
        if (pool_is_live(pool, slot))
            return slot;
    return POOL_NONE;
}
