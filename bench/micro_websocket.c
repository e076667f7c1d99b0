/* micro_websocket.c: what the framing costs: nanoseconds per frame when a read of 64 KiB is full of
 * whole text frames, by length and script. The best of many rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/websocket.h"
#include "tests/client_frame.h"

enum { READ_BYTES = 64 * 1024, ROUNDS = 2000 };

static const struct row {
    const char *script;
    const char *word; /* repeated */
    size_t len;       /* of a message, a multiple of the word's */
} rows[] = {
    {"ascii", "x", 0},         {"ascii", "x", 16},
    {"ascii", "x", 64},        {"ascii", "x", 125},
    {"ascii", "x", 1000},      {"ascii", "x", 16000},
    {"latin", "né", 120},      {"hangul", "안녕", 120},
    {"hangul", "안녕", 12000}, {"emoji", "\U0001f600", 120},
};

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    (void)opcode;
    (void)bytes;
    *(size_t *)context += len + 1;
    return WS_GO_ON;
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    (void)context;
    (void)opcode;
    (void)close_code;
    (void)bytes;
    (void)len;
    return WS_GO_ON;
}

static size_t put_frame(uint8_t *out, const struct row *row)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    static char text[READ_BYTES];
    size_t word_len = strlen(row->word);
    for (size_t i = 0; i < row->len; i++)
        text[i] = row->word[i % word_len];
    return client_frame_write(out, 0x80 | WS_TEXT, mask, text, row->len);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const struct row *row)
{
    static uint8_t stream[READ_BYTES], input[READ_BYTES];
    static const struct ws_limits limits = {.message_bytes_max = READ_BYTES, .fragments_max = 1};
    static const struct ws_sink sink = {on_message, on_control};
    size_t len = 0, frames = 0, taken = 0;
    while (len + CLIENT_FRAME_HEAD_MAX + row->len <= sizeof stream) {
        len += put_frame(stream + len, row);
        frames++;
    }
    double best_ns = 1e12;
    struct ws_rx *rx = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        memcpy(input, stream, len);
        double start_ns = now_ns();
        struct ws_fed fed = ws_feed(&rx, &limits, &sink, &taken, input, len);
        double took_ns = now_ns() - start_ns;
        if (fed.close_code != 0 || fed.consumed != len)
            abort();
        best_ns = took_ns < best_ns ? took_ns : best_ns;
    }
    printf("%-7s %6zu bytes %8.1f ns per frame %7.3f ns per byte\n", row->script, row->len,
           best_ns / (double)frames, best_ns / (double)len);
}

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        measure(&rows[i]);
    return 0;
}
