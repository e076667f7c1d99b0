#include "store/cache.h"

#include <stdlib.h>

#include "base/chain.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/pool.h"

/* Where a key stands; each is a chain. */
enum stage { NEW, NOTING, WAITING, SENT, STATES_RESTING, COUNTS_RESTING, STAGES };

struct key {
    enum stage stage;
    struct chain_link stage_link;
    bool gone; /* the player has left */
    bool noted;
    uint32_t version;    /* counts changes */
    uint32_t players;    /* of a room's count */
    uint64_t written_ms; /* when it came to rest */
    char *bytes;         /* room_id, client_id (empty for a room), state */
    uint32_t room_len, client_len, state_len, capacity;
};

struct cache {
    struct pool keys;
    struct map map;
    struct chain stages[STAGES];
    uint8_t hash_key[16];
};

struct cache *cache_new(uint32_t keys_max, const uint8_t hash_key[16])
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    memcpy(cache->hash_key, hash_key, sizeof cache->hash_key);
    for (uint32_t i = 0; i < STAGES; i++)
        cache->stages[i] = CHAIN_EMPTY;
    if (pool_init(&cache->keys, keys_max, sizeof(struct key)) == 0 &&
        map_init(&cache->map, keys_max) == 0)
        return cache;
    cache_free(cache);
    return NULL;
}

void cache_free(struct cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t slot = pool_next(&cache->keys, 0); slot != POOL_NONE;
         slot = pool_next(&cache->keys, slot + 1)) {
        struct key *key = pool_at(&cache->keys, slot);
        free(key->bytes);
    }
    map_clear(&cache->map);
    pool_clear(&cache->keys);
    free(cache);
}

static struct key *key_at(const struct cache *cache, uint32_t slot)
{
    return pool_at(&cache->keys, slot);
}

static struct str room_of(const struct key *key)
{
    return (struct str){key->bytes, key->room_len};
}

static struct str client_of(const struct key *key)
{
    return (struct str){key->bytes + key->room_len, key->client_len};
}

enum { LINK = offsetof(struct key, stage_link) };

static void unlink_key(struct cache *cache, const struct key *key)
{
    chain_remove(&cache->stages[key->stage], &cache->keys, LINK, pool_slot(&cache->keys, key));
}

/* To the end of the chain of a stage. */
static void link_key(struct cache *cache, struct key *key, enum stage stage)
{
    key->stage = stage;
    chain_append(&cache->stages[stage], &cache->keys, LINK, pool_slot(&cache->keys, key));
}

static void move_key(struct cache *cache, struct key *key, enum stage stage)
{
    unlink_key(cache, key);
    link_key(cache, key, stage);
}

static void drop_key(struct cache *cache, struct key *key)
{
    uint32_t slot = pool_slot(&cache->keys, key);
    unlink_key(cache, key);
    map_remove(&cache->map, slot);
    free(key->bytes);
    pool_give_back(&cache->keys, slot);
}

static uint64_t hash_of(const struct cache *cache, struct str room_id, struct str client_id)
{
    return hash_bytes(cache->hash_key, room_id) * 31 + hash_bytes(cache->hash_key, client_id);
}

static struct key *find(const struct cache *cache, struct str room_id, struct str client_id)
{
    uint32_t slot = map_first(&cache->map, hash_of(cache, room_id, client_id));
    while (slot != MAP_NONE && !(str_equal(room_of(key_at(cache, slot)), room_id) &&
                                 str_equal(client_of(key_at(cache, slot)), client_id)))
        slot = map_next(&cache->map, slot);
    return slot == MAP_NONE ? NULL : key_at(cache, slot);
}

static struct key *add(struct cache *cache, struct str room_id, struct str client_id,
                       enum stage stage)
{
    struct handle handle;
    uint32_t len = (uint32_t)(room_id.len + client_id.len);
    char *bytes = malloc(len + 1); /* one more, so that no text is NULL */
    struct key *key = bytes != NULL ? pool_take(&cache->keys, &handle) : NULL;
    if (key == NULL) {
        free(bytes);
        return NULL;
    }
    memcpy(bytes, room_id.base, room_id.len);
    if (client_id.len > 0)
        memcpy(bytes + room_id.len, client_id.base, client_id.len);
    *key = (struct key){.bytes = bytes,
                        .room_len = (uint32_t)room_id.len,
                        .client_len = (uint32_t)client_id.len,
                        .capacity = len};
    map_add(&cache->map, hash_of(cache, room_id, client_id), handle.slot);
    link_key(cache, key, stage);
    return key;
}

/* It is not as Redis has it. */
static void change(struct cache *cache, struct key *key)
{
    key->version++;
    if (key->stage == STATES_RESTING || key->stage == COUNTS_RESTING)
        move_key(cache, key, WAITING);
}

static bool set_state(struct cache *cache, struct key *key, struct str state)
{
    size_t before = key->room_len + key->client_len;
    if (before + state.len > key->capacity) {
        char *bytes = realloc(key->bytes, before + state.len);
        if (bytes == NULL)
            return false;
        key->bytes = bytes;
        key->capacity = (uint32_t)(before + state.len);
    }
    memcpy(key->bytes + before, state.base, state.len);
    key->state_len = (uint32_t)state.len;
    key->gone = false;
    change(cache, key);
    return true;
}

static bool take_state(struct cache *cache, const struct store_order *order)
{
    struct key *key = find(cache, order->room_id, order->client_id);
    if (key == NULL)
        key = add(cache, order->room_id, order->client_id, NEW);
    if (key == NULL)
        return false;
    if (set_state(cache, key, order->text))
        return true;
    if (key->stage == NEW && key->state_len == 0)
        drop_key(cache, key);
    return false;
}

/* One that is not known is of a former life, and noted. */
static bool take_gone(struct cache *cache, const struct store_order *order)
{
    struct key *key = find(cache, order->room_id, order->client_id);
    if (key != NULL && key->stage == NEW) {
        drop_key(cache, key);
        return true;
    }
    if (key == NULL) {
        key = add(cache, order->room_id, order->client_id, WAITING);
        if (key == NULL)
            return false;
        key->noted = true;
    }
    key->gone = true;
    change(cache, key);
    return true;
}

static bool take_count(struct cache *cache, const struct store_order *order)
{
    struct key *key = find(cache, order->room_id, (struct str){NULL, 0});
    if (key != NULL && key->players == order->players)
        return true;
    if (key == NULL)
        key = add(cache, order->room_id, (struct str){NULL, 0}, WAITING);
    if (key == NULL)
        return false;
    key->players = order->players;
    change(cache, key);
    return true;
}

bool cache_take(struct cache *cache, const struct store_order *order)
{
    switch (order->kind) {
    case STORE_STATE:
        return take_state(cache, order);
    case STORE_GONE:
        return take_gone(cache, order);
    case STORE_ROOM:
        return take_count(cache, order);
    case STORE_ENTRY:
    case STORE_RECALL:
        break;
    }
    CHECK(false); /* nobody gives the cache other orders */
    return false;
}

/* A copy of the key's texts. */
static bool copy(const struct key *key, struct arena *arena, struct str *room_id,
                 struct str *client_id, struct str *state)
{
    size_t len = key->room_len + key->client_len + key->state_len;
    struct str bytes = arena_copy(arena, (struct str){key->bytes, len});
    if (bytes.base == NULL)
        return false;
    *room_id = (struct str){bytes.base, key->room_len};
    *client_id = (struct str){bytes.base + key->room_len, key->client_len};
    *state = (struct str){bytes.base + key->room_len + key->client_len, key->state_len};
    return true;
}

bool cache_note(struct cache *cache, struct arena *arena, struct store_order *order)
{
    struct str room_id, client_id, state;
    uint32_t slot = cache->stages[NEW].first;
    if (slot == CHAIN_END || !copy(key_at(cache, slot), arena, &room_id, &client_id, &state))
        return false;
    *order = (struct store_order){.kind = STORE_STATE, .room_id = room_id, .client_id = client_id};
    move_key(cache, key_at(cache, slot), NOTING);
    return true;
}

void cache_noted(struct cache *cache, const struct store_order *order)
{
    struct key *key = find(cache, order->room_id, order->client_id);
    CHECK(key != NULL && key->stage == NOTING);
    key->noted = true;
    move_key(cache, key, WAITING);
}

bool cache_send(struct cache *cache, struct arena *arena, struct cache_task *task)
{
    struct str room_id, client_id, state;
    uint32_t slot = cache->stages[WAITING].first;
    if (slot == CHAIN_END || !copy(key_at(cache, slot), arena, &room_id, &client_id, &state))
        return false;
    struct key *key = key_at(cache, slot);
    *task = (struct cache_task){
        .action = key->client_len == 0 ? CACHE_SET_COUNT
                  : key->gone          ? CACHE_DELETE
                                       : CACHE_SET_STATE,
        .room_id = room_id,
        .client_id = client_id,
        .state = state,
        .players = key->players,
        .key = pool_handle(&cache->keys, slot),
        .version = key->version,
    };
    move_key(cache, key, SENT);
    return true;
}

bool cache_settle(struct cache *cache, const struct cache_task *task, bool done, uint64_t now_ms)
{
    struct key *key = pool_find(&cache->keys, task->key);
    CHECK(key != NULL && key->stage == SENT); /* what is sent is not dropped */
    if (!done || key->version != task->version) {
        move_key(cache, key, WAITING);
        return false;
    }
    bool is_count = key->client_len == 0, noted = key->noted;
    if (key->gone || (is_count && key->players == 0)) {
        drop_key(cache, key);
        return noted;
    }
    key->written_ms = now_ms;
    move_key(cache, key, is_count ? COUNTS_RESTING : STATES_RESTING);
    return false;
}

/* Those of a resting stage wait again that were written at until_ms or before. */
static void wake(struct cache *cache, enum stage stage, uint64_t until_ms)
{
    uint32_t slot;
    while ((slot = cache->stages[stage].first) != CHAIN_END &&
           key_at(cache, slot)->written_ms <= until_ms)
        move_key(cache, key_at(cache, slot), WAITING);
}

void cache_renew(struct cache *cache)
{
    wake(cache, COUNTS_RESTING, UINT64_MAX);
    wake(cache, STATES_RESTING, UINT64_MAX);
}

/* Refreshes one stage, and lowers *next_ms to when that is due again. */
static void refresh(struct cache *cache, enum stage stage, uint64_t after_ms, uint64_t now_ms,
                    uint64_t *next_ms)
{
    if (now_ms >= after_ms)
        wake(cache, stage, now_ms - after_ms);
    uint32_t slot = cache->stages[stage].first;
    if (slot != CHAIN_END && key_at(cache, slot)->written_ms + after_ms < *next_ms)
        *next_ms = key_at(cache, slot)->written_ms + after_ms;
}

uint64_t cache_refresh(struct cache *cache, uint64_t now_ms)
{
    uint64_t next_ms = UINT64_MAX;
    refresh(cache, STATES_RESTING, CACHE_STATE_AGAIN_MS, now_ms, &next_ms);
    refresh(cache, COUNTS_RESTING, CACHE_COUNT_AGAIN_MS, now_ms, &next_ms);
    return next_ms;
}

bool cache_has_work(const struct cache *cache)
{
    return cache->stages[NEW].first != CHAIN_END || cache->stages[WAITING].first != CHAIN_END;
}

uint32_t cache_count(const struct cache *cache)
{
    return cache->keys.live;
}
