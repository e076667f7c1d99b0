/* live_dispatch.h: from a decoded command of live to its handler.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * The handlers are written by hand in src/live/; a forgotten one is a link error. */
#ifndef PARLEY_GENERATED_LIVE_DISPATCH_H
#define PARLEY_GENERATED_LIVE_DISPATCH_H

#include "generated/live_errors.h"
#include "generated/live_types.h"
#include "service.h"

struct live; /* one worker's instance; defined in src/live */

/* The command's handler. The codec has checked the guards. */
void live_dispatch(struct live *live, uint32_t slot, const struct live_command *command,
                   struct turn *turn);

/* Written by hand: the session's facts as bits, and what each command does. */
uint32_t live_facts(const struct live *live, uint32_t slot);

/* Its d may be anything. */
void live_on_heartbeat(struct live *live, uint32_t slot, struct turn *turn);

/* Proves who the client is. Said again, it is answered again. */
void live_on_identify(struct live *live, uint32_t slot, const struct live_identify_cmd *command,
                      struct turn *turn);

/* Makes a channel. One that exists keeps its name, members, mode and capacity. */
void live_on_channel_create(struct live *live, uint32_t slot,
                            const struct live_channel_create_cmd *command, struct turn *turn);

/* Enters a channel, and leaves the one before. With srtp, media is relayed too. */
void live_on_channel_join(struct live *live, uint32_t slot,
                          const struct live_channel_join_cmd *command, struct turn *turn);

void live_on_channel_leave(struct live *live, uint32_t slot,
                           const struct live_channel_leave_cmd *command, struct turn *turn);

/* Renames a channel; its members are told, then the sender has its ack. */
void live_on_channel_update(struct live *live, uint32_t slot,
                            const struct live_channel_update_cmd *command, struct turn *turn);

/* Takes the members out of a channel and ends it. */
void live_on_channel_delete(struct live *live, uint32_t slot,
                            const struct live_channel_delete_cmd *command, struct turn *turn);

void live_on_channel_list(struct live *live, uint32_t slot, struct turn *turn);

void live_on_channel_info(struct live *live, uint32_t slot,
                          const struct live_channel_info_cmd *command, struct turn *turn);

/* Goes to every member, the sender too. White space alone counts as empty. */
void live_on_message_create(struct live *live, uint32_t slot,
                            const struct live_message_create_cmd *command, struct turn *turn);

/* Asks for the right to talk. A higher priority takes it from its holder; others wait. */
void live_on_floor_request(struct live *live, uint32_t slot,
                           const struct live_floor_request_cmd *command, struct turn *turn);

/* Gives the floor back, or stops waiting for it. */
void live_on_floor_release(struct live *live, uint32_t slot,
                           const struct live_floor_release_cmd *command, struct turn *turn);

/* Keeps the floor; the holder sends it every 2 s. */
void live_on_floor_ping(struct live *live, uint32_t slot, const struct live_floor_ping_cmd *command,
                        struct turn *turn);

#endif
