/* decode.h: what the fuzz targets of all decoders share: the properties that hold for any text.
 *
 * - What the reader takes, cJSON takes too, when left to itself, and both find the same in it.
 * - Whatever a decoder says, it says within its arena, without a crash or a leak.
 * - A refusal encodes to JSON that the reader takes, within the bound of its event. */
#ifndef PARLEY_TESTS_FUZZ_DECODE_H
#define PARLEY_TESTS_FUZZ_DECODE_H

#include <cjson/cJSON.h>
#include <float.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "json/codec.h"
#include "json/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FUZZ_ARENA_BYTES = 16 << 20, CJSON_NUMBER_BYTES_MAX = 63 };

static struct arena fuzz_arena;
static char *fuzz_out; /* room for any event of the codec */

/* cJSON reads no number that is longer; its buffer ends there. */
static inline bool has_long_number(struct str text)
{
    size_t run = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.base[i];
        run = (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+'
                  ? run + 1
                  : 0;
        if (run >= CJSON_NUMBER_BYTES_MAX)
            return true;
    }
    return false;
}

static inline bool is_json(struct str text)
{
    struct json_reader reader = {.arena = &fuzz_arena, .not_json = ""};
    bool taken = json_read(&reader, text) != NULL;

    CHECK(taken || reader.reason.len > 0);
    CHECK(utf8_valid(reader.reason));
    return taken;
}

/* The members of an object are the same, and so are those that are strings or numbers. */
static inline void check_same(const struct cJSON *ours, const cJSON *theirs)
{
    const cJSON *member;

    CHECK(json_is_object(ours) == cJSON_IsObject(theirs));
    if (!cJSON_IsObject(theirs))
        return;
    cJSON_ArrayForEach(member, theirs)
    {
        const struct cJSON *value = json_member(ours, member->string);
        struct number number;
        struct str text;

        CHECK(value && json_is_null(value) == cJSON_IsNull(member));
        CHECK(json_bytes(value, 0, SIZE_MAX, &text) == cJSON_IsString(member));
        if (cJSON_IsString(member))
            CHECK(str_equal(text, (struct str){member->valuestring, strlen(member->valuestring)}));
        CHECK(json_number(value, -DBL_MAX, DBL_MAX, &number) == cJSON_IsNumber(member));
        if (cJSON_IsNumber(member))
            CHECK(number.value == member->valuedouble);
    }
}

/* What cJSON, left to itself, reads in the same text. */
static inline void check_against_cjson(struct str text)
{
    struct json_reader reader = {.arena = &fuzz_arena, .not_json = ""};
    const struct cJSON *ours = json_read(&reader, text);
    cJSON *theirs;

    if (!ours || has_long_number(text))
        return;
    theirs = cJSON_ParseWithLength(text.base, text.len);
    CHECK(theirs);
    check_same(ours, theirs);
    cJSON_Delete(theirs);
}

/* Encodes, and returns the text, which is JSON. */
static inline struct str encode_checked(const struct codec *codec, const void *event)
{
    struct encoded encoded = codec->encode(event, fuzz_out);
    struct str text = {fuzz_out, encoded.len};

    CHECK(encoded.len <= codec->event_encoded_max);
    CHECK(is_json(text));
    return text;
}

/* True when the text decodes; *command then lives until the next call. False also for what no
 * decoder is given: invalid UTF-8. */
static inline bool decode_checked(const struct codec *codec, struct str text, uint32_t facts,
                                  void *command, void *error)
{
    enum decode_status status;

    if (!fuzz_out) {
        fuzz_out = malloc(codec->event_encoded_max);
        CHECK(fuzz_out && arena_init(&fuzz_arena, FUZZ_ARENA_BYTES) == 0);
    }
    if (!utf8_valid(text))
        return false;
    arena_reset(&fuzz_arena, 0);
    check_against_cjson(text);
    arena_reset(&fuzz_arena, 0);
    status = codec->decode(text, facts, &fuzz_arena, command, error);
    if (status != DECODE_OK)
        encode_checked(codec, error);
    else
        CHECK(codec->command_type(command) < codec->commands_count);
    return status == DECODE_OK;
}

#endif
