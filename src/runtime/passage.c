#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "runtime/hub_state.h"

struct passage *hub_depart(struct hub *hub, struct session *session, struct str input)
{
    CHECK((session->flags & (SESSION_MOVING | SESSION_CLOSING)) == SESSION_MOVING);
    const struct held *held = session->held;
    uint32_t egress_len = egress_bytes(session->egress);
    struct passage *passage =
        malloc(sizeof *passage + SERVICE_PACKED_BYTES_MAX + held->len + egress_len + input.len);
    if (passage == NULL) {
        hub_closed(hub, session);
        return NULL;
    }
    const struct bound *bound = &hub->bound[session->service];
    size_t packed_len = bound->service->pack(bound->state, session->service_slot, passage->bytes);
    CHECK(packed_len <= SERVICE_PACKED_BYTES_MAX);
    *passage = (struct passage){.to = held->worker,
                                .binding = session->service,
                                .flags = session->flags,
                                .strikes = session->strikes,
                                .packed_len = (uint32_t)packed_len,
                                .text_len = held->len,
                                .egress_len = egress_len,
                                .input_len = (uint32_t)input.len};
    uint8_t *at = passage->bytes + packed_len;
    memcpy(at, held->text, held->len);
    at += held->len;
    egress_flatten(session->egress, at);
    at += egress_len;
    if (input.len > 0)
        memcpy(at, input.base, input.len);
    stat_add(&bound->stats->moved_out, 1);
    hub_session_remove(hub, session);
    return passage;
}

/* A part of the passage's bytes. */
static struct str part(const struct passage *passage, size_t from, uint32_t len)
{
    return (struct str){(const char *)passage->bytes + from, len};
}

static struct str passage_text(const struct passage *passage)
{
    return part(passage, passage->packed_len, passage->text_len);
}

static struct str passage_egress(const struct passage *passage)
{
    return part(passage, (size_t)passage->packed_len + passage->text_len, passage->egress_len);
}

struct str passage_input(const struct passage *passage)
{
    return part(passage, (size_t)passage->packed_len + passage->text_len + passage->egress_len,
                passage->input_len);
}

size_t passage_bytes(const struct passage *passage)
{
    return sizeof *passage + SERVICE_PACKED_BYTES_MAX + passage->text_len + passage->egress_len +
           passage->input_len;
}

void passage_free(struct passage *passage)
{
    free(passage);
}

struct session *hub_arrive(struct hub *hub, const struct passage *passage)
{
    struct session *session = hub_session_add(hub, passage->binding, passage->flags);
    if (session == NULL)
        return NULL;
    session->strikes = passage->strikes;
    const struct bound *bound = &hub->bound[session->service];
    struct session_facts facts = hub_session_facts(session);
    bool ready = hub_hold(hub, session, hub->worker, passage_text(passage));
    if (ready && passage->egress_len > 0) {
        session->egress = egress_new_flattened(&hub->spares, passage_egress(passage));
        ready = session->egress != NULL;
    }
    if (ready) {
        session->service_slot =
            bound->service->unpack(bound->state, &facts, passage->bytes, passage->packed_len);
        ready = session->service_slot != SERVICE_FULL;
    }
    if (!ready) {
        hub_session_remove(hub, session);
        return NULL;
    }
    stat_add(&bound->stats->moved_in, 1);
    return session;
}
