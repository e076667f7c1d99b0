/* packing.h: a player's state as a few bytes: its texts and numbers one behind the other.
 *
 * The bytes are for this process: players' states are kept so, and handed to the store. Pure
 * functions. */
#ifndef PARLEY_GAME_PACKING_H
#define PARLEY_GAME_PACKING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/number.h"
#include "base/str.h"
#include "generated/game_types.h"

/* The most bytes that a packed state has: name, color, flags, ten numbers as values and texts,
 * animation, modelUrl. */
enum {
    GAME_STATE_BYTES_MAX = (2 + GAME_PLAYER_NAME_BYTES_MAX) + GAME_COLOR_BYTES_MAX + 1 +
                           10 * (8 + 1 + NUMBER_TEXT_MAX) + (2 + GAME_NAME_BYTES_MAX) +
                           (2 + GAME_URL_BYTES_MAX)
};

/* Writes at most GAME_STATE_BYTES_MAX bytes; returns how many. */
size_t game_state_pack(const struct game_player_state *state, char *bytes);
/* The texts are borrowed from `packed`. False when it is not what game_state_pack wrote. */
bool game_state_unpack(struct str packed, struct game_player_state *state);
/* The name in a packed state, borrowed from it. */
struct str game_state_name(struct str packed);

#endif
