#include "live_phone.h"

#include <stdlib.h>

/* From here on a receiver may take a sequence number for one of another round (RFC 3711, 3.3.1). */
enum { REACH = 0x8000, WINDOW = 128, ROUND = 0x10000 };

void phone_joins(struct phone *phone, const struct media_order *order, uint64_t join,
                 struct draw *draw)
{
    phone_clear(phone);
    *phone = (struct phone){.join = join,
                            .on = true,
                            .plain = order->plain,
                            .ssrc = order->ssrc,
                            .order = *order,
                            .address = phone->address};
    /* Often some packets before a roll-over, but not just before: who loses the first packets could
     * not tell (RFC 3711, 3.3.1). */
    phone->rtp_index =
        draw_percent(draw, 50) ? draw_below(draw, REACH) : 50000 + draw_below(draw, 5000);
    phone->rtcp_index = 1;
}

void phone_clear(struct phone *phone)
{
    if (phone->talked)
        srtp_peer_clear(&phone->peer);
    free(phone->heard);
    phone->heard = NULL;
    phone->join = 0;
    phone->talked = false;
}

/* Some packets are never sent; often so that the sequence number is about to roll over. */
static uint64_t next_index(uint64_t index, struct draw *draw)
{
    enum { GAP_MAX = 6000 }; /* several that are lost make none of REACH */
    uint64_t left = ROUND - index % ROUND;
    if (left > 4 && left < GAP_MAX && draw_percent(draw, 5))
        return index + left - 1 - draw_below(draw, 3);
    return index + 1 + (draw_percent(draw, 25) ? draw_below(draw, 3000) : 0);
}

struct flight phone_talks(struct phone *phone, uint64_t mark, struct draw *draw)
{
    struct flight flight = {.ssrc = phone->ssrc,
                            .join = phone->join,
                            .mark = mark,
                            .control = draw_percent(draw, 20),
                            .address = phone->address};
    if (!phone->talked)
        srtp_peer_init(&phone->peer, &phone->order);
    phone->talked = true;
    if (flight.control) {
        flight.index = phone->rtcp_index++;
        flight.len = srtp_peer_rtcp(&phone->peer, mark, flight.bytes);
    } else {
        flight.index = phone->rtp_index;
        phone->rtp_index = next_index(phone->rtp_index, draw);
        flight.len = srtp_peer_rtp(&phone->peer, (uint16_t)flight.index, mark, flight.bytes);
    }
    return flight;
}

bool phone_believes(struct phone *sender, const struct flight *flight, uint64_t now_ms)
{
    struct row *row = flight->control ? &sender->rtcp : &sender->rtp;
    uint64_t *seen = &row->seen[flight->index % PHONE_ROW];
    if (flight->join != sender->join)
        return false;
    bool late = row->started && flight->index + WINDOW <= row->newest;
    if (!sender->plain && (late || *seen == flight->index + 1))
        return false;
    sender->restarted = sender->restarted || late;
    *seen = flight->index + 1;
    sender->newest = !row->started || flight->index > row->newest;
    sender->latched.seen_ms = now_ms;
    if (sender->newest) {
        row->started = true;
        row->newest = flight->index;
    }
    if (sender->newest || sender->plain)
        sender->latched.address = flight->address;
    return true;
}

void phone_is_told(struct phone *phone)
{
    phone->told = phone->latched;
}

static struct heard *find_heard(const struct phone *receiver, uint32_t ssrc)
{
    for (uint32_t i = 0; i < receiver->heard_count; i++)
        if (receiver->heard[i].ssrc == ssrc)
            return &receiver->heard[i];
    return NULL;
}

/* It begins anew: another sender, or more was not passed on than sequence numbers can tell. */
static bool begins(const struct heard *heard, const struct flight *flight)
{
    return heard->join != flight->join ||
           (flight->index > heard->newest && flight->index - heard->newest >= REACH);
}

bool phone_can_hear(const struct phone *receiver, const struct flight *flight)
{
    const struct heard *heard = find_heard(receiver, flight->ssrc);
    return heard == NULL || begins(heard, flight) || flight->index >= heard->oldest;
}

static struct heard *add_heard(struct phone *receiver, uint32_t ssrc)
{
    if (receiver->heard_count == receiver->heard_capacity) {
        receiver->heard_capacity = receiver->heard_capacity * 2 + 4;
        receiver->heard =
            realloc(receiver->heard, receiver->heard_capacity * sizeof *receiver->heard);
        CHECK(receiver->heard != NULL);
    }
    struct heard *heard = &receiver->heard[receiver->heard_count++];
    *heard = (struct heard){.ssrc = ssrc};
    return heard;
}

bool phone_hears(struct phone *receiver, const struct flight *flight)
{
    struct heard *heard = find_heard(receiver, flight->ssrc);
    bool first = heard == NULL;
    if (first)
        heard = add_heard(receiver, flight->ssrc);
    if (begins(heard, flight)) {
        heard->join = flight->join;
        heard->oldest = heard->newest = flight->index;
        heard->again = !first;
    }
    if (flight->index > heard->newest)
        heard->newest = flight->index;
    return !heard->again;
}
