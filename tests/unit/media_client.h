/* media_client.h: for tests of the relay: clients that protect and open their packets with
 * libsrtp2, and an outbox whose datagrams are kept. Included once by each test, after test.h. */
#ifndef PARLEY_TESTS_UNIT_MEDIA_CLIENT_H
#define PARLEY_TESTS_UNIT_MEDIA_CLIENT_H

#include <srtp2/srtp.h>

#include "media/relay.h"
#include "tests/unit/test.h"

enum { CLIENT_WINDOW = 128, SENT_MAX = 1200 };

struct client {
    uint32_t ssrc;
    uint64_t channel;
    bool plain;
    struct media_order order; /* its keys */
    srtp_t seals, opens;
    struct relay_address address;
};

struct sent {
    struct relay_address to;
    size_t len;
    uint8_t bytes[RELAY_OUT_BYTES_MAX];
};

static struct sent sent[SENT_MAX];
static uint32_t sent_count;

static void keep_sent(struct relay_outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++) {
        struct relay_datagram *datagram = &outbox->datagrams[i];
        if (sent_count < SENT_MAX) {
            sent[sent_count].to = *datagram->to;
            sent[sent_count].len = datagram->len;
            memcpy(sent[sent_count++].bytes, datagram->bytes, datagram->len);
        }
    }
    outbox->count = 0;
}

static struct relay_outbox outbox = {.flush = keep_sent};

static inline struct relay_address address_of(uint32_t number)
{
    struct relay_address address = {.len = 16};
    rtp_put_u32(address.bytes + 4, number);
    return address;
}

static inline srtp_t client_session(enum media_suite suite, const uint8_t *master,
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
    policy.window_size = CLIENT_WINDOW;
    policy.allow_repeat_tx = 1;
    EXPECT_EQ_INT(srtp_create(&session, &policy), srtp_err_status_ok);
    return session;
}

/* Fresh keys, at an address of its own. */
static inline void client_init(struct client *client, uint32_t ssrc, uint64_t channel,
                               enum media_suite suite, bool plain)
{
    static uint32_t addresses;
    *client = (struct client){.ssrc = ssrc, .channel = channel, .plain = plain};
    client->order = (struct media_order){
        .op = MEDIA_ADD, .suite = suite, .channel = channel, .ssrc = ssrc, .plain = plain};
    for (size_t i = 0; i < MEDIA_KEY_BYTES_MAX; i++) {
        client->order.inbound[i] = (uint8_t)test_below(256);
        client->order.outbound[i] = (uint8_t)test_below(256);
    }
    client->address = address_of(++addresses);
    if (!plain) {
        client->seals = client_session(suite, client->order.inbound, ssrc_any_outbound);
        client->opens = client_session(suite, client->order.outbound, ssrc_any_inbound);
    }
}

static inline void client_clear(struct client *client)
{
    if (client->plain)
        return;
    EXPECT_EQ_INT(srtp_dealloc(client->seals), srtp_err_status_ok);
    EXPECT_EQ_INT(srtp_dealloc(client->opens), srtp_err_status_ok);
}

/* A packet as it leaves the client: 8 bytes of `mark` are its payload. */
static inline size_t client_rtp(struct client *client, uint16_t sequence, uint64_t mark,
                                uint8_t *bytes)
{
    int len = 12 + 8;
    memset(bytes, 0, (size_t)len);
    bytes[0] = 0x80;
    bytes[1] = 111;
    rtp_put_u16(bytes + 2, sequence);
    rtp_put_u32(bytes + 8, client->ssrc);
    memcpy(bytes + 12, &mark, sizeof mark);
    if (!client->plain)
        EXPECT_EQ_INT(srtp_protect(client->seals, bytes, &len), srtp_err_status_ok);
    return (size_t)len;
}

static inline size_t client_rtcp(struct client *client, uint64_t mark, uint8_t *bytes)
{
    int len = 8 + 8;
    memset(bytes, 0, (size_t)len);
    bytes[0] = 0x80;
    bytes[1] = 204; /* APP */
    rtp_put_u16(bytes + 2, 3);
    rtp_put_u32(bytes + 4, client->ssrc);
    memcpy(bytes + 8, &mark, sizeof mark);
    if (!client->plain)
        EXPECT_EQ_INT(srtp_protect_rtcp(client->seals, bytes, &len), srtp_err_status_ok);
    return (size_t)len;
}

/* The mark of what the client was sent; UINT64_MAX when it cannot be opened. */
static inline uint64_t client_open(struct client *client, const struct sent *datagram,
                                   struct rtp_packet *packet)
{
    uint8_t bytes[RELAY_OUT_BYTES_MAX];
    int len = (int)datagram->len;
    uint64_t mark = UINT64_MAX;
    memcpy(bytes, datagram->bytes, datagram->len);
    *packet = rtp_look(bytes, datagram->len);
    srtp_err_status_t status = srtp_err_status_ok;
    if (!client->plain)
        status = packet->kind == RTP_CONTROL ? srtp_unprotect_rtcp(client->opens, bytes, &len)
                                             : srtp_unprotect(client->opens, bytes, &len);
    if (status == srtp_err_status_ok && len == (int)packet->header_len + 8)
        memcpy(&mark, bytes + packet->header_len, sizeof mark);
    return mark;
}

#endif
