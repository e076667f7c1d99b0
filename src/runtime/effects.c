#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "runtime/hub_state.h"

/* Casts that are queued together: more than a tick usually brings in a busy room. */
enum { TOGETHER_MAX = 16 };

void hub_request_close(struct hub *hub, struct session *session, enum close_name why)
{
    if (!(session->flags & SESSION_CLOSING)) {
        session->flags |= SESSION_CLOSING;
        hub->ports.close(hub->ports.context, session, why);
    }
}

/* A session that can still be sent something; NULL for others. */
static struct session *find_open(const struct hub *hub, struct handle id)
{
    struct session *session = hub_find(hub, id);
    return session != NULL && !(session->flags & SESSION_CLOSING) ? session : NULL;
}

/* What may come of a push but that the frame is queued; kept out of push, where that is all. */
__attribute__((noinline)) static void push_unusual(struct hub *hub, const struct bound *bound,
                                                   struct session *session,
                                                   const struct frame *frame,
                                                   enum egress_result result)
{
    switch (result) {
    case EGRESS_QUEUED:
        break;
    case EGRESS_REPLACED:
        stat_add(&bound->stats->replaced[frame->delivery], 1);
        break;
    case EGRESS_DROPPED:
        stat_add(&bound->stats->dropped[frame->delivery], 1);
        break;
    case EGRESS_FULL:
        /* What waits would not be read in time: it makes room for the Close that says why. */
        stat_add(&bound->stats->overflowed[frame->delivery], 1);
        egress_drop(&session->egress);
        hub_request_close(hub, session, CLOSE_READING_TOO_SLOWLY);
        break;
    case EGRESS_NO_MEMORY:
        hub_request_close(hub, session, CLOSE_MEMORY_SHORT);
        break;
    }
}

static void push(struct hub *hub, const struct bound *bound, struct session *session,
                 struct frame *frame)
{
    bool idle = session->egress == NULL;
    enum egress_result result = egress_push(&session->egress, frame, &hub->limits.egress);
    if (result != EGRESS_QUEUED)
        push_unusual(hub, bound, session, frame, result);
    else if (idle)
        hub->ports.wake(hub->ports.context, session);
}

static uint64_t frame_key(const struct hub *hub, const struct bound *bound, struct str key)
{
    /* Of the service by adding, which the keyed hash of the key spreads. */
    return hash_bytes(hub->hash_key, key) + (uint64_t)(bound - hub->bound) * 0x9e3779b97f4a7c15u;
}

/* The event as a frame; NULL when memory is short. *encoded says what it is in any case. */
static struct frame *encode(struct hub *hub, const struct bound *bound, const void *event,
                            struct encoded *encoded)
{
    *encoded = bound->codec->encode(event, hub->encoded);
    uint8_t *payload;
    struct frame *frame = frame_new(&hub->spares, FRAME_TEXT, encoded->len, &payload);
    if (frame == NULL)
        return NULL;
    memcpy(payload, hub->encoded, encoded->len);
    frame->delivery = (uint8_t)encoded->delivery;
    frame->event = encoded->event;
    if (encoded->delivery == DELIVERY_LATEST || encoded->delivery == DELIVERY_SEAL)
        frame->key = frame_key(hub, bound, encoded->key);
    return frame;
}

struct session *hub_find_receiver(const struct hub *hub, const struct receivers *to, uint32_t i)
{
    return handle_equal(to->list[i], to->except) ? NULL : find_open(hub, to->list[i]);
}

/* An event, encoded once for all its receivers. */
struct parcel {
    struct receivers to;
    struct encoded encoded;
    struct frame *frame; /* NULL: memory is short */
    uint32_t received;   /* by so many */
};

static void pack(struct hub *hub, const struct bound *bound, const void *event,
                 const struct receivers *to, struct parcel *parcel)
{
    parcel->to = *to;
    parcel->frame = encode(hub, bound, event, &parcel->encoded);
    parcel->received = 0;
    if (hub->tapping.first != NULL)
        hub_tap_event(hub, bound, &parcel->encoded, to);
}

static void hand_over(struct hub *hub, const struct bound *bound, struct session *session,
                      struct parcel *parcel)
{
    enum delivery delivery = parcel->encoded.delivery;
    parcel->received++;
    if (parcel->frame != NULL)
        push(hub, bound, session, parcel->frame);
    else if (delivery != DELIVERY_LATEST && delivery != DELIVERY_VOLATILE)
        hub_request_close(hub, session, CLOSE_MEMORY_SHORT);
}

/* Queues events whose receivers are the same, but for who is left out: receiver by receiver, so
 * that each is looked up once, and its queue is filled while it is in the cache. */
static void deliver(struct hub *hub, const struct bound *bound, struct parcel *parcels,
                    uint32_t count)
{
    const struct receivers *to = &parcels->to;
    for (uint32_t i = 0; i < to->count; i++) {
        struct session *session = find_open(hub, to->list[i]);
        if (session == NULL)
            continue;
        for (uint32_t k = 0; k < count && !(session->flags & SESSION_CLOSING); k++)
            if (!handle_equal(to->list[i], parcels[k].to.except))
                hand_over(hub, bound, session, &parcels[k]);
    }
    for (uint32_t k = 0; k < count; k++) {
        const struct parcel *parcel = &parcels[k];
        if (parcel->frame != NULL)
            frame_release(parcel->frame);
        hub->delivered += parcel->received;
        stat_add(&bound->stats->events[parcel->encoded.event], parcel->received);
        if (parcel->encoded.error > 0)
            stat_add(&bound->stats->errors[parcel->encoded.error - 1], parcel->received);
    }
}

void hub_send(struct hub *hub, const struct bound *bound, struct handle to, const void *event)
{
    struct parcel parcel;
    pack(hub, bound, event, &(struct receivers){&to, 1, HANDLE_NONE}, &parcel);
    deliver(hub, bound, &parcel, 1);
}

/* `count` casts, which count_together has counted. */
static void cast(struct hub *hub, const struct bound *bound, const struct effect *casts,
                 uint32_t count)
{
    struct parcel parcels[TOGETHER_MAX];
    for (uint32_t i = 0; i < count; i++)
        pack(hub, bound, casts[i].cast.event,
             &(struct receivers){casts[i].cast.to, casts[i].cast.count, casts[i].cast.except},
             &parcels[i]);
    deliver(hub, bound, parcels, count);
}

void hub_strike(struct hub *hub, struct session *session, enum strike kind)
{
    static const enum close_name reasons[STRIKES] = {
        [STRIKE_INVALID] = CLOSE_TOO_MANY_INVALID,
        [STRIKE_GUESS] = CLOSE_TOO_MANY_GUESSES,
    };
    const struct bucket_limits limits = {hub->limits.strikes_max, hub->limits.strikes_refill_ms, 1};
    bool trusted = (session->flags & SESSION_TRUSTED) != 0;
    stat_add(&hub->stats->strikes[kind], 1);
    bool over = !bucket_take(&session->strikes, limits, hub->turn.now_ms);
    if (!trusted && hub->ports.strike(hub->ports.context, session, kind))
        over = true;
    if (over)
        hub_request_close(hub, session, reasons[kind]);
}

/* `sender`: on whose behalf; NULL for nobody. */
static void send_mail(struct hub *hub, const struct bound *bound, const struct effect *effect,
                      struct session *sender)
{
    CHECK(effect->mail.worker < hub->workers && effect->mail.worker != hub->worker);
    if (hub->ports.mail(hub->ports.context, effect->mail.worker, (uint32_t)(bound - hub->bound),
                        effect->mail.bytes)) {
        stat_add(&hub->stats->mails_sent, 1);
        return;
    }
    stat_add(&hub->stats->mails_lost, 1);
    if (sender != NULL)
        hub_request_close(hub, sender, CLOSE_SERVER_BUSY);
}

static void resume(struct hub *hub, struct session *session)
{
    if ((session->flags & (SESSION_WAITING | SESSION_RESUMED)) == SESSION_WAITING) {
        session->flags |= SESSION_RESUMED;
        hub->ports.resume(hub->ports.context, session);
    }
}

static void store(struct hub *hub, const struct bound *bound, const struct store_order *order)
{
    if (hub->ports.store != NULL &&
        !hub->ports.store(hub->ports.context, (uint32_t)(bound - hub->bound), order))
        stat_add(&hub->stats->store_orders_lost, 1);
}

/* How many of the effects from the first one on are carried out together: casts to the same
 * receivers. While somebody looks it is one, as they see each before the next is queued. */
static uint32_t count_together(const struct hub *hub, const struct effect *effects, uint32_t count)
{
    uint32_t most = hub->tapping.first == NULL ? TOGETHER_MAX : 1;
    uint32_t together = 1;
    if (effects->kind != EFFECT_CAST)
        return together;
    while (together < most && together < count && effects[together].kind == EFFECT_CAST &&
           effects[together].cast.to == effects->cast.to &&
           effects[together].cast.count == effects->cast.count)
        together++;
    return together;
}

/* `count`: of casts, how many are carried out together from this one on. */
static void run_effect(struct hub *hub, const struct bound *bound, const struct effect *effect,
                       uint32_t count, struct handle caller)
{
    struct session *session = find_open(hub, effect->session);
    bool concerns_one = effect->kind != EFFECT_CAST && effect->kind != EFFECT_MAIL &&
                        effect->kind != EFFECT_MEDIA && effect->kind != EFFECT_STORE;
    if (session == NULL && concerns_one) {
        return; /* it has closed since */
    }
    switch (effect->kind) {
    case EFFECT_SEND:
        hub_send(hub, bound, effect->session, effect->send);
        break;
    case EFFECT_CAST:
        cast(hub, bound, effect, count);
        break;
    case EFFECT_CLOSE:
        hub_request_close(hub, session, effect->close);
        break;
    case EFFECT_MOVE:
        CHECK(handle_equal(effect->session, caller));
        CHECK(effect->move.worker < hub->workers && effect->move.worker != hub->worker);
        session->flags |= SESSION_MOVING;
        hub->moving_to = effect->move.worker;
        break;
    case EFFECT_STRIKE:
        hub_strike(hub, session, effect->strike);
        break;
    case EFFECT_MAIL:
        send_mail(hub, bound, effect, session);
        break;
    case EFFECT_WAIT:
        CHECK(handle_equal(effect->session, caller));
        session->flags |= SESSION_WAITING;
        break;
    case EFFECT_RESUME:
        resume(hub, session);
        break;
    case EFFECT_MEDIA:
        if (hub->ports.media != NULL)
            hub->ports.media(hub->ports.context, effect->media);
        break;
    case EFFECT_STORE:
        store(hub, bound, effect->store);
        break;
    case EFFECT_EXPIRE:
        if (hub->ports.expire != NULL)
            hub->ports.expire(hub->ports.context, session, effect->expires_ms);
        break;
    }
}

void hub_run_effects(struct hub *hub, const struct bound *bound, struct handle caller)
{
    const struct turn *turn = &hub->turn;
    uint32_t together;
    for (uint32_t i = 0; i < turn->effect_count; i += together) {
        together = count_together(hub, &turn->effects[i], turn->effect_count - i);
        run_effect(hub, bound, &turn->effects[i], together, caller);
    }
}
