/* live_walk.h: looks at the own state of live's instances, which names some
 * things as the runtime does and so cannot be seen beside it. */
#ifndef PARLEY_TESTS_SIM_LIVE_WALK_H
#define PARLEY_TESTS_SIM_LIVE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The worker that owns the channel of this id. */
uint32_t live_walk_owner(const void *live, struct str id);
/* Whether the channel is open, and has no place left; `live` is its owner's. */
bool live_walk_full(const void *live, struct str id);
/* Whether it can keep no further seat. */
bool live_walk_crowded(const void *live);
/* What does not hold of the instance for itself; NULL when all does. */
const char *live_walk(const void *live);
/* What does not hold of all instances together when no mail is under way and no
 * seat kept; NULL when all does. */
const char *live_walk_together(void *const *lives, uint32_t count);

#endif
