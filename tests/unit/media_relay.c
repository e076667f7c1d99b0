/* The relay, case by case: who is sent what, who never is, and what is counted. */
#include "media/relay.h"

#include <stdlib.h>

#include "media/streams.h"
#include "tests/unit/media_client.h"
#include "tests/unit/test.h"

static const uint8_t hash_key[16] = {1, 2, 3};
static const struct relay_limits roomy = {
    .peers_max = 2000, .streams_max = 4000, .streams_per_receiver_max = 1000};

static struct relay *relay;
static uint64_t now_ms, joins;

static void begin(const struct relay_limits *limits)
{
    srtp_init();
    now_ms = 1000;
    sent_count = 0;
    relay = relay_new(limits, hash_key);
}

static void end(void)
{
    relay_free(relay);
    relay = NULL;
}

static bool join(struct client *client)
{
    return relay_order(relay, &client->order, ++joins);
}

static void order(enum media_op op, const struct client *client)
{
    struct media_order given = {.op = op, .channel = client->channel, .ssrc = client->ssrc};
    EXPECT(relay_order(relay, &given, ++joins));
}

static void give_floor(uint64_t channel, bool held, uint32_t ssrc, uint32_t epoch)
{
    const struct media_order given = {
        .op = MEDIA_FLOOR, .channel = channel, .held = held, .ssrc = ssrc, .epoch = epoch};
    EXPECT(relay_order(relay, &given, 0));
}

/* What is sent because of this datagram stands in sent[] afterwards. */
static uint32_t receive_from(const struct relay_address *from, const uint8_t *bytes, size_t len)
{
    uint8_t *exact = malloc(len > 0 ? len : 1); /* so that reading past the end is caught */
    memcpy(exact, bytes, len);
    sent_count = 0;
    relay_receive(relay, exact, len, from, now_ms, &outbox);
    outbox.flush(&outbox);
    free(exact);
    return sent_count;
}

static uint32_t talk(struct client *client, uint16_t sequence, uint64_t mark)
{
    uint8_t bytes[100];
    size_t len = client_rtp(client, sequence, mark, bytes);
    return receive_from(&client->address, bytes, len);
}

static uint32_t report(struct client *client, uint64_t mark)
{
    uint8_t bytes[100];
    size_t len = client_rtcp(client, mark, bytes);
    return receive_from(&client->address, bytes, len);
}

/* Datagram `i` went to the client, opens, and has this mark. */
static bool got(uint32_t i, struct client *client, uint64_t mark)
{
    struct rtp_packet packet;
    return i < sent_count && sent[i].to.len == client->address.len &&
           memcmp(sent[i].to.bytes, client->address.bytes, client->address.len) == 0 &&
           client_open(client, &sent[i], &packet) == mark;
}

static uint64_t counted(enum relay_count count)
{
    return relay_counted(relay, count);
}

/* Two clients of one channel that have both spoken. */
static struct client a, b;

static void meet(enum media_suite suite_a, enum media_suite suite_b)
{
    begin(&roomy);
    client_init(&a, 100, 1, suite_a, false);
    client_init(&b, 200, 1, suite_b, false);
    EXPECT(join(&a) && join(&b));
    EXPECT_EQ_INT(talk(&b, 1, 0), 0); /* a has not sent anything yet */
    EXPECT_EQ_INT(talk(&a, 1, 0), 1);
    EXPECT(got(0, &b, 0));
}

static void part(void)
{
    client_clear(&a);
    client_clear(&b);
    end();
}

TEST(packets_pass_between_all_suites)
{
    for (enum media_suite i = 0; i < MEDIA_SUITES; i++) {
        for (enum media_suite j = 0; j < MEDIA_SUITES; j++) {
            meet(i, j);
            EXPECT_EQ_INT(talk(&a, 2, 22), 1);
            EXPECT(got(0, &b, 22));
            EXPECT_EQ_INT(report(&b, 33), 1);
            EXPECT(got(0, &a, 33));
            EXPECT_EQ_INT(counted(RELAY_RECEIVED_RTP), 3);
            EXPECT_EQ_INT(counted(RELAY_RECEIVED_RTCP), 1);
            EXPECT_EQ_INT(counted(RELAY_SENT), 3);
            part();
        }
    }
}

TEST(nothing_is_sent_to_whom_has_not_spoken)
{
    struct client c;
    meet(0, 1);
    client_init(&c, 300, 1, 0, false);
    EXPECT(join(&c));
    EXPECT_EQ_INT(talk(&a, 2, 2), 1);
    EXPECT_EQ_INT(report(&c, 3), 2); /* a report is enough */
    EXPECT_EQ_INT(talk(&a, 3, 3), 2);
    client_clear(&c);
    part();
}

TEST(a_forged_packet_neither_passes_nor_latches)
{
    meet(0, 0);
    uint8_t bytes[100];
    struct relay_address elsewhere = address_of(9999);
    size_t len = client_rtp(&a, 2, 5, bytes);
    for (size_t i = 2; i < len; i++) {
        if (i >= 8 && i < 12)
            continue; /* another ssrc is unknown, not forged */
        bytes[i] ^= 0x10;
        EXPECT_EQ_INT(receive_from(&elsewhere, bytes, len), 0);
        bytes[i] ^= 0x10;
    }
    EXPECT_EQ_INT(counted(RELAY_DROP_FORGED), len - 6);
    EXPECT_EQ_INT(talk(&b, 2, 6), 1);
    EXPECT(got(0, &a, 6));
    part();
}

TEST(the_newest_authentic_packet_moves_the_address)
{
    meet(1, 1);
    uint8_t older[100], newer[100];
    size_t older_len = client_rtp(&a, 2, 2, older), newer_len = client_rtp(&a, 3, 3, newer);
    a.address = address_of(777);
    EXPECT_EQ_INT(receive_from(&a.address, newer, newer_len), 1);
    EXPECT(talk(&b, 2, 4) == 1 && got(0, &a, 4));
    /* An older one that was held up passes, and moves nothing. */
    struct relay_address before = address_of(778);
    EXPECT_EQ_INT(receive_from(&before, older, older_len), 1);
    EXPECT(talk(&b, 3, 5) == 1 && got(0, &a, 5));
    /* A replay from somewhere else does not either. */
    EXPECT_EQ_INT(receive_from(&before, newer, newer_len), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_REPLAYED), 1);
    EXPECT(talk(&b, 4, 6) == 1 && got(0, &a, 6));
    EXPECT_EQ_INT(counted(RELAY_LATCHED), 3);
    part();
}

TEST(what_is_behind_the_window_is_late)
{
    meet(0, 1);
    uint8_t bytes[100];
    size_t len = client_rtp(&a, 2, 2, bytes);
    EXPECT_EQ_INT(talk(&a, 2 + SRTP_WINDOW_PACKETS, 3), 1);
    EXPECT_EQ_INT(receive_from(&a.address, bytes, len), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_LATE), 1);
    part();
}

TEST(silence_of_30_seconds_unlatches)
{
    meet(0, 0);
    now_ms += RELAY_SILENCE_MS - 1;
    EXPECT_EQ_INT(talk(&a, 2, 2), 1);
    now_ms += 1;
    EXPECT_EQ_INT(talk(&a, 3, 3), 0);
    EXPECT_EQ_INT(talk(&b, 2, 4), 1);
    EXPECT_EQ_INT(talk(&a, 4, 5), 1);
    EXPECT(got(0, &b, 5));
    part();
}

TEST(leaving_moving_and_deleting_end_it_at_once)
{
    meet(0, 0);
    order(MEDIA_REMOVE, &b);
    EXPECT_EQ_INT(talk(&a, 2, 2), 0);
    EXPECT_EQ_INT(talk(&b, 2, 2), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_UNKNOWN), 1);
    /* Back, but unlatched until it speaks; its new keys are others. */
    client_clear(&b);
    client_init(&b, 200, 1, 0, false);
    EXPECT(join(&b));
    EXPECT_EQ_INT(talk(&a, 3, 3), 0);
    EXPECT_EQ_INT(talk(&b, 1, 4), 1);
    EXPECT(got(0, &a, 4));
    EXPECT_EQ_INT(talk(&a, 4, 5), 1);
    EXPECT(got(0, &b, 5));
    /* To another channel: an order for the ssrc takes the place of the one before. */
    client_clear(&b);
    client_init(&b, 200, 2, 0, false);
    EXPECT(join(&b));
    EXPECT_EQ_INT(talk(&b, 1, 6), 0);
    EXPECT_EQ_INT(talk(&a, 5, 7), 0);
    /* Leaving the first channel late does not take it out of the second. */
    struct client stale = {.ssrc = 200, .channel = 1};
    order(MEDIA_REMOVE, &stale);
    EXPECT_EQ_INT(relay_peers(relay), 2);
    order(MEDIA_END, &a);
    EXPECT_EQ_INT(relay_peers(relay), 1);
    EXPECT_EQ_INT(talk(&a, 6, 8), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_UNKNOWN), 2);
    order(MEDIA_END, &a); /* twice, unknown: nothing happens */
    order(MEDIA_REMOVE, &a);
    part();
}

TEST(a_long_run_keeps_its_sequence_through_roll_overs)
{
    struct rtp_packet packet;
    meet(0, 1);
    for (uint32_t i = 2; i < 200000 && test_failures == 0; i += 1 + test_below(20)) {
        if (test_below(1000) == 0)
            a.address = address_of(5000 + i);
        REQUIRE(talk(&a, (uint16_t)i, i) == 1);
        EXPECT_EQ_INT(client_open(&b, &sent[0], &packet), i);
        EXPECT_EQ_INT(packet.sequence, i & 0xffff);
    }
    /* Who comes now begins with roll-over counter 0, as it must assume. */
    struct client c;
    client_init(&c, 300, 1, 0, false);
    EXPECT(join(&c));
    report(&c, 1);
    EXPECT_EQ_INT(talk(&a, (uint16_t)200001, 9), 2);
    EXPECT(got(0, &c, 9) || got(1, &c, 9));
    client_clear(&c);
    part();
}

/* The receiver's key is the same, so what it was sent before must not be sealed again. */
TEST(an_ssrc_that_is_taken_again_goes_on_where_it_was)
{
    struct rtp_packet packet;
    meet(1, 1);
    for (uint16_t i = 2; i < 50; i++)
        EXPECT_EQ_INT(talk(&a, i, i), 1);
    EXPECT(client_open(&b, &sent[0], &packet) == 49);
    for (int again = 1; again < 5; again++) {
        order(MEDIA_REMOVE, &a);
        client_clear(&a);
        client_init(&a, 100, 1, 1, false);
        EXPECT(join(&a));
        for (uint16_t i = 1; i < 50; i++) {
            REQUIRE(talk(&a, i, i) == 1);
            EXPECT(got(0, &b, i)); /* b's libsrtp2 refuses what it has had */
        }
    }
    /* Further on than before: the sequence numbers stay. */
    order(MEDIA_REMOVE, &a);
    client_clear(&a);
    client_init(&a, 100, 1, 0, false);
    EXPECT(join(&a));
    EXPECT_EQ_INT(talk(&a, 20000, 7), 1);
    EXPECT_EQ_INT(client_open(&b, &sent[0], &packet), 7);
    EXPECT_EQ_INT(packet.sequence, 20000);
    part();
}

TEST(only_the_holder_of_the_floor_is_heard)
{
    begin(&roomy);
    client_init(&a, 100, 1, 0, false);
    client_init(&b, 200, 1, 1, false);
    a.order.floored = b.order.floored = true;
    EXPECT(join(&a) && join(&b));
    EXPECT_EQ_INT(talk(&a, 1, 1), 0);
    EXPECT_EQ_INT(talk(&b, 1, 1), 0); /* both are latched now, nobody holds it */
    give_floor(1, true, 100, 1);
    EXPECT_EQ_INT(talk(&a, 2, 2), 1);
    EXPECT(got(0, &b, 2));
    EXPECT_EQ_INT(report(&a, 3), 1);
    EXPECT_EQ_INT(talk(&b, 2, 2), 0);
    EXPECT_EQ_INT(report(&b, 2), 0);
    give_floor(1, true, 200, 2);
    EXPECT_EQ_INT(talk(&a, 3, 3), 0);
    EXPECT_EQ_INT(talk(&b, 3, 4), 1);
    give_floor(1, true, 100, 1); /* an older epoch */
    EXPECT_EQ_INT(talk(&a, 4, 3), 0);
    give_floor(1, false, 0, 3);
    EXPECT_EQ_INT(talk(&b, 4, 3), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_FLOOR), 7);
    give_floor(77, true, 100, 9); /* a channel without peers */
    part();
}

/* While a talks without the floor, its sequence goes on; more than half a round unheard. */
TEST(a_long_time_without_the_floor_does_not_silence)
{
    begin(&roomy);
    client_init(&a, 100, 1, 0, false);
    client_init(&b, 200, 1, 1, false);
    a.order.floored = b.order.floored = true;
    EXPECT(join(&a) && join(&b));
    talk(&b, 1, 1);
    uint32_t index = 1, epoch = 0;
    for (int turn = 0; turn < 6; turn++) {
        give_floor(1, true, 100, ++epoch);
        for (int i = 0; i < 300; i++) {
            index++;
            REQUIRE(talk(&a, (uint16_t)index, index) == 1);
            EXPECT(got(0, &b, index));
        }
        give_floor(1, false, 0, ++epoch);
        for (int i = 0; i < 9000 * (turn + 1); i++) {
            now_ms += 1;
            index++;
            if (i % 5000 == 0)
                report(&b, 1); /* stays latched */
            EXPECT_EQ_INT(talk(&a, (uint16_t)index, index), 0);
        }
    }
    part();
}

TEST(plain_peers_are_sent_plain_packets)
{
    struct client c, d;
    meet(0, 1);
    client_init(&c, 300, 1, 0, true);
    client_init(&d, 400, 1, 0, true);
    EXPECT(join(&c) && join(&d));
    EXPECT_EQ_INT(talk(&c, 7, 1), 2);
    EXPECT_EQ_INT(talk(&d, 7, 2), 3);
    /* Each valid packet passes and moves the address, even the same once more; those with keys are
     * sent it once. */
    c.address = address_of(888);
    EXPECT_EQ_INT(talk(&c, 7, 1), 1);
    EXPECT(got(0, &d, 1));
    EXPECT_EQ_INT(talk(&a, 2, 4), 3);
    EXPECT(got(0, &b, 4) && got(1, &c, 4) && got(2, &d, 4));
    EXPECT_EQ_INT(report(&c, 5), 3);
    /* A sequence that begins anew is heard by all. */
    EXPECT_EQ_INT(talk(&c, 30000, 6), 3);
    for (uint16_t i = 1; i < 20; i++) {
        EXPECT_EQ_INT(talk(&c, i, i), 3);
        EXPECT(got(0, &a, i) && got(1, &b, i));
    }
    client_clear(&c);
    client_clear(&d);
    part();
}

TEST(what_is_not_rtp_is_dropped)
{
    meet(0, 0);
    uint8_t bytes[RELAY_IN_BYTES_MAX + 1] = {0x80, 111};
    rtp_put_u32(bytes + 8, 100);
    EXPECT_EQ_INT(receive_from(&a.address, bytes, sizeof bytes), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_OVERSIZED), 1);
    for (size_t len = 0; len < 12 + 10; len++)
        EXPECT_EQ_INT(receive_from(&a.address, bytes, len), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_MALFORMED), 22);
    bytes[0] = 0; /* STUN, DTLS */
    EXPECT_EQ_INT(receive_from(&a.address, bytes, 100), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_MALFORMED), 23);
    EXPECT_EQ_INT(counted(RELAY_RECEIVED_RTP), 2);
    part();
}

/* Authentic, but its own lengths do not agree: not passed, and not latched either. */
TEST(authentic_packets_that_are_inconsistent_are_dropped)
{
    begin(&roomy);
    client_init(&a, 100, 1, 0, false);
    client_init(&b, 200, 1, 1, false);
    EXPECT(join(&a) && join(&b));
    uint8_t bytes[100] = {0xa0, 111, 0, 1}; /* padding of 0 bytes */
    int len = 20;
    rtp_put_u32(bytes + 8, 100);
    EXPECT_EQ_INT(srtp_protect(a.peer.seals, bytes, &len), srtp_err_status_ok);
    EXPECT_EQ_INT(receive_from(&a.address, bytes, (size_t)len), 0);
    uint8_t report_bytes[100] = {0x80, 201, 0, 9}; /* more words than there are */
    len = 20;
    rtp_put_u32(report_bytes + 4, 100);
    EXPECT_EQ_INT(srtp_protect_rtcp(a.peer.seals, report_bytes, &len), srtp_err_status_ok);
    EXPECT_EQ_INT(receive_from(&a.address, report_bytes, (size_t)len), 0);
    EXPECT_EQ_INT(counted(RELAY_DROP_MALFORMED), 2);
    EXPECT_EQ_INT(counted(RELAY_LATCHED), 0);
    EXPECT_EQ_INT(talk(&b, 1, 1), 0);
    part();
}

TEST(a_channel_of_999_is_sent_everything)
{
    static struct client crowd[999];
    begin(&roomy);
    for (uint32_t i = 0; i < 999; i++) {
        client_init(&crowd[i], 1000 + i, 5, i % MEDIA_SUITES, false);
        EXPECT(join(&crowd[i]));
        report(&crowd[i], i);
    }
    EXPECT_EQ_INT(talk(&crowd[7], 1, 42), 998);
    for (uint32_t i = 0; i < sent_count; i++) {
        uint32_t to = rtp_get_u32(sent[i].to.bytes + 4) - rtp_get_u32(crowd[0].address.bytes + 4);
        EXPECT(got(i, &crowd[to], 42));
    }
    for (uint32_t i = 0; i < 999; i++)
        client_clear(&crowd[i]);
    end();
}

TEST(what_is_full_says_so)
{
    begin(&(struct relay_limits){.peers_max = 3, .streams_max = 3, .streams_per_receiver_max = 2});
    struct client peers[4];
    for (uint32_t i = 0; i < 4; i++) {
        client_init(&peers[i], 100 + i, 1, 1, false);
        EXPECT_EQ_INT(join(&peers[i]), i < 3);
        report(&peers[i], 1);
    }
    EXPECT_EQ_INT(talk(&peers[0], 1, 1), 2);
    EXPECT_EQ_INT(talk(&peers[1], 1, 1), 1); /* streams_max */
    EXPECT_EQ_INT(counted(RELAY_DROP_EXHAUSTED), 1);
    order(MEDIA_REMOVE, &peers[2]); /* gives its two back */
    EXPECT_EQ_INT(talk(&peers[1], 2, 1), 1);
    EXPECT_EQ_INT(talk(&peers[0], 2, 1), 1);
    EXPECT(join(&peers[3]));
    report(&peers[3], 1);
    EXPECT_EQ_INT(talk(&peers[3], 1, 1), 1);
    /* One after the other with other ssrcs: a receiver hears so many with one key. */
    for (uint32_t i = 0; i < 2; i++) {
        order(MEDIA_REMOVE, &peers[3]);
        client_clear(&peers[3]);
        client_init(&peers[3], 500 + i, 1, 0, false);
        EXPECT(join(&peers[3]));
        EXPECT_EQ_INT(talk(&peers[3], 1, 1), 0);
    }
    for (uint32_t i = 0; i < 4; i++)
        client_clear(&peers[i]);
    end();
}

TEST(a_receiver_hears_so_many_with_one_key)
{
    begin(&(struct relay_limits){.peers_max = 4, .streams_max = 12, .streams_per_receiver_max = 2});
    struct client peers[4];
    static const uint32_t heard[4] = {3, 3, 2, 0}; /* by the three others */
    for (uint32_t i = 0; i < 4; i++) {
        client_init(&peers[i], 100 + i, 1, 1, false);
        EXPECT(join(&peers[i]));
        report(&peers[i], 1);
    }
    for (uint32_t i = 0; i < 4; i++)
        EXPECT_EQ_INT(talk(&peers[i], 1, 1), heard[i]);
    EXPECT_EQ_INT(counted(RELAY_DROP_EXHAUSTED), 1 + 3);
    for (uint32_t i = 0; i < 4; i++)
        client_clear(&peers[i]);
    end();
}

/* News between media threads: the other thread's relay sends to where the peer is. */
static struct relay_news news;
static uint32_t news_count;

static void keep_news(void *context, const struct relay_news *told)
{
    (void)context;
    news = *told;
    news_count++;
}

TEST(relays_of_other_threads_learn_where_a_peer_is)
{
    struct relay_news first;
    meet(0, 0);
    relay_tell(relay, keep_news, NULL);
    news_count = 0;
    EXPECT_EQ_INT(talk(&a, 2, 2), 1); /* a second has not gone by, but nothing was told yet */
    EXPECT_EQ_INT(news_count, 1);
    talk(&a, 3, 2);
    EXPECT_EQ_INT(news_count, 1);
    a.address = address_of(4444);
    talk(&a, 4, 2);
    EXPECT_EQ_INT(news_count, 2);
    now_ms += 1000;
    talk(&a, 5, 2);
    EXPECT_EQ_INT(news_count, 3);
    EXPECT(news.ssrc == 100 && news.seen_ms == now_ms);
    first = news;

    struct relay *other = relay_new(&roomy, hash_key), *here = relay;
    EXPECT(relay_order(other, &a.order, first.join) && relay_order(other, &b.order, 1));
    relay = other;
    EXPECT_EQ_INT(talk(&b, 2, 3), 0);
    relay_learn(other, &first);
    EXPECT_EQ_INT(talk(&b, 3, 4), 1);
    EXPECT(got(0, &a, 4));
    /* Joined again: what is told of the join before does not hold. */
    EXPECT(relay_order(other, &a.order, first.join + 1));
    relay_learn(other, &first);
    EXPECT_EQ_INT(talk(&b, 4, 5), 0);
    first.ssrc = 12345;
    relay_learn(other, &first);
    relay_free(other);
    relay = here;
    part();
}

TEST(counts_have_names)
{
    for (int i = 0; i < RELAY_COUNTS; i++)
        EXPECT(relay_count_names[i] != NULL);
}
