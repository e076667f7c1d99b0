/* live_phone.h: what live's clients send and hear, worked out a second time: which packets are to
 * be believed, where a phone is, and which packets it is passed.
 *
 * A phone's packets have indices that grow, of which the lower 16 bits are sequence numbers, so
 * that these roll over. An address is a number, given once. */
#ifndef PARLEY_TESTS_SIM_LIVE_PHONE_H
#define PARLEY_TESTS_SIM_LIVE_PHONE_H

#include "draw.h"
#include "tests/unit/srtp_peer.h"

enum { PHONE_ROW = 256, FLIGHT_BYTES = 64 + SRTP_MAX_TRAILER_LEN };
#define NO_ADDRESS 0

/* A datagram on its way to the relay. */
struct flight {
    uint32_t ssrc;
    uint64_t join; /* of the phone that sealed it; 0: damaged, or made up */
    uint64_t index, mark;
    bool control;
    uint32_t address;
    size_t len;
    uint8_t bytes[FLIGHT_BYTES];
};

/* The packets of one join that have come: as RFC 3711, 3.3.2, with a list instead of a window. */
struct row {
    bool started;
    uint64_t newest;
    uint64_t seen[PHONE_ROW]; /* by index modulo: index + 1 */
};

/* What a phone has been passed of an ssrc with its present key. */
struct heard {
    uint32_t ssrc;
    uint64_t join;           /* the sender's */
    uint64_t oldest, newest; /* incoming indices; what is older than the oldest is not passed on */
    bool again; /* not the first sender, or after a gap: sequence numbers may be shifted */
};

/* Where a phone was when its last packet was believed. */
struct phone_place {
    uint32_t address; /* or NO_ADDRESS */
    uint64_t seen_ms;
};

/* A client's, from one join to the next: who has left may go on talking. */
struct phone {
    uint64_t join; /* 0: has never joined */
    bool on;       /* the relay knows it, as a member */
    bool plain;
    uint32_t ssrc;
    struct media_order order; /* its keys */
    bool talked;              /* the peer is there: most joins end without a word */
    struct srtp_peer peer;
    uint64_t rtp_index, rtcp_index; /* the next */
    uint32_t address;               /* that it sends from */
    struct row rtp, rtcp;
    bool newest;    /* the last that was believed is newer than all before */
    bool restarted; /* plain: one was too old, and may have been taken for a new beginning */
    struct phone_place latched; /* as the thread that receives its packets should know it */
    struct phone_place told;    /* as the others should */
    struct heard *heard;        /* grows */
    uint32_t heard_count, heard_capacity;
};

/* A new join, as the order says it. */
void phone_joins(struct phone *phone, const struct media_order *order, uint64_t join,
                 struct draw *draw);
void phone_clear(struct phone *phone);
/* Its next packet. */
struct flight phone_talks(struct phone *phone, uint64_t mark, struct draw *draw);
/* Whether a packet is to be believed; if so, the phone may have moved. */
bool phone_believes(struct phone *sender, const struct flight *flight, uint64_t now_ms);
/* The other threads have been told. */
void phone_is_told(struct phone *phone);
/* Whether the sender's packet, which was believed, can be passed to the receiver under its key: not
 * when it is older than what the receiver began to hear the sender with. */
bool phone_can_hear(const struct phone *receiver, const struct flight *flight);
/* It was passed on. True when its sequence number should be the sender's. */
bool phone_hears(struct phone *receiver, const struct flight *flight);

#endif
