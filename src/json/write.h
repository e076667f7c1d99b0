/* write.h: appends JSON to a buffer that is known to be large enough.
 *
 * Each function returns where the next byte goes. Nothing is checked against the buffer's end: the
 * generated encoders know the greatest size of every event from the bounds in protocol.yaml, which
 * are checked here once more. */
#ifndef PARLEY_JSON_WRITE_H
#define PARLEY_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "base/str.h"

enum { WRITE_U64_MAX = 20, WRITE_DOUBLE_MAX = 32 }; /* bytes */

/* A literal piece of JSON. */
#define WRITE(out, literal) write_raw(out, literal, sizeof(literal) - 1)

static inline char *write_raw(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

/* In quotes, with escapes only where RFC 8259, 7 wants them. CHECKs that the text has at most so
 * many bytes, or characters. */
char *write_str(char *out, struct str text, size_t bytes_max);
char *write_chars(char *out, struct str text, size_t chars_max);
/* The word that stands for value. CHECKs that there is one. */
char *write_word(char *out, const struct str *words, uint32_t count, uint32_t value);
char *write_bool(char *out, bool value);
/* CHECKs that the value is at most max. */
char *write_u64(char *out, uint64_t value, uint64_t max);
/* The shortest digits that read back as the same value; whole ones as 1.0. Finite only. */
char *write_double(char *out, double value);
/* As it came, or its value. */
char *write_number(char *out, const struct number *number);

#endif
