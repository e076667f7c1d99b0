#include "live_walk.h"

#include "live/state.h"

uint32_t live_walk_owner(const void *state, struct str id)
{
    return channel_owner(state, id);
}

bool live_walk_full(const void *state, struct str id)
{
    const struct live *live = state;
    uint32_t slot = channel_find(live, id);
    if (slot == NONE)
        return false;
    const struct channel *channel = channel_at(live, slot);
    return channel->roster.count + channel->seats >= channel->capacity;
}

bool live_walk_crowded(const void *state)
{
    const struct live *live = state;
    return live->members.live == live->members.capacity;
}

static const char *walk_floor(const struct live *live, uint32_t slot)
{
    const struct channel *channel = channel_at(live, slot);
    const struct floor *floor = &channel->floor;
    uint32_t waiting = 0, previous = CHAIN_END;
    for (uint32_t at = floor->queue.first; at != CHAIN_END;
         at = member_at(live, at)->waiting_link.next) {
        const struct member *member = member_at(live, at);
        if (!member->waiting || member->waiting_link.previous != previous ||
            member->channel.slot != slot)
            return "the queue for a floor is torn";
        if (previous != CHAIN_END && member_at(live, previous)->priority < member->priority)
            return "the queue for a floor is out of order";
        if (member->told != waiting + 1)
            return "somebody who waits for a floor was not told its place";
        previous = at;
        waiting++;
    }
    if (waiting != floor->waiting || previous != floor->queue.last)
        return "the queue for a floor is miscounted";
    if (floor->holder == NONE)
        return waiting > 0 ? "a floor is free, and somebody waits for it" : NULL;
    const struct member *holder = member_at(live, floor->holder);
    if (holder->waiting || holder->session == NONE || holder->channel.slot != slot)
        return "a floor's holder is none";
    return wheel_is_set(&floor->timer) ? NULL : "a floor has no end";
}

static const char *walk_channel(const struct live *live, uint32_t slot)
{
    const struct channel *channel = channel_at(live, slot);
    const uint32_t *members = roster_members(&live->rosters, &channel->roster);
    if (channel->roster.count + channel->seats > channel->capacity)
        return "a channel has more members than it takes";
    if (channel->empty != (channel->roster.count + channel->seats == 0))
        return "a channel is not known to be empty, or is and is not";
    for (uint32_t i = 0; i < channel->roster.count; i++) {
        const struct member *member = member_at(live, members[i]);
        if (member->place != i || member->session == NONE || !member->claimed ||
            !handle_equal(member->channel, pool_handle(&live->channels, slot)) ||
            session_at(live, member->session)->member != members[i])
            return "a channel and its member do not name each other";
    }
    return walk_floor(live, slot);
}

const char *live_walk(const void *state)
{
    const struct live *live = state;
    uint32_t places = 0, members = 0, waiting = 0, queued = 0;
    for (uint32_t slot = 0; (slot = pool_next(&live->channels, slot)) != POOL_NONE; slot++) {
        const char *wrong = walk_channel(live, slot);
        if (wrong != NULL)
            return wrong;
        places += channel_at(live, slot)->roster.count + channel_at(live, slot)->seats;
        queued += channel_at(live, slot)->floor.waiting;
    }
    for (uint32_t slot = 0; (slot = pool_next(&live->members, slot)) != POOL_NONE; slot++) {
        const struct member *member = member_at(live, slot);
        bool seat = member->session == NONE;
        if (seat != wheel_is_set(&member->timer))
            return seat ? "a seat has no end" : "a member has an end";
        members += pool_find(&live->channels, member->channel) != NULL;
        waiting += member->waiting;
    }
    return places != members   ? "members and the places of channels differ in number"
           : queued != waiting ? "somebody waits for no floor"
                               : NULL;
}

static bool is_claimed(const struct live *owner, const struct claim *claim)
{
    for (uint32_t slot = 0; (slot = pool_next(&owner->claims, slot)) != POOL_NONE; slot++) {
        const struct claim *taken = pool_at(&owner->claims, slot);
        if (taken->ssrc == claim->ssrc && taken->serial == claim->serial &&
            taken->worker == claim->worker && handle_equal(taken->member, claim->member))
            return true;
    }
    return false;
}

const char *live_walk_together(void *const *lives, uint32_t count)
{
    uint32_t members = 0, claims = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct live *live = lives[i];
        claims += live->claims.live;
        for (uint32_t slot = 0; (slot = pool_next(&live->members, slot)) != POOL_NONE; slot++) {
            const struct member *member = member_at(live, slot);
            if (member->session == NONE)
                return "a seat is kept for ever";
            struct claim claim = claim_of(live, slot);
            if (!is_claimed(lives[claim_owner(live, claim.ssrc)], &claim))
                return "a member's ssrc is not claimed";
            members++;
        }
    }
    return members != claims ? "an ssrc is claimed for ever" : NULL;
}
