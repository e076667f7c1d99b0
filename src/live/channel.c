/* Channels: made, found by their id, renamed, listed and ended. */
#include "base/check.h"
#include "base/hash.h"
#include "live/state.h"

/* The upper half names the owner and the lower half finds the channel there: from the same bits,
 * all channels of a worker would share few of the map's buckets. */
static uint64_t id_hash(const struct live *live, struct str id)
{
    return hash_bytes(live->config.hash_key, id);
}

struct channel *channel_at(const struct live *live, uint32_t slot)
{
    CHECK(pool_is_live(&live->channels, slot));
    return pool_at(&live->channels, slot);
}

uint32_t channel_owner(const struct live *live, struct str id)
{
    return (uint32_t)(id_hash(live, id) >> 32) % live->config.workers;
}

uint32_t channel_find(const struct live *live, struct str id)
{
    uint32_t slot = map_first(&live->channels_by_id, id_hash(live, id));
    while (slot != MAP_NONE && !str_equal(live_text(live, channel_at(live, slot)->id), id))
        slot = map_next(&live->channels_by_id, slot);
    return slot == MAP_NONE ? NONE : slot;
}

/* The chain of empty channels */

enum { LINK = offsetof(struct channel, empty_link) };

static void add_to_empty(struct live *live, uint32_t slot)
{
    channel_at(live, slot)->empty = true;
    chain_append(&live->empty_channels, &live->channels, LINK, slot);
}

static void take_from_empty(struct live *live, uint32_t slot)
{
    channel_at(live, slot)->empty = false;
    chain_remove(&live->empty_channels, &live->channels, LINK, slot);
}

void channel_keep_place(struct live *live, uint32_t slot)
{
    struct channel *channel = channel_at(live, slot);
    channel->seats++;
    if (channel->empty)
        take_from_empty(live, slot);
}

void channel_give_up_place(struct live *live, uint32_t slot)
{
    channel_at(live, slot)->seats--;
    channel_vacated(live, slot);
}

void channel_vacated(struct live *live, uint32_t slot)
{
    const struct channel *channel = channel_at(live, slot);
    if (channel->roster.count + channel->seats == 0)
        add_to_empty(live, slot);
}

/* Gives its entry back. */
static void forget(struct live *live, uint32_t slot)
{
    struct channel *channel = channel_at(live, slot);
    if (channel->empty)
        take_from_empty(live, slot);
    floor_clear(live, &channel->floor);
    map_remove(&live->channels_by_id, slot);
    textpool_remove(&live->texts, channel->id);
    textpool_remove(&live->texts, channel->name);
    pool_give_back(&live->channels, slot);
}

/* NULL when there are as many as there may be, and none is empty. */
static struct channel *take(struct live *live, struct handle *handle)
{
    struct channel *channel = pool_take(&live->channels, handle);
    if (channel != NULL || live->empty_channels.first == CHAIN_END)
        return channel;
    forget(live, live->empty_channels.first);
    return pool_take(&live->channels, handle);
}

enum live_error channel_create(struct live *live, const struct question *wanted,
                               const struct turn *turn)
{
    if (channel_find(live, wanted->channel_id) != NONE)
        return LIVE_ERRORS;
    struct handle handle;
    struct channel *channel = take(live, &handle);
    if (channel == NULL)
        return LIVE_ERROR_INTERNAL_ERROR;
    channel->id = textpool_add(&live->texts, wanted->channel_id);
    channel->name = textpool_add(&live->texts, wanted->channel_name);
    channel->number = live->channels_made++ * live->config.workers + live->config.worker;
    channel->created_ms = channel->stamped_ms = turn->wall_ms;
    channel->mode = wanted->mode;
    channel->capacity = wanted->capacity;
    channel->floor.holder = NONE;
    channel->floor.queue = CHAIN_EMPTY;
    map_add(&live->channels_by_id, id_hash(live, wanted->channel_id), handle.slot);
    add_to_empty(live, handle.slot);
    return LIVE_ERRORS;
}

static struct live_event change_event(enum live_change change, struct str id)
{
    struct live_event event = {.type = LIVE_CHANNEL_EVENT_EVT};
    event.channel_event = (struct live_channel_event_evt){
        .event = change, .channel_id = id, .member = {.user_id = STR("system"), .ssrc = 0}};
    return event;
}

enum live_error channel_update(struct live *live, struct str id, struct str name, struct turn *turn)
{
    uint32_t slot = channel_find(live, id);
    if (slot == NONE)
        return LIVE_ERROR_CHANNEL_NOT_FOUND;
    struct channel *channel = channel_at(live, slot);
    textpool_remove(&live->texts, channel->name);
    channel->name = textpool_add(&live->texts, name);
    struct live_event event = change_event(LIVE_CHANGE_UPDATE, id);
    channel_cast(live, channel, NONE, &event, turn);
    return LIVE_ERRORS;
}

enum live_error channel_delete(struct live *live, struct str id, struct turn *turn)
{
    uint32_t slot = channel_find(live, id);
    if (slot == NONE)
        return LIVE_ERROR_CHANNEL_NOT_FOUND;
    struct channel *channel = channel_at(live, slot);
    uint32_t count = channel->roster.count;
    if (count > 0) {
        /* The roster goes before the effects are carried out. */
        struct handle *sessions = turn_memory(turn, count * sizeof *sessions);
        memcpy(sessions, roster_sessions(&live->rosters, &channel->roster),
               count * sizeof *sessions);
        struct live_event event = change_event(LIVE_CHANGE_DELETE, id);
        effect_cast(turn, sessions, count, HANDLE_NONE, &event, sizeof event);
        media_end(live, channel, turn);
        member_remove_all(live, slot, turn);
    }
    forget(live, slot);
    return LIVE_ERRORS;
}

void channel_cast(const struct live *live, const struct channel *channel, uint32_t except,
                  const struct live_event *event, struct turn *turn)
{
    struct handle left_out = HANDLE_NONE;
    uint32_t receivers = channel->roster.count;
    if (except != NONE) {
        left_out = session_at(live, member_at(live, except)->session)->handle;
        receivers--;
    }
    if (receivers > 0)
        effect_cast(turn, roster_sessions(&live->rosters, &channel->roster), channel->roster.count,
                    left_out, event, sizeof *event);
}

struct live_channel channel_summary(const struct live *live, const struct channel *channel)
{
    return (struct live_channel){.channel_id = live_text(live, channel->id),
                                 .channel_name = live_text(live, channel->name),
                                 .mode = channel->mode,
                                 .member_count = channel->roster.count,
                                 .capacity = channel->capacity,
                                 .created_at = channel->created_ms};
}

const struct live_channel *channel_list(const struct live *live, uint32_t max, uint32_t *count,
                                        struct turn *turn)
{
    uint32_t room = live->channels.live < max ? live->channels.live : max;
    struct live_channel *list = turn_memory(turn, room * sizeof *list);
    uint32_t slot = 0;
    for (*count = 0; *count < room; (*count)++, slot++) {
        slot = pool_next(&live->channels, slot);
        list[*count] = channel_summary(live, channel_at(live, slot));
    }
    return list;
}

void channel_tell_list(const struct live *live, uint32_t session,
                       const struct live_channel *channels, uint32_t count, struct turn *turn)
{
    struct live_event event = {.type = LIVE_CHANNEL_LIST_ACK};
    event.channel_list_ack.channels = channels;
    event.channel_list_ack.channels_count = count;
    live_tell(live, session, &event, turn);
}

void channel_tell_info(const struct live *live, uint32_t session,
                       const struct live_channel *channel, const struct live_member *members,
                       struct turn *turn)
{
    struct live_event event = {.type = LIVE_CHANNEL_INFO_ACK};
    event.channel_info_ack = (struct live_channel_info_ack){.channel_id = channel->channel_id,
                                                            .channel_name = channel->channel_name,
                                                            .mode = channel->mode,
                                                            .member_count = channel->member_count,
                                                            .capacity = channel->capacity,
                                                            .created_at = channel->created_at,
                                                            .members = members,
                                                            .members_count = channel->member_count};
    live_tell(live, session, &event, turn);
}
