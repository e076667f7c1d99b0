#include "base/pool.h"

#include "tests/unit/memory.h"
#include "tests/unit/test.h"

TEST(entries_are_zeroed_and_named)
{
    struct pool pool;
    REQUIRE(pool_init(&pool, 2, 20) == 0);
    struct handle first;
    struct handle second;
    struct handle none;
    uint8_t *entry = pool_take(&pool, &first);
    REQUIRE(entry != NULL);
    memset(entry, 0xff, 20);
    REQUIRE(pool_take(&pool, &second) != NULL);
    EXPECT(pool_take(&pool, &none) == NULL);
    EXPECT_EQ_INT(pool.live, 2);
    EXPECT(pool_find(&pool, first) == entry);

    pool_give_back(&pool, first.slot);
    EXPECT(pool_find(&pool, first) == NULL);
    EXPECT(pool_find(&pool, second) != NULL);
    uint8_t *again = pool_take(&pool, &none);
    REQUIRE(again == entry);
    EXPECT_EQ_INT(none.slot, first.slot);
    EXPECT(!handle_equal(none, first));
    EXPECT(pool_find(&pool, first) == NULL);
    for (int i = 0; i < 20; i++)
        EXPECT_EQ_INT(again[i], 0);
    pool_clear(&pool);
}

TEST(nothing_is_found_by_handles_never_given_out)
{
    struct pool pool;
    REQUIRE(pool_init(&pool, 4, 8) == 0);
    struct handle handle;
    REQUIRE(pool_take(&pool, &handle) != NULL);
    pool_give_back(&pool, handle.slot);
    EXPECT(pool_find(&pool, HANDLE_NONE) == NULL);
    EXPECT(pool_find(&pool, (struct handle){0, 2}) == NULL); /* even: what a free entry has */
    EXPECT(pool_find(&pool, (struct handle){3, 1}) == NULL);
    EXPECT(pool_find(&pool, (struct handle){UINT32_MAX, 1}) == NULL);
    pool_clear(&pool);
}

TEST(agrees_with_a_model)
{
    enum { CAPACITY = 50, STEPS = 20000 };
    struct pool pool;
    REQUIRE(pool_init(&pool, CAPACITY, sizeof(uint32_t)) == 0);
    struct handle live[CAPACITY];
    uint32_t values[CAPACITY];
    uint32_t count = 0;
    struct handle stale = HANDLE_NONE;
    for (uint32_t step = 0; step < STEPS; step++) {
        if (test_below(2) == 0) {
            struct handle handle;
            uint32_t *value = pool_take(&pool, &handle);
            REQUIRE((value != NULL) == (count < CAPACITY));
            if (value != NULL) {
                REQUIRE(*value == 0 && handle.generation != 0);
                *value = values[count] = step;
                live[count++] = handle;
            }
        } else if (count > 0) {
            uint32_t i = test_below(count);
            stale = live[i];
            pool_give_back(&pool, stale.slot);
            live[i] = live[--count];
            values[i] = values[count];
        }
        REQUIRE(pool.live == count && pool_find(&pool, stale) == NULL);
        uint32_t walked = 0;
        for (uint32_t slot = 0; (slot = pool_next(&pool, slot)) != POOL_NONE; slot++)
            walked++;
        REQUIRE(walked == count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t *value = pool_find(&pool, live[i]);
            REQUIRE(value != NULL && *value == values[i]);
        }
    }
    pool_clear(&pool);
}

TEST(memory_may_be_short)
{
    uint32_t runs = 0;
    for (uint32_t n = 0; memory_fails_at(n); n++, runs++) {
        struct pool pool;
        int error = pool_init(&pool, 10, 10);
        memory_recovers();
        EXPECT(error == (memory_failed ? -ENOMEM : 0));
        pool_clear(&pool);
    }
    EXPECT_EQ_INT(runs, 3);
}
