/* What those who run the server are shown of live, and may do to it. */
#include "live/state.h"

struct service_session live_describe(const void *state, uint32_t slot, struct turn *turn)
{
    (void)turn;
    const struct live *live = state;
    const struct session *session = session_at(live, slot);
    struct service_session shown = {.has_user = session->identified,
                                    .has_room = session->member != NONE};
    if (shown.has_user)
        shown.user = live_text(live, session->user);
    if (shown.has_room) {
        const struct member *member = member_at(live, session->member);
        shown.room = live_text(live, channel_at(live, member->channel.slot)->id);
    }
    return shown;
}

bool live_next_room(const void *state, uint32_t *slot, struct service_room *room, struct turn *turn)
{
    (void)turn;
    const struct live *live = state;
    *slot = pool_next(&live->channels, *slot);
    if (*slot == POOL_NONE)
        return false;
    const struct channel *channel = channel_at(live, *slot);
    *room = (struct service_room){.id = live_text(live, channel->id),
                                  .mode = live_mode_words[channel->mode],
                                  .has_title = true,
                                  .has_holder = channel->floor.holder != NONE,
                                  .title = live_text(live, channel->name),
                                  .members = channel->roster.count,
                                  .members_max = channel->capacity,
                                  .waiting = channel->floor.waiting};
    if (room->has_holder)
        room->holder = member_user(live, channel->floor.holder);
    return true;
}

enum revocation live_revoke(void *state, struct str room, struct str *holder, struct turn *turn)
{
    struct live *live = state;
    uint32_t slot = channel_find(live, room);
    if (slot == NONE)
        return REVOCATION_NO_ROOM;
    struct channel *channel = channel_at(live, slot);
    uint32_t member = channel->floor.holder;
    if (!floor_revoke(live, channel, turn))
        return REVOCATION_NO_HOLDER;
    *holder = member_user(live, member);
    return REVOCATION_DONE;
}
