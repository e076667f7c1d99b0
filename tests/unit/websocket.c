#include "net/websocket.h"

#include <malloc.h>
#include <stdlib.h>

#include "tests/client_frame.h"
#include "tests/unit/test.h"

/* What the sink was told, as text: "text(hello) ping() close(1000,bye) fail(1002)". */
struct record {
    char text[4096];
    size_t len;
    uint32_t calls;
    uint32_t stop_at;    /* the call that answers WS_STOP; 0: none */
    struct ws_rx **free; /* freed in the call that stops */
};

static void note(struct record *record, const char *what, const uint8_t *bytes, size_t len)
{
    int written =
        snprintf(record->text + record->len, sizeof record->text - record->len, "%s%s(%.*s)",
                 record->len > 0 ? " " : "", what, (int)len, len > 0 ? (const char *)bytes : "");
    record->len += (size_t)written;
    if (record->len >= sizeof record->text)
        abort();
}

static enum ws_next answer(struct record *record)
{
    if (++record->calls != record->stop_at)
        return WS_GO_ON;
    if (record->free != NULL)
        ws_rx_free(record->free);
    return WS_STOP;
}

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    note(context, opcode == WS_TEXT ? "text" : "binary", bytes, len);
    return answer(context);
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    char what[32];
    if (opcode == WS_CLOSE)
        snprintf(what, sizeof what, "close %u ", close_code);
    else
        snprintf(what, sizeof what, "%s", opcode == WS_PING ? "ping" : "pong");
    note(context, what, bytes, len);
    return answer(context);
}

static const struct ws_sink sink = {on_message, on_control};
static const struct ws_limits limits = {.message_bytes_max = 300, .fragments_max = 8};

/* A piece of a client's stream: a frame's first byte and its payload, or bytes as they are. */
struct piece {
    int first; /* RAW: no frame */
    struct str bytes;
};
enum { RAW = -1, PIECES_MAX = 10, STREAM_MAX = 2048 };

static size_t put_frame(uint8_t *out, uint8_t first, struct str payload)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    return client_frame_write(out, first, mask, payload.base, payload.len);
}

static size_t put_pieces(uint8_t out[STREAM_MAX], const struct piece *pieces)
{
    size_t len = 0;
    for (size_t i = 0; i < PIECES_MAX && pieces[i].bytes.base != NULL; i++) {
        if (pieces[i].first == RAW) {
            memcpy(out + len, pieces[i].bytes.base, pieces[i].bytes.len);
            len += pieces[i].bytes.len;
        } else {
            len += put_frame(out + len, (uint8_t)pieces[i].first, pieces[i].bytes);
        }
    }
    return len;
}

/* Feeds `stream` cut before the bytes `first` and `second`, and then, if `step` is not 0, every
 * `step` bytes. Notes a failure at the end, and returns how many bytes had been given by then; each
 * piece is a block of its own, so that a read past its end is seen by sanitizers. */
static size_t feed(struct record *record, const uint8_t *stream, size_t len, size_t first,
                   size_t second, size_t step)
{
    struct ws_rx *rx = NULL;
    size_t at = 0;
    bool ended = false;
    while (at < len && !ended) {
        size_t end = at < first ? first : at < second ? second : step > 0 ? at + step : len;
        end = end < len ? end : len;
        uint8_t *piece = malloc(end - at);
        if (piece == NULL)
            abort();
        memcpy(piece, stream + at, end - at);
        struct ws_fed fed = ws_feed(&rx, &limits, &sink, record, piece, end - at);
        free(piece);
        if (fed.close_code != 0) {
            char what[16];
            snprintf(what, sizeof what, "%u", fed.close_code);
            note(record, "fail", (const uint8_t *)what, strlen(what));
            EXPECT(fed.reason.len > 0 && fed.reason.len <= 123);
        } else if (!fed.stopped) {
            EXPECT_EQ_INT(fed.consumed, end - at);
        }
        ended = fed.close_code != 0 || fed.stopped;
        at = end;
    }
    ws_rx_free(&rx);
    return at;
}

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X125 X50 X50 X10 X10 "xxxxx"
#define X300 X125 X125 X50
#define S(literal) STR_INIT(literal)

/* Streams and what becomes of them. fails_after: bytes after which it is known; 0: never. */
static const struct scenario {
    const char *title;
    struct piece pieces[PIECES_MAX];
    const char *want;
    size_t fails_after;
} scenarios[] = {
    {"whole messages",
     {{0x81, S("hello")}, {0x82, S("\xff\xfe")}, {0x81, S("")}},
     "text(hello) binary(\xff\xfe) text()",
     0},
    {"lengths of each form",
     {{0x81, S(X125)}, {0x81, S(X125 "x")}, {0x81, S(X300)}},
     "text(" X125 ") text(" X125 "x) text(" X300 ")",
     0},
    {"fragments",
     {{0x01, S("a")}, {0x00, S("")}, {0x00, S("bc")}, {0x80, S("d")}},
     "text(abcd)",
     0},
    {"fragments of binary", {{0x02, S("\xff")}, {0x80, S("")}}, "binary(\xff)", 0},
    {"empty fragments", {{0x01, S("")}, {0x00, S("")}, {0x80, S("")}}, "text()", 0},
    {"control frames between fragments",
     {{0x89, S("1")},
      {0x01, S("a")},
      {0x89, S("2")},
      {0x8a, S("")},
      {0x00, S("b")},
      {0x89, S(X125)},
      {0x80, S("c")},
      {0x81, S("d")}},
     "ping(1) ping(2) pong() ping(" X125 ") text(abc) text(d)",
     0},
    {"a close between fragments",
     {{0x01, S("a")}, {0x88, S("\x03\xe8")}, {0x80, S("b")}},
     "close 1000 ()",
     0},
    {"nothing counts after a close",
     {{0x88, S("")}, {0x81, S("a")}, {RAW, S("\xff\xff")}},
     "close 1005 ()",
     0},
    {"a close with a reason",
     {{0x88, S("\x0f\xa0"
               "안녕")}},
     "close 4000 (안녕)",
     0},
    {"characters cut by fragments",
     {{0x01, S("\xec\x95")},
      {0x89, S("")},
      {0x00, S("\x88\xf0")},
      {0x00, S("\x9f")},
      {0x80, S("\x98\x80")}},
     "ping() text(안\U0001f600)",
     0},
    {"as many fragments as may be",
     {{0x01, S("1")},
      {0x00, S("2")},
      {0x00, S("3")},
      {0x00, S("4")},
      {0x00, S("5")},
      {0x00, S("6")},
      {0x00, S("7")},
      {0x80, S("8")},
      {0x81, S("9")}},
     "text(12345678) text(9)",
     0},

    {"not masked",
     {{0x81, S("a")},
      {RAW, S("\x81\x01"
              "b")}},
     "text(a) fail(1002)",
     9},
    {"a reserved bit", {{RAW, S("\xc1\x81mask?")}}, "fail(1002)", 1},
    {"another reserved bit", {{RAW, S("\xa1\x81mask?")}}, "fail(1002)", 1},
    {"the third reserved bit", {{RAW, S("\x99\x80mask")}}, "fail(1002)", 1},
    {"reserved opcode 3", {{RAW, S("\x83\x80mask")}}, "fail(1002)", 1},
    {"reserved opcode 7", {{RAW, S("\x87\x80mask")}}, "fail(1002)", 1},
    {"reserved opcode 11", {{RAW, S("\x8b\x80mask")}}, "fail(1002)", 1},
    {"reserved opcode 15", {{RAW, S("\x8f\x80mask")}}, "fail(1002)", 1},
    {"a ping of 126 bytes", {{RAW, S("\x89\xfe\x00\x7emask")}}, "fail(1002)", 2},
    {"a pong with a long length", {{RAW, S("\x8a\xff\x00\x00")}}, "fail(1002)", 2},
    {"a ping in fragments", {{RAW, S("\x09\x80mask")}}, "fail(1002)", 1},
    {"a close in fragments", {{RAW, S("\x08\x80mask")}}, "fail(1002)", 1},
    {"a continuation of nothing",
     {{0x81, S("a")}, {RAW, S("\x80\x80mask")}},
     "text(a) fail(1002)",
     8},
    {"a continuation of what has ended",
     {{0x01, S("a")}, {0x80, S("b")}, {RAW, S("\x00\x80mask")}},
     "text(ab) fail(1002)",
     15},
    {"a message in a message",
     {{0x01, S("a")}, {0x89, S("")}, {RAW, S("\x81\x80mask")}},
     "ping() fail(1002)",
     14},
    {"16 bits for 125",
     {{RAW, S("\x81\xfe\x00\x7d"
              "mask")}},
     "fail(1002)",
     4},
    {"64 bits for 65535",
     {{RAW, S("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xffmask")}},
     "fail(1002)",
     10},
    {"the length's highest bit",
     {{RAW, S("\x82\xff\x80\x00\x00\x00\x00\x01\x00\x00mask")}},
     "fail(1002)",
     10},
    {"one fragment too many",
     {{0x01, S("1")},
      {0x00, S("2")},
      {0x00, S("3")},
      {0x00, S("4")},
      {0x00, S("5")},
      {0x00, S("6")},
      {0x00, S("7")},
      {0x00, S("8")},
      {0x80, S("")}},
     "fail(1008)",
     8 * 7 + 1},

    {"too big", {{RAW, S("\x82\xfe\x01\x2dmask")}}, "fail(1009)", 4},
    {"far too big", {{RAW, S("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask")}}, "fail(1009)", 10},
    {"too big in two", {{0x02, S(X300)}, {0x00, S("")}, {0x80, S("x")}}, "fail(1009)", 308 + 6 + 2},
    {"too big in two, by a length of 16 bits",
     {{0x02, S(X125 X50)}, {RAW, S("\x80\xfe\x00\x7e")}},
     "fail(1009)",
     183 + 4},

    {"a close of one byte", {{RAW, S("\x88\x81mask\x03")}}, "fail(1002)", 2},
    {"close code 0", {{0x88, S("\x00\x00")}}, "fail(1002)", 8},
    {"close code 999, before its reason",
     {{0x88, S("\x03\xe7"
               "why")}},
     "fail(1002)",
     8},
    {"close code 1004", {{0x88, S("\x03\xec")}}, "fail(1002)", 8},
    {"close code 1005", {{0x88, S("\x03\xed")}}, "fail(1002)", 8},
    {"a close reason that is wrong in its second byte",
     {{0x88, S("\x03\xe8"
               "a\xff"
               "b")}},
     "fail(1007)",
     10},
    {"a close reason that ends in a character", {{0x88, S("\x03\xe8\xec\x95")}}, "fail(1007)", 10},

    {"wrong text",
     {{0x81, S("ab\x80"
               "cd")}},
     "fail(1007)",
     9},
    {"a surrogate", {{0x81, S("\xed\xa0\x80")}}, "fail(1007)", 8},
    {"above U+10FFFF", {{0x81, S("\xf4\x90\x80\x80")}}, "fail(1007)", 8},
    {"overlong", {{0x81, S("\xe0\x80\x80")}}, "fail(1007)", 8},
    {"text that ends in a character", {{0x81, S("a\xec\x95")}}, "fail(1007)", 9},
    {"fragments that end in a character",
     {{0x01, S("\xec")}, {0x00, S("\x95")}, {0x80, S("")}},
     "fail(1007)",
     7 + 7 + 6},
    {"a fragment that breaks the character before it",
     {{0x01, S("a\xec")}, {0x89, S("")}, {0x00, S("bc")}},
     "ping() fail(1007)",
     8 + 6 + 7},
};

static void expect_run(const struct scenario *scenario, const uint8_t *stream, size_t len,
                       size_t first, size_t second, size_t step)
{
    struct record record = {.len = 0};
    size_t given = feed(&record, stream, len, first, second, step);
    bool right = strcmp(record.text, scenario->want) == 0 &&
                 (step != 1 || scenario->fails_after == 0 || given == scenario->fails_after);
    if (!EXPECT(right))
        printf("    %s, cut at %zu, %zu, then by %zu: %s after %zu bytes\n", scenario->title, first,
               second, step, record.text, given);
}

TEST(streams_mean_the_same_however_they_are_cut)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        uint8_t stream[STREAM_MAX];
        size_t len = put_pieces(stream, scenarios[i].pieces);
        expect_run(&scenarios[i], stream, len, 0, 0, 0);
        for (size_t step = 1; step <= 16; step++)
            expect_run(&scenarios[i], stream, len, 0, 0, step);
        for (size_t first = 1; first < len; first++) {
            size_t stride = len < 100 ? 1 : 37; /* all pairs of cuts where the stream is short */
            for (size_t second = first; second <= len; second += stride)
                expect_run(&scenarios[i], stream, len, first, second, 0);
        }
    }
}

TEST(every_close_code_is_judged)
{
    for (uint32_t code = 0; code < 0x10000; code++) {
        bool want =
            (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
            (code >= 3000 && code < 5000);
        EXPECT(ws_close_code_valid((uint16_t)code) == want);
    }
}

TEST(nothing_is_kept_between_messages)
{
    static const struct piece pieces[PIECES_MAX] = {
        {0x81, S("ab")}, {0x01, S("c")}, {0x80, S("d")}, {0x89, S("e")}};
    uint8_t stream[STREAM_MAX];
    size_t len = put_pieces(stream, pieces);
    static const size_t ends[] = {8, 22, 29}; /* of the messages and the ping */
    struct record record = {.len = 0};
    struct ws_rx *rx = NULL;
    for (size_t at = 0; at < len; at++) {
        ws_feed(&rx, &limits, &sink, &record, stream + at, 1);
        bool between = at + 1 == ends[0] || at + 1 == ends[1] || at + 1 == ends[2];
        EXPECT((rx == NULL) == between);
    }
    EXPECT_EQ_INT(record.calls, 3);
}

TEST(a_header_in_two_pieces_is_kept_until_the_frame_begins)
{
    static const struct piece pieces[PIECES_MAX] = {{0x81, S("ab")}};
    uint8_t stream[STREAM_MAX];
    size_t len = put_pieces(stream, pieces);
    struct record record = {.len = 0};
    struct ws_rx *rx = NULL;
    ws_feed(&rx, &limits, &sink, &record, stream, 3);
    EXPECT(rx != NULL);
    ws_feed(&rx, &limits, &sink, &record, stream + 3, len - 3);
    EXPECT(rx == NULL);
    EXPECT_EQ_INT(record.calls, 1);
}

TEST(memory_follows_what_arrived_not_what_was_announced)
{
    const struct ws_limits generous = {.message_bytes_max = (size_t)1 << 40, .fragments_max = 8};
    uint8_t header[14] = {0x82, 0xff, 0, 0, 0, 0x10, 0, 0, 0, 0}; /* 64 GiB */
    struct record record = {.len = 0};
    struct ws_rx *rx = NULL;
    struct ws_fed fed = ws_feed(&rx, &generous, &sink, &record, header, sizeof header);
    EXPECT_EQ_INT(fed.close_code, 0);
    size_t arrived = 0;
    while (arrived < 1 << 20) {
        uint8_t bytes[997] = {0};
        fed = ws_feed(&rx, &generous, &sink, &record, bytes, sizeof bytes);
        EXPECT_EQ_INT(fed.close_code, 0);
        arrived += sizeof bytes;
        EXPECT(malloc_usable_size(rx) <= 2 * arrived + 2 * 4096); /* great blocks are pages */
    }
    EXPECT_EQ_INT(record.calls, 0);
    ws_rx_free(&rx);
    EXPECT(rx == NULL);
}

TEST(memory_stays_below_the_longest_message)
{
    struct record record = {.len = 0};
    struct ws_rx *rx = NULL;
    uint8_t stream[STREAM_MAX];
    size_t len = put_frame(stream, 0x82, STR(X300));
    for (size_t at = 0; at + 1 < len; at++) {
        EXPECT_EQ_INT(ws_feed(&rx, &limits, &sink, &record, stream + at, 1).close_code, 0);
        EXPECT(malloc_usable_size(rx) <= limits.message_bytes_max + 125 + 128);
    }
    EXPECT_EQ_INT(ws_feed(&rx, &limits, &sink, &record, stream + len - 1, 1).consumed, 1);
    EXPECT_EQ_INT(record.calls, 1);
}

TEST(a_stop_leaves_the_rest)
{
    static const struct piece pieces[PIECES_MAX] = {
        {0x81, S("a")}, {0x01, S("b")}, {0x89, S("c")}, {0x80, S("d")}, {0x81, S("e")}};
    uint8_t stream[STREAM_MAX];
    size_t len = put_pieces(stream, pieces);
    static const size_t ends[] = {7, 21, 28, 35}; /* of the messages and the ping */
    for (uint32_t stop = 1; stop <= 4; stop++) {
        uint8_t copy[STREAM_MAX];
        memcpy(copy, stream, len);
        struct record record = {.stop_at = stop};
        struct ws_rx *rx = NULL;
        struct ws_fed fed = ws_feed(&rx, &limits, &sink, &record, copy, len);
        EXPECT(fed.stopped && fed.close_code == 0);
        EXPECT_EQ_INT(fed.consumed, ends[stop - 1]);
        EXPECT_EQ_INT(record.calls, stop);
        ws_feed(&rx, &limits, &sink, &record, copy + fed.consumed, len - fed.consumed);
        EXPECT_EQ_STR((const char *)record.text, "text(a) ping(c) text(bd) text(e)");
        EXPECT(rx == NULL);
    }
}

TEST(the_sink_may_free_what_is_kept_when_it_stops)
{
    static const struct piece pieces[PIECES_MAX] = {{0x01, S("b")}, {0x89, S("c")}, {0x80, S("d")}};
    for (uint32_t stop = 1; stop <= 2; stop++) {
        for (size_t step = 1; step <= 21; step++) {
            uint8_t stream[STREAM_MAX];
            size_t len = put_pieces(stream, pieces);
            struct ws_rx *rx = NULL;
            struct record record = {.stop_at = stop, .free = &rx};
            bool stopped = false;
            for (size_t at = 0; at < len && !stopped; at += step) {
                size_t piece = len - at < step ? len - at : step;
                stopped = ws_feed(&rx, &limits, &sink, &record, stream + at, piece).stopped;
            }
            EXPECT(stopped);
            EXPECT(rx == NULL);
        }
    }
}

TEST(masks_at_every_length_and_cut)
{
    for (size_t len = 0; len <= 100; len++) {
        char text[100];
        for (size_t i = 0; i < len; i++)
            text[i] = (char)('!' + i % 90);
        for (size_t cut = 0; cut <= len; cut++) {
            uint8_t stream[STREAM_MAX];
            size_t stream_len = put_frame(stream, 0x81, (struct str){text, len});
            struct record record = {.len = 0};
            feed(&record, stream, stream_len, 6 + cut, 0, 0);
            REQUIRE(record.calls == 1);
            EXPECT_EQ_STR(((struct str){record.text + 5, record.len - 6}),
                          ((struct str){text, len}));
        }
    }
}

TEST(a_close_holds_123_bytes_of_reason)
{
    uint8_t out[125];
    EXPECT_EQ_INT(ws_write_close(out, WS_CLOSE_NO_STATUS, STR("why")), 0);
    EXPECT_EQ_INT(ws_write_close(out, 1000, (struct str){NULL, 0}), 2);
    EXPECT_EQ_INT(ws_write_close(out, 1009, STR("big")), 5);
    EXPECT_EQ_STR(((struct str){(const char *)out, 5}), STR("\x03\xf1"
                                                            "big"));
    EXPECT_EQ_INT(ws_write_close(out, 1000, STR(X125)), 125);
    EXPECT_EQ_INT(ws_write_close(out, 1000, STR(X50 X50 X10 X10 "xx안")), 124);
    EXPECT_EQ_INT(ws_write_close(out, 1000, STR(X50 X50 X10 X10 "안")), 125);
}

TEST(the_handshake_key)
{
    char accept[28];
    ws_accept_key(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept); /* RFC 6455, 1.3 */
    EXPECT_EQ_STR(((struct str){accept, sizeof accept}), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT(ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ==")));
    EXPECT(ws_key_valid(STR("++//AAAAAAAAAAAAAAAAAA==")));
    EXPECT(!ws_key_valid(STR("")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ=")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQ===")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZQAA")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZ=A=")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZ-Bub25jZQ==")));
    EXPECT(!ws_key_valid(STR("dGhlIHNhbXBsZSBub25jZ\0==")));
}
