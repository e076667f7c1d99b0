#include "base/utf8.h"

#include <stdlib.h>

#include "tests/unit/test.h"

/* The reference says nothing about ranges: it encodes all 1,112,064 characters and remembers with
 * which bytes they begin. prefix[n][v]: what the n + 1 bytes of the number v are. */
enum { IMPOSSIBLE, BEGINNING, CHARACTER };
enum { LAST_CHARACTER = 0x10ffff, SEQUENCES_OF_3 = 1 << 24 };
static uint8_t *prefix[3];

static uint32_t encode(uint32_t character, size_t *len)
{
    uint32_t tail = 0x80 | (character & 0x3f);
    uint32_t middle = (0x80 | (character >> 6 & 0x3f)) << 8;
    *len = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    switch (*len) {
    case 1:
        return character;
    case 2:
        return (0xc0 | character >> 6) << 8 | tail;
    case 3:
        return (0xe0 | character >> 12) << 16 | middle | tail;
    default:
        return (0xf0 | character >> 18) << 24 | (0x80 | (character >> 12 & 0x3f)) << 16 | middle |
               tail;
    }
}

__attribute__((constructor)) static void learn(void)
{
    for (size_t n = 0; n < 3; n++) {
        prefix[n] = calloc((size_t)1 << 8 * (n + 1), 1);
        if (prefix[n] == NULL)
            abort();
    }
    for (uint32_t character = 0; character <= LAST_CHARACTER; character++) {
        if (character >= 0xd800 && character < 0xe000)
            continue;
        size_t len;
        uint32_t encoded = encode(character, &len);
        for (size_t n = 1; n < len; n++)
            prefix[n - 1][encoded >> 8 * (len - n)] = BEGINNING;
        if (len < 4)
            prefix[len - 1][encoded] = CHARACTER;
    }
}

__attribute__((destructor)) static void forget(void)
{
    for (size_t n = 0; n < 3; n++)
        free(prefix[n]);
}

/* What utf8_check should return for at most 4 bytes, and whether they end with a character. */
static size_t reference(const uint8_t *bytes, size_t len, bool *complete)
{
    uint32_t begun = 0;
    size_t begun_len = 0;
    for (size_t i = 0; i < len; i++) {
        begun = begun << 8 | bytes[i];
        uint8_t is = begun_len < 3               ? prefix[begun_len][begun]
                     : (bytes[i] & 0xc0) == 0x80 ? CHARACTER
                                                 : IMPOSSIBLE;
        if (is == IMPOSSIBLE)
            return i;
        begun_len = is == CHARACTER ? 0 : begun_len + 1;
        begun = is == CHARACTER ? 0 : begun;
    }
    *complete = begun_len == 0;
    return len;
}

/* Checks one sequence in the three ways it can arrive; false when any differs. */
static bool agrees(const uint8_t *bytes, size_t len)
{
    bool complete = false;
    size_t want = reference(bytes, len, &complete);

    uint8_t state = UTF8_COMPLETE;
    if (utf8_check(&state, bytes, len) != want ||
        (want == len && (state == UTF8_COMPLETE) != complete))
        return false;

    state = UTF8_COMPLETE; /* a byte at a time */
    size_t taken = 0;
    while (taken < len && utf8_check(&state, bytes + taken, 1) == 1)
        taken++;
    if (taken != want)
        return false;

    uint8_t longer[4 + 40]; /* with text before and behind */
    memset(longer, 'x', sizeof longer);
    memcpy(longer + 33, bytes, len);
    state = UTF8_COMPLETE;
    size_t got = utf8_check(&state, longer, sizeof longer);
    return got == (want < len ? 33 + want : complete ? sizeof longer : 33 + len);
}

TEST(all_sequences_of_one_to_three_bytes)
{
    size_t wrong = 0;
    for (size_t len = 1; len <= 3; len++) {
        for (uint32_t value = 0; value < (uint32_t)1 << 8 * len; value++) {
            uint8_t bytes[3];
            for (size_t i = 0; i < len; i++)
                bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
            wrong += !agrees(bytes, len);
        }
    }
    EXPECT_EQ_INT(wrong, 0);
}

TEST(all_fourth_bytes_after_three_that_begin_a_character)
{
    size_t wrong = 0;
    for (uint32_t value = 0; value < SEQUENCES_OF_3; value++) {
        if (prefix[2][value] != BEGINNING)
            continue;
        for (uint32_t fourth = 0; fourth < 256; fourth++) {
            uint8_t bytes[4] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value,
                                (uint8_t)fourth};
            wrong += !agrees(bytes, 4);
        }
    }
    EXPECT_EQ_INT(wrong, 0);
}

TEST(a_wrong_byte_is_found_wherever_it_is)
{
    for (size_t len = 1; len < 100; len++) {
        for (size_t at = 0; at < len; at++) {
            uint8_t bytes[100];
            memset(bytes, 'a', len);
            bytes[at] = 0xff;
            uint8_t state = UTF8_COMPLETE;
            EXPECT_EQ_INT(utf8_check(&state, bytes, len), at);
        }
    }
}

TEST(whole_texts)
{
    EXPECT(utf8_valid(STR("")));
    EXPECT(utf8_valid((struct str){NULL, 0}));
    EXPECT(utf8_valid(STR("a\0b")));
    EXPECT(utf8_valid(STR("κόσμε 안녕 \U0001f600 \U0010ffff")));
    EXPECT(!utf8_valid(STR("안\xeb\x85")));
    EXPECT(!utf8_valid(STR("\xed\xa0\x80")));
}

TEST(characters_are_code_points)
{
    EXPECT_EQ_INT(utf8_chars(STR("")), 0);
    EXPECT_EQ_INT(utf8_chars((struct str){NULL, 0}), 0);
    EXPECT_EQ_INT(utf8_chars(STR("abc")), 3);
    EXPECT_EQ_INT(utf8_chars(STR("é안\U0001f600")), 3);
    EXPECT_EQ_INT(utf8_chars(STR("e\u0301")), 2);
}
