/* mongo_ship.h: brings a batch of packed orders into MongoDB, piece by piece, and sets aside what
 * it refuses.
 *
 * What the server or the way to it does not manage is sent again for as long as it takes. A message
 * that MongoDB alone refuses, by a validator or an index of somebody else's, holds up those behind
 * it for a few tries only: then it goes back to the journal as SHIP_REFUSED. A room that is refused
 * is let go: it is sent again when it changes. One thread. */
#ifndef PARLEY_STORE_MONGO_SHIP_H
#define PARLEY_STORE_MONGO_SHIP_H

#include <stdint.h>

#include "store/mongo_link.h"
#include "store/ship.h"

enum { MONGO_PIECE_MAX = 500 };

struct mongo_cargo {
    struct ship_desk desk;      /* where SHIP_REFUSED goes */
    struct store_letter *batch; /* SHIP_BATCH, or NULL */
    struct str rest;            /* what is left of it */
    size_t taken;               /* bytes that are in MongoDB, moved to its beginning */
    uint32_t piece_max; /* orders in one go: halved when MongoDB does not manage it in time */
    uint32_t tries;     /* of this piece, since MongoDB refuses some of it */
    bool rooms_refused; /* it did, the last time there were some */
    struct mongo_piece {
        struct store_order orders[MONGO_PIECE_MAX];
        struct str reasons[MONGO_PIECE_MAX]; /* why it is refused; base NULL: it is not */
        uint32_t count;
    } piece;
};

/* Takes the batch, whose `ticket` is how many of it may be set aside. */
void mongo_cargo_load(struct mongo_cargo *cargo, struct store_letter *batch);

enum mongo_shipping {
    MONGO_TAKEN,   /* the piece is done */
    MONGO_REFUSED, /* in part: to be tried again after a pause; why is said */
    MONGO_LOST     /* MongoDB is away, or answers errors; likewise */
};

/* Upserts the first orders of `rest`, and when all of them are done takes them off it. What is not
 * taken can be sent again. */
enum mongo_shipping mongo_ship_piece(struct mongo_link *link, struct mongo_cargo *cargo,
                                     char why[PEER_WHY_BYTES]) __attribute__((warn_unused_result));
/* Gives back the batch, as SHIP_SHIPPED with what is in MongoDB, when nothing is left of it; NULL
 * before that. */
struct store_letter *mongo_cargo_done(struct mongo_cargo *cargo);

#endif
