/* srtp_peer.h: for tests of the relay: an end that protects and opens its packets with libsrtp2.
 *
 * Its packets carry 8 bytes, a mark that tells them apart. srtp_init comes first. */
#ifndef PARLEY_TESTS_UNIT_SRTP_PEER_H
#define PARLEY_TESTS_UNIT_SRTP_PEER_H

#include <srtp2/srtp.h>
#include <string.h>

#include "base/check.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "media_order.h"

enum { SRTP_PEER_MARK_BYTES = 8 };

struct srtp_peer {
    uint32_t ssrc;
    bool plain; /* the rest is of no use */
    srtp_t seals, opens;
};

static inline srtp_t srtp_peer_session(enum media_suite suite, const uint8_t *master,
                                       srtp_ssrc_type_t direction)
{
    srtp_policy_t policy;
    uint8_t key[MEDIA_KEY_BYTES_MAX];
    srtp_t session = NULL;
    memset(&policy, 0, sizeof policy);
    memcpy(key, master, media_key_bytes(suite));
    if (suite == MEDIA_AEAD_AES_128_GCM) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
    }
    policy.ssrc.type = direction;
    policy.key = key;
    policy.window_size = SRTP_WINDOW_PACKETS;
    policy.allow_repeat_tx = 1;
    CHECK(srtp_create(&session, &policy) == srtp_err_status_ok);
    return session;
}

/* With the ssrc and the keys that the order tells the relay. */
static inline void srtp_peer_init(struct srtp_peer *peer, const struct media_order *order)
{
    *peer = (struct srtp_peer){.ssrc = order->ssrc, .plain = order->plain};
    if (!peer->plain) {
        peer->seals = srtp_peer_session(order->suite, order->inbound, ssrc_any_outbound);
        peer->opens = srtp_peer_session(order->suite, order->outbound, ssrc_any_inbound);
    }
}

static inline void srtp_peer_clear(struct srtp_peer *peer)
{
    if (peer->plain)
        return;
    CHECK(srtp_dealloc(peer->seals) == srtp_err_status_ok);
    CHECK(srtp_dealloc(peer->opens) == srtp_err_status_ok);
}

/* A packet as it leaves the peer; `bytes` has room for it and SRTP_MAX_TRAILER_LEN more. */
static inline size_t srtp_peer_rtp(struct srtp_peer *peer, uint16_t sequence, uint64_t mark,
                                   uint8_t *bytes)
{
    int len = RTP_HEADER_BYTES + SRTP_PEER_MARK_BYTES;
    memset(bytes, 0, (size_t)len);
    bytes[0] = 0x80;
    bytes[1] = 111;
    rtp_put_u16(bytes + 2, sequence);
    rtp_put_u32(bytes + 8, peer->ssrc);
    memcpy(bytes + RTP_HEADER_BYTES, &mark, sizeof mark);
    if (!peer->plain)
        CHECK(srtp_protect(peer->seals, bytes, &len) == srtp_err_status_ok);
    return (size_t)len;
}

static inline size_t srtp_peer_rtcp(struct srtp_peer *peer, uint64_t mark, uint8_t *bytes)
{
    int len = RTCP_HEADER_BYTES + SRTP_PEER_MARK_BYTES;
    memset(bytes, 0, (size_t)len);
    bytes[0] = 0x80;
    bytes[1] = 204; /* APP */
    rtp_put_u16(bytes + 2, 3);
    rtp_put_u32(bytes + 4, peer->ssrc);
    memcpy(bytes + RTCP_HEADER_BYTES, &mark, sizeof mark);
    if (!peer->plain)
        CHECK(srtp_protect_rtcp(peer->seals, bytes, &len) == srtp_err_status_ok);
    return (size_t)len;
}

/* Opens what the peer was sent, in place. The mark; UINT64_MAX when it cannot be opened. */
static inline uint64_t srtp_peer_open(struct srtp_peer *peer, uint8_t *bytes, size_t bytes_len,
                                      struct rtp_packet *packet)
{
    int len = (int)bytes_len;
    uint64_t mark = UINT64_MAX;
    *packet = rtp_look(bytes, bytes_len);
    srtp_err_status_t status = srtp_err_status_ok;
    if (!peer->plain)
        status = packet->kind == RTP_CONTROL ? srtp_unprotect_rtcp(peer->opens, bytes, &len)
                                             : srtp_unprotect(peer->opens, bytes, &len);
    if (status == srtp_err_status_ok && len == (int)packet->header_len + SRTP_PEER_MARK_BYTES)
        memcpy(&mark, bytes + packet->header_len, sizeof mark);
    return mark;
}

#endif
