#include "base/textpool.h"

#include "tests/unit/test.h"

TEST(every_length_is_kept)
{
    struct textpool pool;
    REQUIRE(textpool_init(&pool, TEXTPOOL_LEN_MAX + 1, TEXTPOOL_LEN_MAX) == 0);
    static char bytes[TEXTPOOL_LEN_MAX];
    static struct text texts[TEXTPOOL_LEN_MAX + 1];
    for (uint32_t len = 0; len <= TEXTPOOL_LEN_MAX; len++) {
        memset(bytes, (int)(len % 251), len);
        texts[len] = textpool_add(&pool, (struct str){bytes, len});
    }
    for (uint32_t len = 0; len <= TEXTPOOL_LEN_MAX; len++) {
        memset(bytes, (int)(len % 251), len);
        EXPECT_EQ_STR(textpool_get(&pool, texts[len]), ((struct str){bytes, len}));
    }
    textpool_clear(&pool);
}

TEST(a_place_is_used_again_and_nobody_elses)
{
    enum { TEXTS = 100, STEPS = 50000, LEN_MAX = 512, SIZES = 6 };
    struct textpool pool;
    REQUIRE(textpool_init(&pool, TEXTS, LEN_MAX) == 0);
    static struct text texts[TEXTS];
    static uint32_t numbers[TEXTS];
    for (uint32_t step = 1; step < STEPS; step++) {
        uint32_t i = test_below(TEXTS);
        char bytes[LEN_MAX];
        if (texts[i].len > 0) {
            struct str kept = textpool_get(&pool, texts[i]);
            for (size_t at = 0; at < kept.len; at++)
                REQUIRE((uint8_t)kept.base[at] == (uint8_t)(numbers[i] + at));
            textpool_remove(&pool, texts[i]);
        }
        uint32_t len = test_below(LEN_MAX + 1);
        for (uint32_t at = 0; at < len; at++)
            bytes[at] = (char)(step + at);
        numbers[i] = step;
        texts[i] = textpool_add(&pool, (struct str){bytes, len});
    }
    EXPECT_EQ_INT(pool.sizes_count, SIZES);
    for (uint32_t size = 0; size < SIZES; size++)
        EXPECT(pool.sizes[size].touched <= TEXTS);
    textpool_clear(&pool);
}
