/* What each command does. That the client has a name, is in a room or in none, as the command
 * needs it, was seen to by chat_dispatch. */
#include "chat/code.h"
#include "chat/state.h"

void chat_on_set_username(struct chat *chat, uint32_t slot,
                          const struct chat_set_username_cmd *command, struct turn *turn)
{
    chat_rename(chat, slot, command->username);
    struct chat_event event = {.type = CHAT_USERNAME_SET_EVT};
    event.username_set.username = command->username;
    chat_tell(chat, slot, &event, turn);
}

void chat_on_create_room(struct chat *chat, uint32_t slot, struct turn *turn)
{
    uint32_t room = room_open(chat, slot, turn->random);
    char *code = turn_memory(turn, CODE_LEN);
    code_format(room_at(chat, room)->code, code);
    struct chat_event event = {.type = CHAT_ROOM_CREATED_EVT};
    event.room_created.room_code = (struct str){code, CODE_LEN};
    chat_tell(chat, slot, &event, turn);
}

static void join(struct chat *chat, uint32_t slot, uint32_t room, struct str code,
                 struct turn *turn)
{
    uint32_t host = room_at(chat, room)->host;
    room_enter(chat, room, slot);
    struct chat_event joined = {.type = CHAT_ROOM_JOINED_EVT};
    joined.room_joined = (struct chat_room_joined_evt){
        .room_code = code, .has_partner = true, .partner = chat_name(chat, host)};
    chat_tell(chat, slot, &joined, turn);
    struct chat_event partner_joined = {.type = CHAT_PARTNER_JOINED_EVT};
    partner_joined.partner_joined.username = chat_name(chat, slot);
    chat_tell(chat, host, &partner_joined, turn);
}

void chat_on_join_room(struct chat *chat, uint32_t slot, const struct chat_join_room_cmd *command,
                       struct turn *turn)
{
    if (turn->barred) {
        effect_bar(turn, chat_session(chat, slot));
        return;
    }
    struct str text = code_upper(command->room_code, turn_memory(turn, command->room_code.len));
    uint32_t room = NO_ROOM, code;
    if (code_parse(text, &code)) {
        uint32_t owner = room_owner(chat, code);
        if (owner != chat->config.worker) {
            effect_move(turn, chat_session(chat, slot), owner);
            return;
        }
        room = room_find(chat, code);
    }
    if (room == NO_ROOM) {
        struct chat_event error = chat_error_room_not_found(turn->arena, text);
        chat_tell(chat, slot, &error, turn);
        effect_strike(turn, chat_session(chat, slot), STRIKE_GUESS);
    } else if (room_at(chat, room)->guest != NOBODY) {
        struct chat_event error = chat_error_room_full();
        chat_tell(chat, slot, &error, turn);
    } else {
        join(chat, slot, room, text, turn);
    }
}

void chat_on_chat(struct chat *chat, uint32_t slot, const struct chat_chat_cmd *command,
                  struct turn *turn)
{
    uint32_t partner = room_partner(chat, slot);
    if (partner == NOBODY)
        return;
    typing_stop(chat, slot, turn);
    struct chat_event event = {.type = CHAT_CHAT_EVT};
    event.chat = (struct chat_chat_evt){.from = chat_name(chat, slot), .content = command->content};
    chat_tell(chat, partner, &event, turn);
}

void chat_on_typing(struct chat *chat, uint32_t slot, struct turn *turn)
{
    typing_start(chat, slot, turn);
}

void chat_on_stop_typing(struct chat *chat, uint32_t slot, struct turn *turn)
{
    typing_stop(chat, slot, turn);
}

void chat_on_leave_room(struct chat *chat, uint32_t slot, struct turn *turn)
{
    room_leave(chat, slot, turn);
}

/* What proves nothing is counted as a guess. */
void chat_on_authenticate(struct chat *chat, uint32_t slot,
                          const struct chat_authenticate_cmd *command, struct turn *turn)
{
    const struct chat_options *options = &chat->options;
    struct handle session = chat_session(chat, slot);
    struct chat_event event = {.type = CHAT_AUTHENTICATED_EVT};
    uint64_t *expires_ms = &event.authenticated.expires_at;
    if (options->verify == NULL) {
        event = chat_error_tokens_unused();
        chat_tell(chat, slot, &event, turn);
    } else if (turn->barred) {
        effect_bar(turn, session);
    } else if (options->verify(options->verifier, command->token, turn->wall_ms, expires_ms)) {
        effect_expire(turn, session, *expires_ms);
        chat_tell(chat, slot, &event, turn);
    } else {
        event = chat_error_invalid_token();
        chat_tell(chat, slot, &event, turn);
        effect_strike(turn, session, STRIKE_GUESS);
    }
}
