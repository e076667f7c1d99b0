/* Orders to the store as bytes and back. */
#include "store_order.h"
#include "tests/unit/test.h"

static const struct store_order entry = {
    .kind = STORE_ENTRY,
    .at_ns = 1795253529598307486,
    .room_id = STR_INIT("room123"),
    .id = STR_INIT("3f5b5049-4fd4-4a1f-9a42-7bb4a2c3a1aa"),
    .client_id = STR_INIT("30c097fb-0a13-4e8c-8a52-6ac1c4e6a1c3"),
    .name = STR_INIT("플레이어1"),
    .text = STR_INIT("안녕하세요!"),
};
static const struct store_order recall = {
    .kind = STORE_RECALL, .ticket = UINT64_MAX - 6, .players = 3, .room_id = STR_INIT("r")};

static void expect_same(const struct store_order *got, const struct store_order *wanted)
{
    EXPECT_EQ_INT(got->kind, wanted->kind);
    EXPECT_EQ_INT(got->ticket, wanted->ticket);
    EXPECT_EQ_INT(got->players, wanted->players);
    EXPECT(got->at_ns == wanted->at_ns);
    EXPECT_EQ_STR(got->room_id, wanted->room_id);
    EXPECT_EQ_STR(got->id, wanted->id);
    EXPECT_EQ_STR(got->client_id, wanted->client_id);
    EXPECT_EQ_STR(got->name, wanted->name);
    EXPECT_EQ_STR(got->text, wanted->text);
}

TEST(orders_come_back_as_they_were_one_after_the_other)
{
    char bytes[512];
    size_t first = store_order_bytes(&entry), second = store_order_bytes(&recall);
    REQUIRE(first + second <= sizeof bytes);
    store_order_pack(&entry, bytes);
    store_order_pack(&recall, bytes + first);

    struct str rest = {bytes, first + second};
    struct store_order order;
    REQUIRE(store_order_unpack(&rest, &order));
    expect_same(&order, &entry);
    REQUIRE(store_order_unpack(&rest, &order));
    expect_same(&order, &recall);
    EXPECT(!store_order_unpack(&rest, &order));
}
