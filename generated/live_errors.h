/* live_errors.h: the errors of live as events, and who may send which command.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Used by the codec and by the service; needs neither cJSON nor the runtime. Any thread. */
#ifndef PARLEY_GENERATED_LIVE_ERRORS_H
#define PARLEY_GENERATED_LIVE_ERRORS_H

#include "base/arena.h"
#include "generated/live_types.h"

/* As protocol.yaml names them; for metrics and logs. */
extern const struct str live_error_names[LIVE_ERRORS];

/* The error that a command meets because of the session's facts, or LIVE_ERRORS for none.
 * LIVE_COMMANDS stands for an unknown command. */
enum live_error live_guard(enum live_command_type type, uint32_t facts);

/* An error whose text has no arguments. */
struct live_event live_error_event(enum live_error error);

/* One by one. A text with arguments is put together in the arena. */
struct live_event live_error_not_authenticated(void);
struct live_event live_error_invalid_token(void);
struct live_event live_error_unknown_opcode(struct arena *arena, uint8_t op);
struct live_event live_error_invalid_payload(struct arena *arena, struct str reason);
struct live_event live_error_ssrc_in_use(void);
struct live_event live_error_srtp_key_wrong(void);
struct live_event live_error_channel_not_found(struct arena *arena, struct str channel_id);
struct live_event live_error_channel_full(struct arena *arena, struct str channel_id);
struct live_event live_error_access_denied(struct arena *arena, struct str channel_id);
struct live_event live_error_already_in_channel(struct arena *arena, struct str channel_id);
struct live_event live_error_not_in_channel(struct arena *arena, struct str channel_id);
struct live_event live_error_empty_message(void);
struct live_event live_error_message_too_long(struct arena *arena, uint32_t bytes);
struct live_event live_error_message_not_in_channel(struct arena *arena, struct str channel_id);
struct live_event live_error_internal_error(void);

#endif
