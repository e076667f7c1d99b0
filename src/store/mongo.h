/* mongo.h: MongoDB behind the journal: takes what is to be shipped, and finds what is there.
 *
 * Two threads, each with a connection of its own, so that a question never waits for a batch. What
 * is shipped is upserted, each message by its own id: after any failure, on either side, a batch is
 * sent again, and nothing is doubled. It counts as shipped when a majority has it on disk.
 * mongo_open, _start, _stop and _close are for the main thread. */
#ifndef PARLEY_STORE_MONGO_H
#define PARLEY_STORE_MONGO_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ship.h"

struct mongo;

/* NULL, and a log line that says why, when the URL is none. `database`: NULL for the one that
 * the protocol's documents name. The texts are copied. */
struct mongo *mongo_open(const char *url, const char *database, const struct ship_desk *desk)
    __attribute__((warn_unused_result));
/* False when a thread cannot be started, which was logged. */
bool mongo_start(struct mongo *mongo) __attribute__((warn_unused_result));
/* Takes a SHIP_BATCH, SHIP_FIND_ENTRIES or SHIP_FIND_ROOMS; false when there are as many as there
 * may be: the letter is still the caller's. Any thread. */
bool mongo_post(struct mongo *mongo, struct store_letter *letter)
    __attribute__((warn_unused_result));
/* Ends the threads: a batch that is on its way to a MongoDB that answers may use the time until
 * deadline_ms (monotonic), and comes back or not; the journal still has it. */
void mongo_stop(struct mongo *mongo, uint64_t deadline_ms);
/* After mongo_stop, or instead of mongo_start. NULL is fine. False when a thread did not end in
 * time: it uses the desk until the process ends. */
bool mongo_close(struct mongo *mongo) __attribute__((warn_unused_result));

/* Any thread. */
enum store_health mongo_health(const struct mongo *mongo);
uint64_t mongo_errors(const struct mongo *mongo);

#endif
