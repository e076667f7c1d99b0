/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/live_dispatch.h"

void live_dispatch(struct live *live, uint32_t slot, const struct live_command *command,
                   struct turn *turn)
{
    switch (command->type) {
    case LIVE_HEARTBEAT_CMD:
        live_on_heartbeat(live, slot, turn);
        break;
    case LIVE_IDENTIFY_CMD:
        live_on_identify(live, slot, &command->identify, turn);
        break;
    case LIVE_CHANNEL_CREATE_CMD:
        live_on_channel_create(live, slot, &command->channel_create, turn);
        break;
    case LIVE_CHANNEL_JOIN_CMD:
        live_on_channel_join(live, slot, &command->channel_join, turn);
        break;
    case LIVE_CHANNEL_LEAVE_CMD:
        live_on_channel_leave(live, slot, &command->channel_leave, turn);
        break;
    case LIVE_CHANNEL_UPDATE_CMD:
        live_on_channel_update(live, slot, &command->channel_update, turn);
        break;
    case LIVE_CHANNEL_DELETE_CMD:
        live_on_channel_delete(live, slot, &command->channel_delete, turn);
        break;
    case LIVE_CHANNEL_LIST_CMD:
        live_on_channel_list(live, slot, turn);
        break;
    case LIVE_CHANNEL_INFO_CMD:
        live_on_channel_info(live, slot, &command->channel_info, turn);
        break;
    case LIVE_MESSAGE_CREATE_CMD:
        live_on_message_create(live, slot, &command->message_create, turn);
        break;
    case LIVE_FLOOR_REQUEST_CMD:
        live_on_floor_request(live, slot, &command->floor_request, turn);
        break;
    case LIVE_FLOOR_RELEASE_CMD:
        live_on_floor_release(live, slot, &command->floor_release, turn);
        break;
    case LIVE_FLOOR_PING_CMD:
        live_on_floor_ping(live, slot, &command->floor_ping, turn);
        break;
    case LIVE_COMMANDS:
        break;
    }
}
