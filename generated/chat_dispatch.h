/* chat_dispatch.h: from a decoded command of chat to its handler.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * The handlers are written by hand in src/chat/; a forgotten one is a link error. */
#ifndef PARLEY_GENERATED_CHAT_DISPATCH_H
#define PARLEY_GENERATED_CHAT_DISPATCH_H

#include "generated/chat_errors.h"
#include "generated/chat_types.h"
#include "service.h"

struct chat; /* one worker's instance; defined in src/chat */

/* The guards, whose error goes to the session, then the command's handler. */
void chat_dispatch(struct chat *chat, uint32_t slot, const struct chat_command *command,
                   struct turn *turn);

/* Written by hand: the session's facts as bits, its handle, and what each command does. */
uint32_t chat_facts(const struct chat *chat, uint32_t slot);
struct handle chat_session(const struct chat *chat, uint32_t slot);

/* Names the session. Said again, it renames it; nobody is told. An empty name is a name. */
void chat_on_set_username(struct chat *chat, uint32_t slot,
                          const struct chat_set_username_cmd *command, struct turn *turn);

/* Opens a room with the sender as its host. */
void chat_on_create_room(struct chat *chat, uint32_t slot, struct turn *turn);

/* Enters a room as its guest. The code is upper-cased before the search. */
void chat_on_join_room(struct chat *chat, uint32_t slot, const struct chat_join_room_cmd *command,
                       struct turn *turn);

/* Goes to the partner; alone in a room, it is dropped. Ends the sender's typing. */
void chat_on_chat(struct chat *chat, uint32_t slot, const struct chat_chat_cmd *command,
                  struct turn *turn);

/* Shows the partner that the sender is writing. Ignored while it is shown. */
void chat_on_typing(struct chat *chat, uint32_t slot, struct turn *turn);

/* Takes it back. Ignored when nothing is shown, and outside a room. */
void chat_on_stop_typing(struct chat *chat, uint32_t slot, struct turn *turn);

/* Leaves the room without an answer. A guest who stays becomes the host. */
void chat_on_leave_room(struct chat *chat, uint32_t slot, struct turn *turn);

/* Proves anew what the session may, before its token expires. At any time. */
void chat_on_authenticate(struct chat *chat, uint32_t slot,
                          const struct chat_authenticate_cmd *command, struct turn *turn);

#endif
