/* Feeds the framing one stream twice, whole and cut, and holds both to each other.
 *
 * The input's first byte says how it is cut: into pieces of so many bytes. The rest is the stream.
 * Text that is handed out has to be UTF-8, and nothing may be longer than its bound. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "net/websocket.h"

enum { MESSAGE_BYTES_MAX = 1000, FRAGMENTS_MAX = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct outcome {
    uint64_t hash; /* FNV-1a over all that was handed out, in order */
    uint32_t calls;
    uint16_t close_code;
    bool stopped;
    bool open; /* in the middle of a message or a frame */
};

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void hash(struct outcome *outcome, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        outcome->hash = (outcome->hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    struct outcome *outcome = context;
    expect(opcode == WS_TEXT || opcode == WS_BINARY);
    expect(len <= MESSAGE_BYTES_MAX);
    expect(opcode == WS_BINARY || utf8_valid((struct str){(const char *)bytes, len}));
    outcome->calls++;
    hash(outcome, &opcode, sizeof opcode);
    hash(outcome, &len, sizeof len);
    hash(outcome, bytes, len);
    memset(bytes, 0, len); /* the sink may */
    return WS_GO_ON;
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    struct outcome *outcome = context;
    expect(opcode == WS_PING || opcode == WS_PONG || opcode == WS_CLOSE);
    expect(len <= 125);
    if (opcode == WS_CLOSE) {
        expect(close_code == WS_CLOSE_NO_STATUS || ws_close_code_valid(close_code));
        expect(utf8_valid((struct str){(const char *)bytes, len}));
    }
    outcome->calls++;
    hash(outcome, &opcode, sizeof opcode);
    hash(outcome, &close_code, sizeof close_code);
    hash(outcome, &len, sizeof len);
    hash(outcome, bytes, len);
    return WS_GO_ON;
}

/* In pieces that are blocks of their own, so that a read past their end is seen. */
static struct outcome run(const uint8_t *stream, size_t len, size_t step)
{
    static const struct ws_sink sink = {on_message, on_control};
    static const struct ws_limits limits = {MESSAGE_BYTES_MAX, FRAGMENTS_MAX};
    struct outcome outcome = {.hash = UINT64_C(0xcbf29ce484222325)};
    struct ws_rx *rx = NULL;
    for (size_t at = 0; at < len && outcome.close_code == 0 && !outcome.stopped; at += step) {
        size_t piece_len = len - at < step ? len - at : step;
        uint8_t *piece = malloc(piece_len);
        expect(piece != NULL);
        memcpy(piece, stream + at, piece_len);
        struct ws_fed fed = ws_feed(&rx, &limits, &sink, &outcome, piece, piece_len);
        expect(fed.consumed <= piece_len);
        expect(fed.consumed == piece_len || fed.close_code != 0 || fed.stopped);
        expect((fed.close_code == 0) == (fed.reason.len == 0));
        outcome.close_code = fed.close_code;
        outcome.stopped = fed.stopped;
        free(piece);
    }
    outcome.open = rx != NULL;
    ws_rx_free(&rx);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    struct outcome whole = run(data + 1, len - 1, len);
    struct outcome cut = run(data + 1, len - 1, data[0] % 64u + 1);
    expect(whole.hash == cut.hash && whole.calls == cut.calls);
    expect(whole.close_code == cut.close_code && whole.stopped == cut.stopped);
    expect(whole.close_code != 0 || whole.open == cut.open);
    return 0;
}
