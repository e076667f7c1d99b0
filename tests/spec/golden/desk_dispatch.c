/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/desk_dispatch.h"

void desk_dispatch(struct desk *desk, uint32_t slot, const struct desk_command *command,
                   struct turn *turn)
{
    switch (command->type) {
    case DESK_OPEN_CMD:
        desk_on_open(desk, slot, turn);
        break;
    case DESK_PUT_CMD:
        desk_on_put(desk, slot, &command->put, turn);
        break;
    case DESK_COMMANDS:
        break;
    }
}
