#include "base/map.h"

#include "base/hash.h"
#include "tests/unit/test.h"

enum { CAPACITY = 3000 };

/* How often `slot` comes up among the candidates of `hash`; all of them must have that hash. */
static uint32_t times_found(const struct map *map, const uint64_t *hashes, uint64_t hash,
                            uint32_t slot)
{
    uint32_t times = 0;
    for (uint32_t at = map_first(map, hash); at != MAP_NONE; at = map_next(map, at)) {
        EXPECT((uint32_t)hashes[at] == (uint32_t)hash);
        times += at == slot;
    }
    return times;
}

static void run_model(uint32_t distinct_hashes, uint32_t steps)
{
    static const uint8_t key[16] = {1, 2, 3};
    static uint64_t hashes[CAPACITY];
    static bool inside[CAPACITY];
    struct map map;
    REQUIRE(map_init(&map, CAPACITY) == 0);
    memset(inside, 0, sizeof(inside));
    uint32_t count = 0;
    for (uint32_t step = 0; step < steps; step++) {
        uint32_t slot = test_below(CAPACITY);
        /* Waves, so that the map is nearly full and nearly empty now and then. */
        bool adding = test_below(100) < (step / CAPACITY % 2 == 0 ? 90u : 10u);
        if (adding && !inside[slot]) {
            uint32_t number = test_below(distinct_hashes);
            hashes[slot] = hash_bytes(key, (struct str){(const char *)&number, sizeof(number)});
            map_add(&map, hashes[slot], slot);
            inside[slot] = true;
            count++;
        } else if (!adding && inside[slot]) {
            map_remove(&map, slot);
            inside[slot] = false;
            count--;
        }
        REQUIRE(map.count == count);
        REQUIRE(times_found(&map, hashes, hashes[slot], slot) == (inside[slot] ? 1 : 0));
        if (step % 1000 == 0) {
            for (uint32_t i = 0; i < CAPACITY; i++)
                REQUIRE(times_found(&map, hashes, hashes[i], i) == (inside[i] ? 1 : 0));
        }
    }
    map_clear(&map);
}

TEST(agrees_with_a_model)
{
    run_model(1u << 30, 40000);
}

TEST(keys_with_equal_hashes_are_all_found)
{
    run_model(20, 20000);
}

TEST(buckets_stay_short)
{
    static const uint8_t key[16] = {7};
    enum { COUNT = 100000 };
    struct map map;
    REQUIRE(map_init(&map, COUNT) == 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        map_add(&map, hash_bytes(key, (struct str){(const char *)&i, sizeof(i)}), i);
    }
    uint32_t longest = 0;
    for (uint32_t i = 0; i < map.buckets_count; i++) {
        uint32_t len = 0;
        for (uint32_t at = map.buckets[i]; at != 0; at = map.links[at - 1].next)
            len++;
        longest = len > longest ? len : longest;
    }
    EXPECT(longest < 16);
    EXPECT_EQ_INT(map.buckets_count, COUNT);
    map_clear(&map);
}
