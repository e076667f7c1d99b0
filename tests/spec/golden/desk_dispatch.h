/* desk_dispatch.h: from a decoded command of desk to its handler.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * The handlers are written by hand in src/desk/; a forgotten one is a link error. */
#ifndef PARLEY_GENERATED_DESK_DISPATCH_H
#define PARLEY_GENERATED_DESK_DISPATCH_H

#include "generated/desk_errors.h"
#include "generated/desk_types.h"
#include "service.h"

struct desk; /* one worker's instance; defined in src/desk */

/* The command's handler. The codec has checked the guards. */
void desk_dispatch(struct desk *desk, uint32_t slot, const struct desk_command *command,
                   struct turn *turn);

/* Written by hand: the session's facts as bits, and what each command does. */
uint32_t desk_facts(const struct desk *desk, uint32_t slot);

void desk_on_open(struct desk *desk, uint32_t slot, struct turn *turn);

void desk_on_put(struct desk *desk, uint32_t slot, const struct desk_put_cmd *command,
                 struct turn *turn);

#endif
