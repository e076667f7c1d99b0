/* special.h: finds what can't stand as it is in a JSON string, eight bytes at a time. */
#ifndef PARLEY_JSON_SPECIAL_H
#define PARLEY_JSON_SPECIAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes that are compared at once; compilers have registers for it. */
typedef uint8_t special_bytes __attribute__((vector_size(8)));

/* Of the eight bytes at `at`, a byte 0xff for each that can't stand as it is in a JSON string: a
 * control character, a quote or a backslash (RFC 8259, 7); 0 for the others. The first is the
 * lowest, whatever the machine's order. */
static inline uint64_t special_find(const char *at)
{
    special_bytes bytes, special;
    uint64_t found;

    memcpy(&bytes, at, sizeof bytes);
    special = (special_bytes)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
    memcpy(&found, &special, sizeof found);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    found = __builtin_bswap64(found);
#endif
    return found;
}

/* Which of them is the first, 0 to 7, where there is one. */
static inline size_t special_first(uint64_t found)
{
    return (size_t)__builtin_ctzll(found) / 8;
}

#endif
