/* map.h: finds pool slots by the hash of a key that lives in the slot's entry.
 *
 * Linear hashing: an insertion splits at most one bucket, so that there is never a pause to grow,
 * and memory is only taken for as many entries as there have been at once: 12 bytes each.
 * The hash must be keyed (base/hash.h) where the keys come from outside. One thread.
 *
 *     uint32_t slot = map_first(&map, hash);
 *     while (slot != MAP_NONE && !str_equal(room_at(slot)->code, code)) {
 *         slot = map_next(&map, slot);
 *     } */
#ifndef PARLEY_BASE_MAP_H
#define PARLEY_BASE_MAP_H

#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map_link {
    uint32_t hash;
    uint32_t next; /* slot + 1 in the same bucket; 0 ends */
};

struct map {
    uint32_t *buckets;      /* slot + 1 of the first; 0 when empty */
    struct map_link *links; /* by slot */
    uint32_t capacity;      /* slots are below */
    uint32_t count;         /* slots that are in the map */
    uint32_t buckets_count;
};

/* -ENOMEM when the address space is short. */
int map_init(struct map *map, uint32_t capacity) __attribute__((warn_unused_result));
void map_clear(struct map *map);
/* A slot is at most once in the map. Cannot fail. */
void map_add(struct map *map, uint64_t hash, uint32_t slot);
/* The slot must be in the map. */
void map_remove(struct map *map, uint32_t slot);
/* Candidates for a key: slots with the same hash, newest first; MAP_NONE ends. */
uint32_t map_first(const struct map *map, uint64_t hash);
uint32_t map_next(const struct map *map, uint32_t slot);

#endif
