/* What live tells the media relay, and what it tells members about it. */
#include "base/base64.h"
#include "tests/unit/live_fixture.h"

static struct fixture fixture, *const f = &fixture;

/* RFC 4648, 10, and the bytes of the keys below: 0, 1, 2 … */
#define KEY_30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
#define KEY_28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="

static void start(struct live_options options)
{
    memset(f, 0, sizeof *f);
    own.options = options;
    own.options.heartbeat_ms = HEARTBEAT_MS;
    own.options.identify_ms = IDENTIFY_MS;
    live_start(f, 1, 100);
    live_open_as(f, 0, "a");
    live_open_as(f, 0, "b");
    say_create(f, 0, "c");
    say_create_as(f, 0, "p", LIVE_MODE_PTT, 10);
}

static const char *join_with(uint32_t client, const char *id, uint32_t ssrc, enum live_suite suite,
                             const char *key)
{
    struct live_command command = {.type = LIVE_CHANNEL_JOIN_CMD};
    command.channel_join = (struct live_channel_join_cmd){
        .channel_id = TEST_STR(id), .ssrc = ssrc, .has_srtp = true, .srtp = {suite, TEST_STR(key)}};
    return say(f, client, command);
}

TEST(a_member_with_a_key_is_added_and_has_a_key_of_its_own)
{
    start((struct live_options){.media_host = STR_INIT("198.51.100.7"), .media_port = 10000});
    EXPECT_EQ_STR(join_with(0, "c", 100, LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, KEY_30),
                  "0 joined c [] srtp 0 40 media 198.51.100.7 10000");
    REQUIRE(f->orders_count == 1);
    struct media_order first = f->orders[0];
    EXPECT_EQ_INT(first.op, MEDIA_ADD);
    EXPECT_EQ_INT(first.ssrc, 100);
    EXPECT_EQ_INT(first.suite, MEDIA_AES_CM_128_HMAC_SHA1_80);
    EXPECT(!first.plain && !first.floored);
    for (uint8_t i = 0; i < 30; i++)
        EXPECT_EQ_INT(first.inbound[i], i);
    EXPECT_EQ_STR(join_with(1, "c", 200, LIVE_SUITE_AEAD_AES_128_GCM, KEY_28),
                  "1 joined c [a:100] srtp 1 40 media 198.51.100.7 10000\n0 join c b:200");
    REQUIRE(f->orders_count == 1);
    struct media_order second = f->orders[0];
    EXPECT_EQ_INT(second.suite, MEDIA_AEAD_AES_128_GCM);
    EXPECT_EQ_INT(second.channel, first.channel);
    for (uint8_t i = 0; i < 28; i++)
        EXPECT_EQ_INT(second.inbound[i], i);
    EXPECT(memcmp(first.outbound, second.outbound, 28) != 0);
    fixture_clear(f);
}

TEST(the_ack_holds_the_key_that_the_relay_has_and_it_is_new_for_each_join)
{
    start((struct live_options){.media_port = 10000});
    uint8_t before[30] = {0}, key[30];
    for (uint32_t i = 0; i < 10; i++) {
        struct live_command command = {.type = LIVE_CHANNEL_JOIN_CMD};
        command.channel_join = (struct live_channel_join_cmd){
            STR_INIT("c"), 1, true, {LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, STR_INIT(KEY_30)}};
        fixture_begin(f);
        live_service.command(f->states[0], f->clients[0].slot, &command, &f->turn);
        REQUIRE(f->turn.effect_count == 2);
        EXPECT_EQ_INT(f->turn.effects[0].kind, EFFECT_MEDIA); /* before the client can send */
        const struct media_order *order = f->turn.effects[0].media;
        const struct live_event *ack = f->turn.effects[1].send;
        EXPECT_EQ_INT(ack->type, LIVE_CHANNEL_JOIN_ACK);
        EXPECT(base64_decode(ack->channel_join_ack.srtp.key, key, 30));
        EXPECT(memcmp(key, order->outbound, 30) == 0 && memcmp(key, before, 30) != 0);
        EXPECT_EQ_STR(ack->channel_join_ack.media.host, "192.0.2.1"); /* the connection's own */
        memcpy(before, key, sizeof before);
        say_of(f, 0, LIVE_CHANNEL_LEAVE_CMD, "c");
    }
    fixture_clear(f);
}

TEST(keys_that_are_none)
{
    static const struct {
        enum live_suite suite;
        const char *key;
    } wrong[] = {
        {LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, KEY_28},
        {LIVE_SUITE_AEAD_AES_128_GCM, KEY_30},
        {LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw="},
        {LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx-_"},
        {LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw "},
        {LIVE_SUITE_AEAD_AES_128_GCM, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx=="},
        {LIVE_SUITE_AEAD_AES_128_GCM, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG==="},
    };
    start((struct live_options){.media_port = 10000});
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        EXPECT_EQ_STR(join_with(0, "c", 1, wrong[i].suite, wrong[i].key),
                      "0 error 1004 Invalid payload: srtp.key must be the suite's key and salt in "
                      "base64");
        EXPECT_EQ_INT(f->orders_count, 0);
    }
    fixture_clear(f);
}

TEST(a_member_without_keys_is_relayed_only_where_plain_media_is_allowed)
{
    start((struct live_options){.media_port = 10000});
    EXPECT_EQ_STR(say_join(f, 0, "c", 1), "0 joined c []");
    EXPECT_EQ_INT(f->orders_count, 0);
    EXPECT_EQ_STR(say_of(f, 0, LIVE_CHANNEL_LEAVE_CMD, "c"), "0 left c");
    EXPECT_EQ_INT(f->orders_count, 0);
    fixture_clear(f);
    start((struct live_options){.media_port = 10000, .media_plain = true});
    EXPECT_EQ_STR(say_join(f, 0, "c", 1), "0 joined c []");
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].op == MEDIA_ADD && f->orders[0].plain);
    join_with(1, "c", 2, LIVE_SUITE_AEAD_AES_128_GCM, KEY_28);
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].op == MEDIA_ADD && !f->orders[0].plain);
    fixture_clear(f);
}

TEST(without_a_relay_nothing_is_said_of_media)
{
    start((struct live_options){0});
    EXPECT_EQ_STR(join_with(0, "c", 1, LIVE_SUITE_AEAD_AES_128_GCM, KEY_28), "0 joined c []");
    EXPECT_EQ_INT(f->orders_count, 0);
    fixture_clear(f);
}

/* The peer of a member that has left, however it did, is removed. */
static void expect_removed(uint64_t channel, uint32_t ssrc)
{
    REQUIRE(f->orders_count >= 1);
    EXPECT_EQ_INT(f->orders[0].op, MEDIA_REMOVE);
    EXPECT_EQ_INT(f->orders[0].channel, channel);
    EXPECT_EQ_INT(f->orders[0].ssrc, ssrc);
}

TEST(leaving_removes_the_peer)
{
    start((struct live_options){.media_port = 10000, .media_plain = true});
    say_join(f, 0, "c", 5);
    uint64_t c = f->orders[0].channel;
    say_of(f, 0, LIVE_CHANNEL_LEAVE_CMD, "c");
    expect_removed(c, 5);
    say_join(f, 0, "c", 6);
    EXPECT_EQ_INT(f->orders[0].channel, c);
    say_join(f, 0, "p", 6);
    expect_removed(c, 6);
    REQUIRE(f->orders_count == 2);
    EXPECT(f->orders[1].op == MEDIA_ADD && f->orders[1].floored && f->orders[1].channel != c);
    uint64_t p = f->orders[1].channel;
    say_identify(f, 0, "another", "x");
    expect_removed(p, 6);
    say_join(f, 0, "c", 7);
    fixture_close(f, 0);
    expect_removed(c, 7);
    fixture_clear(f);
}

TEST(a_deleted_channel_ends_for_the_relay_and_its_number_is_not_used_again)
{
    start((struct live_options){.media_port = 10000, .media_plain = true});
    say_join(f, 0, "c", 5);
    uint64_t first = f->orders[0].channel;
    say_join(f, 1, "c", 6);
    say_of(f, 0, LIVE_CHANNEL_DELETE_CMD, "c");
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].op == MEDIA_END && f->orders[0].channel == first);
    say_create(f, 0, "c");
    say_join(f, 0, "c", 5);
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].channel != first);
    fixture_clear(f);
}

TEST(the_relay_knows_who_has_the_floor)
{
    start((struct live_options){.media_port = 10000, .media_plain = true});
    say_join(f, 0, "p", 5);
    say_join(f, 1, "p", 6);
    say_request(f, 0, "p", 100);
    REQUIRE(f->orders_count == 1);
    struct media_order order = f->orders[0];
    EXPECT(order.op == MEDIA_FLOOR && order.held && order.ssrc == 5);
    say_request(f, 1, "p", 101);
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].held && f->orders[0].ssrc == 6 && f->orders[0].epoch > order.epoch);
    order = f->orders[0];
    say_of(f, 1, LIVE_FLOOR_PING_CMD, "p");
    EXPECT_EQ_INT(f->orders_count, 0);
    say_of(f, 1, LIVE_FLOOR_RELEASE_CMD, "p");
    REQUIRE(f->orders_count == 1);
    EXPECT(!f->orders[0].held && f->orders[0].epoch > order.epoch);
    say_request(f, 1, "p", 100);
    fixture_wait(f, FLOOR_PING_MS);
    REQUIRE(f->orders_count == 1);
    EXPECT(f->orders[0].op == MEDIA_FLOOR && !f->orders[0].held);
    fixture_clear(f);
}

TEST(the_numbers_of_channels_differ_over_all_workers)
{
    live_init(f, 3);
    fixture_clear(f);
    memset(f, 0, sizeof *f);
    own.options = live_defaults;
    own.options.media_port = 1;
    own.options.media_plain = true;
    live_start(f, 3, 100);
    uint64_t numbers[60];
    for (uint32_t i = 0; i < 60; i++) {
        char id[8];
        snprintf(id, sizeof id, "c%u", i);
        uint32_t client = live_open_as(f, i % 3, id);
        say_create(f, client, id);
        say_join(f, client, id, i);
        REQUIRE(f->orders_count == 1);
        numbers[i] = f->orders[0].channel;
        for (uint32_t j = 0; j < i; j++)
            EXPECT(numbers[i] != numbers[j]);
    }
    fixture_clear(f);
}
