/* answers.h: what was found in several places becomes one list, and lists become letters.
 *
 * Pure functions, but for the memory of the letters. */
#ifndef PARLEY_STORE_ANSWERS_H
#define PARLEY_STORE_ANSWERS_H

#include "base/arena.h"
#include "runtime/store_link.h"
#include "store_order.h"

/* Of orders of one kind, from anywhere: each entry once, by its id; each room once, by its room_id,
 * as it was when it was active last, created when it was first. Entries the oldest first, rooms the
 * latest activity first, the newest `max` at most. What no client may be shown is left out:
 * databases may hold what others wrote. Returns how many are left. */
uint32_t answers_merge(struct store_order *orders, uint32_t count, uint32_t max);

/* Letters for the asker of `question`: its worker, binding and ticket. NULL when memory is short.
 * The arena is for what is needed meanwhile, and has room for all that merged lists may take. */
struct store_letter *answers_recalled(const struct store_letter *question,
                                      const struct store_order *entries, uint32_t count);
struct store_letter *answers_history(const struct store_letter *question,
                                     const struct store_order *entries, uint32_t count,
                                     struct arena *arena);
struct store_letter *answers_rooms(const struct store_letter *question,
                                   const struct store_order *rooms, uint32_t count,
                                   struct arena *arena);

/* Bytes of the arena that the above take at most. */
enum { ANSWERS_BYTES_MAX = 16 << 20 };

#endif
