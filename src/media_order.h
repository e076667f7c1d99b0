/* media_order.h: what live tells the media relay: which ssrc belongs to which channel, with which
 * keys, and who has the floor.
 *
 * An order is plain data and can be copied to another thread. All orders about one ssrc or one
 * channel are given in the order in which they hold, though not always by the same worker. */
#ifndef PARLEY_MEDIA_ORDER_H
#define PARLEY_MEDIA_ORDER_H

#include <stdbool.h>
#include <stdint.h>

enum media_op {
    MEDIA_ADD,    /* a peer: ssrc, channel, floored, and its keys or plain */
    MEDIA_REMOVE, /* a peer leaves: ssrc, channel */
    MEDIA_END,    /* a channel ends, with all peers that are in it */
    MEDIA_FLOOR   /* who may talk in a channel: held, ssrc, epoch */
};

/* The order of enum live_suite. */
enum media_suite { MEDIA_AES_CM_128_HMAC_SHA1_80, MEDIA_AEAD_AES_128_GCM, MEDIA_SUITES };

/* Master key and salt: 16 and 14 bytes (RFC 3711, 8.2), or 16 and 12 (RFC 7714, 12). */
enum { MEDIA_KEY_BYTES_MAX = 30 };

struct media_order {
    enum media_op op;
    enum media_suite suite;
    uint64_t channel; /* unique over all workers and never used again */
    uint32_t ssrc;
    uint32_t epoch;                        /* grows with each change of a channel's floor */
    bool plain;                            /* RTP without keys */
    bool floored;                          /* only the floor's holder is passed on */
    bool held;                             /* somebody has the floor */
    uint8_t inbound[MEDIA_KEY_BYTES_MAX];  /* what the peer sends with */
    uint8_t outbound[MEDIA_KEY_BYTES_MAX]; /* what it receives with */
};

/* Bytes of a suite's master key and salt. */
static inline uint32_t media_key_bytes(enum media_suite suite)
{
    return suite == MEDIA_AES_CM_128_HMAC_SHA1_80 ? 30 : 28;
}

#endif
