/* game.h: rooms of players who see each other's state, talk, and find the last messages when they
 * come.
 *
 * A pure service (service.h). A room lives on the worker that its id hashes to, and so do its
 * players: a client is moved there when it joins. One that is in a room already keeps its place
 * until the other worker has kept one for it, by mail (seat.c). With a store, a room that opens
 * asks it for the room's messages first, and those who join wait. No call asks for more than one
 * effect for each player that a room can have, and eight. */
#ifndef PARLEY_GAME_GAME_H
#define PARLEY_GAME_GAME_H

#include "service.h"

/* struct service_config's options for game; NULL stands for zeros. */
struct game_options {
    uint32_t tick_ms;     /* states go out together, the newest of each player, so long after the
                             first of them came in; 0: each at once */
    uint32_t gathered_ms; /* of that, what a state may have waited before it is handed in */
    bool store; /* there is one: it is told of messages and rooms, and asked for messages */
    bool cache; /* and told of the players' states */
    token_verify *verify; /* NULL: there are no tokens */
    const void *verifier;
};

extern const struct service game_service;

#endif
