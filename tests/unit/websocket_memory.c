/* The framing when memory runs out: the n-th allocation fails, for every n. */
#include <stdlib.h>

static void *scarce_realloc(void *block, size_t len);
#define realloc scarce_realloc
#include "net/websocket.c" /* compiled anew, with an allocator that fails */
#undef realloc

#include "tests/client_frame.h"
#include "tests/unit/test.h"

static uint32_t allocations, fails_at;

static void *scarce_realloc(void *block, size_t len)
{
    return ++allocations == fails_at ? NULL : realloc(block, len);
}

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    (void)opcode;
    (void)bytes;
    *(size_t *)context += len;
    return WS_GO_ON;
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    (void)opcode;
    (void)close_code;
    (void)bytes;
    *(size_t *)context += len;
    return WS_GO_ON;
}

static size_t put_frame(uint8_t *out, uint8_t first, size_t len)
{
    static const uint8_t zeros[1000];
    return client_frame_write(out, first, zeros, zeros, len);
}

/* A fragmented message with a Ping inside, and a whole one, in pieces. */
static struct ws_fed feed_pieces(size_t step, size_t *delivered)
{
    static const struct ws_sink sink = {on_message, on_control};
    static const struct ws_limits limits = {.message_bytes_max = 2000, .fragments_max = 3};
    uint8_t stream[2000];
    size_t len = put_frame(stream, WS_TEXT, 300);
    len += put_frame(stream + len, 0x80 | WS_PING, 100);
    len += put_frame(stream + len, 0x80 | WS_CONTINUATION, 700);
    len += put_frame(stream + len, 0x80 | WS_BINARY, 400);
    struct ws_rx *rx = NULL;
    struct ws_fed fed = {0};
    for (size_t at = 0; at < len && fed.close_code == 0; at += step)
        fed =
            ws_feed(&rx, &limits, &sink, delivered, stream + at, len - at < step ? len - at : step);
    EXPECT(rx == NULL || fed.close_code != 0);
    ws_rx_free(&rx);
    return fed;
}

TEST(each_allocation_may_fail)
{
    static const size_t steps[] = {1, 7, 150, 2000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint32_t failed = 0;
        bool complete = false;
        for (fails_at = 1; !complete; fails_at++) {
            size_t delivered = 0;
            allocations = 0;
            struct ws_fed fed = feed_pieces(steps[i], &delivered);
            complete = allocations < fails_at;
            EXPECT_EQ_INT(fed.close_code, complete ? 0 : 1011);
            EXPECT((delivered == 300 + 100 + 700 + 400) == complete);
            failed += !complete;
        }
        EXPECT(failed > 0);
    }
}
