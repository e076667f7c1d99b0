/* arena, random, hash. */
#include "base/arena.h"
#include "base/bucket.h"
#include "base/hash.h"
#include "base/random.h"
#include "tests/unit/memory.h"
#include "tests/unit/test.h"

TEST(an_arena_gives_aligned_pieces_until_it_is_full)
{
    struct arena arena;
    REQUIRE(arena_init(&arena, 100) == 0);
    uint8_t *first = arena_alloc(&arena, 1);
    uint8_t *second = arena_alloc(&arena, 33);
    REQUIRE(first != NULL && second != NULL);
    EXPECT_EQ_INT((uintptr_t)second % 16, 0);
    EXPECT(second >= first + 1);
    size_t mark = arena.used;
    EXPECT(arena_alloc(&arena, 37) == NULL);
    EXPECT(arena_alloc(&arena, SIZE_MAX) == NULL);
    EXPECT(arena_alloc(&arena, 36) != NULL);
    EXPECT(arena_alloc(&arena, 1) == NULL);
    EXPECT(arena_copy(&arena, STR("x")).base == NULL);
    EXPECT_EQ_INT(arena_copy(&arena, STR("")).len, 0);
    arena_reset(&arena, mark);
    EXPECT_EQ_STR(arena_copy(&arena, STR("twelve bytes")), "twelve bytes");
    arena_clear(&arena);
}

TEST(an_arena_may_not_come_to_be)
{
    struct arena arena;
    REQUIRE(memory_fails_at(0));
    EXPECT_EQ_INT(arena_init(&arena, 100), -ENOMEM);
    memory_recovers();
}

static void refill_by_counting(void *context, uint8_t *bytes, size_t len)
{
    uint8_t *next = context;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (*next)++;
}

/* How many of so many more are granted a second after all that are granted at once. */
static uint32_t granted(struct bucket_limits limits, uint32_t asked)
{
    struct bucket bucket = {0};
    uint32_t count = 0;
    while (bucket_take(&bucket, limits, 5000))
        count++;
    EXPECT_EQ_INT(count, limits.max);
    for (count = 0; asked > 0; asked--)
        count += bucket_take(&bucket, limits, 6000);
    return count;
}

TEST(a_bucket_gives_back_what_it_says)
{
    EXPECT_EQ_INT(granted((struct bucket_limits){1200, 5, 3}, 2000), 600);
    EXPECT_EQ_INT(granted((struct bucket_limits){40, 50, 1}, 2000), 20);
    EXPECT_EQ_INT(granted((struct bucket_limits){5, 1, 1000}, 2000), 5);
    struct bucket bucket = {0};
    const struct bucket_limits limits = {1, 100, 1};
    EXPECT(bucket_take(&bucket, limits, BUCKET_BEHIND_MS));
    EXPECT(!bucket_take(&bucket, limits, BUCKET_BEHIND_MS + 99));
    EXPECT(!bucket_take(&bucket, limits, BUCKET_BEHIND_MS / 2)); /* another worker's clock */
    EXPECT(bucket_take(&bucket, limits, BUCKET_BEHIND_MS + 100));
}

TEST(random_bytes_are_handed_out_once)
{
    uint8_t next = 0;
    struct random random;
    random_init(&random, refill_by_counting, &next);
    uint8_t out[1000];
    random_bytes(&random, out, 3);
    random_bytes(&random, out + 3, sizeof(out) - 3);
    for (size_t i = 0; i < sizeof(out); i++)
        REQUIRE(out[i] == (uint8_t)i);
    for (uint32_t i = 0; i < random.used; i++)
        REQUIRE(random.bytes[i] == 0);
}

static void refill_by_test(void *context, uint8_t *bytes, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)test_below(256);
}

TEST(random_below_is_even)
{
    struct random random;
    random_init(&random, refill_by_test, NULL);
    uint32_t counts[36] = {0};
    for (uint32_t i = 0; i < 360000; i++) {
        uint32_t draw = random_below(&random, 36);
        REQUIRE(draw < 36);
        counts[draw]++;
    }
    for (uint32_t i = 0; i < 36; i++)
        EXPECT(counts[i] > 9500 && counts[i] < 10500);
    EXPECT_EQ_INT(random_below(&random, 1), 0);
    /* With a bound just above half of all draws, nearly half are drawn again: their average tells
     * whether they were. */
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 10000; i++)
        sum += random_below(&random, 0x80000001u);
    EXPECT(sum / 10000 > 0x3d000000u && sum / 10000 < 0x43000000u);
}

TEST(hash_is_siphash_1_3)
{
    /* The values of the reference implementation for the key 00 01 .. 0f and the bytes 00 01 ...,
     * as other implementations of SipHash-1-3 have them in their tests. */
    static const uint64_t expected[] = {
        0xabac0158050fc4dcu, 0xc9f49bf37d57ca93u, 0x82cb9b024dc7d44du, 0x8bf80ab8e7ddf7fbu,
        0xcf75576088d38328u, 0xdef9d52f49533b67u, 0xc50d2b50c59f22a7u, 0xd3927d989bb11140u,
        0x369095118d299a8eu, 0x25a48eb36c063de4u};
    uint8_t key[16];
    char bytes[16];
    for (uint8_t i = 0; i < 16; i++) {
        key[i] = i;
        bytes[i] = (char)i;
    }
    for (size_t len = 0; len < sizeof(expected) / sizeof(expected[0]); len++) {
        EXPECT_EQ_INT(hash_bytes(key, (struct str){bytes, len}), expected[len]);
    }
    key[0] = 1;
    EXPECT(hash_bytes(key, STR("")) != expected[0]);
}
