#include "json/scan.h"

#include <math.h>
#include <string.h>

#include "json/number.h"
#include "json/special.h"

/* What may come next. */
enum expect {
    VALUE,
    ITEM,         /* behind a comma in an array */
    VALUE_OR_END, /* behind [ */
    NAME,         /* behind a comma in an object */
    NAME_OR_END,  /* behind { */
    COMMA_OR_END
};

_Static_assert(JSON_DEPTH_MAX <= 32, "cursor.objects has one bit per level");
_Static_assert((int)SCAN_PADDING == (int)SPECIAL_STEP, "what is read behind a text");

/* Where the scan is. */
struct cursor {
    struct scan *scan;
    const char *at;
    const char *end;
    char *out;                /* where the skeleton goes on */
    struct scan_taken *taken; /* where the next goes */
    uint32_t depth;
    uint32_t objects; /* bit n: level n is an object, not an array */
    enum expect expect;
};

static bool refuse(struct cursor *cursor, const char *at, const char *problem)
{
    cursor->scan->problem = at == cursor->end ? "unexpected end of the text" : problem;
    cursor->scan->problem_at = (size_t)(at - cursor->scan->text);
    return false;
}

/* Until then the names are noted by level, also of levels that are arrays, where they are stale. */
static bool refuse_nul(struct cursor *cursor)
{
    struct scan *scan = cursor->scan;
    bool is_value = cursor->expect == COMMA_OR_END;

    scan->nul = true;
    for (uint32_t level = 0; is_value && level < cursor->depth; level++)
        if (cursor->objects >> (cursor->depth - 1 - level) & 1)
            scan->names[scan->names_count++] = scan->names[level];
    return false;
}

/* Appends to the skeleton. */
static inline void append(struct cursor *cursor, const char *bytes, size_t len)
{
    memcpy(cursor->out, bytes, len);
    cursor->out += len;
}

/* The next byte, a bracket or the like. */
static inline void pass(struct cursor *cursor)
{
    *cursor->out++ = *cursor->at++;
}

/* Takes out what lies between them. */
static inline void take(struct cursor *cursor, enum scan_kind kind, const char *start,
                        const char *end)
{
    *cursor->taken++ =
        (struct scan_taken){(uint32_t)(start - cursor->scan->text), (uint32_t)(end - start), kind};
    if (kind == SCAN_NAME)
        append(cursor, "\"\"", 2);
    else
        append(cursor, "null", 4);
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline void skip_space(struct cursor *cursor)
{
    const char *at = cursor->at;

    while ((unsigned char)*at <= ' ' && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    cursor->at = at;
}

/* The value of four hexadecimal digits, or -1. */
static int32_t hex4(const char *at)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char lower = (char)(at[i] | 0x20);
        if (is_digit(at[i]))
            value = value * 16 + (at[i] - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* RFC 8259, 7: \uXXXX, and two of them for what does not fit into one (RFC 2781, 2.1). */
static bool scan_unicode_escape(struct cursor *cursor)
{
    const char *at = cursor->at;
    int32_t unit = hex4(at + 2);

    if (unit < 0)
        return refuse(cursor, at, "\\u without four hexadecimal digits");
    if (unit == 0)
        return refuse_nul(cursor);
    cursor->at += 6;
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    if (unit >= 0xDC00 || at[6] != '\\' || at[7] != 'u')
        return refuse(cursor, at, "lone surrogate in a string");
    unit = hex4(at + 8);
    if (unit < 0xDC00 || unit > 0xDFFF)
        return refuse(cursor, at, "lone surrogate in a string");
    cursor->at += 6;
    return true;
}

static bool scan_escape(struct cursor *cursor)
{
    switch (cursor->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        cursor->at += 2;
        return true;
    case 'u':
        return scan_unicode_escape(cursor);
    default:
        return refuse(cursor, cursor->at + 1, "unknown escape in a string");
    }
}

/* The first byte from `at` on that can't stand as it is in a string; behind the text one is. */
static inline const char *special_next(const char *at)
{
    size_t plain;

    while ((plain = special_free(at)) == SPECIAL_STEP)
        at += SPECIAL_STEP;
    return at + plain;
}

/* A string from its opening quote on, of which the cursor has come to something special. */
static bool scan_special(struct cursor *cursor, const char *start)
{
    while (*cursor->at != '"') {
        if (*cursor->at != '\\')
            return refuse(cursor, cursor->at, "control character in a string");
        if (!scan_escape(cursor))
            return false;
        cursor->at = special_next(cursor->at);
    }
    cursor->at++;
    append(cursor, start, (size_t)(cursor->at - start));
    cursor->scan->kept = true;
    return true;
}

/* From the opening quote to behind the closing one. */
static inline bool scan_string(struct cursor *cursor, enum scan_kind kind)
{
    const char *start = cursor->at;

    cursor->at = special_next(start + 1);
    if (*cursor->at != '"')
        return scan_special(cursor, start);
    take(cursor, kind, start + 1, cursor->at++);
    return true;
}

/* Passes the digits that must stand here, at least one. */
static inline bool scan_digits(struct cursor *cursor)
{
    const char *at = cursor->at;

    while (is_digit(*at))
        at++;
    if (at == cursor->at)
        return refuse(cursor, at, "missing digit");
    cursor->at = at;
    return true;
}

static bool scan_number(struct cursor *cursor)
{
    const char *start = cursor->at;
    bool exponent = false;
    size_t len;

    if (*cursor->at == '-')
        cursor->at++;
    if (*cursor->at == '0' && is_digit(cursor->at[1]))
        return refuse(cursor, start, "number with a leading zero");
    if (!scan_digits(cursor))
        return false;
    if (*cursor->at == '.') {
        cursor->at++;
        if (!scan_digits(cursor))
            return false;
    }
    if (*cursor->at == 'e' || *cursor->at == 'E') {
        exponent = true;
        cursor->at++;
        if (*cursor->at == '+' || *cursor->at == '-')
            cursor->at++;
        if (!scan_digits(cursor))
            return false;
    }
    len = (size_t)(cursor->at - start);
    /* Only an exponent or hundreds of digits make a double overflow. */
    if ((exponent || len > 300) && isinf(number_double((struct str){start, len})))
        return refuse(cursor, start, "number too great");
    take(cursor, SCAN_NUMBER, start, cursor->at);
    return true;
}

static bool scan_word(struct cursor *cursor, enum scan_kind kind, const char *word, size_t len)
{
    if (memcmp(cursor->at, word, len) != 0)
        return refuse(cursor, cursor->at, "unknown word");
    take(cursor, kind, cursor->at, cursor->at + len);
    cursor->at += len;
    return true;
}

static bool open_level(struct cursor *cursor, bool object)
{
    if (cursor->depth == JSON_DEPTH_MAX)
        return refuse(cursor, cursor->at, "nested too deep");
    cursor->objects = cursor->objects << 1 | object;
    cursor->depth++;
    pass(cursor);
    cursor->expect = object ? NAME_OR_END : VALUE_OR_END;
    return true;
}

static void close_level(struct cursor *cursor)
{
    cursor->objects >>= 1;
    cursor->depth--;
    pass(cursor);
    cursor->expect = COMMA_OR_END;
}

static bool scan_value(struct cursor *cursor)
{
    enum expect expected = cursor->expect;

    cursor->expect = COMMA_OR_END;
    switch (*cursor->at) {
    case '"':
        return scan_string(cursor, SCAN_STRING);
    case '{':
        return open_level(cursor, true);
    case '[':
        return open_level(cursor, false);
    case 't':
        return scan_word(cursor, SCAN_TRUE, "true", 4);
    case 'f':
        return scan_word(cursor, SCAN_FALSE, "false", 5);
    case 'n':
        return scan_word(cursor, SCAN_NULL, "null", 4);
    case ']':
        if (expected == VALUE_OR_END) {
            close_level(cursor);
            return true;
        }
        return refuse(cursor, cursor->at,
                      expected == ITEM ? "trailing comma" : "unexpected character");
    default:
        if (*cursor->at == '-' || is_digit(*cursor->at))
            return scan_number(cursor);
        return refuse(cursor, cursor->at, "unexpected character");
    }
}

static bool scan_name(struct cursor *cursor)
{
    if (*cursor->at == '}') {
        if (cursor->expect == NAME)
            return refuse(cursor, cursor->at, "trailing comma");
        close_level(cursor);
        return true;
    }
    if (*cursor->at != '"')
        return refuse(cursor, cursor->at, "missing name in quotes");
    cursor->scan->names[cursor->depth - 1] = (uint32_t)(cursor->at + 1 - cursor->scan->text);
    if (!scan_string(cursor, SCAN_NAME))
        return false;
    skip_space(cursor);
    if (*cursor->at != ':')
        return refuse(cursor, cursor->at, "missing colon");
    pass(cursor);
    cursor->expect = VALUE;
    return true;
}

static bool scan_comma_or_end(struct cursor *cursor)
{
    bool object = cursor->objects & 1;

    if (*cursor->at == ',') {
        pass(cursor);
        cursor->expect = object ? NAME : ITEM;
        return true;
    }
    if (*cursor->at != (object ? '}' : ']'))
        return refuse(cursor, cursor->at, "missing comma");
    close_level(cursor);
    return true;
}

static bool scan_next(struct cursor *cursor)
{
    switch (cursor->expect) {
    case VALUE:
    case ITEM:
    case VALUE_OR_END:
        return scan_value(cursor);
    case NAME:
    case NAME_OR_END:
        return scan_name(cursor);
    case COMMA_OR_END:
        break;
    }
    return scan_comma_or_end(cursor);
}

bool scan_text(struct scan *scan)
{
    struct cursor cursor = {
        .scan = scan,
        .at = scan->text,
        .end = scan->text + scan->len,
        .out = scan->skeleton,
        .taken = scan->taken,
        .expect = VALUE,
    };

    scan->kept = false;
    do {
        skip_space(&cursor);
        if (!scan_next(&cursor))
            return false;
    } while (cursor.depth > 0);
    skip_space(&cursor);
    if (cursor.at != cursor.end)
        return refuse(&cursor, cursor.at, "text after the value");
    scan->skeleton_len = (size_t)(cursor.out - scan->skeleton);
    scan->taken_count = (size_t)(cursor.taken - scan->taken);
    return true;
}
