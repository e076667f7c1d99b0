#include "base/roster.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/reserve.h"

enum { PLACES_MIN = 4, MEMBER_BYTES = sizeof(struct handle) + sizeof(uint32_t) };
_Static_assert(PLACES_MIN << 2 * (ROSTER_SIZES - 1) == ROSTER_MEMBERS_MAX, "the largest size");

static uint32_t places_of(uint32_t size)
{
    return (uint32_t)PLACES_MIN << 2 * size;
}

static size_t block_bytes(uint32_t size)
{
    return (size_t)places_of(size) * MEMBER_BYTES;
}

int rosters_init(struct rosters *rosters, uint32_t rosters_max)
{
    *rosters = (struct rosters){.rosters_max = rosters_max};
    for (uint32_t i = 0; i < ROSTER_SIZES; i++) {
        rosters->sizes[i].free = ROSTER_NONE;
        rosters->sizes[i].blocks = reserve_new(rosters_max * block_bytes(i));
        if (rosters->sizes[i].blocks == NULL) {
            rosters_clear(rosters);
            return -ENOMEM;
        }
    }
    return 0;
}

void rosters_clear(struct rosters *rosters)
{
    for (uint32_t i = 0; i < ROSTER_SIZES; i++)
        reserve_free(rosters->sizes[i].blocks, rosters->rosters_max * block_bytes(i));
    *rosters = (struct rosters){0};
}

static uint8_t *block_at(const struct rosters *rosters, uint32_t size, uint32_t block)
{
    return rosters->sizes[size].blocks + block * block_bytes(size);
}

static struct handle *sessions_of(const struct rosters *rosters, const struct roster *roster)
{
    return (struct handle *)(void *)block_at(rosters, roster->size, roster->block);
}

static uint32_t *members_of(const struct rosters *rosters, const struct roster *roster)
{
    return (uint32_t *)(void *)(sessions_of(rosters, roster) + places_of(roster->size));
}

const struct handle *roster_sessions(const struct rosters *rosters, const struct roster *roster)
{
    return roster->count > 0 ? sessions_of(rosters, roster) : NULL;
}

const uint32_t *roster_members(const struct rosters *rosters, const struct roster *roster)
{
    return roster->count > 0 ? members_of(rosters, roster) : NULL;
}

static uint32_t take_block(struct rosters *rosters, uint32_t size)
{
    struct roster_size *of = &rosters->sizes[size];
    uint32_t block = of->free;
    if (block != ROSTER_NONE) {
        memcpy(&of->free, block_at(rosters, size, block), sizeof of->free);
    } else {
        CHECK(of->touched < rosters->rosters_max);
        block = of->touched++;
    }
    return block;
}

static void give_back_block(struct rosters *rosters, uint32_t size, uint32_t block)
{
    struct roster_size *of = &rosters->sizes[size];
    memcpy(block_at(rosters, size, block), &of->free, sizeof of->free);
    of->free = block;
}

/* Makes room for one more than the `count` that fill its places. */
static void grow(struct rosters *rosters, struct roster *roster)
{
    CHECK(roster->count < ROSTER_MEMBERS_MAX);
    struct roster old = *roster;
    if (old.count > 0)
        roster->size++;
    roster->block = take_block(rosters, roster->size);
    if (old.count > 0) {
        memcpy(sessions_of(rosters, roster), sessions_of(rosters, &old),
               old.count * sizeof(struct handle));
        memcpy(members_of(rosters, roster), members_of(rosters, &old),
               old.count * sizeof(uint32_t));
        give_back_block(rosters, old.size, old.block);
    }
}

uint32_t roster_add(struct rosters *rosters, struct roster *roster, struct handle session,
                    uint32_t member)
{
    if (roster->count == 0 || roster->count == places_of(roster->size))
        grow(rosters, roster);
    uint32_t place = roster->count++;
    sessions_of(rosters, roster)[place] = session;
    members_of(rosters, roster)[place] = member;
    return place;
}

uint32_t roster_remove(struct rosters *rosters, struct roster *roster, uint32_t place)
{
    CHECK(place < roster->count);
    if (roster->count == 1) {
        roster_empty(rosters, roster);
        return ROSTER_NONE;
    }
    uint32_t last = --roster->count;
    if (place == last)
        return ROSTER_NONE;
    sessions_of(rosters, roster)[place] = sessions_of(rosters, roster)[last];
    members_of(rosters, roster)[place] = members_of(rosters, roster)[last];
    return members_of(rosters, roster)[place];
}

void roster_empty(struct rosters *rosters, struct roster *roster)
{
    if (roster->count > 0)
        give_back_block(rosters, roster->size, roster->block);
    *roster = (struct roster){0};
}
