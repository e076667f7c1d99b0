#include "media/relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/chain.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"
#include "media/rtp.h"
#include "media/streams.h"

/* How often news of a peer that has not moved is told. */
enum { NEWS_MS = 1000 };

struct channel {
    uint64_t id;
    struct chain peers;
    bool floored;     /* only the holder is passed on */
    bool floor_known; /* the rest holds */
    bool held;
    uint32_t holder; /* ssrc */
    uint32_t epoch;
};

struct peer {
    uint32_t ssrc;
    uint32_t channel; /* slot */
    struct chain_link channel_link;
    uint64_t join;
    bool plain;

    /* As sender. */
    struct srtp_keys inbound;
    struct srtp_window rtp, rtcp;
    uint64_t run; /* changes when its indices begin anew */

    /* As receiver. */
    struct srtp_keys outbound;
    uint32_t rtcp_index; /* the next one; one row for all senders, as the key's */
    uint32_t first_stream, streams_count;
    struct relay_address address; /* none until latched */
    uint64_t seen_ms, told_ms;
};

struct relay {
    struct srtp_crypto crypto;
    struct pool peers, channels;
    struct map peers_by_ssrc, channels_by_id;
    struct streams streams;
    uint32_t streams_per_receiver_max;
    uint64_t runs;
    uint8_t hash_key[16];
    void (*told)(void *context, const struct relay_news *news);
    void *told_context;
    _Atomic uint64_t counts[RELAY_COUNTS];
    _Atomic uint32_t peers_count;
};

const char *const relay_count_names[RELAY_COUNTS] = {
    [RELAY_RECEIVED_RTP] = "received_rtp",
    [RELAY_RECEIVED_RTCP] = "received_rtcp",
    [RELAY_SENT] = "sent",
    [RELAY_LATCHED] = "latched",
    [RELAY_DROP_OVERSIZED] = "oversized",
    [RELAY_DROP_MALFORMED] = "malformed",
    [RELAY_DROP_UNKNOWN] = "unknown_ssrc",
    [RELAY_DROP_FORGED] = "forged",
    [RELAY_DROP_REPLAYED] = "replayed",
    [RELAY_DROP_LATE] = "late",
    [RELAY_DROP_FLOOR] = "floor",
    [RELAY_DROP_EXHAUSTED] = "exhausted",
};

struct relay *relay_new(const struct relay_limits *limits, const uint8_t hash_key[16])
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return NULL;
    memcpy(relay->hash_key, hash_key, sizeof relay->hash_key);
    relay->streams_per_receiver_max = limits->streams_per_receiver_max;
    if (srtp_crypto_init(&relay->crypto) &&
        pool_init(&relay->peers, limits->peers_max, sizeof(struct peer)) == 0 &&
        pool_init(&relay->channels, limits->peers_max, sizeof(struct channel)) == 0 &&
        map_init(&relay->peers_by_ssrc, limits->peers_max) == 0 &&
        map_init(&relay->channels_by_id, limits->peers_max) == 0 &&
        streams_init(&relay->streams, limits->streams_max, hash_key) == 0)
        return relay;
    relay_free(relay);
    return NULL;
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    for (uint32_t slot = pool_next(&relay->peers, 0); slot != POOL_NONE;
         slot = pool_next(&relay->peers, slot + 1)) {
        struct peer *peer = pool_at(&relay->peers, slot);
        srtp_keys_clear(&peer->inbound);
        srtp_keys_clear(&peer->outbound);
    }
    streams_clear(&relay->streams);
    map_clear(&relay->channels_by_id);
    map_clear(&relay->peers_by_ssrc);
    pool_clear(&relay->channels);
    pool_clear(&relay->peers);
    srtp_crypto_clear(&relay->crypto);
    free(relay);
}

static void count(struct relay *relay, enum relay_count what)
{
    uint64_t before = atomic_load_explicit(&relay->counts[what], memory_order_relaxed);
    atomic_store_explicit(&relay->counts[what], before + 1, memory_order_relaxed);
}

uint64_t relay_counted(const struct relay *relay, enum relay_count what)
{
    return atomic_load_explicit(&relay->counts[what], memory_order_relaxed);
}

uint32_t relay_peers(const struct relay *relay)
{
    return atomic_load_explicit(&relay->peers_count, memory_order_relaxed);
}

/* Orders. */

static uint64_t hash_ssrc(const struct relay *relay, uint32_t ssrc)
{
    return hash_bytes(relay->hash_key, (struct str){(const char *)&ssrc, sizeof ssrc});
}

static uint64_t hash_channel(const struct relay *relay, uint64_t id)
{
    return hash_bytes(relay->hash_key, (struct str){(const char *)&id, sizeof id});
}

/* POOL_NONE when there is none. */
static uint32_t find_peer(const struct relay *relay, uint32_t ssrc)
{
    uint32_t slot = map_first(&relay->peers_by_ssrc, hash_ssrc(relay, ssrc));
    while (slot != MAP_NONE) {
        const struct peer *peer = pool_at(&relay->peers, slot);
        if (peer->ssrc == ssrc)
            return slot;
        slot = map_next(&relay->peers_by_ssrc, slot);
    }
    return POOL_NONE;
}

static uint32_t find_channel(const struct relay *relay, uint64_t id)
{
    uint32_t slot = map_first(&relay->channels_by_id, hash_channel(relay, id));
    while (slot != MAP_NONE) {
        const struct channel *channel = pool_at(&relay->channels, slot);
        if (channel->id == id)
            return slot;
        slot = map_next(&relay->channels_by_id, slot);
    }
    return POOL_NONE;
}

/* There is one for each peer, so there is room when there is room for its peer. */
static uint32_t find_or_add_channel(struct relay *relay, const struct media_order *order)
{
    uint32_t slot = find_channel(relay, order->channel);
    if (slot != POOL_NONE)
        return slot;
    struct handle handle;
    struct channel *channel = pool_take(&relay->channels, &handle);
    CHECK(channel != NULL);
    channel->id = order->channel;
    channel->floored = order->floored;
    channel->peers = CHAIN_EMPTY;
    map_add(&relay->channels_by_id, hash_channel(relay, order->channel), handle.slot);
    return handle.slot;
}

enum { LINK = offsetof(struct peer, channel_link) };

static void enter_channel(struct relay *relay, uint32_t slot, const struct media_order *order)
{
    struct peer *peer = pool_at(&relay->peers, slot);
    peer->channel = find_or_add_channel(relay, order);
    struct channel *channel = pool_at(&relay->channels, peer->channel);
    chain_append(&channel->peers, &relay->peers, LINK, slot);
}

/* A channel without peers is forgotten. */
static void leave_channel(struct relay *relay, uint32_t slot)
{
    const struct peer *peer = pool_at(&relay->peers, slot);
    struct channel *channel = pool_at(&relay->channels, peer->channel);
    chain_remove(&channel->peers, &relay->peers, LINK, slot);
    if (channel->peers.first == CHAIN_END) {
        map_remove(&relay->channels_by_id, peer->channel);
        pool_give_back(&relay->channels, peer->channel);
    }
}

static void remove_peer(struct relay *relay, uint32_t slot)
{
    struct peer *peer = pool_at(&relay->peers, slot);
    leave_channel(relay, slot);
    streams_drop(&relay->streams, peer->first_stream);
    srtp_keys_clear(&peer->inbound);
    srtp_keys_clear(&peer->outbound);
    map_remove(&relay->peers_by_ssrc, slot);
    pool_give_back(&relay->peers, slot);
    atomic_store_explicit(&relay->peers_count, relay->peers.live, memory_order_relaxed);
}

static bool make_keys(struct relay *relay, struct peer *peer, const struct media_order *order)
{
    if (order->plain)
        return true;
    if (!srtp_keys_init(&peer->inbound, &relay->crypto, order->suite, order->inbound, SRTP_OPENS))
        return false;
    if (srtp_keys_init(&peer->outbound, &relay->crypto, order->suite, order->outbound, SRTP_SEALS))
        return true;
    srtp_keys_clear(&peer->inbound);
    return false;
}

static bool add_peer(struct relay *relay, const struct media_order *order, uint64_t join)
{
    uint32_t before = find_peer(relay, order->ssrc);
    if (before != POOL_NONE)
        remove_peer(relay, before);
    struct handle handle;
    struct peer *peer = pool_take(&relay->peers, &handle);
    if (peer == NULL)
        return false;
    if (!make_keys(relay, peer, order)) {
        pool_give_back(&relay->peers, handle.slot);
        return false;
    }
    peer->ssrc = order->ssrc;
    peer->plain = order->plain;
    peer->join = join;
    peer->run = ++relay->runs;
    peer->first_stream = POOL_NONE;
    enter_channel(relay, handle.slot, order);
    map_add(&relay->peers_by_ssrc, hash_ssrc(relay, order->ssrc), handle.slot);
    atomic_store_explicit(&relay->peers_count, relay->peers.live, memory_order_relaxed);
    return true;
}

static void end_channel(struct relay *relay, uint32_t slot)
{
    struct channel *channel = pool_at(&relay->channels, slot);
    uint64_t id = channel->id;
    while (find_channel(relay, id) == slot) /* it goes with its last peer */
        remove_peer(relay, channel->peers.first);
}

static void set_floor(struct channel *channel, const struct media_order *order)
{
    if (channel->floor_known && order->epoch <= channel->epoch)
        return;
    channel->floor_known = true;
    channel->held = order->held;
    channel->holder = order->ssrc;
    channel->epoch = order->epoch;
}

bool relay_order(struct relay *relay, const struct media_order *order, uint64_t join)
{
    uint32_t channel = find_channel(relay, order->channel);
    uint32_t peer;
    switch (order->op) {
    case MEDIA_ADD:
        return add_peer(relay, order, join);
    case MEDIA_REMOVE:
        peer = find_peer(relay, order->ssrc);
        if (peer != POOL_NONE &&
            ((const struct peer *)pool_at(&relay->peers, peer))->channel == channel)
            remove_peer(relay, peer);
        return true;
    case MEDIA_END:
        if (channel != POOL_NONE)
            end_channel(relay, channel);
        return true;
    case MEDIA_FLOOR:
        if (channel != POOL_NONE)
            set_floor(pool_at(&relay->channels, channel), order);
        return true;
    }
    return true;
}

/* News between media threads. */

void relay_tell(struct relay *relay, void (*told)(void *context, const struct relay_news *news),
                void *context)
{
    relay->told = told;
    relay->told_context = context;
}

void relay_learn(struct relay *relay, const struct relay_news *news)
{
    uint32_t slot = find_peer(relay, news->ssrc);
    if (slot == POOL_NONE)
        return;
    struct peer *peer = pool_at(&relay->peers, slot);
    if (peer->join == news->join) {
        peer->address = news->address;
        peer->seen_ms = news->seen_ms;
    }
}

static bool address_equal(const struct relay_address *a, const struct relay_address *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* A packet that is authentic has come; `newest`: no newer one had before, so that an old one that
 * was held up on its way does not move the address back. */
static void latch(struct relay *relay, struct peer *peer, const struct relay_address *from,
                  bool newest, uint64_t now_ms)
{
    bool moved = newest && !address_equal(&peer->address, from);
    peer->seen_ms = now_ms;
    if (moved)
        peer->address = *from;
    if (relay->told != NULL && (moved || now_ms - peer->told_ms >= NEWS_MS)) {
        peer->told_ms = now_ms;
        const struct relay_news news = {peer->ssrc, peer->join, peer->address, now_ms};
        relay->told(relay->told_context, &news);
    }
    if (moved) /* who sees the count may rely on the news being under way */
        count(relay, RELAY_LATCHED);
}

/* Packets. */

struct arrival {
    const struct rtp_packet *packet;
    uint8_t *bytes;
    size_t len;     /* in clear once it is open */
    uint64_t index; /* RTP only: the incoming one */
    bool repeated;  /* plain RTP only: that index has been there */
    bool newest;    /* may move the address */
};

/* The opening functions return false when the packet is dropped, which they count. */

static bool drop(struct relay *relay, enum relay_count why)
{
    count(relay, why);
    return false;
}

/* True for SRTP_FRESH. */
static bool look(struct relay *relay, const struct srtp_window *window, uint64_t index)
{
    switch (srtp_window_look(window, index)) {
    case SRTP_FRESH:
        return true;
    case SRTP_REPLAYED:
        return drop(relay, RELAY_DROP_REPLAYED);
    case SRTP_LATE:
        break;
    }
    return drop(relay, RELAY_DROP_LATE);
}

static bool open_rtp(struct relay *relay, struct peer *peer, struct arrival *arrival)
{
    const struct rtp_packet *packet = arrival->packet;
    if (arrival->len < packet->header_len + srtp_expansion(peer->inbound.suite))
        return drop(relay, RELAY_DROP_MALFORMED);
    if (!srtp_estimate(&peer->rtp, packet->sequence, &arrival->index))
        return drop(relay, RELAY_DROP_LATE);
    if (!look(relay, &peer->rtp, arrival->index))
        return false;
    if (!srtp_open(&peer->inbound, packet, arrival->index, arrival->bytes, &arrival->len))
        return drop(relay, RELAY_DROP_FORGED);
    srtp_window_mark(&peer->rtp, arrival->index);
    arrival->newest = peer->rtp.newest == arrival->index;
    return rtp_is_consistent(packet, arrival->bytes, arrival->len) ||
           drop(relay, RELAY_DROP_MALFORMED);
}

static bool open_rtcp(struct relay *relay, struct peer *peer, struct arrival *arrival)
{
    uint32_t index;
    if (!srtcp_index(peer->inbound.suite, arrival->bytes, arrival->len, &index))
        return drop(relay, RELAY_DROP_MALFORMED);
    if (!look(relay, &peer->rtcp, index))
        return false;
    if (!srtcp_open(&peer->inbound, index, arrival->bytes, &arrival->len))
        return drop(relay, RELAY_DROP_FORGED);
    srtp_window_mark(&peer->rtcp, index);
    arrival->newest = peer->rtcp.newest == index;
    return rtcp_is_consistent(arrival->bytes, arrival->len) || drop(relay, RELAY_DROP_MALFORMED);
}

/* Nothing is authenticated, so nothing is refused; but receivers with keys must be sent each index
 * once, and a sequence number that went back beyond the window is taken for a new beginning. */
static bool take_plain_rtp(struct relay *relay, struct peer *peer, struct arrival *arrival)
{
    const struct rtp_packet *packet = arrival->packet;
    if (!rtp_is_consistent(packet, arrival->bytes, arrival->len))
        return drop(relay, RELAY_DROP_MALFORMED);
    bool known = srtp_estimate(&peer->rtp, packet->sequence, &arrival->index);
    enum srtp_verdict verdict = known ? srtp_window_look(&peer->rtp, arrival->index) : SRTP_LATE;
    if (verdict == SRTP_LATE) {
        peer->rtp = (struct srtp_window){0};
        peer->run = ++relay->runs;
        arrival->index = packet->sequence;
    }
    arrival->repeated = verdict == SRTP_REPLAYED;
    if (!arrival->repeated)
        srtp_window_mark(&peer->rtp, arrival->index);
    arrival->newest = true;
    return true;
}

static bool open_packet(struct relay *relay, struct peer *peer, struct arrival *arrival)
{
    bool control = arrival->packet->kind == RTP_CONTROL;
    if (!peer->plain)
        return control ? open_rtcp(relay, peer, arrival) : open_rtp(relay, peer, arrival);
    if (!control)
        return take_plain_rtp(relay, peer, arrival);
    arrival->newest = true;
    return rtcp_is_consistent(arrival->bytes, arrival->len) || drop(relay, RELAY_DROP_MALFORMED);
}

/* Of the ssrc at this receiver; NULL when there is no room for another. */
static struct stream *stream_of(struct relay *relay, uint32_t slot, uint32_t ssrc)
{
    struct stream *stream = streams_find(&relay->streams, slot, ssrc);
    if (stream != NULL)
        return stream;
    struct peer *receiver = pool_at(&relay->peers, slot);
    if (receiver->streams_count >= relay->streams_per_receiver_max)
        return NULL;
    stream = streams_add(&relay->streams, slot, ssrc, &receiver->first_stream);
    if (stream != NULL)
        receiver->streams_count++;
    return stream;
}

/* The sealing functions return the length of what they wrote to `out`; 0: nothing is sent. */

static size_t seal_rtp(struct relay *relay, const struct peer *sender, uint32_t slot,
                       const struct arrival *arrival, uint8_t *out)
{
    struct peer *receiver = pool_at(&relay->peers, slot);
    uint64_t index;
    if (arrival->repeated)
        return 0;
    struct stream *stream = stream_of(relay, slot, sender->ssrc);
    if (stream == NULL) {
        count(relay, RELAY_DROP_EXHAUSTED);
        return 0;
    }
    if (!stream_index(stream, sender->run, arrival->index, &index))
        return 0;
    return srtp_seal(&receiver->outbound, arrival->packet, index, arrival->bytes, arrival->len,
                     out);
}

static size_t seal_rtcp(struct relay *relay, struct peer *receiver, const struct arrival *arrival,
                        uint8_t *out)
{
    if (receiver->rtcp_index >= SRTCP_INDEX_END) {
        count(relay, RELAY_DROP_EXHAUSTED);
        return 0;
    }
    return srtcp_seal(&receiver->outbound, receiver->rtcp_index++, arrival->bytes, arrival->len,
                      out);
}

static size_t seal_packet(struct relay *relay, const struct peer *sender, uint32_t slot,
                          const struct arrival *arrival, uint8_t *out)
{
    struct peer *receiver = pool_at(&relay->peers, slot);
    if (receiver->plain) {
        memcpy(out, arrival->bytes, arrival->len);
        return arrival->len;
    }
    if (arrival->packet->kind == RTP_CONTROL)
        return seal_rtcp(relay, receiver, arrival, out);
    return seal_rtp(relay, sender, slot, arrival, out);
}

static bool is_latched(const struct peer *peer, uint64_t now_ms)
{
    return peer->address.len > 0 && now_ms < peer->seen_ms + RELAY_SILENCE_MS;
}

static void pass_on(struct relay *relay, const struct peer *sender, const struct arrival *arrival,
                    uint64_t now_ms, struct relay_outbox *outbox)
{
    const struct channel *channel = pool_at(&relay->channels, sender->channel);
    uint32_t slot = channel->peers.first;
    while (slot != CHAIN_END) {
        const struct peer *receiver = pool_at(&relay->peers, slot);
        if (receiver != sender && is_latched(receiver, now_ms)) {
            struct relay_datagram *datagram = &outbox->datagrams[outbox->count];
            size_t len = seal_packet(relay, sender, slot, arrival, datagram->bytes);
            if (len > 0) {
                datagram->len = (uint32_t)len;
                datagram->to = &receiver->address;
                count(relay, RELAY_SENT);
                if (++outbox->count == RELAY_OUTBOX_MAX)
                    outbox->flush(outbox);
            }
        }
        slot = receiver->channel_link.next;
    }
}

static bool has_floor(const struct channel *channel, const struct peer *peer)
{
    return !channel->floored || (channel->held && channel->holder == peer->ssrc);
}

void relay_receive(struct relay *relay, uint8_t *bytes, size_t len,
                   const struct relay_address *from, uint64_t now_ms, struct relay_outbox *outbox)
{
    if (len > RELAY_IN_BYTES_MAX) {
        count(relay, RELAY_DROP_OVERSIZED);
        return;
    }
    const struct rtp_packet packet = rtp_look(bytes, len);
    if (packet.kind == RTP_OTHER) {
        count(relay, RELAY_DROP_MALFORMED);
        return;
    }
    uint32_t slot = find_peer(relay, packet.ssrc);
    if (slot == POOL_NONE) {
        count(relay, RELAY_DROP_UNKNOWN);
        return;
    }
    struct peer *peer = pool_at(&relay->peers, slot);
    struct arrival arrival = {.packet = &packet, .bytes = bytes, .len = len};
    if (!open_packet(relay, peer, &arrival))
        return;
    count(relay, packet.kind == RTP_CONTROL ? RELAY_RECEIVED_RTCP : RELAY_RECEIVED_RTP);
    latch(relay, peer, from, arrival.newest, now_ms);
    if (has_floor(pool_at(&relay->channels, peer->channel), peer))
        pass_on(relay, peer, &arrival, now_ms, outbox);
    else
        count(relay, RELAY_DROP_FLOOR);
}
