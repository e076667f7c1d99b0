/* Rooms: found by their id, opened, entered and left, told of changes; empty ones are remembered
 * for their messages. */
#include "base/check.h"
#include "base/hash.h"
#include "game/state.h"

/* A store that has not answered by then is away. */
enum { OPENING_MS = 5000 };

/* The upper half names the owner and the lower half finds the room there: from the same bits, all
 * rooms of a worker would share few of the map's buckets. */
static uint64_t id_hash(const struct game *game, struct str id)
{
    return hash_bytes(game->config.hash_key, id);
}

struct room *game_room_at(const struct game *game, uint32_t slot)
{
    CHECK(pool_is_live(&game->rooms, slot));
    return pool_at(&game->rooms, slot);
}

uint32_t game_room_owner(const struct game *game, struct str id)
{
    return (uint32_t)(id_hash(game, id) >> 32) % game->config.workers;
}

uint32_t game_room_find(const struct game *game, struct str id)
{
    uint32_t slot = map_first(&game->rooms_by_id, id_hash(game, id));
    while (slot != MAP_NONE &&
           !str_equal(textpool_get(&game->ids, game_room_at(game, slot)->id), id))
        slot = map_next(&game->rooms_by_id, slot);
    return slot == MAP_NONE ? NONE : slot;
}

/* With a store it is not open before that has answered. */
static uint32_t open_room(struct game *game, struct str id, struct turn *turn)
{
    struct handle handle;
    struct room *room = pool_take(&game->rooms, &handle);
    CHECK(room != NULL); /* there are enough for all players, seats and remembered ones */
    room->id = textpool_add(&game->ids, id);
    room->line = CHAIN_EMPTY;
    map_add(&game->rooms_by_id, id_hash(game, id), handle.slot);
    if (game->options.store) {
        room->opening = true;
        wheel_set(game->changes, &room->timer, turn->now_ms + OPENING_MS);
        orders_recall(game, handle.slot, turn);
    }
    return handle.slot;
}

/* The chain of empty rooms */

enum { LINK = offsetof(struct room, empty_link) };

static void add_to_empty(struct game *game, uint32_t slot)
{
    game_room_at(game, slot)->empty = true;
    chain_append(&game->empty_rooms, &game->rooms, LINK, slot);
    game->empty_now++;
}

static void take_from_empty(struct game *game, uint32_t slot)
{
    game_room_at(game, slot)->empty = false;
    chain_remove(&game->empty_rooms, &game->rooms, LINK, slot);
    game->empty_now--;
}

static void close_room(struct game *game, uint32_t slot)
{
    struct room *room = game_room_at(game, slot);
    history_forget(game, room);
    map_remove(&game->rooms_by_id, slot);
    textpool_remove(&game->ids, room->id);
    pool_give_back(&game->rooms, slot);
}

/* A player, or a place kept for one, has gone. */
static void close_or_remember_if_empty(struct game *game, uint32_t slot)
{
    struct room *room = game_room_at(game, slot);
    if (room->roster.count + room->seats > 0)
        return;
    wheel_clear(game->changes, &room->timer);
    wheel_clear(game->caches, &room->cache_timer);
    if (room->count == 0) {
        close_room(game, slot);
        return;
    }
    add_to_empty(game, slot);
    if (game->empty_now > ROOMS_REMEMBERED_MAX) {
        uint32_t longest = game->empty_rooms.first;
        take_from_empty(game, longest);
        close_room(game, longest);
    }
}

/* Coming and going */

uint32_t game_room_keep_place(struct game *game, struct str id, struct turn *turn)
{
    uint32_t slot = game_room_find(game, id);
    if (slot == NONE)
        slot = open_room(game, id, turn);
    struct room *room = game_room_at(game, slot);
    if (room->roster.count + room->seats >= PLAYERS_MAX)
        return NONE;
    if (room->empty)
        take_from_empty(game, slot);
    room->seats++;
    return slot;
}

void game_room_take_place(struct game *game, uint32_t slot, uint32_t player_slot)
{
    struct room *room = game_room_at(game, slot);
    struct player *player = player_at(game, player_slot);
    CHECK(room->seats > 0 && !room->opening && player->room == NONE);
    room->seats--;
    player->room = slot;
    player->place = roster_add(&game->rosters, &room->roster, player->session, player_slot);
}

void game_room_give_up_place(struct game *game, uint32_t slot)
{
    struct room *room = game_room_at(game, slot);
    CHECK(room->seats > 0);
    room->seats--;
    close_or_remember_if_empty(game, slot);
}

void game_room_leave(struct game *game, uint32_t leaver, struct turn *turn)
{
    struct player *player = player_at(game, leaver);
    uint32_t slot = player->room;
    struct room *room = game_room_at(game, slot);
    orders_gone(game, leaver, turn);
    uint32_t moved = roster_remove(&game->rosters, &room->roster, player->place);
    if (moved != ROSTER_NONE)
        player_at(game, moved)->place = player->place;
    player->room = NONE;
    player->changed = false;
    player_forget_state(game, leaver);
    struct game_event event = {.type = GAME_PLAYER_LEFT_EVT};
    event.player_left.client_id = arena_copy(turn->arena, player_id(game, leaver)); /* it may go */
    game_room_cast(game, room, NONE, &event, turn);
    orders_room(game, room, turn);
    close_or_remember_if_empty(game, slot);
}

void game_room_recalled(struct game *game, const struct store_recalled *recalled, struct turn *turn)
{
    struct handle handle = {(uint32_t)recalled->ticket, (uint32_t)(recalled->ticket >> 32)};
    struct room *room = pool_find(&game->rooms, handle);
    if (room == NULL)
        return; /* nobody waits for it any more */
    CHECK(room->opening);
    if (recalled->refused) {
        seats_tell(game, handle.slot, ANSWER_REFUSED, turn);
        return;
    }
    history_restore(game, room, recalled->entries, recalled->count);
    wheel_clear(game->changes, &room->timer);
    seats_tell(game, handle.slot, ANSWER_KEPT, turn);
    room->opening = false;
    room->line = CHAIN_EMPTY;
}

void game_room_cast(const struct game *game, const struct room *room, uint32_t except,
                    const struct game_event *event, struct turn *turn)
{
    struct handle left_out = except == NONE ? HANDLE_NONE : player_at(game, except)->session;
    uint32_t receivers = room->roster.count - (except == NONE ? 0 : 1);
    if (receivers > 0)
        effect_cast(turn, roster_sessions(&game->rosters, &room->roster), room->roster.count,
                    left_out, event, sizeof *event);
}

/* Changed states */

static void tell_change(const struct game *game, const struct room *room, uint32_t player,
                        const struct game_player_state *state, struct turn *turn)
{
    struct game_event event = {.type = GAME_PLAYER_UPDATE_EVT};
    event.player_update.client_id = player_id(game, player);
    event.player_update.state = *state;
    game_room_cast(game, room, player, &event, turn);
}

void game_room_changed(struct game *game, uint32_t slot, const struct game_player_state *state,
                       struct turn *turn)
{
    struct player *player = player_at(game, slot);
    struct room *room = game_room_at(game, player->room);
    if (game->options.tick_ms == 0) {
        tell_change(game, room, slot, state, turn);
        return;
    }
    player->changed = true;
    if (!wheel_is_set(&room->timer))
        wheel_set(game->changes, &room->timer,
                  turn->now_ms + game->options.tick_ms - game->options.gathered_ms);
}

void game_room_hurry(const struct game *game, uint32_t slot, struct turn *turn)
{
    struct player *player = player_at(game, slot);
    if (!player->changed)
        return;
    player->changed = false;
    struct game_player_state state = player_state(game, slot);
    tell_change(game, game_room_at(game, player->room), slot, &state, turn);
}

static void tell_changes(const struct game *game, const struct room *room, struct turn *turn)
{
    const uint32_t *players = roster_members(&game->rosters, &room->roster);
    for (uint32_t i = 0; i < room->roster.count; i++)
        game_room_hurry(game, players[i], turn);
}

void game_room_due(struct game *game, struct room *room, struct turn *turn)
{
    if (room->opening)
        seats_tell(game, pool_slot(&game->rooms, room), ANSWER_REFUSED, turn);
    else
        tell_changes(game, room, turn);
}
