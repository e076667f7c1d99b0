/* roster.h: the members of many groups as dense arrays, ready for a cast to all of one.
 *
 * An array takes the smallest of a few sizes that holds it, and none when it is empty. Every size
 * has room for all rosters, so that nothing is ever full; what was never used costs no memory. */
#ifndef PARLEY_BASE_ROSTER_H
#define PARLEY_BASE_ROSTER_H

#include <stdint.h>

#include "base/handle.h"

#define ROSTER_NONE UINT32_MAX

enum { ROSTER_SIZES = 5, ROSTER_MEMBERS_MAX = 1024 };

/* Zeroed, an empty one. */
struct roster {
    uint32_t count;
    uint32_t block; /* among those of its size */
    uint32_t size;
};

struct roster_size {
    uint8_t *blocks;
    uint32_t touched, free;
};

struct rosters {
    uint32_t rosters_max;
    struct roster_size sizes[ROSTER_SIZES]; /* 4, 16, 64, 256, 1024 members */
};

/* -ENOMEM when the address space is short. */
int rosters_init(struct rosters *rosters, uint32_t rosters_max) __attribute__((warn_unused_result));
void rosters_clear(struct rosters *rosters);

/* `count` of them, in the same places; valid until the roster changes. */
const struct handle *roster_sessions(const struct rosters *rosters, const struct roster *roster);
const uint32_t *roster_members(const struct rosters *rosters, const struct roster *roster);

/* Returns the new member's place: the last one. */
uint32_t roster_add(struct rosters *rosters, struct roster *roster, struct handle session,
                    uint32_t member);
/* The last member takes the free place and is returned; ROSTER_NONE when it was the last one's. */
uint32_t roster_remove(struct rosters *rosters, struct roster *roster, uint32_t place);
void roster_empty(struct rosters *rosters, struct roster *roster);

#endif
