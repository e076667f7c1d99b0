/* srtp.h: SRTP and SRTCP with the suites AES_CM_128_HMAC_SHA1_80 (RFC 3711) and AEAD_AES_128_GCM
 * (RFC 7714): keys, packet indices, replay, sealing and opening.
 *
 * The block cipher and the hash are OpenSSL's. Session keys do not depend on the SSRC, so that one
 * struct srtp_keys serves every stream that is sent to one receiver; what does depend on the stream
 * is its packet index, which the caller keeps. No sharing between threads; a struct srtp_crypto
 * outlives the keys made with it. Memory is only taken when keys are set. */
#ifndef PARLEY_MEDIA_SRTP_H
#define PARLEY_MEDIA_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/rtp.h"
#include "media_order.h"

/* What sealing adds at most to RTP and to RTCP: the tag, and RTCP's index. */
enum { SRTP_EXPANSION_MAX = 16, SRTCP_EXPANSION_MAX = 20 };

/* Indices are below: 32 bits of roll-over counter before 16 of sequence number (RFC 3711, 3.3.1),
 * and 31 bits for RTCP (3.4). No key is used beyond (9.2). */
#define SRTP_INDEX_END (UINT64_C(1) << 48)
#define SRTCP_INDEX_END (UINT32_C(1) << 31)

/* The algorithms, looked up once: OpenSSL does not find one again that it was short of memory for
 * when it looked for the first time. */
struct srtp_crypto {
    void *ctr, *gcm; /* EVP_CIPHER */
    void *hmac;      /* EVP_MAC */
    void *sha1;      /* EVP_MD */
};

/* False when OpenSSL does not have them, or memory is short. */
bool srtp_crypto_init(struct srtp_crypto *crypto) __attribute__((warn_unused_result));
void srtp_crypto_clear(struct srtp_crypto *crypto);

/* Session keys of one direction, for RTP or for RTCP. */
struct srtp_transform {
    void *cipher; /* EVP_CIPHER_CTX */
    void *mac;    /* EVP_MAC_CTX; NULL with GCM */
    uint8_t salt[14];
};

struct srtp_keys {
    enum media_suite suite;
    struct srtp_transform rtp, rtcp;
};

enum srtp_direction { SRTP_OPENS, SRTP_SEALS };

/* Derives the session keys from a master key and salt (RFC 3711, 4.3; key derivation rate 0). False
 * when memory is short: then there is nothing to clear. */
bool srtp_keys_init(struct srtp_keys *keys, const struct srtp_crypto *crypto,
                    enum media_suite suite, const uint8_t *master, enum srtp_direction direction)
    __attribute__((warn_unused_result));
/* Fine for zeroed keys, and twice. */
void srtp_keys_clear(struct srtp_keys *keys);

/* Bytes behind the payload of a protected packet: the least there must be. */
size_t srtp_expansion(enum media_suite suite);
size_t srtcp_expansion(enum media_suite suite);

/* Authenticates and decrypts in place; true when the packet is the one that was sealed with this
 * index, and *len is then the length in clear. Else the bytes behind the header are of no use.
 * `packet` is rtp_look's. */
bool srtp_open(struct srtp_keys *keys, const struct rtp_packet *packet, uint64_t index,
               uint8_t *bytes, size_t *len) __attribute__((warn_unused_result));
/* Writes the packet protected, with the index's lower half as its sequence number, to `out`, which
 * has room for len + SRTP_EXPANSION_MAX. Returns the length. An index must not be used twice for
 * the same SSRC. */
size_t srtp_seal(struct srtp_keys *keys, const struct rtp_packet *packet, uint64_t index,
                 const uint8_t *bytes, size_t len, uint8_t *out);

/* The index that stands in a protected RTCP packet. False when it is too short, or not encrypted:
 * authentication alone is no suite of ours. */
bool srtcp_index(enum media_suite suite, const uint8_t *bytes, size_t len, uint32_t *index)
    __attribute__((warn_unused_result));
/* As above; `len` passed srtcp_index. */
bool srtcp_open(struct srtp_keys *keys, uint32_t index, uint8_t *bytes, size_t *len)
    __attribute__((warn_unused_result));
/* Room for len + SRTCP_EXPANSION_MAX. An index must not be used twice for the same SSRC. */
size_t srtcp_seal(struct srtp_keys *keys, uint32_t index, const uint8_t *bytes, size_t len,
                  uint8_t *out);

/* Which indices have been seen (RFC 3711, 3.3.2). Zeroed: none. */
enum { SRTP_WINDOW_PACKETS = 128 };

struct srtp_window {
    uint64_t newest;
    uint64_t seen[2]; /* bit i of the 128: newest - i was seen; [0] is the newer half */
    bool started;
};

enum srtp_verdict { SRTP_FRESH, SRTP_REPLAYED, SRTP_LATE /* too old to tell */ };

/* The index most likely meant by a sequence number (RFC 3711, 3.3.1 and appendix A). False when
 * that would lie before the first or behind the last there can be. */
bool srtp_estimate(const struct srtp_window *window, uint16_t sequence, uint64_t *index)
    __attribute__((warn_unused_result));
enum srtp_verdict srtp_window_look(const struct srtp_window *window, uint64_t index);
/* Only for what was authenticated and is SRTP_FRESH. */
void srtp_window_mark(struct srtp_window *window, uint64_t index);

#endif
