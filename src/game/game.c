#include "game/game.h"

#include <stdlib.h>

#include "base/check.h"
#include "game/packing.h"
#include "game/state.h"

/* A packed player: its id and its seat. */
enum { PACKED_SEAT = UUID_TEXT_LEN, PACKED_LEN = PACKED_SEAT + sizeof(struct handle) };

_Static_assert((int)PLAYERS_MAX <= (int)EFFECTS_MAX && (int)PLAYERS_MAX <= (int)ROSTER_MEMBERS_MAX,
               "a room's changes fit into a call, and its players into a roster");

static void destroy(void *state)
{
    struct game *game = state;
    pool_clear(&game->players);
    pool_clear(&game->rooms);
    pool_clear(&game->seats);
    pool_clear(&game->inquiries);
    map_clear(&game->rooms_by_id);
    textpool_clear(&game->states);
    textpool_clear(&game->ids);
    textpool_clear(&game->entries);
    rosters_clear(&game->rosters);
    wheel_free(game->changes);
    wheel_free(game->caches);
    wheel_free(game->seated);
    wheel_free(game->asking);
    free(game);
}

static bool reserve(struct game *game, uint32_t sessions)
{
    /* A room for each player and for each seat, of which there may be one for each session of other
     * workers, and those remembered; two more while a player goes from one room to another. */
    uint32_t rooms = 2 * sessions + ROOMS_REMEMBERED_MAX + 2;
    game->changes = wheel_new(0);
    game->caches = wheel_new(0);
    game->seated = wheel_new(0);
    game->asking = wheel_new(0);
    return game->changes != NULL && game->caches != NULL && game->seated != NULL &&
           game->asking != NULL &&
           pool_init(&game->players, sessions, sizeof(struct player)) == 0 &&
           pool_init(&game->rooms, rooms, sizeof(struct room)) == 0 &&
           pool_init(&game->seats, sessions, sizeof(struct seat)) == 0 &&
           pool_init(&game->inquiries, sessions, sizeof(struct inquiry)) == 0 &&
           map_init(&game->rooms_by_id, rooms) == 0 &&
           textpool_init(&game->states, sessions, GAME_STATE_BYTES_MAX) == 0 &&
           textpool_init(&game->ids, rooms, GAME_ROOM_ID_BYTES_MAX) == 0 &&
           textpool_init(&game->entries, rooms * WELCOME_ENTRIES_MAX, ENTRY_BYTES_MAX) == 0 &&
           rosters_init(&game->rosters, rooms) == 0;
}

static void *create(const struct service_config *config)
{
    struct game *game = calloc(1, sizeof *game);
    if (game == NULL)
        return NULL;
    game->config = *config;
    game->empty_rooms = CHAIN_EMPTY;
    if (config->options != NULL)
        game->options = *(const struct game_options *)config->options;
    if (!reserve(game, config->sessions_max)) {
        destroy(game);
        return NULL;
    }
    return game;
}

struct handle game_session(const struct game *game, uint32_t slot)
{
    return player_at(game, slot)->session;
}

uint32_t game_facts(const struct game *game, uint32_t slot)
{
    return player_at(game, slot)->room != NONE ? GAME_JOINED : 0;
}

/* A player in no room. SERVICE_FULL when there are as many as there may be. */
static uint32_t add_player(struct game *game, const struct session_facts *facts)
{
    struct handle handle;
    struct player *player = pool_take(&game->players, &handle);
    if (player == NULL)
        return SERVICE_FULL;
    player->session = facts->session;
    player->room = NONE;
    return handle.slot;
}

static uint32_t open_session(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct game *game = state;
    uint32_t slot = add_player(game, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    uint8_t id[UUID_BYTES];
    uuid_draw(turn->random, id);
    uuid_format(id, player_at(game, slot)->id);
    return slot;
}

static uint32_t facts_of(const void *state, uint32_t slot)
{
    return game_facts(state, slot);
}

static void command(void *state, uint32_t slot, const void *block, struct turn *turn)
{
    game_dispatch(state, slot, block, turn);
}

static void close_session(void *state, uint32_t slot, struct turn *turn)
{
    struct game *game = state;
    seat_leave(game, slot);
    if (player_at(game, slot)->room != NONE)
        game_room_leave(game, slot, turn);
    pool_give_back(&game->players, slot);
}

/* Rooms may be left for the next call: there is always room for what one asks for. */
static struct wheel_timer *next_due(struct wheel *wheel, const struct turn *turn)
{
    return turn->effect_count + PLAYERS_MAX > EFFECTS_MAX ? NULL : wheel_due(wheel, turn->now_ms);
}

static void tick(void *state, struct turn *turn)
{
    struct game *game = state;
    struct wheel_timer *due;
    while ((due = next_due(game->changes, turn)) != NULL)
        game_room_due(game, WHEEL_OWNER(due, struct room, timer), turn);
    while ((due = next_due(game->caches, turn)) != NULL)
        orders_states(game, WHEEL_OWNER(due, struct room, cache_timer), turn);
    while ((due = wheel_due(game->seated, turn->now_ms)) != NULL)
        seat_expire(game, WHEEL_OWNER(due, struct seat, timer));
    while ((due = next_due(game->asking, turn)) != NULL)
        seat_despair(game, WHEEL_OWNER(due, struct inquiry, timer), turn);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_ms(const void *state)
{
    const struct game *game = state;
    uint64_t next = wheel_next_ms(game->changes);
    next = earlier(next, wheel_next_ms(game->caches));
    next = earlier(next, wheel_next_ms(game->seated));
    return earlier(next, wheel_next_ms(game->asking));
}

static size_t pack(void *state, uint32_t slot, uint8_t *block)
{
    struct game *game = state;
    const struct player *player = player_at(game, slot);
    CHECK(player->room == NONE); /* it has left it for the one that it moves to */
    memcpy(block, player->id, sizeof player->id);
    memcpy(block + PACKED_SEAT, &player->seat, sizeof player->seat);
    pool_give_back(&game->players, slot);
    return PACKED_LEN;
}

static uint32_t unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                       size_t len)
{
    struct game *game = state;
    CHECK(len == PACKED_LEN);
    uint32_t slot = add_player(game, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    struct player *player = player_at(game, slot);
    memcpy(player->id, block, sizeof player->id);
    memcpy(&player->seat, block + PACKED_SEAT, sizeof player->seat);
    return slot;
}

static void mail(void *state, uint32_t from, const uint8_t *bytes, size_t len, struct turn *turn)
{
    seat_mail(state, from, bytes, len, turn);
}

static void recalled(void *state, const struct store_recalled *recalled, struct turn *turn)
{
    game_room_recalled(state, recalled, turn);
}

static uint32_t rooms(const void *state)
{
    const struct game *game = state;
    return game->rooms.live - game->empty_now;
}

const struct service game_service = {
    .name = STR_INIT("game"),
    .event_bytes = sizeof(struct game_event),
    .command_bytes = sizeof(struct game_command),
    .create = create,
    .destroy = destroy,
    .open = open_session,
    .facts = facts_of,
    .command = command,
    .close = close_session,
    .tick = tick,
    .next_ms = next_ms,
    .pack = pack,
    .unpack = unpack,
    .mail = mail,
    .recalled = recalled,
    .rooms = rooms,
    .describe = game_describe,
    .next_room = game_next_room,
};
