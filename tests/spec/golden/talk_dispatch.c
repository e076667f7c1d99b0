/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/talk_dispatch.h"

void talk_dispatch(struct talk *talk, uint32_t slot, const struct talk_command *command,
                   struct turn *turn)
{
    enum talk_error error = talk_guard(command->type, talk_facts(talk, slot));

    if (error != TALK_ERRORS) {
        struct talk_event event = talk_error_event(error);
        effect_send(turn, talk_session(talk, slot), &event, sizeof event);
        return;
    }
    switch (command->type) {
    case TALK_SAY_NAME_CMD:
        talk_on_say_name(talk, slot, &command->say_name, turn);
        break;
    case TALK_SAY_CMD:
        talk_on_say(talk, slot, &command->say, turn);
        break;
    case TALK_COMMANDS:
        break;
    }
}
