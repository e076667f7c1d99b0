/* ship.h: how the journal's thread and the threads of MongoDB and Redis speak: by letters, which
 * are struct store_letter with these kinds.
 *
 * The journal alone reads and writes SQLite; the others ask it to. It never waits for them: each
 * has a mailbox of its own, and says no when that is full. What a letter asks for is answered by
 * the same letter or a new one, once. Until the threads have ended, a letter belongs to whoever
 * holds it. */
#ifndef PARLEY_STORE_SHIP_H
#define PARLEY_STORE_SHIP_H

#include "runtime/store_link.h"
#include "store_order.h"

enum ship_letter_kind {
    /* Journal to MongoDB: `number` packed orders to be upserted, entries as STORE_ENTRY, rooms as
     * STORE_ROOM whose `ticket` is the moment they were created (ns since 1970). At most one such
     * letter is on its way. It is held until all of it is in MongoDB or refused, whatever happens
     * meanwhile, and then comes back as SHIP_SHIPPED with those that are there. Those that MongoDB
     * refuses have come before that, as SHIP_REFUSED: a STORE_ENTRY whose text is why. At most
     * `ticket` of a batch; it is held as long as there are more. */
    SHIP_BATCH = 16,
    SHIP_SHIPPED,
    SHIP_REFUSED,
    /* Journal to MongoDB: the newest `number` entries of the room that `bytes` names; the newest
     * `number` rooms that were active since `bytes`, a uint64_t (ns since 1970). Both come back as
     * SHIP_FOUND with the same `ticket` and `number` packed orders as above, in any order; with
     * `refused` when MongoDB does not answer. */
    SHIP_FIND_ENTRIES,
    SHIP_FIND_ROOMS,
    SHIP_FOUND,
    /* Redis to journal: `number` orders, STORE_STATE without text: keys that will be written. It
     * comes back as SHIP_NOTED when the journal has them: a later life would delete them. */
    SHIP_NOTE,
    SHIP_NOTED,
    /* Redis to journal, not answered: `number` STORE_GONE: these keys are no longer in Redis. */
    SHIP_FORGET
};

enum {
    SHIP_BATCH_ORDERS_MAX = 500,
    SHIP_FINDS_MAX = 256, /* on their way to MongoDB at once; the rest is answered without it */
    SHIP_FIND_TIMEOUT_MS = 1500 /* then the journal answers alone, and SHIP_FOUND comes too late */
};

/* The journal's end, for the other two: takes a letter in any case. Any thread. */
struct ship_desk {
    void *context;
    void (*post)(void *context, struct store_letter *letter);
};

/* A letter with these orders, of any kind that has some; NULL when memory is short. */
struct store_letter *ship_letter_new(uint32_t kind, uint64_t ticket,
                                     const struct store_order *orders, uint32_t count)
    __attribute__((warn_unused_result));

#endif
