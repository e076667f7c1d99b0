/* redis_link.h: connections to Redis, whose every step has a deadline, and what we say there.
 *
 * RESP2. What fails says why. A connection that failed is not used again. */
#ifndef PARLEY_STORE_REDIS_LINK_H
#define PARLEY_STORE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/cache.h"
#include "store/peer.h"
#include "store/redis_address.h"

/* It has answered, and it is the database and the user of the address; NULL when it cannot be
 * reached, or refuses. redisFree ends it. */
redisContext *redis_connect(const struct redis_address *address, uint32_t timeout_ms,
                            char why[PEER_WHY_BYTES]) __attribute__((warn_unused_result));
bool redis_ping(redisContext *link, char why[PEER_WHY_BYTES]) __attribute__((warn_unused_result));
/* Sends all tasks at once, then reads what Redis says to each: done[i]. False when it does not do
 * all of them. Takes about twice the link's time-out at most. */
bool redis_send(redisContext *link, const struct cache_task *tasks, uint32_t count, bool *done,
                char why[PEER_WHY_BYTES]) __attribute__((warn_unused_result));

#endif
