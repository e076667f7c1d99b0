/* chain.h: entries of a pool in an order, linked both ways by their slots.
 *
 * The owner embeds a struct chain_link in the entries, one for each chain that an entry may be in
 * at the same time; functions are told where it stands. One thread.
 *
 *     chain_append(&game->empty_rooms, &game->rooms, offsetof(struct room, empty_link), slot); */
#ifndef PARLEY_BASE_CHAIN_H
#define PARLEY_BASE_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

/* Stands for a slot where there is none. */
#define CHAIN_END UINT32_MAX

struct chain_link {
    uint32_t next, previous;
};

struct chain {
    uint32_t first, last;
};

#define CHAIN_EMPTY ((struct chain){CHAIN_END, CHAIN_END})

/* `link`: the offset of the struct chain_link in an entry. */
void chain_append(struct chain *chain, const struct pool *pool, size_t link, uint32_t slot);
/* Behind `previous`, which is in the chain; CHAIN_END: before all. */
void chain_insert(struct chain *chain, const struct pool *pool, size_t link, uint32_t previous,
                  uint32_t slot);
/* The slot must be in the chain. */
void chain_remove(struct chain *chain, const struct pool *pool, size_t link, uint32_t slot);

#endif
