#include "base/hash.h"

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF", with 1 round per word and 3 at the
 * end. */

struct hash_state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline uint64_t read_word(const void *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void hash_round(struct hash_state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void hash_word(struct hash_state *s, uint64_t word)
{
    s->v3 ^= word;
    hash_round(s);
    s->v0 ^= word;
}

uint64_t hash_bytes(const uint8_t key[16], struct str bytes)
{
    uint64_t k0 = read_word(key);
    uint64_t k1 = read_word(key + 8);
    struct hash_state state = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                               k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    size_t whole = bytes.len & ~(size_t)7;
    for (size_t at = 0; at < whole; at += 8)
        hash_word(&state, read_word(bytes.base + at));
    uint64_t last = (uint64_t)bytes.len << 56;
    for (size_t at = whole; at < bytes.len; at++)
        last |= (uint64_t)(uint8_t)bytes.base[at] << (8 * (at - whole));
    hash_word(&state, last);
    state.v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        hash_round(&state);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
