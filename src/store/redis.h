/* redis.h: Redis behind the journal: the newest state of each player and how many each room has,
 * for others to look at.
 *
 * What is to be written waits in a table (store/cache.h), one place for each key however often it
 * changes, so that a Redis that is slow or away costs no more than that. A thread passes it on in
 * pipelined batches, and writes all anew when Redis was away or may have lost it. redis_open,
 * _start, _stop and _close are for the main thread. */
#ifndef PARLEY_STORE_REDIS_H
#define PARLEY_STORE_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "store/ship.h"

struct redis;

/* NULL, and a log line that says what would be right, when the URL is none. The text is copied. */
struct redis *redis_open(const char *url, const struct ship_desk *desk)
    __attribute__((warn_unused_result));
/* False when the thread cannot be started, which was logged. */
bool redis_start(struct redis *redis) __attribute__((warn_unused_result));
/* STORE_STATE, STORE_GONE, STORE_ROOM, in order; before redis_start too. A STORE_GONE of a player
 * it does not know deletes that key. False when the table is full: that player or room is not in
 * Redis until it changes again. Any thread; never waits for Redis. */
bool redis_take(struct redis *redis, const struct store_order *order);
/* Takes a SHIP_NOTED. Any thread. */
void redis_noted(struct redis *redis, struct store_letter *letter);
/* Ends the thread: while Redis answers, it may pass on what waits until deadline_ms (monotonic). */
void redis_stop(struct redis *redis, uint64_t deadline_ms);
/* After redis_stop, or instead of redis_start. NULL is fine. False when its thread did not end in
 * time: it uses the desk until the process ends. */
bool redis_close(struct redis *redis) __attribute__((warn_unused_result));

/* Any thread. */
enum store_health redis_health(const struct redis *redis);
uint64_t redis_errors(const struct redis *redis);
uint64_t redis_cached(const struct redis *redis); /* keys written since the start */

#endif
