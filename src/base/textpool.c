#include "base/textpool.h"

#include <errno.h>

#include "base/check.h"
#include "base/reserve.h"

enum { SMALLEST = 16 };
_Static_assert(SMALLEST << (TEXTPOOL_SIZES_MAX - 1) == TEXTPOOL_LEN_MAX, "the largest size");

#define NONE UINT32_MAX

static size_t size_bytes(uint32_t size)
{
    return (size_t)SMALLEST << size;
}

/* The index of the smallest size that holds `len` bytes; len > 0. */
static uint32_t size_of(uint32_t len)
{
    return len <= SMALLEST ? 0 : 28 - (uint32_t)__builtin_clz(len - 1);
}

int textpool_init(struct textpool *pool, uint32_t texts_max, uint32_t len_max)
{
    CHECK(len_max > 0 && len_max <= TEXTPOOL_LEN_MAX);
    *pool = (struct textpool){.texts_max = texts_max, .sizes_count = size_of(len_max) + 1};
    for (uint32_t i = 0; i < pool->sizes_count; i++) {
        pool->sizes[i].free = NONE;
        pool->sizes[i].texts = reserve_new(texts_max * size_bytes(i));
        if (pool->sizes[i].texts == NULL) {
            textpool_clear(pool);
            return -ENOMEM;
        }
    }
    return 0;
}

void textpool_clear(struct textpool *pool)
{
    for (uint32_t i = 0; i < pool->sizes_count; i++)
        reserve_free(pool->sizes[i].texts, pool->texts_max * size_bytes(i));
    *pool = (struct textpool){0};
}

static char *text_at(const struct textpool *pool, uint32_t size, uint32_t slot)
{
    return pool->sizes[size].texts + slot * size_bytes(size);
}

struct text textpool_add(struct textpool *pool, struct str from)
{
    CHECK(from.len <= TEXTPOOL_LEN_MAX);
    if (from.len == 0)
        return (struct text){0, 0};
    struct text text = {.len = (uint32_t)from.len};
    uint32_t index = size_of(text.len);
    CHECK(index < pool->sizes_count);
    struct textpool_size *size = &pool->sizes[index];
    if (size->free != NONE) {
        text.slot = size->free;
        memcpy(&size->free, text_at(pool, index, text.slot), sizeof size->free);
    } else {
        CHECK(size->touched < pool->texts_max);
        text.slot = size->touched++;
    }
    memcpy(text_at(pool, index, text.slot), from.base, from.len);
    return text;
}

void textpool_remove(struct textpool *pool, struct text text)
{
    if (text.len > 0) {
        uint32_t index = size_of(text.len);
        struct textpool_size *size = &pool->sizes[index];
        CHECK(text.slot < size->touched);
        memcpy(text_at(pool, index, text.slot), &size->free, sizeof size->free);
        size->free = text.slot;
    }
}

struct str textpool_get(const struct textpool *pool, struct text text)
{
    if (text.len == 0)
        return (struct str){NULL, 0};
    return (struct str){text_at(pool, size_of(text.len), text.slot), text.len};
}
