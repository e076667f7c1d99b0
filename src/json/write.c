#include "json/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "json/special.h"

static char *write_escape(char *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    /* Behind the backslash, for 0x08 to 0x0d; 0x0b has no short form. */
    static const char names[] = "btn\0fr";
    unsigned char byte = (unsigned char)c;

    *out++ = '\\';
    if (c == '"' || c == '\\') {
        *out++ = c;
    } else if (byte >= 0x08 && byte <= 0x0d && names[byte - 0x08] != '\0') {
        *out++ = names[byte - 0x08];
    } else {
        out = WRITE(out, "u00");
        *out++ = hex[byte >> 4];
        *out++ = hex[byte & 15];
    }
    return out;
}

static inline bool must_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* What can stand as it is of the next sixteen or eight bytes, 0 where there are fewer. All of them
 * are copied; those from the special one on are then written over. */
static inline size_t write_plain(char *out, const char *at, size_t len)
{
    if (len >= SPECIAL_STEP) {
        memcpy(out, at, SPECIAL_STEP);
        return special_free(at);
    }
    if (len >= SPECIAL_STEP / 2) {
        memcpy(out, at, SPECIAL_STEP / 2);
        return special_free_8(at);
    }
    return 0;
}

static char *write_quoted(char *out, struct str text)
{
    const char *at = text.len > 0 ? text.base : ""; /* an empty one may have no base */
    const char *end = at + text.len;

    *out++ = '"';
    while (at < end) {
        size_t plain = write_plain(out, at, (size_t)(end - at));

        out += plain;
        at += plain;
        if (plain >= SPECIAL_STEP / 2)
            continue;
        if (must_escape(*at))
            out = write_escape(out, *at);
        else
            *out++ = *at;
        at++;
    }
    *out++ = '"';
    return out;
}

char *write_str(char *out, struct str text, size_t bytes_max)
{
    CHECK(text.len <= bytes_max);
    return write_quoted(out, text);
}

char *write_chars(char *out, struct str text, size_t chars_max)
{
    CHECK(utf8_chars(text) <= chars_max);
    return write_quoted(out, text);
}

char *write_word(char *out, const struct str *words, uint32_t count, uint32_t value)
{
    CHECK(value < count);
    return write_quoted(out, words[value]);
}

char *write_bool(char *out, bool value)
{
    return value ? WRITE(out, "true") : WRITE(out, "false");
}

char *write_u64(char *out, uint64_t value, uint64_t max)
{
    char digits[WRITE_U64_MAX], *first = digits + sizeof digits;

    CHECK(value <= max);
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return write_raw(out, first, (size_t)(digits + sizeof digits - first));
}

char *write_double(char *out, double value)
{
    int len = 0;

    CHECK(isfinite(value));
    for (int precision = 15; precision <= 17; precision++) {
        len = snprintf(out, WRITE_DOUBLE_MAX, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            break;
    }
    out += len;
    if (value == trunc(value) && fabs(value) < 1e15)
        out = WRITE(out, ".0");
    return out;
}

char *write_number(char *out, const struct number *number)
{
    if (number->text_len > 0)
        return write_raw(out, number->text, number->text_len);
    return write_double(out, number->value);
}
