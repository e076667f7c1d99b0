#include "runtime/shape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "generated/protocol.h"

/* Objects inside each other whose members are shown: an envelope, its body, and what is in that. */
enum { DEPTH_SHOWN = 3 };

/* A longer name of a member is nobody's. */
enum { NAME_BYTES_MAX = 64 };

/* What may come next. */
enum expected { VALUE, ITEM_OR_END, NAME_OR_END, NAME, COLON, COMMA_OR_END, NOTHING, FAULT };

struct shaper {
    struct str rest; /* of the text */
    char *out;
    size_t len, max;
    bool is_full;
    uint32_t depth;
    bool is_object[JSON_DEPTH_MAX];
    uint32_t hidden_from; /* the depth from which nothing is shown; 0: all is */
    uint32_t items;       /* of the array at that depth */
};

static void put(struct shaper *shaper, struct str text)
{
    static const struct str more = STR_INIT("…");
    if (shaper->is_full)
        return;
    shaper->is_full = shaper->len + text.len + more.len > shaper->max;
    if (shaper->is_full)
        text = more;
    memcpy(shaper->out + shaper->len, text.base, text.len);
    shaper->len += text.len;
}

static void show(struct shaper *shaper, struct str text)
{
    if (shaper->hidden_from == 0)
        put(shaper, text);
}

static void show_number(struct shaper *shaper, const char *format, size_t number)
{
    char text[24];
    int len = snprintf(text, sizeof text, format, number);
    show(shaper, (struct str){text, (size_t)len});
}

static char peek(const struct shaper *shaper)
{
    return shaper->rest.len > 0 ? shaper->rest.base[0] : '\0';
}

static void skip(struct shaper *shaper, size_t len)
{
    shaper->rest = (struct str){shaper->rest.base + len, shaper->rest.len - len};
}

static bool is_one_of(char byte, const char *bytes)
{
    return byte != '\0' && strchr(bytes, byte) != NULL;
}

/* What follows a value. */
static enum expected after_value(const struct shaper *shaper)
{
    return shaper->depth > 0 ? COMMA_OR_END : NOTHING;
}

/* Takes a string, of which *inside is what stands between the quotes; false when it has no end. */
static bool take_string(struct shaper *shaper, struct str *inside)
{
    struct str rest = shaper->rest;
    size_t at = 1;
    while (at < rest.len && rest.base[at] != '"')
        at += rest.base[at] == '\\' ? 2 : 1;
    if (at >= rest.len)
        return false;
    *inside = (struct str){rest.base + 1, at - 1};
    skip(shaper, at + 1);
    return true;
}

static enum expected take_name(struct shaper *shaper)
{
    struct str name;
    if (peek(shaper) != '"' || !take_string(shaper, &name))
        return FAULT;
    bool is_name = name.len > 0 && name.len <= NAME_BYTES_MAX;
    for (size_t i = 0; i < name.len && is_name; i++) {
        char c = name.base[i];
        is_name =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
    if (shaper->len > 0 && shaper->out[shaper->len - 1] != '{')
        show(shaper, STR(" "));
    show(shaper, is_name ? name : STR("?"));
    return COLON;
}

static enum expected open_group(struct shaper *shaper, bool is_object)
{
    if (shaper->depth == JSON_DEPTH_MAX)
        return FAULT;
    if (shaper->depth > 0 || !is_object)
        show(shaper, is_object ? STR("{") : STR("["));
    shaper->is_object[shaper->depth++] = is_object;
    if (shaper->hidden_from == 0 && (!is_object || shaper->depth > DEPTH_SHOWN)) {
        shaper->hidden_from = shaper->depth;
        shaper->items = 0;
    }
    skip(shaper, 1);
    return is_object ? NAME_OR_END : ITEM_OR_END;
}

static enum expected close_group(struct shaper *shaper)
{
    bool is_object = shaper->is_object[shaper->depth - 1];
    if (peek(shaper) != (is_object ? '}' : ']'))
        return FAULT;
    if (shaper->hidden_from == shaper->depth) {
        shaper->hidden_from = 0;
        if (is_object)
            show(shaper, STR("…"));
        else
            show_number(shaper, "%zu", shaper->items);
    }
    shaper->depth--;
    if (shaper->depth > 0 || !is_object)
        show(shaper, is_object ? STR("}") : STR("]"));
    skip(shaper, 1);
    return after_value(shaper);
}

static enum expected take_word(struct shaper *shaper, struct str word, struct str shown)
{
    struct str begin = {shaper->rest.base, word.len};
    if (shaper->rest.len < word.len || !str_equal(begin, word))
        return FAULT;
    show(shaper, shown);
    skip(shaper, word.len);
    return after_value(shaper);
}

static enum expected take_number(struct shaper *shaper)
{
    while (is_one_of(peek(shaper), "+-.0123456789eE"))
        skip(shaper, 1);
    show(shaper, STR("#"));
    return after_value(shaper);
}

static enum expected take_value(struct shaper *shaper)
{
    struct str inside;
    if (shaper->hidden_from > 0 && shaper->hidden_from == shaper->depth)
        shaper->items++; /* if it is an array's, else nobody looks at it */
    switch (peek(shaper)) {
    case '{':
        return open_group(shaper, true);
    case '[':
        return open_group(shaper, false);
    case '"':
        if (!take_string(shaper, &inside))
            return FAULT;
        show_number(shaper, "\"%zu\"", inside.len);
        return after_value(shaper);
    case 't':
        return take_word(shaper, STR("true"), STR("bool"));
    case 'f':
        return take_word(shaper, STR("false"), STR("bool"));
    case 'n':
        return take_word(shaper, STR("null"), STR("null"));
    default:
        return is_one_of(peek(shaper), "-0123456789") ? take_number(shaper) : FAULT;
    }
}

static enum expected take_colon(struct shaper *shaper)
{
    if (peek(shaper) != ':')
        return FAULT;
    show(shaper, STR(":"));
    skip(shaper, 1);
    return VALUE;
}

static enum expected take_comma(struct shaper *shaper)
{
    if (peek(shaper) != ',')
        return close_group(shaper);
    skip(shaper, 1);
    return shaper->is_object[shaper->depth - 1] ? NAME : VALUE;
}

static enum expected take(struct shaper *shaper, enum expected expected)
{
    switch (expected) {
    case VALUE:
        return take_value(shaper);
    case ITEM_OR_END:
        return peek(shaper) == ']' ? close_group(shaper) : take_value(shaper);
    case NAME_OR_END:
        return peek(shaper) == '}' ? close_group(shaper) : take_name(shaper);
    case NAME:
        return take_name(shaper);
    case COLON:
        return take_colon(shaper);
    case COMMA_OR_END:
        return take_comma(shaper);
    case NOTHING:
    case FAULT:
        break;
    }
    return FAULT; /* something behind the value */
}

size_t shape_of(struct str text, char *out, size_t max)
{
    struct shaper shaper = {.rest = text, .out = out, .max = max};
    enum expected expected = VALUE;
    while (expected != FAULT && !shaper.is_full) {
        while (is_one_of(peek(&shaper), " \t\r\n"))
            skip(&shaper, 1);
        if (expected == NOTHING && shaper.rest.len == 0)
            return shaper.len;
        expected = take(&shaper, expected);
    }
    put(&shaper, STR("?"));
    return shaper.len;
}
