/* What those who run the server are shown of game. */
#include "game/state.h"

struct service_session game_describe(const void *state, uint32_t slot, struct turn *turn)
{
    (void)turn;
    const struct game *game = state;
    const struct player *player = player_at(game, slot);
    bool is_inside = player->room != NONE;
    struct service_session shown = {.has_user = is_inside, .has_room = is_inside};
    if (is_inside) {
        shown.user = player_name(game, slot);
        shown.room = textpool_get(&game->ids, game_room_at(game, player->room)->id);
    }
    return shown;
}

/* Empty ones, of which only messages are remembered, are not open. */
bool game_next_room(const void *state, uint32_t *slot, struct service_room *room, struct turn *turn)
{
    (void)turn;
    const struct game *game = state;
    *slot = pool_next(&game->rooms, *slot);
    while (*slot != POOL_NONE && game_room_at(game, *slot)->empty)
        *slot = pool_next(&game->rooms, *slot + 1);
    if (*slot == POOL_NONE)
        return false;
    const struct room *open = game_room_at(game, *slot);
    *room = (struct service_room){.id = textpool_get(&game->ids, open->id),
                                  .members = open->roster.count,
                                  .members_max = PLAYERS_MAX};
    return true;
}
