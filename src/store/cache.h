/* cache.h: which keys Redis should have, and which of them it does not have yet.
 *
 * A key is a player's newest state or a room's count; however often it changes, it has one place
 * here. It goes this way:
 *
 *     new ──► noting ──► waiting ──► sent ──► resting ──► waiting … (changed, or old)
 *
 * A player's key is noted in the journal first, so that a later life of ours can delete it. A key
 * that has been deleted, and the count of a room that is empty, is forgotten when Redis has it. No
 * I/O and no clock; one thread at a time. */
#ifndef PARLEY_STORE_CACHE_H
#define PARLEY_STORE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/handle.h"
#include "store_order.h"

enum {
    /* Redis forgets by itself after so long (docs/operating.md). */
    CACHE_STATE_SECONDS = 3600,
    CACHE_COUNT_SECONDS = 300,
    /* What has not changed is written again after half of it. */
    CACHE_STATE_AGAIN_MS = CACHE_STATE_SECONDS * 1000 / 2,
    CACHE_COUNT_AGAIN_MS = CACHE_COUNT_SECONDS * 1000 / 2
};

struct cache;

/* NULL when memory is short. `hash_key` is secret: keys come from outside. */
struct cache *cache_new(uint32_t keys_max, const uint8_t hash_key[16])
    __attribute__((warn_unused_result));
void cache_free(struct cache *cache);

/* STORE_STATE, STORE_GONE, STORE_ROOM. False when the key is not there and cannot be: there are
 * keys_max, or memory is short. */
bool cache_take(struct cache *cache, const struct store_order *order)
    __attribute__((warn_unused_result));

/* Takes a new key to noting; its texts are in `arena`. False when there is none, or no space. */
bool cache_note(struct cache *cache, struct arena *arena, struct store_order *order);
/* The journal has noted it. */
void cache_noted(struct cache *cache, const struct store_order *order);

enum cache_action { CACHE_SET_STATE, CACHE_SET_COUNT, CACHE_DELETE };

/* What Redis is to be told of one key. */
struct cache_task {
    enum cache_action action;
    struct str room_id, client_id, state; /* the state as its service packs it */
    uint32_t players;
    struct handle key;
    uint32_t version;
};

/* Takes the key that has waited longest to sent; its texts are in `arena`. False when none waits,
 * or no space is left. */
bool cache_send(struct cache *cache, struct arena *arena, struct cache_task *task);
/* Redis has done it, or has not: then it waits again. True when that was the end of a noted key,
 * which the journal can forget. */
bool cache_settle(struct cache *cache, const struct cache_task *task, bool done, uint64_t now_ms);

/* All keys that rest wait again: Redis may have lost them. */
void cache_renew(struct cache *cache);
/* Those wait again that were written long ago. Returns when the next will have been, UINT64_MAX
 * for never. */
uint64_t cache_refresh(struct cache *cache, uint64_t now_ms);
/* Whether a key is new or waits. */
bool cache_has_work(const struct cache *cache);
uint32_t cache_count(const struct cache *cache);

#endif
