/* mongo_ship.h: brings a batch of packed orders into MongoDB, piece by piece.
 *
 * One thread. */
#ifndef PARLEY_STORE_MONGO_SHIP_H
#define PARLEY_STORE_MONGO_SHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "store/mongo_link.h"

/* What is left of a batch; its bytes are borrowed. */
struct mongo_cargo {
    struct str rest;    /* packed orders: STORE_ENTRY, STORE_ROOM */
    uint32_t piece_max; /* orders in one go: halved when MongoDB does not manage it in time */
};

enum { MONGO_PIECE_MAX = 500 };

/* Upserts the first orders of `rest` and takes them off it. False when MongoDB does not take all of
 * them: they are still there, and can be sent again. */
bool mongo_ship_piece(struct mongo_link *link, struct mongo_cargo *cargo, char why[PEER_WHY_BYTES])
    __attribute__((warn_unused_result));

#endif
