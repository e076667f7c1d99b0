/* Members and seats: kept, taken, given up, and left. */
#include "base/check.h"
#include "base/hash.h"
#include "live/state.h"

/* A session that does not come for its seat has ended on the way. */
enum { SEAT_MS = 10000 };

struct member *member_at(const struct live *live, uint32_t slot)
{
    CHECK(pool_is_live(&live->members, slot));
    return pool_at(&live->members, slot);
}

struct str member_user(const struct live *live, uint32_t slot)
{
    return live_text(live, member_at(live, slot)->user);
}

void member_tell(const struct live *live, uint32_t slot, const struct live_event *event,
                 struct turn *turn)
{
    live_tell(live, member_at(live, slot)->session, event, turn);
}

const struct live_member *member_list(const struct live *live, const struct channel *channel,
                                      uint32_t except, struct turn *turn)
{
    const uint32_t *members = roster_members(&live->rosters, &channel->roster);
    struct live_member *list = turn_memory(turn, channel->roster.count * sizeof *list);
    uint32_t count = 0;
    for (uint32_t i = 0; i < channel->roster.count; i++)
        if (members[i] != except)
            list[count++] = (struct live_member){.user_id = member_user(live, members[i]),
                                                 .ssrc = member_at(live, members[i])->ssrc};
    return list;
}

/* A user has one hash for each channel; adding keeps the keyed hash's bits spread. */
static uint64_t user_hash(const struct live *live, struct handle channel, struct str user)
{
    return hash_bytes(live->config.hash_key, user) +
           ((uint64_t)channel.slot << 32 | channel.generation) * UINT64_C(0x9e3779b97f4a7c15);
}

/* The member, or the seat, of this user; NONE when there is none. */
static uint32_t find(const struct live *live, struct handle channel, struct str user)
{
    uint32_t slot = map_first(&live->members_by_user, user_hash(live, channel, user));
    while (slot != MAP_NONE && !(handle_equal(member_at(live, slot)->channel, channel) &&
                                 str_equal(member_user(live, slot), user)))
        slot = map_next(&live->members_by_user, slot);
    return slot == MAP_NONE ? NONE : slot;
}

/* Gives its entry back. */
static void forget(struct live *live, uint32_t slot)
{
    struct member *member = member_at(live, slot);
    wheel_clear(live->seats, &member->timer);
    map_remove(&live->members_by_user, slot);
    textpool_remove(&live->texts, member->user);
    pool_give_back(&live->members, slot);
}

/* Gives up the claims of members. */
static void release(struct live *live, const uint32_t *members, uint32_t count, struct turn *turn)
{
    for (uint32_t i = 0; i < count; i++) {
        struct claim claim = claim_of(live, members[i]);
        if (claim_owner(live, claim.ssrc) == live->config.worker)
            claim_release(live, &claim);
    }
    if (live->config.workers > 1)
        mail_releases(live, members, count, turn);
}

/* A seat that is not claimed yet; NONE when there are too many. */
static uint32_t add_seat(struct live *live, const struct asker *asker, struct handle channel,
                         const struct question *wanted, const struct turn *turn)
{
    struct handle handle;
    struct member *member = pool_take(&live->members, &handle);
    if (member == NULL)
        return NONE;
    member->serial = asker->serial;
    member->session = NONE;
    member->channel = channel;
    member->ssrc = wanted->ssrc;
    member->user = textpool_add(&live->texts, wanted->user);
    member->asker = *asker;
    wheel_set(live->seats, &member->timer, turn->now_ms + SEAT_MS);
    map_add(&live->members_by_user, user_hash(live, channel, wanted->user), handle.slot);
    channel_keep_place(live, channel.slot);
    return handle.slot;
}

/* Claims the seat's ssrc, where that is decided. */
static enum answer claim_seat(struct live *live, uint32_t seat, struct turn *turn)
{
    struct claim claim = claim_of(live, seat);
    uint32_t owner = claim_owner(live, claim.ssrc);
    if (owner != live->config.worker) {
        mail_claim(live, owner, &claim, turn);
        return ANSWER_NONE;
    }
    struct member *member = member_at(live, seat);
    member->claimed = claim_take(live, &claim, turn);
    return member->claimed ? ANSWER_YES : ANSWER_REFUSED;
}

static void unseat(struct live *live, uint32_t slot)
{
    /* The channel may have ended meanwhile. */
    struct handle channel = member_at(live, slot)->channel;
    if (pool_find(&live->channels, channel) != NULL)
        channel_give_up_place(live, channel.slot);
    forget(live, slot);
}

enum answer seat_keep(struct live *live, const struct asker *asker, const struct question *wanted,
                      uint32_t *seat, enum live_error *error, struct turn *turn)
{
    uint32_t slot = channel_find(live, wanted->channel_id);
    if (slot == NONE) {
        *error = LIVE_ERROR_CHANNEL_NOT_FOUND;
        return ANSWER_REFUSED;
    }
    const struct channel *channel = channel_at(live, slot);
    struct handle handle = pool_handle(&live->channels, slot);
    *seat = find(live, handle, wanted->user);
    if (*seat != NONE) {
        const struct member *member = member_at(live, *seat);
        if (member->session == NONE && member->serial == asker->serial && member->claimed)
            return ANSWER_YES;
        *error = LIVE_ERROR_ALREADY_IN_CHANNEL;
        return ANSWER_REFUSED;
    }
    if (channel->roster.count + channel->seats >= channel->capacity) {
        *error = LIVE_ERROR_CHANNEL_FULL;
        return ANSWER_REFUSED;
    }
    *seat = add_seat(live, asker, handle, wanted, turn);
    if (*seat == NONE) {
        *error = LIVE_ERROR_INTERNAL_ERROR;
        return ANSWER_REFUSED;
    }
    enum answer answer = claim_seat(live, *seat, turn);
    if (answer == ANSWER_REFUSED) {
        unseat(live, *seat);
        *error = LIVE_ERROR_SSRC_IN_USE;
    }
    return answer;
}

/* Ends the asker's waiting. False when it is known to be gone. */
static bool tell_asker(struct live *live, uint32_t seat, enum answer answer, enum live_error error,
                       struct turn *turn)
{
    const struct asker *asker = &member_at(live, seat)->asker;
    if (asker->worker == live->config.worker)
        return live_answer(live, asker, answer, error, turn);
    mail_answer(live, asker, answer, error, pool_handle(&live->members, seat), turn);
    return true;
}

void seat_drop(struct live *live, uint32_t seat, enum live_error why, struct turn *turn)
{
    const struct member *member = member_at(live, seat);
    CHECK(member->session == NONE);
    if (!member->claimed)
        (void)tell_asker(live, seat, ANSWER_REFUSED, why, turn);
    /* Also when the answer to the claim is still on its way: this comes after the claim. */
    release(live, &seat, 1, turn);
    unseat(live, seat);
}

void seat_claimed(struct live *live, struct handle seat, bool granted, struct turn *turn)
{
    struct member *member = pool_find(&live->members, seat);
    if (member == NULL)
        return;
    if (!granted || pool_find(&live->channels, member->channel) == NULL) {
        seat_drop(live, seat.slot, granted ? LIVE_ERROR_CHANNEL_NOT_FOUND : LIVE_ERROR_SSRC_IN_USE,
                  turn);
        return;
    }
    member->claimed = true;
    if (!tell_asker(live, seat.slot, ANSWER_YES, LIVE_ERRORS, turn))
        seat_drop(live, seat.slot, LIVE_ERRORS, turn);
}

void seat_take(struct live *live, uint32_t seat, uint32_t slot)
{
    struct session *session = session_at(live, slot);
    struct member *member = member_at(live, seat);
    CHECK(session->member == NONE && member->session == NONE && member->claimed);
    wheel_clear(live->seats, &member->timer);
    session->member = seat;
    member->session = slot;
    struct channel *channel = channel_at(live, member->channel.slot);
    channel->seats--;
    member->place = roster_add(&live->rosters, &channel->roster, session->handle, seat);
}

void member_leave(struct live *live, uint32_t slot, struct turn *turn)
{
    struct session *session = session_at(live, slot);
    uint32_t leaver = session->member;
    struct member *member = member_at(live, leaver);
    uint32_t channel_slot = member->channel.slot;
    struct channel *channel = channel_at(live, channel_slot);
    session->member = NONE;
    uint32_t moved = roster_remove(&live->rosters, &channel->roster, member->place);
    if (moved != ROSTER_NONE)
        member_at(live, moved)->place = member->place;
    media_remove(live, leaver, turn);

    struct live_event event = {.type = LIVE_CHANNEL_EVENT_EVT};
    struct str user = arena_copy(turn->arena, member_user(live, leaver)); /* it goes now */
    event.channel_event =
        (struct live_channel_event_evt){.event = LIVE_CHANGE_LEAVE,
                                        .channel_id = live_text(live, channel->id),
                                        .member = {.user_id = user, .ssrc = member->ssrc}};
    channel_cast(live, channel, NONE, &event, turn);
    (void)floor_leave(live, leaver, turn);
    release(live, &leaver, 1, turn);
    forget(live, leaver);
    channel_vacated(live, channel_slot);
}

void member_remove_all(struct live *live, uint32_t slot, struct turn *turn)
{
    struct channel *channel = channel_at(live, slot);
    const uint32_t *members = roster_members(&live->rosters, &channel->roster);
    release(live, members, channel->roster.count, turn);
    for (uint32_t i = 0; i < channel->roster.count; i++) {
        session_at(live, member_at(live, members[i])->session)->member = NONE;
        forget(live, members[i]);
    }
    roster_empty(&live->rosters, &channel->roster);
}
