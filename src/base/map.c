#include "base/map.h"

#include <errno.h>
#include <stddef.h>

#include "base/check.h"
#include "base/reserve.h"

/* A power of two. */
enum { BUCKETS_MIN = 64 };

static size_t buckets_bytes(const struct map *map)
{
    return ((size_t)map->capacity + BUCKETS_MIN) * sizeof *map->buckets;
}

int map_init(struct map *map, uint32_t capacity)
{
    CHECK(capacity > 0 && capacity < UINT32_MAX / 2);
    *map = (struct map){.capacity = capacity, .buckets_count = BUCKETS_MIN};
    map->buckets = reserve_new(buckets_bytes(map));
    map->links = reserve_new(capacity * sizeof *map->links);
    if (map->buckets == NULL || map->links == NULL) {
        map_clear(map);
        return -ENOMEM;
    }
    return 0;
}

void map_clear(struct map *map)
{
    reserve_free(map->buckets, buckets_bytes(map));
    reserve_free(map->links, map->capacity * sizeof *map->links);
    *map = (struct map){0};
}

/* The largest power of two that is at most buckets_count. */
static uint32_t round_of(uint32_t buckets_count)
{
    return 0x80000000u >> __builtin_clz(buckets_count);
}

/* Buckets below (buckets_count - round) have been split in this round: one more bit of the hash
 * tells the halves apart. */
static uint32_t bucket_of(const struct map *map, uint32_t hash)
{
    uint32_t round = round_of(map->buckets_count);
    uint32_t bucket = hash & (2 * round - 1);
    return bucket < map->buckets_count ? bucket : hash & (round - 1);
}

static void split_bucket(struct map *map)
{
    uint32_t fresh = map->buckets_count++;
    uint32_t *from = &map->buckets[fresh - round_of(fresh)];
    uint32_t *to = &map->buckets[fresh];
    while (*from != 0) {
        struct map_link *link = &map->links[*from - 1];
        if (bucket_of(map, link->hash) == fresh) {
            *to = *from;
            *from = link->next;
            to = &link->next;
        } else {
            from = &link->next;
        }
    }
    *to = 0;
}

void map_add(struct map *map, uint64_t hash, uint32_t slot)
{
    CHECK(slot < map->capacity && map->count < map->capacity);
    struct map_link *link = &map->links[slot];
    link->hash = (uint32_t)hash;
    uint32_t *bucket = &map->buckets[bucket_of(map, link->hash)];
    link->next = *bucket;
    *bucket = slot + 1;
    if (++map->count > map->buckets_count)
        split_bucket(map);
}

void map_remove(struct map *map, uint32_t slot)
{
    CHECK(slot < map->capacity);
    uint32_t *at = &map->buckets[bucket_of(map, map->links[slot].hash)];
    while (*at != slot + 1) {
        CHECK(*at != 0);
        at = &map->links[*at - 1].next;
    }
    *at = map->links[slot].next;
    map->count--;
}

static uint32_t next_of_hash(const struct map *map, uint32_t at, uint32_t hash)
{
    while (at != 0 && map->links[at - 1].hash != hash)
        at = map->links[at - 1].next;
    return at == 0 ? MAP_NONE : at - 1;
}

uint32_t map_first(const struct map *map, uint64_t hash)
{
    return next_of_hash(map, map->buckets[bucket_of(map, (uint32_t)hash)], (uint32_t)hash);
}

uint32_t map_next(const struct map *map, uint32_t slot)
{
    const struct map_link *link = &map->links[slot];
    return next_of_hash(map, link->next, link->hash);
}
