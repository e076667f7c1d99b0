/* Lists from several places become one; lists become letters. */
#include "tests/unit/test.h"

#include "store/answers.h"
#include "tests/unit/store_fixture.h"

static struct store_order orders[64];
static struct said said[64];

/* Entries of these numbers, in a place of their own each. */
static uint32_t entries(const uint32_t *numbers, uint32_t count, uint32_t at)
{
    for (uint32_t i = 0; i < count; i++)
        orders[at + i] = entry(&said[at + i], "r", numbers[i]);
    return at + count;
}

TEST(entries_are_united_by_id_and_the_newest_stay)
{
    const uint32_t here[] = {5, 7, 6, 9}, there[] = {1, 5, 2, 9, 3};
    uint32_t count = entries(there, 5, entries(here, 4, 0));
    count = answers_merge(orders, count, 5);
    REQUIRE(count == 5);
    const uint32_t expected[] = {3, 5, 6, 7, 9};
    for (uint32_t i = 0; i < 5; i++)
        EXPECT_EQ_INT(number_of(&orders[i]), expected[i]);
    EXPECT_EQ_INT(answers_merge(orders, count, 100), 5);
    EXPECT_EQ_INT(answers_merge(orders, 0, 100), 0);
}

TEST(rooms_are_united_by_their_id)
{
    orders[0] = room("a", 100, 3);
    orders[0].ticket = 50;
    orders[1] = room("b", 300, 1);
    orders[2] = room("a", 200, 7);
    orders[2].ticket = 60;
    orders[3] = room("ab", 10, 0);
    REQUIRE(answers_merge(orders, 4, 2) == 2);
    EXPECT_EQ_STR(orders[0].room_id, "b");
    EXPECT_EQ_STR(orders[1].room_id, "a");
    EXPECT_EQ_INT(orders[1].at_ns, 200);
    EXPECT_EQ_INT(orders[1].players, 7);
    EXPECT_EQ_INT(orders[1].ticket, 50);
}

TEST(what_others_wrote_is_shown_only_as_the_wire_allows)
{
    static const char long_text[1001];
    enum { WRONG = 9 };
    for (uint32_t i = 0; i <= WRONG; i++)
        orders[i] = entry(&said[i], "r", i);
    orders[0].id = STR("short");
    orders[1].client_id = STR("");
    orders[2].name = STR("");
    orders[3].name = STR("012345678901234567890123456789012345678901234567890");
    orders[4].name = STR("\xff");
    orders[5].text = STR("");
    orders[6].text = (struct str){long_text, sizeof long_text};
    orders[7].text = STR("\xc3");
    orders[8].room_id = STR("");
    REQUIRE(answers_merge(orders, WRONG + 1, 100) == 1);
    EXPECT_EQ_INT(number_of(&orders[0]), WRONG);
    orders[0] = room("", 1, 1);
    EXPECT_EQ_INT(answers_merge(orders, 1, 100), 0);
}

static struct store_letter question = {.worker = 3, .binding = 2, .ticket = 77};

static struct str bytes_of(const struct store_letter *letter)
{
    return (struct str){letter->bytes, letter->len};
}

TEST(a_recall_is_answered_with_packed_orders)
{
    const uint32_t numbers[] = {1, 2};
    struct store_letter *letter = answers_recalled(&question, orders, entries(numbers, 2, 0));
    REQUIRE(letter != NULL);
    EXPECT_EQ_INT(letter->letter.kind, STORE_RECALLED);
    EXPECT_EQ_INT(letter->worker, 3);
    EXPECT_EQ_INT(letter->binding, 2);
    EXPECT_EQ_INT(letter->ticket, 77);
    EXPECT_EQ_INT(letter->number, 2);
    struct str packed = bytes_of(letter);
    struct store_order order;
    for (uint32_t i = 1; i <= 2; i++)
        EXPECT(store_order_unpack(&packed, &order) && number_of(&order) == i);
    EXPECT(!store_order_unpack(&packed, &order));
    free(letter);
}

TEST(lists_become_the_bodies_of_answers)
{
    struct arena arena;
    REQUIRE(arena_init(&arena, ANSWERS_BYTES_MAX) == 0);
    orders[0] = entry(&said[0], "r", 1);
    orders[0].text = STR("\"\n");
    struct store_letter *letter = answers_history(&question, orders, 1, &arena);
    REQUIRE(letter != NULL);
    EXPECT_EQ_INT(letter->number, 200);
    EXPECT_EQ_STR(bytes_of(letter),
                  "[{\"id\":\"00000001-0000-4000-8000-000000000000\",\"room_id\":\"r\","
                  "\"client_id\":\"11111111-2222-4333-8444-555555555555\",\"username\":\"Ann\","
                  "\"message\":\"\\\"\\n\",\"timestamp\":\"2023-11-14T22:13:20.000000001Z\"}]");
    free(letter);

    orders[0] = room("r", 1700000000000000000, 4);
    orders[0].ticket = 1600000000000000000;
    letter = answers_rooms(&question, orders, 1, &arena);
    REQUIRE(letter != NULL);
    EXPECT_EQ_STR(bytes_of(letter), "{\"rooms\":[{\"id\":\"r\",\"name\":\"r\","
                                    "\"created_at\":\"2020-09-13T12:26:40.000000000Z\","
                                    "\"last_activity\":\"2023-11-14T22:13:20.000000000Z\","
                                    "\"player_count\":4}]}");
    free(letter);
    letter = answers_history(&question, orders, 0, &arena);
    REQUIRE(letter != NULL);
    EXPECT_EQ_STR(bytes_of(letter), "[]");
    free(letter);
    arena_clear(&arena);
}
