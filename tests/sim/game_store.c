/* A store as game meets it: it has messages of a former life, answers late,
 * refuses, or never answers. */
#include <stdlib.h>

#include "base/check.h"
#include "game/packing.h"
#include "game_play.h"

/* A question that is not answered yet. */
struct recall {
    uint32_t worker, room;
    uint64_t ticket;
};

/* A player's state in the cache. */
struct cached {
    uint32_t room;
    char client_id[37], name[GAME_NAME_BYTES];
};

enum { RECALLS_MAX = 4096, CACHED_MAX = 8192 };

struct game_store {
    struct recall recalls[RECALLS_MAX];
    uint32_t recalls_count;
    struct cached cached[CACHED_MAX];
    uint32_t cached_count;
    uint32_t players[GAME_ROOMS_MAX]; /* as it was told last */
    struct game_model_entry old[GAME_ROOMS_MAX][GAME_WELCOME_ENTRIES];
    uint32_t old_count[GAME_ROOMS_MAX];
    uint64_t entries;
};

struct game_store *game_store_new(struct game_model *model)
{
    struct game_store *store = calloc(1, sizeof *store);
    CHECK(store != NULL);
    struct draw *draw = &model->world->draw;
    for (uint32_t room = 0; room < model->rooms_count; room++) {
        store->old_count[room] = draw_below(draw, 2) * draw_below(draw, GAME_WELCOME_ENTRIES + 1);
        for (uint32_t i = 0; i < store->old_count[room]; i++) {
            struct game_model_entry *entry = &store->old[room][i];
            *entry = (struct game_model_entry){.id = ids_add(&model->entries),
                                               .incarnation = ids_add(&model->incarnations),
                                               .said_ns = 1000 + i};
            ids_set(&model->entries, entry->id, draw_bits(draw));
            ids_set(&model->incarnations, entry->incarnation, draw_bits(draw));
            snprintf(entry->name, sizeof entry->name, "old %u", i);
            snprintf(entry->message, sizeof entry->message, "in %u", room);
        }
    }
    return store;
}

void game_store_free(struct game_store *store)
{
    free(store);
}

static uint32_t room_of(struct str id)
{
    return (uint32_t)strtoul((const char *)memrchr(id.base, ' ', id.len) + 1, NULL, 10);
}

static struct cached *find(struct game_store *store, const struct store_order *order)
{
    CHECK(order->client_id.len == 36);
    uint32_t room = room_of(order->room_id);
    for (uint32_t i = 0; i < store->cached_count; i++)
        if (store->cached[i].room == room &&
            memcmp(store->cached[i].client_id, order->client_id.base, 36) == 0)
            return &store->cached[i];
    return NULL;
}

static void cache(struct game_store *store, const struct store_order *order)
{
    struct game_player_state state;
    CHECK(game_state_unpack(order->text, &state));
    struct cached *cached = find(store, order);
    if (cached == NULL) {
        CHECK(store->cached_count < CACHED_MAX);
        cached = &store->cached[store->cached_count++];
    }
    cached->room = room_of(order->room_id);
    memcpy(cached->client_id, order->client_id.base, 36);
    snprintf(cached->name, sizeof cached->name, "%.*s", (int)state.name.len, state.name.base);
}

bool game_stored(void *state, uint32_t worker, const struct store_order *order)
{
    struct game_model *model = state;
    struct game_store *store = model->store;
    /* Copied, since the id need not end with 0. */
    char room[64];
    snprintf(room, sizeof room, "%.*s", (int)order->room_id.len, order->room_id.base);
    struct store_order copy = *order;
    copy.room_id = (struct str){room, strlen(room)};
    struct cached *cached;
    struct game_model_room *asked;
    switch (order->kind) {
    case STORE_ENTRY:
        store->entries++;
        break;
    case STORE_ROOM:
        store->players[room_of(copy.room_id)] = order->players;
        break;
    case STORE_STATE:
        cache(store, &copy);
        break;
    case STORE_GONE:
        cached = find(store, &copy);
        if (cached == NULL)
            world_fails(model->world, 0, "or another leaves a cache that it was not in");
        *cached = store->cached[--store->cached_count];
        break;
    case STORE_RECALL:
        asked = &model->rooms[room_of(copy.room_id)];
        asked->recalled_ms[asked->recalls++ % GAME_RECALLS] = model->world->now_ms;
        if (store->recalls_count == RECALLS_MAX || draw_percent(&model->world->draw, 3))
            return false;
        store->recalls[store->recalls_count++] = (struct recall){
            .worker = worker, .room = room_of(copy.room_id), .ticket = order->ticket};
        break;
    }
    return true;
}

/* What the store has of a room, as the hub is given it. */
static size_t pack_entries(const struct game_model *model, uint32_t room, char *bytes)
{
    const struct game_store *store = model->store;
    char *at = bytes, name[32];
    game_room_name(room, name);
    for (uint32_t i = 0; i < store->old_count[room]; i++) {
        const struct game_model_entry *entry = &store->old[room][i];
        struct store_order order = {
            .kind = STORE_ENTRY,
            .at_ns = entry->said_ns,
            .room_id = {name, strlen(name)},
            .id = {model->entries.ids[entry->id].text, 36},
            .client_id = {model->incarnations.ids[entry->incarnation].text, 36},
            .name = {entry->name, strlen(entry->name)},
            .text = {entry->message, strlen(entry->message)}};
        store_order_pack(&order, at);
        at += store_order_bytes(&order);
    }
    return (size_t)(at - bytes);
}

static void answer(struct game_model *model, const struct recall *recall, bool refused)
{
    static char bytes[GAME_WELCOME_ENTRIES * 512];
    struct world *world = model->world;
    const struct game_store *store = model->store;
    struct store_recalled recalled = {.ticket = recall->ticket, .refused = refused};
    size_t len = 0;
    if (refused) {
        model->refused_step = world->step + 1;
    } else {
        recalled.count = store->old_count[recall->room];
        len = pack_entries(model, recall->room, bytes);
    }
    bool waited = game_walk_waits(model, recall->worker, recall->ticket);
    struct hub *hub = world_begin_step(world, recall->worker);
    hub_recalled(hub, 0, &recalled, (struct str){bytes, len});
    if (waited && !refused) {
        struct game_model_room *room = &model->rooms[recall->room];
        room->entries_count = store->old_count[recall->room];
        memcpy(room->entries, store->old[recall->room], sizeof room->entries);
        if (room->entries_count > 0)
            room->stamped_ns = room->entries[room->entries_count - 1].said_ns;
    }
    world_end_step(world, recall->worker);
}

bool game_store_acts(void *state)
{
    struct game_model *model = state;
    struct game_store *store = model->store;
    struct draw *draw = &model->world->draw;
    if (store->recalls_count == 0)
        return false;
    uint32_t which = draw_below(draw, store->recalls_count);
    struct recall recall = store->recalls[which];
    store->recalls[which] = store->recalls[--store->recalls_count];
    if (!draw_percent(draw, 3)) /* otherwise it never answers */
        answer(model, &recall, draw_percent(draw, 5));
    return true;
}

void game_store_settled(struct game_model *model)
{
    const struct game_store *store = model->store;
    uint32_t players = 0;
    for (uint32_t i = 0; i < model->rooms_count; i++) {
        const struct game_model_room *room = &model->rooms[i];
        players += room->count;
        if (model->stores && store->players[i] != room->count)
            world_fails(model->world, 0, "or another: the store has %u players in room %u, not %u",
                        store->players[i], i, room->count);
    }
    if (model->stores && store->entries != model->chats)
        world_fails(model->world, 0, "or another: the store has %llu messages, not %llu",
                    (unsigned long long)store->entries, (unsigned long long)model->chats);
    if (!model->caches)
        return;
    if (store->cached_count != players)
        world_fails(model->world, 0, "or another: the cache has %u states, not %u",
                    store->cached_count, players);
    for (uint32_t i = 0; i < store->cached_count; i++) {
        const struct cached *cached = &store->cached[i];
        const struct game_model_room *room = &model->rooms[cached->room];
        bool found = false;
        for (uint32_t j = 0; j < room->count && !found; j++)
            found = strcmp(model->players[room->players[j]].name, cached->name) == 0;
        if (!found)
            world_fails(model->world, 0, "or another: the cache has an old state of %s",
                        cached->name);
    }
}
