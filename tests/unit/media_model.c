/* The relay against a model, over a network that loses, repeats, delays, reorders and damages, with
 * clients that come, go, come again under the same ssrc, change their address and fall silent.
 *
 * What the relay sends is compared with what the model says, datagram by datagram; each must open
 * with its receiver's libsrtp2, which also refuses an index that was used before. */
#include "media/relay.h"

#include "tests/unit/media_client.h"
#include "tests/unit/test.h"

enum { CLIENTS = 10, CHANNELS = 3, FLIGHT_MAX = 64, SEEN_MAX = 4096, STEPS = 30000 };
enum { FLOORED = 2 }; /* the channel in which only the holder is heard */

/* What the model knows of one join. */
struct member {
    struct client client;
    uint64_t join;                  /* 0: not joined */
    uint64_t rtp_index, rtcp_index; /* the next to be sent */
    struct row {
        bool started;
        uint64_t newest;
        uint64_t seen[SEEN_MAX]; /* by index modulo: index + 1 */
    } rtp, rtcp;
    struct relay_address address; /* as the relay should know it */
    uint64_t seen_ms;
    struct {
        uint64_t join, oldest; /* of the sender: the index its stream here began with */
    } hears[CLIENTS];
};

struct flight {
    uint32_t from;
    uint64_t join, index, mark;
    bool control, damaged;
    struct relay_address address;
    size_t len;
    uint8_t bytes[64];
};

static struct relay *relay;
static struct member members[CLIENTS];
static struct flight flights[FLIGHT_MAX];
static uint32_t flights_count;
static uint64_t now_ms, joins, marks, passed;
static uint32_t epoch, holder; /* holder: a client, or CLIENTS for nobody */

static void give(enum media_op op, uint64_t channel, uint32_t ssrc)
{
    const struct media_order order = {.op = op,
                                      .channel = channel,
                                      .ssrc = ssrc,
                                      .epoch = epoch,
                                      .held = holder < CLIENTS,
                                      .floored = channel == FLOORED};
    EXPECT(relay_order(relay, &order, 0));
}

static void tell_floor(void)
{
    epoch++;
    give(MEDIA_FLOOR, FLOORED, holder);
}

static void forget(uint32_t i)
{
    if (members[i].join != 0)
        client_clear(&members[i].client);
    members[i].join = 0;
}

/* Into a channel, or from one to another: the ssrc is the client's number. */
static void join(uint32_t i)
{
    struct member *member = &members[i];
    forget(i);
    memset(member, 0, sizeof *member);
    client_init(&member->client, i, test_below(CHANNELS), test_below(MEDIA_SUITES), false);
    member->client.order.floored = member->client.channel == FLOORED;
    member->join = ++joins;
    /* Often some packets before a roll-over, but not just before: who loses the first packets could
     * not tell (RFC 3711, 3.3.1). */
    member->rtp_index = test_below(2) == 0 ? test_below(32768) : 50000 + test_below(5000);
    member->rtcp_index = 1;
    EXPECT(relay_order(relay, &member->client.order, member->join));
    tell_floor();
}

static void leave(uint32_t i)
{
    if (members[i].join != 0)
        give(MEDIA_REMOVE, members[i].client.channel, i);
    forget(i);
}

static void end_channel(uint64_t channel)
{
    give(MEDIA_END, channel, 0);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        if (members[i].join != 0 && members[i].client.channel == channel)
            forget(i);
    }
}

/* Some packets are never sent; often so that the sequence number is about to roll over. */
static uint64_t next_index(uint64_t index)
{
    enum { LONGEST_GAP = 6000 }; /* several that are lost make none of 32,768 */
    uint64_t left = 65536 - index % 65536;
    if (left > 4 && left < LONGEST_GAP && test_below(20) == 0)
        return index + left - 1 - test_below(3);
    return index + 1 + (test_below(4) == 0 ? test_below(3000) : 0);
}

/* Puts a packet on its way, once or twice, perhaps damaged. */
static void speak(uint32_t i)
{
    struct member *member = &members[i];
    if (member->join == 0 || flights_count + 2 > FLIGHT_MAX)
        return;
    struct flight flight = {.from = i,
                            .join = member->join,
                            .mark = ++marks,
                            .control = test_below(5) == 0,
                            .address = member->client.address};
    if (flight.control) {
        flight.index = member->rtcp_index++;
        flight.len = client_rtcp(&member->client, flight.mark, flight.bytes);
    } else {
        flight.index = member->rtp_index;
        member->rtp_index = next_index(member->rtp_index);
        flight.len = client_rtp(&member->client, (uint16_t)flight.index, flight.mark, flight.bytes);
    }
    flights[flights_count++] = flight;
    if (test_below(10) == 0)
        flights[flights_count++] = flight;
    if (test_below(10) == 0) {
        struct flight *damaged = &flights[flights_count - 1];
        uint32_t skipped = damaged->control ? 8 : 12; /* another ssrc is another story */
        damaged->damaged = true;
        damaged->bytes[skipped + test_below((uint32_t)damaged->len - skipped)] ^=
            (uint8_t)(1u << test_below(8));
    }
}

/* As RFC 3711, 3.3.2, with a list instead of a window. True when the packet is to be accepted. */
static bool model_accepts(const struct flight *flight)
{
    struct member *member = &members[flight->from];
    struct row *row = flight->control ? &member->rtcp : &member->rtp;
    if (flight->damaged || member->join != flight->join)
        return false;
    if (row->started && flight->index + SRTP_WINDOW_PACKETS <= row->newest)
        return false;
    uint64_t *seen = &row->seen[flight->index % SEEN_MAX];
    if (*seen == flight->index + 1)
        return false;
    *seen = flight->index + 1;
    member->seen_ms = now_ms;
    if (!row->started || flight->index > row->newest) {
        row->started = true;
        row->newest = flight->index;
        member->address = flight->address;
    }
    return true;
}

/* Whether member `to` is to be sent what was accepted. */
static bool model_sends(const struct flight *flight, uint32_t to)
{
    struct member *receiver = &members[to];
    const struct member *sender = &members[flight->from];
    if (to == flight->from || receiver->join == 0 || receiver->address.len == 0 ||
        now_ms - receiver->seen_ms >= RELAY_SILENCE_MS ||
        receiver->client.channel != sender->client.channel ||
        (sender->client.channel == FLOORED && holder != flight->from))
        return false;
    if (flight->control)
        return true;
    if (receiver->hears[flight->from].join != flight->join) {
        receiver->hears[flight->from].join = flight->join;
        receiver->hears[flight->from].oldest = flight->index;
    }
    return flight->index >= receiver->hears[flight->from].oldest;
}

static void expect_sent(const struct flight *flight, uint32_t to)
{
    struct member *receiver = &members[to];
    struct rtp_packet packet;
    uint32_t found = 0;
    for (uint32_t i = 0; i < sent_count; i++) {
        if (sent[i].to.len == 0 ||
            memcmp(sent[i].to.bytes, receiver->address.bytes, sizeof sent[i].to.bytes) != 0)
            continue;
        found++;
        sent[i].to.len = 0; /* accounted for */
        EXPECT(client_open(&receiver->client, &sent[i], &packet) == flight->mark);
        EXPECT_EQ_INT(packet.kind, flight->control ? RTP_CONTROL : RTP_MEDIA);
        EXPECT_EQ_INT(packet.ssrc, flight->from);
    }
    EXPECT_EQ_INT(found, 1);
}

static void arrive(void)
{
    if (flights_count == 0)
        return;
    uint32_t which = test_below(3) == 0 ? test_below(flights_count) : 0;
    struct flight flight = flights[which];
    flights_count--;
    memmove(&flights[which], &flights[which + 1], (flights_count - which) * sizeof flights[0]);
    if (test_below(20) == 0)
        return; /* lost */
    bool accepted = model_accepts(&flight);
    sent_count = 0;
    relay_receive(relay, flight.bytes, flight.len, &flight.address, now_ms, &outbox);
    outbox.flush(&outbox);
    uint32_t expected = 0;
    for (uint32_t to = 0; accepted && to < CLIENTS; to++) {
        if (model_sends(&flight, to)) {
            expect_sent(&flight, to);
            expected++;
        }
    }
    EXPECT_EQ_INT(sent_count, expected);
    passed += expected;
}

static void step(void)
{
    static uint32_t addresses = 1000000;
    uint32_t i = test_below(CLIENTS), what = test_below(1000);
    now_ms += test_below(20);
    if (what < 10)
        join(i);
    else if (what < 14)
        leave(i);
    else if (what < 15)
        end_channel(test_below(CHANNELS));
    else if (what < 30)
        members[i].client.address = address_of(++addresses);
    else if (what < 32)
        now_ms += RELAY_SILENCE_MS - test_below(500);
    else if (what < 50) {
        holder = test_below(CLIENTS + 1);
        tell_floor();
    } else if (what < 500)
        speak(i);
    else
        arrive();
}

static void run(uint64_t seed)
{
    static const uint8_t hash_key[16] = {9};
    const struct relay_limits limits = {
        .peers_max = CLIENTS, .streams_max = 1000, .streams_per_receiver_max = 100};
    srtp_init();
    test_seed = seed;
    memset(members, 0, sizeof members);
    flights_count = 0;
    holder = CLIENTS;
    now_ms = 1;
    relay = relay_new(&limits, hash_key);
    REQUIRE(relay != NULL);
    for (int i = 0; i < STEPS; i++) {
        step();
        if (test_failures > 0) {
            printf("seed %llu, step %d\n", (unsigned long long)seed, i);
            break;
        }
    }
    for (uint32_t i = 0; i < CLIENTS; i++)
        forget(i);
    relay_free(relay);
}

TEST(the_relay_does_what_the_model_says)
{
    for (uint64_t seed = 1; seed <= 40 && test_failures == 0; seed++)
        run(seed);
    EXPECT(passed > 100000); /* datagrams, each opened */
}
