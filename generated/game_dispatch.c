/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/game_dispatch.h"

void game_dispatch(struct game *game, uint32_t slot, const struct game_command *command,
                   struct turn *turn)
{
    enum game_error error = game_guard(command->type, game_facts(game, slot));

    if (error != GAME_ERRORS) {
        struct game_event event = game_error_event(error);
        effect_send(turn, game_session(game, slot), &event, sizeof event);
        return;
    }
    switch (command->type) {
    case GAME_JOIN_CMD:
        game_on_join(game, slot, &command->join, turn);
        break;
    case GAME_UPDATE_CMD:
        game_on_update(game, slot, &command->update, turn);
        break;
    case GAME_CHAT_CMD:
        game_on_chat(game, slot, &command->chat, turn);
        break;
    case GAME_AUTHENTICATE_CMD:
        game_on_authenticate(game, slot, &command->authenticate, turn);
        break;
    case GAME_COMMANDS:
        break;
    }
}
