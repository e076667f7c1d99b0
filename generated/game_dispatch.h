/* game_dispatch.h: from a decoded command of game to its handler.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * The handlers are written by hand in src/game/; a forgotten one is a link error. */
#ifndef PARLEY_GENERATED_GAME_DISPATCH_H
#define PARLEY_GENERATED_GAME_DISPATCH_H

#include "generated/game_errors.h"
#include "generated/game_types.h"
#include "service.h"

struct game; /* one worker's instance; defined in src/game */

/* The guards, whose error goes to the session, then the command's handler. */
void game_dispatch(struct game *game, uint32_t slot, const struct game_command *command,
                   struct turn *turn);

/* Written by hand: the session's facts as bits, its handle, and what each command does. */
uint32_t game_facts(const struct game *game, uint32_t slot);
struct handle game_session(const struct game *game, uint32_t slot);

/* Enters a room, and leaves the one before. Joining the same room again renews the state. */
void game_on_join(struct game *game, uint32_t slot, const struct game_join_cmd *command,
                  struct turn *turn);

/* Replaces the whole state of the sender; optional fields not given are gone. */
void game_on_update(struct game *game, uint32_t slot, const struct game_update_cmd *command,
                    struct turn *turn);

/* Shows the name of the last update. */
void game_on_chat(struct game *game, uint32_t slot, const struct game_chat_cmd *command,
                  struct turn *turn);

/* Proves anew what the session may, before its token expires. At any time. */
void game_on_authenticate(struct game *game, uint32_t slot,
                          const struct game_authenticate_cmd *command, struct turn *turn);

#endif
