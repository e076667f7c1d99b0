/* game_play.h: what game's play (game_play.c) and its store (game_store.c)
 * share. */
#ifndef PARLEY_TESTS_SIM_GAME_PLAY_H
#define PARLEY_TESTS_SIM_GAME_PLAY_H

#include "game_model.h"
#include "store_order.h"

struct game_store *game_store_new(struct game_model *model);
void game_store_free(struct game_store *store);
/* An order of a worker; false when the store cannot take any more. */
bool game_stored(void *model, uint32_t worker, const struct store_order *order);
/* The store answers a question, or forgets it; false when there is none. */
bool game_store_acts(void *model);
void game_store_settled(struct game_model *model);

/* Whether a room still waits for this answer. */
bool game_walk_waits(const struct game_model *model, uint32_t worker, uint64_t ticket);

#endif
