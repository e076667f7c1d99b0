/* line_codec.h: a protocol whose commands and events are lines of text, for services of tests. */
#ifndef PARLEY_TESTS_UNIT_LINE_CODEC_H
#define PARLEY_TESTS_UNIT_LINE_CODEC_H

#include <string.h>

#include "json/codec.h"

enum { LINE_BYTES_MAX = 64 };

struct line {
    struct str text;
};

static inline uint32_t line_type(const void *command)
{
    (void)command;
    return 0;
}

static inline enum decode_status line_decode(struct str text, uint32_t facts, struct arena *arena,
                                             void *command, void *error)
{
    (void)facts;
    (void)error;
    *(struct line *)command = (struct line){arena_copy(arena, text)};
    return DECODE_OK;
}

static inline struct encoded line_encode(const void *event, char *out)
{
    const struct line *line = event;
    memcpy(out, line->text.base, line->text.len);
    return (struct encoded){.len = line->text.len, .delivery = DELIVERY_RELIABLE};
}

static const struct str line_names[] = {STR_INIT("line")};
static const struct codec line_codec = {
    .service = STR_INIT("lines"),
    .commands_count = 1,
    .events_count = 1,
    .command_names = line_names,
    .event_names = line_names,
    .event_encoded_max = LINE_BYTES_MAX,
    .command_type = line_type,
    .decode = line_decode,
    .encode = line_encode,
};

#endif
