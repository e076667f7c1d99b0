/* What the store is told of rooms and players. (Of messages: history.c.) */
#include "game/state.h"

enum {
    ACTIVE_MS = 1000, /* a room in which there are only updates: told of so often */
    CACHED_MS = 250,  /* a state that goes on changing: likewise */
    /* States of all rooms that change at about the same time go to the store's thread in one
     * letter: it is woken so often, not as often as there are rooms. */
    CACHED_TOGETHER_MS = 50
};

/* A copy in the turn's memory: the room or the player may be gone by its end. */
static struct str kept(struct str text, struct turn *turn)
{
    char *copy = turn_memory(turn, text.len);
    memcpy(copy, text.base, text.len);
    return (struct str){copy, text.len};
}

static struct str room_id(const struct game *game, const struct room *room, struct turn *turn)
{
    return kept(textpool_get(&game->ids, room->id), turn);
}

void orders_recall(const struct game *game, uint32_t slot, struct turn *turn)
{
    struct handle handle = pool_handle(&game->rooms, slot);
    struct store_order order = {.kind = STORE_RECALL,
                                .ticket = (uint64_t)handle.generation << 32 | handle.slot,
                                .room_id = room_id(game, game_room_at(game, slot), turn)};
    effect_store(turn, &order);
}

void orders_room(const struct game *game, struct room *room, struct turn *turn)
{
    if (!game->options.store)
        return;
    room->tell_ms = turn->now_ms + ACTIVE_MS;
    struct store_order order = {.kind = STORE_ROOM,
                                .at_ns = turn->wall_ms * NS_PER_MS,
                                .players = room->roster.count,
                                .room_id = room_id(game, room, turn)};
    effect_store(turn, &order);
}

static void cache_state(const struct game *game, uint32_t slot, struct turn *turn)
{
    struct player *player = player_at(game, slot);
    player->uncached = false;
    struct store_order order = {.kind = STORE_STATE,
                                .room_id = room_id(game, game_room_at(game, player->room), turn),
                                .client_id = player_id(game, slot),
                                .text = player_packed_state(game, slot)};
    effect_store(turn, &order);
}

void orders_joined(const struct game *game, uint32_t slot, struct turn *turn)
{
    orders_room(game, game_room_at(game, player_at(game, slot)->room), turn);
    if (game->options.cache)
        cache_state(game, slot, turn);
}

void orders_updated(struct game *game, uint32_t slot, struct turn *turn)
{
    if (!game->options.store)
        return;
    struct player *player = player_at(game, slot);
    struct room *room = game_room_at(game, player->room);
    if (turn->now_ms >= room->tell_ms)
        orders_room(game, room, turn);
    if (!game->options.cache)
        return;
    player->uncached = true;
    if (wheel_is_set(&room->cache_timer))
        return;
    uint64_t due_ms = turn->now_ms + CACHED_MS;
    wheel_set(game->caches, &room->cache_timer, due_ms - due_ms % CACHED_TOGETHER_MS);
}

void orders_states(const struct game *game, struct room *room, struct turn *turn)
{
    const uint32_t *players = roster_members(&game->rosters, &room->roster);
    for (uint32_t i = 0; i < room->roster.count; i++)
        if (player_at(game, players[i])->uncached)
            cache_state(game, players[i], turn);
}

void orders_gone(const struct game *game, uint32_t slot, struct turn *turn)
{
    if (!game->options.cache)
        return;
    const struct room *room = game_room_at(game, player_at(game, slot)->room);
    struct store_order order = {.kind = STORE_GONE,
                                .room_id = room_id(game, room, turn),
                                .client_id = kept(player_id(game, slot), turn)};
    effect_store(turn, &order);
}
