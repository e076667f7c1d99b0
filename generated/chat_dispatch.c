/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/chat_dispatch.h"

void chat_dispatch(struct chat *chat, uint32_t slot, const struct chat_command *command,
                   struct turn *turn)
{
    enum chat_error error = chat_guard(command->type, chat_facts(chat, slot));

    if (error != CHAT_ERRORS) {
        struct chat_event event = chat_error_event(error);
        effect_send(turn, chat_session(chat, slot), &event, sizeof event);
        return;
    }
    switch (command->type) {
    case CHAT_SET_USERNAME_CMD:
        chat_on_set_username(chat, slot, &command->set_username, turn);
        break;
    case CHAT_CREATE_ROOM_CMD:
        chat_on_create_room(chat, slot, turn);
        break;
    case CHAT_JOIN_ROOM_CMD:
        chat_on_join_room(chat, slot, &command->join_room, turn);
        break;
    case CHAT_CHAT_CMD:
        chat_on_chat(chat, slot, &command->chat, turn);
        break;
    case CHAT_TYPING_CMD:
        chat_on_typing(chat, slot, turn);
        break;
    case CHAT_STOP_TYPING_CMD:
        chat_on_stop_typing(chat, slot, turn);
        break;
    case CHAT_LEAVE_ROOM_CMD:
        chat_on_leave_room(chat, slot, turn);
        break;
    case CHAT_AUTHENTICATE_CMD:
        chat_on_authenticate(chat, slot, &command->authenticate, turn);
        break;
    case CHAT_COMMANDS:
        break;
    }
}
