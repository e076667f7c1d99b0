/* frame and egress. */
#include "runtime/egress.h"

#include <stdlib.h>

#include "tests/unit/memory.h"
#include "tests/unit/test.h"

static const struct egress_limits limits = {
    .messages_max = 8, .bytes_max = 4000, .volatile_max = 2};

static struct spares spares;

static struct frame *text_frame(size_t len, char fill)
{
    uint8_t *payload;
    struct frame *frame = frame_new(&spares, FRAME_TEXT, len, &payload);
    if (frame != NULL) {
        memset(payload, fill, len);
    }
    return frame;
}

static struct frame *latest_frame(uint64_t key, size_t len, char fill)
{
    struct frame *frame = text_frame(len, fill);
    frame->delivery = DELIVERY_LATEST;
    frame->key = key;
    return frame;
}

static struct frame *control_frame(uint8_t opcode, char fill)
{
    uint8_t *payload;
    struct frame *frame = frame_new(&spares, opcode, 1, &payload);
    payload[0] = (uint8_t)fill;
    return frame;
}

/* Pushes and gives up the caller's reference. */
static enum egress_result push(struct egress **egress, struct frame *frame)
{
    enum egress_result result = egress_push(egress, frame, &limits);
    frame_release(frame);
    return result;
}

/* The first letters of the payloads that wait. */
static struct str waiting(const struct egress *egress)
{
    static char letters[64];
    struct iovec pieces[64];
    uint32_t count = egress_peek(egress, pieces, 64);
    for (uint32_t i = 0; i < count; i++) {
        letters[i] = ((const char *)pieces[i].iov_base)[pieces[i].iov_len - 1];
    }
    return (struct str){letters, count};
}

TEST(headers_are_those_of_rfc_6455)
{
    static const struct {
        size_t len;
        uint8_t header[10];
        size_t header_len;
    } cases[] = {
        {0, {0x81, 0}, 2},
        {125, {0x81, 125}, 2},
        {126, {0x81, 126, 0, 126}, 4},
        {65535, {0x81, 126, 0xff, 0xff}, 4},
        {65536, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t *payload;
        struct frame *frame = frame_new(&spares, FRAME_TEXT, cases[i].len, &payload);
        REQUIRE(frame != NULL);
        EXPECT_EQ_INT(frame->len, cases[i].header_len + cases[i].len);
        EXPECT(memcmp(frame->bytes, cases[i].header, cases[i].header_len) == 0);
        EXPECT(payload == frame->bytes + cases[i].header_len);
        memset(payload, 0, cases[i].len);
        frame_release(frame);
    }
}

TEST(frames_leave_in_order_and_the_queue_ends)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(egress_bytes(egress), 0);
    EXPECT_EQ_INT(egress_peek(egress, NULL, 0), 0);
    EXPECT_EQ_INT(push(&egress, text_frame(3, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(3, 'b')), EGRESS_QUEUED);
    EXPECT_EQ_INT(egress_bytes(egress), 10);
    EXPECT_EQ_STR(waiting(egress), "ab");
    egress_sent(&egress, 6);
    struct iovec piece;
    REQUIRE(egress_peek(egress, &piece, 1) == 1);
    EXPECT_EQ_STR(((struct str){piece.iov_base, piece.iov_len}), "\3bbb");
    egress_sent(&egress, 0);
    EXPECT_EQ_INT(egress_messages(egress), 1);
    egress_sent(&egress, 4);
    EXPECT(egress == NULL);
    egress_sent(&egress, 0);
    egress_drop(&egress);
    egress_free(&egress);
}

TEST(bounds_hold)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, text_frame(10000, 'a')), EGRESS_QUEUED); /* into an empty one */
    EXPECT_EQ_INT(push(&egress, text_frame(1, 'b')), EGRESS_FULL);
    egress_free(&egress);
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT_EQ_INT(push(&egress, text_frame(1, 'a')), EGRESS_QUEUED);
    }
    EXPECT_EQ_INT(push(&egress, text_frame(1, 'b')), EGRESS_FULL);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_PONG, 'p')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_CLOSE, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_CLOSE, 'd')), EGRESS_DROPPED);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_PONG, 'q')), EGRESS_DROPPED);
    EXPECT_EQ_INT(egress_messages(egress), 10);
    EXPECT_EQ_STR(waiting(egress), "paaaaaaaac");
    egress_free(&egress);
}

TEST(bytes_that_have_left_make_room)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, text_frame(3000, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(1500, 'b')), EGRESS_FULL);
    egress_sent(&egress, 1000);
    EXPECT_EQ_INT(push(&egress, text_frame(1500, 'b')), EGRESS_QUEUED);
    EXPECT_EQ_INT(egress_bytes(egress), 3004 - 1000 + 1504);
    egress_free(&egress);
}

TEST(volatile_frames_are_dropped_when_others_wait)
{
    struct egress *egress = NULL;
    for (uint32_t i = 0; i < 4; i++) {
        struct frame *frame = text_frame(1, (char)('a' + i));
        frame->delivery = DELIVERY_VOLATILE;
        EXPECT_EQ_INT(push(&egress, frame), i < 2 ? EGRESS_QUEUED : EGRESS_DROPPED);
    }
    EXPECT_EQ_STR(waiting(egress), "ab");
    egress_free(&egress);
}

TEST(a_reader_that_keeps_up_is_sent_all)
{
    struct egress *egress = NULL;
    egress_refused(&egress); /* nothing waits: nothing lags */
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'b')), EGRESS_QUEUED);
    EXPECT_EQ_STR(waiting(egress), "ab");
    egress_refused(&egress);
    egress_sent(&egress, egress_bytes(egress)); /* all of it: it keeps up again */
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'd')), EGRESS_QUEUED);
    EXPECT_EQ_STR(waiting(egress), "cd");
    egress_free(&egress);
}

TEST(half_of_a_bound_is_lagging)
{
    struct egress *egress = NULL;
    for (uint32_t i = 0; i < 10; i++) {
        EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, (char)('a' + i))),
                      i < 4 ? EGRESS_QUEUED : EGRESS_REPLACED);
    }
    EXPECT_EQ_STR(waiting(egress), "abcj");
    egress_free(&egress);
    EXPECT_EQ_INT(push(&egress, text_frame(2000, 't')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'b')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "tb");
    egress_free(&egress);
}

TEST(who_is_always_behind_sees_all_in_turn)
{
    enum { PLAYERS = 7, LEAVE = 2, ROUNDS = 20 };
    struct egress *egress = NULL;
    uint32_t seen[PLAYERS] = {0};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < PLAYERS; i++)
            EXPECT(push(&egress, latest_frame(1 + i, 5, (char)('a' + i))) <= EGRESS_REPLACED);
        EXPECT_EQ_INT(egress_messages(egress), PLAYERS);
        egress_refused(&egress);
        for (uint32_t i = 0; i < LEAVE; i++) {
            seen[waiting(egress).base[0] - 'a']++;
            egress_sent(&egress, 7);
        }
    }
    for (uint32_t i = 0; i < PLAYERS; i++)
        EXPECT(seen[i] >= ROUNDS * LEAVE / PLAYERS);
    egress_free(&egress);
}

TEST(the_latest_of_a_key_takes_the_olders_place)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'a')), EGRESS_QUEUED);
    egress_refused(&egress);
    EXPECT_EQ_INT(push(&egress, latest_frame(2, 5, 'b')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(5, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 9, 'd')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "dbc");
    EXPECT_EQ_INT(egress_bytes(egress), 11 + 7 + 7);
    egress_sent(&egress, 3); /* begun: its place is taken, a newer one comes behind */
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'e')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'f')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "dbcf");
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5000, 'g')), EGRESS_FULL);
    EXPECT_EQ_STR(waiting(egress), "dbcf");
    egress_free(&egress);
}

static struct frame *sealing_frame(enum delivery delivery, uint64_t key, char fill)
{
    struct frame *frame = text_frame(5, fill);
    frame->delivery = (uint8_t)delivery;
    frame->key = key;
    return frame;
}

TEST(what_a_seal_follows_is_not_replaced)
{
    struct egress *egress = NULL;
    push(&egress, latest_frame(1, 5, 'a'));
    egress_refused(&egress);
    push(&egress, latest_frame(2, 5, 'b'));
    EXPECT_EQ_INT(push(&egress, sealing_frame(DELIVERY_SEAL, 1, 'S')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(2, 5, 'd')), EGRESS_REPLACED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'e')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "adSe");
    EXPECT_EQ_INT(push(&egress, sealing_frame(DELIVERY_SEAL_ALL, 0, 'A')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'f')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(2, 5, 'g')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'h')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "adSeAhg");
    egress_free(&egress);
}

TEST(another_event_of_the_same_key_is_another)
{
    struct egress *egress = NULL;
    struct frame *other = latest_frame(1, 5, 'b');
    other->event = 7;
    push(&egress, latest_frame(1, 5, 'a'));
    egress_refused(&egress);
    EXPECT_EQ_INT(push(&egress, other), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, latest_frame(1, 5, 'c')), EGRESS_REPLACED);
    EXPECT_EQ_STR(waiting(egress), "cb");
    egress_free(&egress);
}

TEST(pongs_go_first_but_not_into_a_begun_frame)
{
    struct egress *egress = NULL;
    push(&egress, text_frame(5, 'a'));
    push(&egress, text_frame(5, 'b'));
    egress_sent(&egress, 1);
    push(&egress, control_frame(FRAME_PONG, 'p'));
    push(&egress, control_frame(FRAME_PONG, 'q'));
    EXPECT_EQ_STR(waiting(egress), "apqb");
    egress_sent(&egress, 6 + 1); /* into the first Pong */
    push(&egress, control_frame(FRAME_PONG, 'r'));
    EXPECT_EQ_STR(waiting(egress), "pqrb");
    egress_free(&egress);
    for (uint32_t i = 0; i < EGRESS_PONGS_MAX + 2; i++) {
        EXPECT_EQ_INT(push(&egress, control_frame(FRAME_PONG, (char)('a' + i))),
                      i < EGRESS_PONGS_MAX ? EGRESS_QUEUED : EGRESS_REPLACED);
    }
    EXPECT_EQ_STR(waiting(egress), "abcdefghijklmnor");
    EXPECT_EQ_INT(egress_messages(egress), EGRESS_PONGS_MAX);
    egress_free(&egress);
}

TEST(what_is_dropped_and_what_is_begun)
{
    struct egress *egress = NULL;
    push(&egress, text_frame(5, 'a'));
    push(&egress, text_frame(5, 'b'));
    egress_drop(&egress);
    EXPECT(egress == NULL);
    push(&egress, text_frame(5, 'a'));
    push(&egress, control_frame(FRAME_PONG, 'p'));
    egress_sent(&egress, 4);
    push(&egress, text_frame(5, 'b'));
    egress_drop(&egress);
    EXPECT_EQ_STR(waiting(egress), "a");
    EXPECT_EQ_INT(egress_bytes(egress), 6);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_CLOSE, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_STR(waiting(egress), "ac");
    egress_free(&egress);
}

TEST(a_queue_is_flattened_and_goes_on_elsewhere)
{
    struct egress *egress = NULL;
    push(&egress, text_frame(5, 'a'));
    egress_sent(&egress, 3);
    push(&egress, text_frame(2, 'b'));
    push(&egress, control_frame(FRAME_PONG, 'p'));
    char bytes[64];
    uint32_t len = egress_bytes(egress);
    REQUIRE(len == 11);
    egress_flatten(egress, (uint8_t *)bytes);
    egress_free(&egress);
    EXPECT_EQ_STR(((struct str){bytes, len}), "aaaa\x8a\1p\x81\2bb");

    egress = egress_new_flattened(&spares, (struct str){bytes, len});
    REQUIRE(egress != NULL);
    push(&egress, control_frame(FRAME_PONG, 'q')); /* not before what may be half a frame */
    push(&egress, text_frame(1, 'c'));
    EXPECT_EQ_STR(waiting(egress), "bqc");
    egress_drop(&egress);
    EXPECT_EQ_INT(egress_bytes(egress), len);
    egress_sent(&egress, len);
    EXPECT(egress == NULL);
    egress_flatten(egress, NULL);
}

/* A queue as a plain list of frames: what egress.c must be indistinguishable from. */
enum { MODEL_MAX = 16 };
struct model {
    struct {
        uint64_t key; /* 0: not of a key */
        uint16_t event;
        uint8_t delivery;
        char bytes[300];
        uint32_t len;
    } frames[MODEL_MAX];
    uint32_t count;
    uint32_t sent; /* of the first */
    bool refused;
};

static uint32_t model_bytes(const struct model *model)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < model->count; i++) {
        bytes += model->frames[i].len;
    }
    return bytes - model->sent;
}

static enum egress_result model_push(struct model *model, const struct frame *frame)
{
    uint32_t place = model->count, bytes = model_bytes(model);
    bool lags =
        model->refused || model->count >= limits.messages_max / 2 || bytes > limits.bytes_max / 2;
    for (uint32_t i = model->sent > 0 ? 1 : 0; i < model->count; i++) {
        bool same_key = model->frames[i].key == frame->key;
        if (model->frames[i].delivery == DELIVERY_SEAL_ALL ||
            (model->frames[i].delivery == DELIVERY_SEAL && same_key)) {
            place = model->count;
        } else if (lags && frame->delivery == DELIVERY_LATEST &&
                   model->frames[i].delivery == DELIVERY_LATEST && same_key &&
                   model->frames[i].event == frame->event) {
            place = i;
        }
    }
    bool replaces = place < model->count;
    if (frame->delivery == DELIVERY_VOLATILE && model->count >= limits.volatile_max) {
        return EGRESS_DROPPED;
    }
    uint32_t others = bytes - (replaces ? model->frames[place].len : 0);
    if ((!replaces && model->count >= limits.messages_max) ||
        (others > 0 && others + frame->len > limits.bytes_max)) {
        return EGRESS_FULL;
    }
    model->frames[place].key = frame->key;
    model->frames[place].event = frame->event;
    model->frames[place].delivery = frame->delivery;
    model->frames[place].len = frame->len;
    memcpy(model->frames[place].bytes, frame->bytes, frame->len);
    model->count += !replaces;
    return replaces ? EGRESS_REPLACED : EGRESS_QUEUED;
}

static void model_sent(struct model *model, uint32_t sent)
{
    model->sent += sent;
    while (model->count > 0 && model->sent >= model->frames[0].len) {
        model->sent -= model->frames[0].len;
        model->count--;
        memmove(&model->frames[0], &model->frames[1], model->count * sizeof(model->frames[0]));
    }
    model->refused = model->refused && model->count > 0;
}

static bool same_bytes(const struct model *model, const struct egress *egress)
{
    struct iovec pieces[MODEL_MAX];
    uint32_t count = egress_peek(egress, pieces, MODEL_MAX);
    if (count != model->count || egress_messages(egress) != count ||
        egress_bytes(egress) != model_bytes(model)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = i == 0 ? model->sent : 0;
        if (pieces[i].iov_len != model->frames[i].len - from ||
            memcmp(pieces[i].iov_base, model->frames[i].bytes + from, pieces[i].iov_len) != 0) {
            return false;
        }
    }
    return true;
}

TEST(agrees_with_a_model_under_partial_sends)
{
    static struct model model;
    struct egress *egress = NULL;
    uint32_t results[EGRESS_NO_MEMORY + 1] = {0};
    for (uint32_t step = 0; step < 200000; step++) {
        if (test_below(3) < 2) {
            struct frame *frame = text_frame(test_below(290), (char)test_below(128));
            static const uint8_t deliveries[] = {
                DELIVERY_RELIABLE, DELIVERY_RELIABLE, DELIVERY_LATEST, DELIVERY_LATEST,
                DELIVERY_LATEST,   DELIVERY_VOLATILE, DELIVERY_SEAL,   DELIVERY_SEAL_ALL};
            frame->delivery = deliveries[test_below(sizeof deliveries)];
            frame->event = (uint16_t)test_below(2);
            bool has_key = frame->delivery == DELIVERY_LATEST || frame->delivery == DELIVERY_SEAL;
            frame->key = has_key ? 1 + test_below(4) : 0;
            enum egress_result expected = model_push(&model, frame);
            enum egress_result result = push(&egress, frame);
            REQUIRE(result == expected);
            results[result]++;
        } else if (model.count > 0) {
            uint32_t bytes = model_bytes(&model);
            uint32_t sent = test_below(2) == 0 ? test_below(bytes + 1) : test_below(20) % bytes;
            egress_sent(&egress, sent);
            model_sent(&model, sent);
        }
        if (test_below(20) == 0) {
            egress_refused(&egress);
            model.refused = model.count > 0;
        }
        REQUIRE(same_bytes(&model, egress));
        REQUIRE((egress == NULL) == (model.count == 0));
        if (test_below(1000) == 0) {
            egress_free(&egress);
            model.count = model.sent = 0;
            model.refused = false;
        }
    }
    for (int i = EGRESS_QUEUED; i < EGRESS_NO_MEMORY; i++) {
        EXPECT(results[i] > 1000); /* each answer was seen */
    }
    egress_free(&egress);
}

TEST(many_keys_and_a_long_life)
{
    static const struct egress_limits wide = {1000, 1000000, 1000};
    struct egress *egress = NULL;
    for (uint32_t round = 0; round < 200; round++) {
        for (uint64_t key = 1; key <= 50; key++) {
            struct frame *latest = latest_frame(key * 64, 10, 'x'); /* one bucket for many */
            REQUIRE(egress_push(&egress, latest, &wide) <= EGRESS_REPLACED);
            frame_release(latest);
        }
        EXPECT_EQ_INT(egress_messages(egress), 50 + (round > 0));
        egress_refused(&egress);
        egress_sent(&egress, round == 0 ? 12 * 3 + 1 : 12 * 3); /* three leave, one is begun */
    }
    egress_free(&egress);
}

TEST(a_control_frame_may_be_alone)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_PONG, 'p')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(1, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_PONG, 'q')), EGRESS_QUEUED);
    EXPECT_EQ_STR(waiting(egress), "pqa");
    egress_free(&egress);
    EXPECT_EQ_INT(push(&egress, control_frame(FRAME_CLOSE, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(1, 'a')), EGRESS_DROPPED);
    EXPECT_EQ_STR(waiting(egress), "c");
    egress_drop(&egress);
    EXPECT(egress == NULL);
}

TEST(what_has_left_is_counted_in_frames)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, text_frame(4, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(egress_sent(&egress, 6), 1);
    EXPECT(egress == NULL);
    EXPECT_EQ_INT(push(&egress, text_frame(4, 'a')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(4, 'b')), EGRESS_QUEUED);
    EXPECT_EQ_INT(push(&egress, text_frame(4, 'c')), EGRESS_QUEUED);
    EXPECT_EQ_INT(egress_sent(&egress, 5), 0);
    EXPECT_EQ_INT(egress_sent(&egress, 1 + 6 + 2), 2);
    EXPECT_EQ_INT(egress_sent(&egress, 4), 1);
    EXPECT(egress == NULL);
}

TEST(a_part_of_a_frame_needs_memory)
{
    struct egress *egress = NULL;
    EXPECT_EQ_INT(push(&egress, text_frame(4, 'a')), EGRESS_QUEUED);
    spares_clear(&spares);
    REQUIRE(memory_fails_at(0));
    EXPECT_EQ_INT(egress_sent(&egress, 2), -ENOMEM);
    memory_recovers();
    EXPECT_EQ_INT(egress_bytes(egress), 6);
    EXPECT_EQ_INT(egress_sent(&egress, 2), 0);
    EXPECT_EQ_INT(egress_bytes(egress), 4);
    egress_free(&egress);
}

TEST(memory_may_be_short)
{
    for (uint32_t n = 0; memory_fails_at(n); n++) {
        spares_clear(&spares); /* nothing is at hand */
        struct egress *egress = NULL;
        enum egress_result expected = EGRESS_QUEUED;
        uint32_t queued = 0;
        for (uint32_t i = 0; i < 8; i++) {
            struct frame *frame = text_frame(4, 'a');
            if (frame != NULL) {
                enum egress_result result = egress_push(&egress, frame, &limits);
                expected = result == EGRESS_NO_MEMORY ? result : expected;
                queued += result == EGRESS_QUEUED;
                frame_release(frame);
            }
        }
        struct egress *flattened = egress_new_flattened(&spares, STR("abc"));
        memory_recovers();
        EXPECT_EQ_INT(egress_messages(egress), queued);
        EXPECT(memory_failed || (queued == 8 && flattened != NULL));
        egress_free(&egress);
        egress_free(&flattened);
    }
    spares_clear(&spares);
}
