/* talk_dispatch.h: from a decoded command of talk to its handler.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * The handlers are written by hand in src/talk/; a forgotten one is a link error. */
#ifndef PARLEY_GENERATED_TALK_DISPATCH_H
#define PARLEY_GENERATED_TALK_DISPATCH_H

#include "generated/talk_errors.h"
#include "generated/talk_types.h"
#include "service.h"

struct talk; /* one worker's instance; defined in src/talk */

/* The guards, whose error goes to the session, then the command's handler. */
void talk_dispatch(struct talk *talk, uint32_t slot, const struct talk_command *command,
                   struct turn *turn);

/* Written by hand: the session's facts as bits, its handle, and what each command does. */
uint32_t talk_facts(const struct talk *talk, uint32_t slot);
struct handle talk_session(const struct talk *talk, uint32_t slot);

/* Names the session. */
void talk_on_say_name(struct talk *talk, uint32_t slot, const struct talk_say_name_cmd *command,
                      struct turn *turn);

void talk_on_say(struct talk *talk, uint32_t slot, const struct talk_say_cmd *command,
                 struct turn *turn);

#endif
