/* live_play.h: what live's clients say (live_says.c), for its play
 * (live_play.c). */
#ifndef PARLEY_TESTS_SIM_LIVE_PLAY_H
#define PARLEY_TESTS_SIM_LIVE_PLAY_H

#include "live_model.h"

/* Draws what a client says next; and many who want the same at once. */
void live_says(void *model, uint32_t client);
void live_stampede(void *model);

#endif
