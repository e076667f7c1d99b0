/* read.h: from JSON text to checked values; the only user of cJSON.
 *
 * json_read parses strictly, into the arena; the other functions take values out of what it
 * returned. Each takes a NULL value, an absent member, for a wrong one, so that a decoder reads one
 * field per statement and fails with json_refuse, which words the reason:
 *
 *     value = json_member(object, "room_code");
 *     if (!json_bytes(value, 0, 512, &command->room_code))
 *         return json_refuse(reader, value, "room_code", "must be a string of 0 to 512 bytes");
 *
 * Everything lives in the arena. Any thread may read, each with its own arena. */
#ifndef PARLEY_JSON_READ_H
#define PARLEY_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/str.h"

/* Arena bytes that json_read may take for each byte of text: a node of cJSON is 64 bytes, and `1,`
 * makes one. */
enum { JSON_ARENA_BYTES_PER_BYTE = 48 };

struct cJSON; /* a value */

struct json_reader {
    struct arena *arena;
    const char *not_json; /* what the reason begins with when the text is not JSON; */
    bool is_json;         /* it is, but a string holds U+0000 */
    struct str reason;    /* after a refusal: why, in at most 255 bytes of valid UTF-8 */
    const char *path;     /* which field was refused: state.name */
    const char *rule;     /* the rule that it breaks; NULL when it is missing */
    uint32_t error; /* an error of the service that json_raise was given; the caller sets a start */
    uint64_t measured; /* the length or the value that raised it */
};

/* The value that the text is; NULL with a reason when it is not strict JSON, has a member twice, is
 * nested too deep, holds U+0000, or does not fit into the arena. The text is valid UTF-8, below 2
 * GiB. */
const struct cJSON *json_read(struct json_reader *reader, struct str text)
    __attribute__((warn_unused_result));

/* NULL when there is none. */
const struct cJSON *json_member(const struct cJSON *object, const char *name);
/* NULL also when it is null. */
const struct cJSON *json_optional(const struct cJSON *object, const char *name);
bool json_is_null(const struct cJSON *value);
bool json_is_object(const struct cJSON *value);
/* An array of min to max items; json_first and json_next walk through it. */
bool json_array(const struct cJSON *value, uint32_t min, uint32_t max);
const struct cJSON *json_first(const struct cJSON *array);
const struct cJSON *json_next(const struct cJSON *item);

/* A string whose length is in bounds, in bytes or in characters (code points). */
bool json_bytes(const struct cJSON *value, size_t min, size_t max, struct str *out);
bool json_chars(const struct cJSON *value, size_t min, size_t max, struct str *out);
/* A string of exactly the characters that the parts say, one part behind the other. */
struct json_part {
    uint32_t count;
    const char *ranges; /* "09AF": one of 0 to 9 or A to F; ASCII */
};
bool json_pattern(const struct cJSON *value, const struct json_part *parts, uint32_t count,
                  struct str *out);
/* The index of a string that is one of `words`. */
bool json_word(const struct cJSON *value, const struct str *words, uint32_t count, uint32_t *out);
bool json_bool(const struct cJSON *value, bool *out);
/* Whole numbers, exact. */
bool json_u8(const struct cJSON *value, uint8_t min, uint8_t max, uint8_t *out);
bool json_u16(const struct cJSON *value, uint16_t min, uint16_t max, uint16_t *out);
bool json_u32(const struct cJSON *value, uint32_t min, uint32_t max, uint32_t *out);
bool json_u64(const struct cJSON *value, uint64_t min, uint64_t max, uint64_t *out);
/* A number with its text. */
bool json_number(const struct cJSON *value, double min, double max, struct number *out);

/* The reason becomes "missing field <name>" when value is NULL, else "<name> <rule>". Always false,
 * as those below. */
bool json_refuse(struct json_reader *reader, const struct cJSON *value, const char *name,
                 const char *rule);
/* The refusal is one of the service's own errors instead. */
bool json_raise(struct json_reader *reader, uint32_t error, uint64_t measured);
/* Says in which field the refused one stands: "state" makes state.name of name. */
bool json_refuse_inside(struct json_reader *reader, const char *name);
/* The reason becomes "unknown <name> '<given>'", with `given` cut to a readable length. */
bool json_refuse_unknown(struct json_reader *reader, const char *name, struct str given);

#endif
