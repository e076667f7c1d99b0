#include "base/spares.h"

#include <stdlib.h>

#include "tests/unit/memory.h"
#include "tests/unit/test.h"

TEST(the_block_given_back_last_comes_first)
{
    struct spares spares = {0};
    void *first = spares_take(&spares, 65);
    void *second = spares_take(&spares, 128);
    REQUIRE(first != NULL && second != NULL);
    memset(first, 1, 65);
    memset(second, 2, 128);
    spares_give_back(&spares, first, 65);
    spares_give_back(&spares, second, 128);
    EXPECT(spares_take(&spares, 100) == second);
    EXPECT(spares_take(&spares, 127) == first);
    spares_give_back(&spares, first, 127);
    spares_give_back(&spares, second, 100);
    spares_clear(&spares);
    EXPECT_EQ_INT(spares.sizes[1].count, 0);
}

TEST(every_size_is_held_and_what_is_kept_is_bounded)
{
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    struct spares spares = {0};
    for (size_t bytes = 1; bytes < 700; bytes += 9) {
        void *block = spares_take(&spares, bytes);
        REQUIRE(block != NULL);
        memset(block, 0xaa, bytes);
        spares_give_back(&spares, block, bytes);
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        blocks[i] = spares_take(&spares, 64);
        REQUIRE(blocks[i] != NULL);
    }
    for (uint32_t i = 0; i < BLOCKS; i++)
        spares_give_back(&spares, blocks[i], 64);
    EXPECT_EQ_INT(spares.sizes[0].count, SPARES_KEPT_BYTES_MAX / 64);
    for (uint32_t i = 1; i < SPARES_SIZES; i++)
        EXPECT_EQ_INT(spares.sizes[i].count, 1);
    spares_clear(&spares);
}

TEST(agrees_with_a_model)
{
    enum { BLOCKS = 300 };
    static struct {
        uint8_t *bytes;
        size_t len;
    } blocks[BLOCKS];
    struct spares spares = {0};
    for (uint32_t step = 0; step < 50000; step++) {
        uint32_t i = test_below(BLOCKS);
        if (blocks[i].bytes == NULL) {
            blocks[i].len = 1 + test_below(600);
            blocks[i].bytes = spares_take(&spares, blocks[i].len);
            REQUIRE(blocks[i].bytes != NULL);
            memset(blocks[i].bytes, (int)(i % 256), blocks[i].len);
        } else {
            for (size_t at = 0; at < blocks[i].len; at++) {
                REQUIRE(blocks[i].bytes[at] == i % 256); /* nobody else had it */
            }
            spares_give_back(&spares, blocks[i].bytes, blocks[i].len);
            blocks[i].bytes = NULL;
        }
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].bytes != NULL)
            spares_give_back(&spares, blocks[i].bytes, blocks[i].len);
    }
    spares_clear(&spares);
}

TEST(memory_may_be_short)
{
    struct spares spares = {0};
    void *block = spares_take(&spares, 10);
    REQUIRE(block != NULL);
    spares_give_back(&spares, block, 10);
    REQUIRE(memory_fails_at(0));
    EXPECT(spares_take(&spares, 10) == block);
    EXPECT(spares_take(&spares, 10) == NULL);
    EXPECT(spares_take(&spares, 1000) == NULL);
    memory_recovers();
    spares_give_back(&spares, block, 10);
    spares_clear(&spares);
}
