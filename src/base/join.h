/* join.h: puts short texts together in the arena. */
#ifndef PARLEY_BASE_JOIN_H
#define PARLEY_BASE_JOIN_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* All parts, one behind the other; cut between two characters when that is longer than bytes_max.
 * Empty when the arena is full. */
struct str join(struct arena *arena, const struct str *parts, uint32_t count, size_t bytes_max);
/* A number in decimal digits. Empty when the arena is full. */
struct str join_decimal(struct arena *arena, uint64_t value);

#endif
