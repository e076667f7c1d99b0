/* Drives a relay with orders, time and datagrams: raw ones, and ones that are sealed with the right
 * key first, so that what lies behind authentication is reached too.
 *
 * The input is a row of steps: a byte that chooses what, a byte that chooses whose, and for
 * datagrams a byte of length and the bytes. Nothing may be sent but to an address that an authentic
 * packet of its owner came from, to members of the same channel, in bounds. */
#include "media/relay.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PEERS = 6, CHANNELS = 2 };

struct input {
    const uint8_t *at;
    size_t left;
};

static struct relay *relay;
static struct srtp_crypto crypto;
static uint64_t now_ms, joins;
static struct {
    bool joined;
    uint64_t channel;
    struct srtp_keys seals;
    uint32_t rtcp_index;
    bool may_hear; /* has sent something from its own address */
} peers[PEERS];
static uint32_t sender; /* of the datagram that is being handled */

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t next(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

/* Peer i has the address i; whoever else sends has another. */
static struct relay_address address_of(uint32_t number)
{
    struct relay_address address = {.len = 16};
    address.bytes[0] = (uint8_t)number;
    return address;
}

static bool is_plain(uint32_t peer)
{
    return peer % 3 == 2;
}

static void check_sent(struct relay_outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++) {
        const struct relay_datagram *datagram = &outbox->datagrams[i];
        uint32_t to = datagram->to->bytes[0];
        expect(datagram->to->len == 16 && datagram->len <= RELAY_OUT_BYTES_MAX);
        expect(rtp_look(datagram->bytes, datagram->len).kind != RTP_OTHER);
        expect(to < PEERS && to != sender && peers[to].joined && peers[to].may_hear);
        expect(peers[sender].joined && peers[sender].channel == peers[to].channel);
    }
    outbox->count = 0;
}

static struct relay_outbox outbox = {.flush = check_sent};

static void leave(uint32_t peer)
{
    if (peers[peer].joined && !is_plain(peer))
        srtp_keys_clear(&peers[peer].seals);
    memset(&peers[peer], 0, sizeof peers[peer]);
}

static void give_order(enum media_op op, uint32_t peer, uint8_t choice)
{
    struct media_order order = {.op = op,
                                .suite = (enum media_suite)(peer % MEDIA_SUITES),
                                .channel = choice % CHANNELS,
                                .ssrc = peer,
                                .epoch = choice,
                                .plain = is_plain(peer),
                                .floored = choice % CHANNELS == 1,
                                .held = choice % 8 != 0};
    order.inbound[0] = order.outbound[1] = (uint8_t)++joins;
    bool done = relay_order(relay, &order, joins);
    expect(done);
    if (op == MEDIA_ADD) {
        leave(peer);
        peers[peer].joined = true;
        peers[peer].channel = order.channel;
        if (!order.plain)
            expect(srtp_keys_init(&peers[peer].seals, &crypto, order.suite, order.inbound,
                                  SRTP_SEALS));
    }
    for (uint32_t i = 0; i < PEERS; i++) {
        if ((op == MEDIA_END || (op == MEDIA_REMOVE && i == peer)) && peers[i].joined &&
            peers[i].channel == order.channel)
            leave(i);
    }
}

/* As the peer itself would send it, wherever it says that it comes from; 0: it could not. */
static size_t seal(uint32_t peer, const uint8_t *bytes, size_t len, uint8_t *out)
{
    const struct rtp_packet packet = rtp_look(bytes, len);
    if (!peers[peer].joined || is_plain(peer) || packet.kind == RTP_OTHER || packet.ssrc != peer)
        return 0;
    if (packet.kind == RTP_CONTROL)
        return srtcp_seal(&peers[peer].seals, ++peers[peer].rtcp_index, bytes, len, out);
    return srtp_seal(&peers[peer].seals, &packet, packet.sequence, bytes, len, out);
}

static void send_datagram(struct input *input, uint32_t peer, bool sealed, bool elsewhere)
{
    uint8_t bytes[300] = {0}, out[300 + SRTCP_EXPANSION_MAX];
    size_t len = next(input);
    len = len < input->left ? len : input->left;
    memcpy(bytes, input->at, len);
    input->at += len;
    input->left -= len;
    if (elsewhere && sealed)
        return; /* a peer that moves: the model knows one address of each */
    size_t out_len = sealed ? seal(peer, bytes, len, out) : 0;
    if (out_len == 0) {
        memcpy(out, bytes, len);
        out_len = len;
    }
    const struct rtp_packet packet = rtp_look(out, out_len);
    const struct relay_address from = address_of(elsewhere ? 99 : peer);
    if (packet.kind != RTP_OTHER && packet.ssrc < PEERS) {
        if (packet.ssrc != peer || elsewhere) {
            if (is_plain(packet.ssrc))
                return; /* would move a plain peer, as it should */
        } else {
            peers[peer].may_hear = true;
        }
    }
    sender = packet.kind != RTP_OTHER && packet.ssrc < PEERS ? packet.ssrc : 0;
    uint8_t *exact = malloc(out_len > 0 ? out_len : 1); /* so that reading past the end is caught */
    expect(exact != NULL);
    memcpy(exact, out, out_len);
    relay_receive(relay, exact, out_len, &from, now_ms, &outbox);
    outbox.flush(&outbox);
    free(exact);
}

static void step(struct input *input)
{
    uint8_t what = next(input) % 16, choice = next(input);
    uint32_t peer = choice % PEERS;
    if (what < 3)
        give_order(MEDIA_ADD, peer, choice / PEERS);
    else if (what < 5)
        give_order((enum media_op)(MEDIA_REMOVE + what - 3), peer, choice / PEERS);
    else if (what < 6)
        give_order(MEDIA_FLOOR, peer, choice / PEERS);
    else if (what < 7)
        now_ms += (uint64_t)choice * 256;
    else
        send_datagram(input, peer, what < 13, what == 15);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t hash_key[16];
    const struct relay_limits limits = {
        .peers_max = PEERS, .streams_max = 16, .streams_per_receiver_max = 4};
    struct input input = {data, len};
    if (crypto.ctr == NULL)
        expect(srtp_crypto_init(&crypto));
    relay = relay_new(&limits, hash_key);
    expect(relay != NULL);
    now_ms = 1000;
    while (input.left > 0)
        step(&input);
    relay_free(relay);
    for (uint32_t i = 0; i < PEERS; i++)
        leave(i);
    return 0;
}
