/* chat_errors.h: the errors of chat as events, and who may send which command.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Used by the codec and by the service; needs neither cJSON nor the runtime. Any thread. */
#ifndef PARLEY_GENERATED_CHAT_ERRORS_H
#define PARLEY_GENERATED_CHAT_ERRORS_H

#include "base/arena.h"
#include "generated/chat_types.h"

/* As protocol.yaml names them; for metrics and logs. */
extern const struct str chat_error_names[CHAT_ERRORS];

/* The error that a command meets because of the session's facts, or CHAT_ERRORS for none.
 * CHAT_COMMANDS stands for an unknown command. */
enum chat_error chat_guard(enum chat_command_type type, uint32_t facts);

/* An error whose text has no arguments. */
struct chat_event chat_error_event(enum chat_error error);

/* One by one. A text with arguments is put together in the arena. */
struct chat_event chat_error_username_required(void);
struct chat_event chat_error_room_not_found(struct arena *arena, struct str room_code);
struct chat_event chat_error_room_full(void);
struct chat_event chat_error_not_in_room(void);
struct chat_event chat_error_already_in_room(void);
struct chat_event chat_error_invalid_token(void);
struct chat_event chat_error_tokens_unused(void);
struct chat_event chat_error_invalid_message(struct arena *arena, struct str reason);

#endif
