/* DRAFT of what codegen writes: shapes only. Overwritten by python3 -m codegen. */
#ifndef PARLEY_GENERATED_CHAT_DISPATCH_H
#define PARLEY_GENERATED_CHAT_DISPATCH_H

#include "generated/chat_types.h"
#include "service.h"

struct chat; /* one worker's instance; defined in src/chat */

/* The error that a command meets because of the session's facts, or CHAT_ERRORS for none. Pure
 * table look-up. */
enum chat_error chat_guard(enum chat_command_type type, uint32_t facts);

/* Error events. The message is formatted into the arena. */
struct chat_event chat_error_username_required(void);
struct chat_event chat_error_room_not_found(struct arena *arena, struct str room_code);
struct chat_event chat_error_room_full(void);
struct chat_event chat_error_not_in_room(void);
struct chat_event chat_error_already_in_room(void);
struct chat_event chat_error_invalid_message(struct arena *arena, struct str reason);
/* For errors without arguments, by number: what chat_guard returns. */
struct chat_event chat_error_event(enum chat_error error);

/* Guards, then the command's handler. */
void chat_dispatch(struct chat *chat, uint32_t slot, const struct chat_command *command,
                   struct turn *turn);

/* Written by hand in src/chat/; a forgotten one is a link error. */
uint32_t chat_facts(const struct chat *chat, uint32_t slot);
/* chat_dispatch sends guard errors to this session. */
struct handle chat_session(const struct chat *chat, uint32_t slot);
void chat_on_set_username(struct chat *chat, uint32_t slot,
                          const struct chat_set_username_cmd *command, struct turn *turn);
void chat_on_create_room(struct chat *chat, uint32_t slot, struct turn *turn);
void chat_on_join_room(struct chat *chat, uint32_t slot, const struct chat_join_room_cmd *command,
                       struct turn *turn);
void chat_on_chat(struct chat *chat, uint32_t slot, const struct chat_chat_cmd *command,
                  struct turn *turn);
void chat_on_typing(struct chat *chat, uint32_t slot, struct turn *turn);
void chat_on_stop_typing(struct chat *chat, uint32_t slot, struct turn *turn);
void chat_on_leave_room(struct chat *chat, uint32_t slot, struct turn *turn);

#endif
