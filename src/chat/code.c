#include "chat/code.h"

#include <stddef.h>

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Letters from `first` to `last`, each `step`-th, become the letter `distance` above. Both stand in
 * UTF-8 with the same number of bytes. From Unicode's UnicodeData.txt, ascending. */
static const struct upper_range {
    uint32_t first, last, step;
    int32_t distance;
} upper_ranges[] = {
    {'a', 'z', 1, -32},       /* ASCII */
    {0x00e0, 0x00f6, 1, -32}, /* Latin-1: à to ö */
    {0x00f8, 0x00fe, 1, -32}, /* ø to þ */
    {0x00ff, 0x00ff, 1, 121}, /* ÿ */
    {0x0101, 0x012f, 2, -1},  /* Latin Extended-A: ā to į */
    {0x0133, 0x0137, 2, -1},  /* ĳ to ķ */
    {0x013a, 0x0148, 2, -1},  /* ĺ to ň */
    {0x014b, 0x0177, 2, -1},  /* ŋ to ŷ */
    {0x017a, 0x017e, 2, -1},  /* ź to ž */
    {0x03ac, 0x03ac, 1, -38}, /* Greek: ά */
    {0x03ad, 0x03af, 1, -37}, /* έ to ί */
    {0x03b1, 0x03c1, 1, -32}, /* α to ρ */
    {0x03c2, 0x03c2, 1, -31}, /* ς, the σ that ends a word */
    {0x03c3, 0x03cb, 1, -32}, /* σ to ϋ */
    {0x03cc, 0x03cc, 1, -64}, /* ό */
    {0x03cd, 0x03ce, 1, -63}, /* ύ and ώ */
    {0x0430, 0x044f, 1, -32}, /* Cyrillic: а to я */
    {0x0450, 0x045f, 1, -80}, /* ѐ to џ */
    {0x0461, 0x0481, 2, -1},  /* ѡ to ҁ */
    {0x048b, 0x04bf, 2, -1},  /* ҋ to ҿ */
    {0x04d1, 0x052f, 2, -1},  /* ӑ to ԯ */
    {0x0561, 0x0586, 1, -48}, /* Armenian: ա to ֆ */
    {0xff41, 0xff5a, 1, -32}, /* full-width a to z */
};

/* Letters outside ASCII whose upper-case form is ASCII: all that UnicodeData.txt and
 * SpecialCasing.txt have. */
static const struct {
    struct str letter, upper;
} upper_to_ascii[] = {
    {STR_INIT("ß"), STR_INIT("SS")},  {STR_INIT("ı"), STR_INIT("I")},
    {STR_INIT("ſ"), STR_INIT("S")},   {STR_INIT("ﬀ"), STR_INIT("FF")},
    {STR_INIT("ﬁ"), STR_INIT("FI")},  {STR_INIT("ﬂ"), STR_INIT("FL")},
    {STR_INIT("ﬃ"), STR_INIT("FFI")}, {STR_INIT("ﬄ"), STR_INIT("FFL")},
    {STR_INIT("ﬅ"), STR_INIT("ST")},  {STR_INIT("ﬆ"), STR_INIT("ST")},
};

/* The letter at the start of `text`, by how many bytes its first byte announces (RFC 3629, 3). */
static struct str first_letter(struct str text)
{
    uint8_t first = (uint8_t)text.base[0];
    size_t len = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return (struct str){text.base, len < text.len ? len : text.len};
}

/* Writes the upper-case form of one letter; returns its length. */
static size_t upper_letter(struct str letter, char *upper)
{
    for (size_t i = 0; i < sizeof upper_to_ascii / sizeof *upper_to_ascii; i++) {
        struct str to = upper_to_ascii[i].upper;
        if (str_equal(letter, upper_to_ascii[i].letter)) {
            memcpy(upper, to.base, to.len);
            return to.len;
        }
    }
    uint32_t point = (uint8_t)letter.base[0];
    if (letter.len > 1)
        point &= 0x7fu >> letter.len;
    for (size_t i = 1; i < letter.len; i++)
        point = point << 6 | ((uint8_t)letter.base[i] & 0x3fu);
    for (size_t i = 0; i < sizeof upper_ranges / sizeof *upper_ranges; i++) {
        const struct upper_range *range = &upper_ranges[i];
        if (point < range->first || point > range->last)
            continue;
        if ((point - range->first) % range->step == 0)
            point = (uint32_t)((int32_t)point + range->distance);
        break;
    }
    for (size_t i = letter.len - 1; i > 0; i--) {
        upper[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    uint32_t lead = letter.len == 1 ? 0 : 0xff00u >> letter.len & 0xff;
    upper[0] = (char)(lead | point);
    return letter.len;
}

struct str code_upper(struct str text, char *upper)
{
    size_t len = 0;
    while (text.len > 0) {
        struct str letter = first_letter(text);
        len += upper_letter(letter, upper + len);
        text.base += letter.len;
        text.len -= letter.len;
    }
    return (struct str){upper, len};
}

bool code_parse(struct str text, uint32_t *code)
{
    if (text.len != CODE_LEN)
        return false;
    uint32_t number = 0;
    for (size_t i = 0; i < CODE_LEN; i++) {
        const char *digit = memchr(digits, text.base[i], sizeof digits - 1);
        if (digit == NULL)
            return false;
        number = number * 36 + (uint32_t)(digit - digits);
    }
    *code = number;
    return true;
}

void code_format(uint32_t code, char text[CODE_LEN])
{
    for (size_t i = CODE_LEN; i > 0; i--) {
        text[i - 1] = digits[code % 36];
        code /= 36;
    }
}
