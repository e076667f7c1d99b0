/* game_errors.h: the errors of game as events, and who may send which command.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Used by the codec and by the service; needs neither cJSON nor the runtime. Any thread. */
#ifndef PARLEY_GENERATED_GAME_ERRORS_H
#define PARLEY_GENERATED_GAME_ERRORS_H

#include "base/arena.h"
#include "generated/game_types.h"

/* As protocol.yaml names them; for metrics and logs. */
extern const struct str game_error_names[GAME_ERRORS];

/* The error that a command meets because of the session's facts, or GAME_ERRORS for none.
 * GAME_COMMANDS stands for an unknown command. */
enum game_error game_guard(enum game_command_type type, uint32_t facts);

/* An error whose text has no arguments. */
struct game_event game_error_event(enum game_error error);

/* One by one. A text with arguments is put together in the arena. */
struct game_event game_error_parse_error(struct arena *arena, struct str reason);
struct game_event game_error_invalid_message(struct arena *arena, struct str reason);
struct game_event game_error_not_joined(void);
struct game_event game_error_room_full(void);
struct game_event game_error_room_refused(void);
struct game_event game_error_invalid_token(void);
struct game_event game_error_tokens_unused(void);

#endif
