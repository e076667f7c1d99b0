/* desk_errors.h: the errors of desk as events, and who may send which command.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Used by the codec and by the service; needs neither cJSON nor the runtime. Any thread. */
#ifndef PARLEY_GENERATED_DESK_ERRORS_H
#define PARLEY_GENERATED_DESK_ERRORS_H

#include "base/arena.h"
#include "generated/desk_types.h"

/* As protocol.yaml names them; for metrics and logs. */
extern const struct str desk_error_names[DESK_ERRORS];

/* The error that a command meets because of the session's facts, or DESK_ERRORS for none.
 * DESK_COMMANDS stands for an unknown command. */
enum desk_error desk_guard(enum desk_command_type type, uint32_t facts);

/* An error whose text has no arguments. */
struct desk_event desk_error_event(enum desk_error error);

/* One by one. A text with arguments is put together in the arena. */
struct desk_event desk_error_closed(void);
struct desk_event desk_error_bad(struct arena *arena, struct str reason);
struct desk_event desk_error_no_op(struct arena *arena, uint8_t op);
struct desk_event desk_error_broken(void);
struct desk_event desk_error_odd(void);
struct desk_event desk_error_stray(void);
struct desk_event desk_error_long(struct arena *arena, uint32_t bytes);
struct desk_event desk_error_few(void);
struct desk_event desk_error_many(void);
struct desk_event desk_error_short(struct arena *arena, uint32_t bytes);

#endif
