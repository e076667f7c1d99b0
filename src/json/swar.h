/* swar.h: looks at the bytes of a JSON string eight at a time, in an ordinary register.
 *
 * Bytes are counted from the lowest address, so a big-endian machine swaps them. */
#ifndef PARLEY_JSON_SWAR_H
#define PARLEY_JSON_SWAR_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SWAR_EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

static inline uint64_t swar_load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Not 0 when one of the bytes can't stand as it is in a JSON string: a control character, a quote
 * or a backslash (RFC 8259, 7). Bits above the first such byte mean nothing. */
static inline uint64_t swar_special(uint64_t word)
{
    uint64_t quote = word ^ SWAR_EACH('"'), backslash = word ^ SWAR_EACH('\\');

    return (((word - SWAR_EACH(0x20)) & ~word) | ((quote - SWAR_EACH(1)) & ~quote) |
            ((backslash - SWAR_EACH(1)) & ~backslash)) &
           SWAR_EACH(0x80);
}

/* Which byte is the first, 0 to 7, of those that swar_special has found. */
static inline size_t swar_first(uint64_t special)
{
    return (size_t)__builtin_ctzll(special) / 8;
}

#endif
