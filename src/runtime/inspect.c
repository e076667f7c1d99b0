#include "runtime/inspect.h"

#include "runtime/hub_state.h"

struct session *hub_next_session(const struct hub *hub, uint32_t *slot)
{
    *slot = pool_next(&hub->sessions, *slot);
    return *slot != POOL_NONE ? pool_at(&hub->sessions, *slot) : NULL;
}

struct service_session hub_describe(struct hub *hub, const struct session *session)
{
    hub_begin_turn(hub);
    return hub_show(hub, session);
}

struct service_session hub_show(struct hub *hub, const struct session *session)
{
    const struct bound *bound = &hub->bound[session->service];
    if (session->service_slot == SERVICE_FULL)
        return (struct service_session){.has_user = false};
    return bound->service->describe(bound->state, session->service_slot, &hub->turn);
}

bool hub_next_room(struct hub *hub, uint32_t binding, uint32_t *slot, struct service_room *room)
{
    const struct bound *bound = &hub->bound[binding];
    hub_begin_turn(hub);
    return bound->service->next_room(bound->state, slot, room, &hub->turn);
}

enum revocation hub_revoke(struct hub *hub, struct str room, struct str *holder)
{
    enum revocation done = REVOCATION_NO_ROOM;
    for (uint32_t i = 0; i < hub->bound_count && done == REVOCATION_NO_ROOM; i++) {
        const struct bound *bound = &hub->bound[i];
        if (bound->service->revoke == NULL)
            continue;
        hub_begin_turn(hub);
        done = bound->service->revoke(bound->state, room, holder, &hub->turn);
        hub_run_effects(hub, bound, HANDLE_NONE);
    }
    return done;
}
