/* media_client.h: for tests of the relay: clients at addresses of their own, and an outbox whose
 * datagrams are kept. Included once by each test, after test.h. */
#ifndef PARLEY_TESTS_UNIT_MEDIA_CLIENT_H
#define PARLEY_TESTS_UNIT_MEDIA_CLIENT_H

#include "media/relay.h"
#include "tests/unit/srtp_peer.h"
#include "tests/unit/test.h"

enum { SENT_MAX = 1200 };

struct client {
    uint32_t ssrc;
    uint64_t channel;
    struct media_order order; /* its keys */
    struct srtp_peer peer;
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

/* Fresh keys, at an address of its own. */
static inline void client_init(struct client *client, uint32_t ssrc, uint64_t channel,
                               enum media_suite suite, bool plain)
{
    static uint32_t addresses;
    *client = (struct client){.ssrc = ssrc, .channel = channel};
    client->order = (struct media_order){
        .op = MEDIA_ADD, .suite = suite, .channel = channel, .ssrc = ssrc, .plain = plain};
    for (size_t i = 0; i < MEDIA_KEY_BYTES_MAX; i++) {
        client->order.inbound[i] = (uint8_t)test_below(256);
        client->order.outbound[i] = (uint8_t)test_below(256);
    }
    client->address = address_of(++addresses);
    srtp_peer_init(&client->peer, &client->order);
}

static inline void client_clear(struct client *client)
{
    srtp_peer_clear(&client->peer);
}

static inline size_t client_rtp(struct client *client, uint16_t sequence, uint64_t mark,
                                uint8_t *bytes)
{
    return srtp_peer_rtp(&client->peer, sequence, mark, bytes);
}

static inline size_t client_rtcp(struct client *client, uint64_t mark, uint8_t *bytes)
{
    return srtp_peer_rtcp(&client->peer, mark, bytes);
}

/* The mark of what the client was sent; UINT64_MAX when it cannot be opened. */
static inline uint64_t client_open(struct client *client, const struct sent *datagram,
                                   struct rtp_packet *packet)
{
    uint8_t bytes[RELAY_OUT_BYTES_MAX];
    memcpy(bytes, datagram->bytes, datagram->len);
    return srtp_peer_open(&client->peer, bytes, datagram->len, packet);
}

#endif
