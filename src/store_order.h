/* store_order.h: what a service asks the store to keep or to find again, told by EFFECT_STORE.
 *
 * Plain values; texts are borrowed. On the way to the store's thread, and back, orders are bytes.
 * No I/O, any thread. */
#ifndef PARLEY_STORE_ORDER_H
#define PARLEY_STORE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum store_order_kind {
    STORE_ENTRY, /* a message was said: it is kept; all fields but `ticket` and `players` */
    STORE_ROOM,  /* the room's activity: room_id, at_ns, players */
    STORE_STATE, /* a player's newest state, for the cache: room_id, client_id, text */
    STORE_GONE,  /* the player has left the room: room_id, client_id */
    STORE_RECALL /* the room's last messages are wanted: room_id, ticket; service.recalled is called
                    with them */
};

struct store_order {
    enum store_order_kind kind;
    uint64_t ticket;            /* the asker's own, comes back with the answer */
    uint32_t players;           /* in the room now */
    uint64_t at_ns;             /* Unix time: when it was said, or when the room was last active */
    struct str room_id;         /* all of these at most 65,535 bytes */
    struct str id;              /* the message's own, a UUID */
    struct str client_id, name; /* who said it, and what they were called then */
    struct str text;            /* what was said; STORE_STATE: the state as its service packs it */
};

/* The store's answer to STORE_RECALL. */
struct store_recalled {
    uint64_t ticket;
    bool refused;                      /* no new room can be opened: the store is full */
    const struct store_order *entries; /* STORE_ENTRY, the oldest first */
    uint32_t count;
};

/* Bytes that the order takes. */
size_t store_order_bytes(const struct store_order *order);
/* Writes that many. */
void store_order_pack(const struct store_order *order, char *out);
/* Takes the first order off `bytes`, whose texts it borrows; false at the end. The bytes must be
 * what store_order_pack wrote. */
bool store_order_unpack(struct str *bytes, struct store_order *order);

#endif
