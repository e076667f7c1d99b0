/* The floor of a push-to-talk channel: who talks, and who waits for it (after 3GPP TS 24.380). */
#include "base/check.h"
#include "generated/protocol.h"
#include "live/state.h"

static struct channel *channel_of(const struct live *live, uint32_t member)
{
    return channel_at(live, member_at(live, member)->channel.slot);
}

/* Another holder, or none. */
static void set_holder(struct live *live, struct channel *channel, uint32_t holder,
                       struct turn *turn)
{
    channel->floor.holder = holder;
    channel->floor.epoch++;
    if (holder == NONE)
        wheel_clear(live->floors, &channel->floor.timer);
    media_floor(live, channel, turn);
}

static void set_timer(struct live *live, struct floor *floor)
{
    uint64_t due_ms =
        floor->ping_until_ms < floor->talk_until_ms ? floor->ping_until_ms : floor->talk_until_ms;
    wheel_set(live->floors, &floor->timer, due_ms);
}

static void tell_granted(const struct live *live, const struct channel *channel, struct turn *turn)
{
    struct live_event event = {.type = LIVE_FLOOR_GRANTED_EVT};
    event.floor_granted =
        (struct live_floor_granted_evt){.channel_id = live_text(live, channel->id),
                                        .user_id = member_user(live, channel->floor.holder),
                                        .duration = FLOOR_TALK_MS};
    member_tell(live, channel->floor.holder, &event, turn);
}

static void tell_denied(const struct live *live, uint32_t member, enum live_denial reason,
                        struct turn *turn)
{
    struct live_event event = {.type = LIVE_FLOOR_DENY_EVT};
    event.floor_deny = (struct live_floor_deny_evt){
        .channel_id = live_text(live, channel_of(live, member)->id), .reason = reason};
    member_tell(live, member, &event, turn);
}

static void grant(struct live *live, uint32_t member, uint8_t priority,
                  enum live_indicator indicator, struct turn *turn)
{
    struct channel *channel = channel_of(live, member);
    struct floor *floor = &channel->floor;
    set_holder(live, channel, member, turn);
    floor->priority = priority;
    floor->ping_until_ms = turn->now_ms + FLOOR_PING_MS;
    floor->talk_until_ms = turn->now_ms + FLOOR_TALK_MS;
    set_timer(live, floor);
    tell_granted(live, channel, turn);
    struct live_event event = {.type = LIVE_FLOOR_TAKEN_EVT};
    event.floor_taken = (struct live_floor_taken_evt){.channel_id = live_text(live, channel->id),
                                                      .user_id = member_user(live, member),
                                                      .indicator = indicator};
    channel_cast(live, channel, member, &event, turn);
}

enum { LINK = offsetof(struct member, waiting_link) };

/* Behind all that have as much priority. */
static void enqueue(struct live *live, struct floor *floor, uint32_t member, uint8_t priority,
                    enum live_indicator indicator)
{
    struct member *entry = member_at(live, member);
    uint32_t previous = floor->queue.last;
    while (previous != CHAIN_END && member_at(live, previous)->priority < priority)
        previous = member_at(live, previous)->waiting_link.previous;
    entry->waiting = true;
    entry->priority = priority;
    entry->indicator = (uint8_t)indicator;
    entry->told = 0;
    floor->waiting++;
    chain_insert(&floor->queue, &live->members, LINK, previous, member);
}

static void dequeue(struct live *live, struct floor *floor, uint32_t member)
{
    struct member *entry = member_at(live, member);
    CHECK(entry->waiting && floor->waiting > 0);
    chain_remove(&floor->queue, &live->members, LINK, member);
    entry->waiting = false;
    floor->waiting--;
}

/* Tells those whose position is another than they were told. */
static void tell_positions(struct live *live, const struct channel *channel, struct turn *turn)
{
    uint32_t position = 1;
    for (uint32_t at = channel->floor.queue.first; at != CHAIN_END; position++) {
        struct member *entry = member_at(live, at);
        if (entry->told != position) {
            entry->told = position;
            struct live_event event = {.type = LIVE_FLOOR_QUEUE_POS_INFO_EVT};
            event.floor_queue_pos_info =
                (struct live_floor_queue_pos_info_evt){.channel_id = live_text(live, channel->id),
                                                       .queue_position = position,
                                                       .queue_size = channel->floor.waiting};
            member_tell(live, at, &event, turn);
        }
        at = entry->waiting_link.next;
    }
}

/* The floor is free: it goes to the first who waits. */
static void pass_on(struct live *live, struct channel *channel, struct turn *turn)
{
    struct floor *floor = &channel->floor;
    uint32_t next = floor->queue.first;
    if (next != CHAIN_END) {
        const struct member *entry = member_at(live, next);
        dequeue(live, floor, next);
        grant(live, next, entry->priority, entry->indicator, turn);
        tell_positions(live, channel, turn);
        return;
    }
    set_holder(live, channel, NONE, turn);
    struct live_event event = {.type = LIVE_FLOOR_IDLE_EVT};
    event.floor_idle.channel_id = live_text(live, channel->id);
    channel_cast(live, channel, NONE, &event, turn);
}

static void revoke(struct live *live, const struct channel *channel, enum live_cause cause,
                   struct turn *turn)
{
    struct live_event event = {.type = LIVE_FLOOR_REVOKE_EVT};
    event.floor_revoke =
        (struct live_floor_revoke_evt){.channel_id = live_text(live, channel->id), .cause = cause};
    member_tell(live, channel->floor.holder, &event, turn);
}

/* True, and told, when the member's channel has no floor. */
static bool denied(const struct live *live, uint32_t member, struct turn *turn)
{
    if (channel_of(live, member)->mode == LIVE_MODE_PTT)
        return false;
    tell_denied(live, member, LIVE_DENIAL_NOT_PUSH_TO_TALK, turn);
    return true;
}

void floor_request(struct live *live, uint32_t member, uint8_t priority,
                   enum live_indicator indicator, struct turn *turn)
{
    if (denied(live, member, turn))
        return;
    struct channel *channel = channel_of(live, member);
    struct floor *floor = &channel->floor;
    if (floor->holder == member) {
        tell_granted(live, channel, turn);
        return;
    }
    if (member_at(live, member)->waiting)
        dequeue(live, floor, member);
    if (floor->holder == NONE) {
        grant(live, member, priority, indicator, turn);
    } else if (priority > floor->priority) {
        revoke(live, channel, LIVE_CAUSE_PREEMPTED, turn);
        grant(live, member, priority, indicator, turn);
    } else {
        enqueue(live, floor, member, priority, indicator);
    }
    tell_positions(live, channel, turn);
}

void floor_release(struct live *live, uint32_t member, struct turn *turn)
{
    if (!denied(live, member, turn) && !floor_leave(live, member, turn))
        tell_denied(live, member, LIVE_DENIAL_NOT_YOURS, turn);
}

void floor_ping(struct live *live, uint32_t member, struct turn *turn)
{
    if (denied(live, member, turn))
        return;
    struct channel *channel = channel_of(live, member);
    struct floor *floor = &channel->floor;
    if (floor->holder == member) {
        floor->ping_until_ms = turn->now_ms + FLOOR_PING_MS;
        set_timer(live, floor);
        struct live_event event = {.type = LIVE_FLOOR_PONG_EVT};
        event.floor_pong.channel_id = live_text(live, channel->id);
        member_tell(live, member, &event, turn);
    } else if (!member_at(live, member)->waiting) {
        tell_denied(live, member, LIVE_DENIAL_NOT_YOURS, turn);
    }
}

bool floor_leave(struct live *live, uint32_t member, struct turn *turn)
{
    struct channel *channel = channel_of(live, member);
    if (channel->floor.holder == member) {
        pass_on(live, channel, turn);
        return true;
    }
    if (!member_at(live, member)->waiting)
        return false;
    dequeue(live, &channel->floor, member);
    tell_positions(live, channel, turn);
    return true;
}

void floor_clear(struct live *live, struct floor *floor)
{
    wheel_clear(live->floors, &floor->timer);
}

void floor_expire(struct live *live, struct floor *floor, struct turn *turn)
{
    struct channel *channel = channel_of(live, floor->holder);
    CHECK(&channel->floor == floor);
    revoke(live, channel,
           floor->talk_until_ms <= floor->ping_until_ms ? LIVE_CAUSE_MAX_DURATION
                                                        : LIVE_CAUSE_PING_TIMEOUT,
           turn);
    pass_on(live, channel, turn);
}

bool floor_revoke(struct live *live, struct channel *channel, struct turn *turn)
{
    if (channel->floor.holder == NONE)
        return false;
    revoke(live, channel, LIVE_CAUSE_ADMIN, turn);
    pass_on(live, channel, turn);
    return true;
}
