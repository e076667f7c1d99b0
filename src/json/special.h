/* special.h: finds what can't stand as it is in a JSON string (RFC 8259, 7): a control character, a
 * quote or a backslash; sixteen bytes at a time. */
#ifndef PARLEY_JSON_SPECIAL_H
#define PARLEY_JSON_SPECIAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SPECIAL_STEP = 16 };

/* So many bytes that are compared at once, and the same as words; compilers have registers for it.
 */
typedef uint8_t special_bytes __attribute__((vector_size(SPECIAL_STEP)));
typedef uint64_t special_words __attribute__((vector_size(SPECIAL_STEP)));

/* Which byte of a word that is not 0 is the first in memory that is not 0. */
static inline size_t special_first(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return (size_t)__builtin_ctzll(word) / 8;
}

/* How many bytes stand before the first special one; SPECIAL_STEP when none is. */
static inline size_t special_free_of(special_bytes bytes)
{
    special_words found = (special_words)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));

    if ((found[0] | found[1]) == 0)
        return SPECIAL_STEP;
    return found[0] != 0 ? special_first(found[0]) : 8 + special_first(found[1]);
}

/* The same of the sixteen bytes at `at`; of the eight there, where at most 8 are counted. */
static inline size_t special_free(const char *at)
{
    special_bytes bytes;

    memcpy(&bytes, at, sizeof bytes);
    return special_free_of(bytes);
}

static inline size_t special_free_8(const char *at)
{
    special_words words = {0, 0}; /* zeros are special */
    uint64_t word;

    memcpy(&word, at, sizeof word);
    words[0] = word;
    return special_free_of((special_bytes)words);
}

#endif
