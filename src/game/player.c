/* Players: what is known of one, its state above all, which is kept packed. */
#include "base/check.h"
#include "game/packing.h"
#include "game/state.h"

struct player *player_at(const struct game *game, uint32_t slot)
{
    CHECK(pool_is_live(&game->players, slot));
    return pool_at(&game->players, slot);
}

struct str player_id(const struct game *game, uint32_t slot)
{
    return (struct str){player_at(game, slot)->id, UUID_TEXT_LEN};
}

void player_tell(const struct game *game, uint32_t slot, const struct game_event *event,
                 struct turn *turn)
{
    effect_send(turn, player_at(game, slot)->session, event, sizeof *event);
}

void player_set_state(struct game *game, uint32_t slot, const struct game_player_state *state)
{
    char bytes[GAME_STATE_BYTES_MAX];
    size_t len = game_state_pack(state, bytes);
    CHECK(len <= sizeof bytes);
    player_forget_state(game, slot);
    player_at(game, slot)->state = textpool_add(&game->states, (struct str){bytes, len});
}

void player_forget_state(struct game *game, uint32_t slot)
{
    struct player *player = player_at(game, slot);
    textpool_remove(&game->states, player->state);
    player->state = (struct text){0};
}

struct str player_packed_state(const struct game *game, uint32_t slot)
{
    return textpool_get(&game->states, player_at(game, slot)->state);
}

struct game_player_state player_state(const struct game *game, uint32_t slot)
{
    struct game_player_state state;
    bool whole = game_state_unpack(player_packed_state(game, slot), &state);
    CHECK(whole);
    return state;
}

struct str player_name(const struct game *game, uint32_t slot)
{
    return game_state_name(player_packed_state(game, slot));
}
