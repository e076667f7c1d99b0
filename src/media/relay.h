/* relay.h: passes each peer's RTP and RTCP on to the other peers of its channel: datagrams in,
 * datagrams out.
 *
 * Pure: time is handed in, orders are carried out at once, datagrams leave through an outbox. One
 * thread; with several media threads each has a relay of its own that is given all orders, and the
 * packets of one ssrc always come to the same one.
 *
 * A peer is sent nothing until a packet of its own has been authenticated; the newest such packet
 * says where to (in plain mode, the newest valid one), and SILENCE_MS without any ends that. All
 * memory but the keys' is reserved at start; see struct relay_limits for what being full means. */
#ifndef PARLEY_MEDIA_RELAY_H
#define PARLEY_MEDIA_RELAY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/srtp.h"
#include "media_order.h"

/* A datagram over Ethernet with IPv4, and as little again for what sealing adds. */
enum {
    RELAY_IN_BYTES_MAX = 1472,
    RELAY_OUT_BYTES_MAX = RELAY_IN_BYTES_MAX + SRTCP_EXPANSION_MAX,
    RELAY_SILENCE_MS = 30 * 1000
};

/* A socket's address, opaque here: compared and copied as bytes. */
enum { RELAY_ADDRESS_BYTES = 28 };
struct relay_address {
    uint8_t len; /* 0: none */
    uint8_t bytes[RELAY_ADDRESS_BYTES] __attribute__((aligned(4)));
};

/* Few enough that they stay in the cache while the kernel copies them: 256 cost 5 to 10 % more. */
enum { RELAY_OUTBOX_MAX = 64 };

struct relay_datagram {
    const struct relay_address *to;
    uint32_t len;
    uint8_t bytes[RELAY_OUT_BYTES_MAX];
};

/* Filled by the relay. `flush` sends the datagrams and sets the count to 0; it is called when the
 * outbox is full, and by the owner after the packets of a turn: the addresses that the datagrams
 * point to hold until the next call of a function that takes orders or packets. */
struct relay_outbox {
    void (*flush)(struct relay_outbox *outbox);
    uint32_t count;
    struct relay_datagram datagrams[RELAY_OUTBOX_MAX];
};

/* What became of the datagrams. Written by the relay's thread, read by any. */
enum relay_count {
    RELAY_RECEIVED_RTP,
    RELAY_RECEIVED_RTCP,
    RELAY_SENT,
    RELAY_LATCHED, /* an address was learned or has moved */
    RELAY_DROP_OVERSIZED,
    RELAY_DROP_MALFORMED, /* neither RTP nor RTCP, or too short, or inconsistent */
    RELAY_DROP_UNKNOWN,   /* no such ssrc */
    RELAY_DROP_FORGED,    /* not authentic */
    RELAY_DROP_REPLAYED,
    RELAY_DROP_LATE,      /* too old to tell whether it is a replay */
    RELAY_DROP_FLOOR,     /* the sender does not have the floor */
    RELAY_DROP_EXHAUSTED, /* for one receiver: no room for another stream, or the key's end */
    RELAY_COUNTS
};

/* What each count is called where it is shown. */
extern const char *const relay_count_names[RELAY_COUNTS];

struct relay_limits {
    uint32_t peers_max;   /* a further one is not added: nothing is relayed from or to it */
    uint32_t streams_max; /* (receiver, ssrc) pairs in all; a further one is not sent */
    uint32_t streams_per_receiver_max; /* the ssrcs that a receiver hears with one key, likewise */
};

struct relay;

/* `hash_key`: secret, as ssrcs are chosen outside. NULL when memory is short. */
struct relay *relay_new(const struct relay_limits *limits, const uint8_t hash_key[16])
    __attribute__((warn_unused_result));
void relay_free(struct relay *relay);

/* Carries out an order. False when a peer could not be added: full, or memory is short. `join`
 * tells the peers that use an ssrc one after the other apart; see relay_learn. */
bool relay_order(struct relay *relay, const struct media_order *order, uint64_t join)
    __attribute__((warn_unused_result));

/* A datagram of at most RELAY_IN_BYTES_MAX bytes, which are overwritten, from `from`; a longer one
 * is dropped. What is to be sent is put into the outbox. */
void relay_receive(struct relay *relay, uint8_t *bytes, size_t len,
                   const struct relay_address *from, uint64_t now_ms, struct relay_outbox *outbox);

/* For several media threads: the one that receives an ssrc's packets tells the others where that
 * peer is. `told` is called by relay_receive when an address was learned or has moved, and about
 * once a second while packets come; the others then call relay_learn, which ignores what belongs
 * to another join of the ssrc. */
struct relay_news {
    uint32_t ssrc;
    uint64_t join;
    struct relay_address address;
    uint64_t seen_ms;
};
void relay_tell(struct relay *relay, void (*told)(void *context, const struct relay_news *news),
                void *context);
void relay_learn(struct relay *relay, const struct relay_news *news);

/* Any thread. */
uint64_t relay_counted(const struct relay *relay, enum relay_count count);
uint32_t relay_peers(const struct relay *relay);

#endif
