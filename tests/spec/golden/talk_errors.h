/* talk_errors.h: the errors of talk as events, and who may send which command.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Used by the codec and by the service; needs neither cJSON nor the runtime. Any thread. */
#ifndef PARLEY_GENERATED_TALK_ERRORS_H
#define PARLEY_GENERATED_TALK_ERRORS_H

#include "base/arena.h"
#include "generated/talk_types.h"

/* As protocol.yaml names them; for metrics and logs. */
extern const struct str talk_error_names[TALK_ERRORS];

/* The error that a command meets because of the session's facts, or TALK_ERRORS for none.
 * TALK_COMMANDS stands for an unknown command. */
enum talk_error talk_guard(enum talk_command_type type, uint32_t facts);

/* An error whose text has no arguments. */
struct talk_event talk_error_event(enum talk_error error);

/* One by one. A text with arguments is put together in the arena. */
struct talk_event talk_error_unnamed(void);
struct talk_event talk_error_named(void);
struct talk_event talk_error_invalid(struct arena *arena, struct str reason);
struct talk_event talk_error_bad_json(struct arena *arena, struct str reason);
struct talk_event talk_error_too_loud(struct arena *arena, struct str name, uint8_t by);

#endif
