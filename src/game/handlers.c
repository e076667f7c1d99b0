/* What each command does. That the player is in a room, as the command needs it, was seen to by
 * game_dispatch. */
#include "game/state.h"

/* Those that the players of a room begin with. */
static const struct number zero = {.value = 0, .text_len = 3, .text = "0.0"};
static const struct number one = {.value = 1, .text_len = 3, .text = "1.0"};

static void welcome(const struct game *game, uint32_t slot, struct turn *turn)
{
    const struct room *room = game_room_at(game, player_at(game, slot)->room);
    const uint32_t *players = roster_members(&game->rosters, &room->roster);
    struct game_player *list = turn_memory(turn, room->roster.count * sizeof *list);
    for (uint32_t i = 0; i < room->roster.count; i++)
        list[i] = (struct game_player){.client_id = player_id(game, players[i]),
                                       .state = player_state(game, players[i])};
    struct game_event event = {.type = GAME_WELCOME_EVT};
    event.welcome = (struct game_welcome_evt){.client_id = player_id(game, slot),
                                              .room_state = list,
                                              .room_state_count = room->roster.count,
                                              .chat_history = history_list(game, room, turn),
                                              .chat_history_count = room->count};
    player_tell(game, slot, &event, turn);
}

/* Into a room of this worker. Says ANSWER_NONE when the player has to wait until it is open. */
static enum answer enter(struct game *game, uint32_t slot, struct str room_id, struct turn *turn)
{
    struct player *player = player_at(game, slot);
    uint32_t room = seat_use(game, slot);
    if (room == NONE && player->room != NONE && player->room == game_room_find(game, room_id)) {
        player->changed = false;
        return ANSWER_KEPT;
    }
    if (room == NONE)
        room = game_room_keep_place(game, room_id, turn);
    if (room == NONE)
        return ANSWER_FULL;
    if (game_room_at(game, room)->opening) {
        if (seat_wait(game, slot, room))
            return ANSWER_NONE;
        game_room_give_up_place(game, room);
        return ANSWER_REFUSED;
    }
    if (player->room != NONE)
        game_room_leave(game, slot, turn);
    game_room_take_place(game, room, slot);
    return ANSWER_KEPT;
}

static void turn_away(const struct game *game, uint32_t slot, enum answer answer, struct turn *turn)
{
    struct game_event error =
        answer == ANSWER_FULL ? game_error_room_full() : game_error_room_refused();
    player_tell(game, slot, &error, turn);
}

static void join(struct game *game, uint32_t slot, const struct game_join_cmd *command,
                 struct turn *turn)
{
    enum answer answer = enter(game, slot, command->room_id, turn);
    if (answer == ANSWER_NONE) {
        effect_wait(turn, player_at(game, slot)->session);
        return;
    }
    if (answer != ANSWER_KEPT) {
        turn_away(game, slot, answer, turn);
        return;
    }
    struct game_event event = {.type = GAME_PLAYER_JOINED_EVT};
    event.player_joined = (struct game_player_joined_evt){
        .client_id = player_id(game, slot),
        .state = {.name = command->name,
                  .color = command->color,
                  .position = {zero, zero, zero},
                  .rotation = {one, zero, zero, zero}},
    };
    player_set_state(game, slot, &event.player_joined.state);
    welcome(game, slot, turn);
    game_room_cast(game, game_room_at(game, player_at(game, slot)->room), slot, &event, turn);
    orders_joined(game, slot, turn);
}

/* A player who is in no room moves to the room's worker first. One who is in a room stays there
 * until a seat is kept for it where it wants to go. */
void game_on_join(struct game *game, uint32_t slot, const struct game_join_cmd *command,
                  struct turn *turn)
{
    struct player *player = player_at(game, slot);
    enum answer answer = (enum answer)player->answer;
    player->answer = ANSWER_NONE;
    uint32_t owner = game_room_owner(game, command->room_id);
    if (answer == ANSWER_FULL || answer == ANSWER_REFUSED) {
        turn_away(game, slot, answer, turn);
    } else if (owner == game->config.worker) {
        join(game, slot, command, turn);
    } else if (player->room != NONE && answer == ANSWER_NONE) {
        seat_ask(game, slot, owner, command->room_id, turn);
        effect_wait(turn, player->session);
    } else {
        if (player->room != NONE)
            game_room_leave(game, slot, turn);
        effect_move(turn, player->session, owner);
    }
}

void game_on_update(struct game *game, uint32_t slot, const struct game_update_cmd *command,
                    struct turn *turn)
{
    player_set_state(game, slot, &command->state);
    game_room_changed(game, slot, &command->state, turn);
    orders_updated(game, slot, turn);
}

void game_on_chat(struct game *game, uint32_t slot, const struct game_chat_cmd *command,
                  struct turn *turn)
{
    struct room *room = game_room_at(game, player_at(game, slot)->room);
    game_room_hurry(game, slot, turn); /* what a player does is seen in the order that it did it */
    struct game_event event = {.type = GAME_CHAT_MESSAGE_EVT};
    event.chat_message = (struct game_chat_message_evt){
        .client_id = player_id(game, slot),
        .name = player_name(game, slot),
        .message = command->message,
        .timestamp = history_add(game, room, slot, command->message, turn)};
    game_room_cast(game, room, slot, &event, turn);
    orders_room(game, room, turn);
}

/* What proves nothing is counted as a guess. */
void game_on_authenticate(struct game *game, uint32_t slot,
                          const struct game_authenticate_cmd *command, struct turn *turn)
{
    const struct game_options *options = &game->options;
    struct handle session = game_session(game, slot);
    struct game_event event = {.type = GAME_AUTHENTICATED_EVT};
    uint64_t *expires_ms = &event.authenticated.expires_at;
    if (options->verify == NULL) {
        event = game_error_tokens_unused();
        player_tell(game, slot, &event, turn);
    } else if (turn->barred) {
        effect_bar(turn, session);
    } else if (options->verify(options->verifier, command->token, turn->wall_ms, expires_ms)) {
        effect_expire(turn, session, *expires_ms);
        player_tell(game, slot, &event, turn);
    } else {
        event = game_error_invalid_token();
        player_tell(game, slot, &event, turn);
        effect_strike(turn, session, STRIKE_GUESS);
    }
}
