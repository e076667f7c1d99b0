#include "base/utf8.h"

/* What may follow: RFC 3629, 4 as a state machine. A state is named by the bytes it still wants;
 * the four odd ones are where the second byte has a narrower range. */
enum state {
    COMPLETE = UTF8_COMPLETE,
    WANTS_1,
    WANTS_2,
    WANTS_3,
    AFTER_E0, /* shorter forms exist below U+0800 */
    AFTER_ED, /* surrogates are no characters */
    AFTER_F0, /* shorter forms exist below U+10000 */
    AFTER_F4, /* the last character is U+10FFFF */
    STATES
};

static const struct {
    uint8_t first, last; /* the range of the next byte */
    uint8_t next;        /* the state after it */
} steps[STATES] = {
    [COMPLETE] = {0x00, 0x7f, COMPLETE}, [WANTS_1] = {0x80, 0xbf, COMPLETE},
    [WANTS_2] = {0x80, 0xbf, WANTS_1},   [WANTS_3] = {0x80, 0xbf, WANTS_2},
    [AFTER_E0] = {0xa0, 0xbf, WANTS_1},  [AFTER_ED] = {0x80, 0x9f, WANTS_1},
    [AFTER_F0] = {0x90, 0xbf, WANTS_2},  [AFTER_F4] = {0x80, 0x8f, WANTS_2},
};

/* The state after a character's first byte, which is not ASCII; COMPLETE when it cannot be one. */
static enum state after_lead(uint8_t lead)
{
    if (lead < 0xc2 || lead > 0xf4)
        return COMPLETE;
    if (lead < 0xe0)
        return WANTS_1;
    if (lead < 0xf0)
        return lead == 0xe0 ? AFTER_E0 : lead == 0xed ? AFTER_ED : WANTS_2;
    return lead == 0xf0 ? AFTER_F0 : lead == 0xf4 ? AFTER_F4 : WANTS_3;
}

static bool ascii_32(const uint8_t *bytes)
{
    uint64_t words[4];
    memcpy(words, bytes, sizeof words);
    return ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u) == 0;
}

static bool ascii_8(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080u) == 0;
}

/* Length of the run of ASCII at the start, which begins with a byte of it; or less: among other
 * characters, a byte at a time is as fast. */
static size_t ascii_run(const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    if (len >= 8 && !ascii_8(bytes))
        return 1;
    while (len - at >= 32 && ascii_32(bytes + at))
        at += 32;
    while (len - at >= 8 && ascii_8(bytes + at))
        at += 8;
    while (at < len && bytes[at] < 0x80)
        at++;
    return at;
}

/* Length of the valid character of two or three bytes at the start, 0 when there is none: a
 * shortcut past the state machine, which judges all else. Reads three bytes. */
static size_t common_character(const uint8_t *bytes)
{
    uint32_t lead = bytes[0];
    if ((bytes[1] & 0xc0) != 0x80)
        return 0;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    uint32_t character = (lead & 0x0f) << 12 | (bytes[1] & 0x3fu) << 6;
    bool three = (lead & 0xf0) == 0xe0 && (bytes[2] & 0xc0) == 0x80;
    return three && character >= 0x800 && (character & 0xf800) != 0xd800 ? 3 : 0;
}

size_t utf8_check(uint8_t *state, const uint8_t *bytes, size_t len)
{
    uint8_t now = *state;
    size_t at = 0;
    while (at < len) {
        uint8_t byte = bytes[at];
        if (now != COMPLETE) {
            if (byte < steps[now].first || byte > steps[now].last)
                break;
            now = steps[now].next;
            at++;
        } else if (byte < 0x80) {
            at += ascii_run(bytes + at, len - at);
        } else {
            size_t whole = len - at >= 3 ? common_character(bytes + at) : 0;
            if (whole == 0) {
                now = (uint8_t)after_lead(byte);
                if (now == COMPLETE)
                    break;
                whole = 1;
            }
            at += whole;
        }
    }
    *state = now;
    return at;
}

bool utf8_valid(struct str text)
{
    uint8_t state = UTF8_COMPLETE;
    return utf8_check(&state, (const uint8_t *)text.base, text.len) == text.len &&
           state == UTF8_COMPLETE;
}

/* Whether it goes on with a character that began before it. */
static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xc0) == 0x80;
}

struct str utf8_cut(struct str text, size_t bytes_max)
{
    if (text.len <= bytes_max)
        return text;
    text.len = bytes_max;
    while (text.len > 0 && is_continuation(text.base[text.len]))
        text.len--;
    return text;
}

size_t utf8_chars(struct str text)
{
    size_t chars = 0;
    for (size_t i = 0; i < text.len; i++)
        chars += !is_continuation(text.base[i]);
    return chars;
}
