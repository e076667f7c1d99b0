#include "base/chain.h"

#include "tests/unit/test.h"

enum { ENTRIES = 50 };

struct entry {
    uint32_t other; /* something before the link */
    struct chain_link link;
};

static const size_t LINK = offsetof(struct entry, link);

static uint32_t next_of(const struct pool *pool, uint32_t slot)
{
    return ((const struct entry *)pool_at(pool, slot))->link.next;
}

static uint32_t previous_of(const struct pool *pool, uint32_t slot)
{
    return ((const struct entry *)pool_at(pool, slot))->link.previous;
}

/* The chain holds these slots, in this order, both ways. */
static void check(const struct chain *chain, const struct pool *pool, const uint32_t *slots,
                  uint32_t count)
{
    uint32_t at = chain->first, previous = CHAIN_END;
    for (uint32_t i = 0; i < count; i++) {
        REQUIRE(at == slots[i] && previous_of(pool, at) == previous);
        previous = at;
        at = next_of(pool, at);
    }
    EXPECT(at == CHAIN_END && chain->last == previous);
}

TEST(agrees_with_an_array)
{
    struct pool pool;
    struct chain chain = CHAIN_EMPTY;
    uint32_t slots[ENTRIES], count = 0;
    REQUIRE(pool_init(&pool, ENTRIES, sizeof(struct entry)) == 0);
    for (uint32_t step = 0; step < 5000; step++) {
        uint32_t place = count > 0 ? test_below(count) : 0;
        if (count < ENTRIES && test_below(100) < (step / 200 % 2 == 0 ? 70u : 30u)) {
            struct handle handle;
            REQUIRE(pool_take(&pool, &handle) != NULL);
            if (test_below(2) == 0)
                place = count;
            if (place == count)
                chain_append(&chain, &pool, LINK, handle.slot);
            else
                chain_insert(&chain, &pool, LINK, place > 0 ? slots[place - 1] : CHAIN_END,
                             handle.slot);
            memmove(slots + place + 1, slots + place, (count++ - place) * sizeof *slots);
            slots[place] = handle.slot;
        } else if (count > 0) {
            chain_remove(&chain, &pool, LINK, slots[place]);
            pool_give_back(&pool, slots[place]);
            memmove(slots + place, slots + place + 1, (--count - place) * sizeof *slots);
        }
        check(&chain, &pool, slots, count);
        REQUIRE(test_failures == 0);
    }
    pool_clear(&pool);
}
