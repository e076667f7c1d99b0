#include "runtime/hub.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/reserve.h"

/* A call's memory: what decoding one message may take (a tree of some 100 bytes for every other
 * byte of a message of 64 KiB), and a part that input cannot fill, for the service and its events.
 */
enum { ARENA_DECODE_BYTES = 16 << 20, ARENA_SERVICE_BYTES = 1 << 20 };

/* Rounds of a service's timers in one hub_tick: a crowd of timers does not delay messages. */
enum { TICK_ROUNDS_MAX = 16 };

/* RFC 6455, 7.4.1, and the IANA registry. */
enum { CLOSE_POLICY_VIOLATION = 1008, CLOSE_TRY_AGAIN_LATER = 1013 };

enum session_flag { SESSION_TRUSTED = 1 << 0, SESSION_CLOSING = 1 << 1 };

/* A service that runs on this worker. */
struct bound {
    const struct service *service;
    const struct codec *codec;
    void *state;
    struct service_stats *stats;
    uint32_t sessions;
};

struct hub {
    struct hub_limits limits;
    struct hub_ports ports;
    struct stats *stats;
    uint32_t worker, workers;
    uint8_t hash_key[16];
    uint32_t bound_count;
    struct bound bound[STATS_SERVICES_MAX];
    struct pool sessions;
    struct handle moving; /* between HUB_MOVED and hub_depart */
    uint32_t moving_to;
    struct str moving_text; /* in the arena */
    char *encoded;          /* the event that is being encoded */
    size_t encoded_max;
    void *command, *error; /* room for the largest command and event of all services */
    struct spares spares;  /* frames and queues */
    struct arena arena;
    struct turn turn;
};

/* Setting up */

static bool bind_service(struct hub *hub, const struct service_config *config,
                         const struct hub_binding *binding)
{
    const struct codec *codec = binding->codec;
    CHECK(codec->commands_count <= STATS_TYPES_MAX && codec->events_count <= STATS_TYPES_MAX &&
          codec->errors_count <= STATS_TYPES_MAX);
    void *state = binding->service->create(config);
    if (state == NULL) {
        return false;
    }
    hub->bound[hub->bound_count] = (struct bound){.service = binding->service,
                                                  .codec = codec,
                                                  .state = state,
                                                  .stats = &hub->stats->services[hub->bound_count]};
    hub->bound_count++;
    return true;
}

static bool reserve_scratch(struct hub *hub, const struct hub_binding *bindings, uint32_t count)
{
    size_t command_bytes = 1;
    size_t event_bytes = 1;
    hub->encoded_max = 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct service *service = bindings[i].service;
        size_t encoded_max = bindings[i].codec->event_encoded_max;
        command_bytes =
            service->command_bytes > command_bytes ? service->command_bytes : command_bytes;
        event_bytes = service->event_bytes > event_bytes ? service->event_bytes : event_bytes;
        hub->encoded_max = encoded_max > hub->encoded_max ? encoded_max : hub->encoded_max;
    }
    hub->command = malloc(command_bytes);
    hub->error = malloc(event_bytes);
    hub->encoded = reserve_new(hub->encoded_max);
    return hub->command != NULL && hub->error != NULL && hub->encoded != NULL;
}

struct hub *hub_new(const struct service_config *config, const struct hub_limits *limits,
                    const struct hub_binding *bindings, uint32_t bindings_count,
                    size_t session_bytes, const struct hub_ports *ports, struct random *random,
                    struct stats *stats)
{
    CHECK(bindings_count <= STATS_SERVICES_MAX && session_bytes >= sizeof(struct session));
    CHECK(limits->strikes_max < UINT16_MAX && limits->strikes_refill_ms > 0);
    struct hub *hub = calloc(1, sizeof(*hub));
    if (hub == NULL) {
        return NULL;
    }
    hub->limits = *limits;
    hub->ports = *ports;
    hub->stats = stats;
    hub->worker = config->worker;
    hub->workers = config->workers;
    memcpy(hub->hash_key, config->hash_key, sizeof(hub->hash_key));
    hub->turn.random = random;
    hub->turn.arena = &hub->arena;
    bool ready = pool_init(&hub->sessions, limits->sessions_max, session_bytes) == 0 &&
                 arena_init(&hub->arena, ARENA_DECODE_BYTES + ARENA_SERVICE_BYTES) == 0 &&
                 reserve_scratch(hub, bindings, bindings_count);
    for (uint32_t i = 0; i < bindings_count && ready; i++) {
        ready = bind_service(hub, config, &bindings[i]);
    }
    if (!ready) {
        hub_free(hub);
        return NULL;
    }
    return hub;
}

void hub_free(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    for (uint32_t i = 0; i < hub->bound_count; i++) {
        hub->bound[i].service->destroy(hub->bound[i].state);
    }
    for (uint32_t slot = 0; (slot = pool_next(&hub->sessions, slot)) != POOL_NONE; slot++) {
        struct session *session = pool_at(&hub->sessions, slot);
        egress_free(&session->egress);
    }
    spares_clear(&hub->spares);
    pool_clear(&hub->sessions);
    arena_clear(&hub->arena);
    reserve_free(hub->encoded, hub->encoded_max);
    free(hub->command);
    free(hub->error);
    free(hub);
}

void hub_time(struct hub *hub, uint64_t now_ms, uint64_t wall_ms)
{
    hub->turn.now_ms = now_ms;
    hub->turn.wall_ms = wall_ms;
}

/* Effects */

static void request_close(struct hub *hub, struct session *session, uint16_t code,
                          struct str reason)
{
    if (!(session->flags & SESSION_CLOSING)) {
        session->flags |= SESSION_CLOSING;
        hub->ports.close(hub->ports.context, session, code, reason);
    }
}

/* A session that can still be sent something; NULL for others. */
static struct session *find_open(const struct hub *hub, struct handle id)
{
    struct session *session = hub_find(hub, id);
    return session != NULL && !(session->flags & SESSION_CLOSING) ? session : NULL;
}

static void push(struct hub *hub, struct session *session, struct frame *frame)
{
    bool idle = session->egress == NULL;
    switch (egress_push(&session->egress, frame, &hub->limits.egress)) {
    case EGRESS_QUEUED:
        if (idle) {
            hub->ports.wake(hub->ports.context, session);
        }
        break;
    case EGRESS_REPLACED:
        stat_add(&hub->stats->egress_replaced, 1);
        break;
    case EGRESS_DROPPED:
        stat_add(&hub->stats->egress_dropped, 1);
        break;
    case EGRESS_FULL:
        /* What waits would not be read in time: it makes room for the Close that says why. */
        stat_add(&hub->stats->egress_overflows, 1);
        egress_drop(&session->egress);
        request_close(hub, session, CLOSE_TRY_AGAIN_LATER, STR("reading too slowly"));
        break;
    case EGRESS_NO_MEMORY:
        request_close(hub, session, CLOSE_TRY_AGAIN_LATER, STR("the server is short of memory"));
        break;
    }
}

static uint64_t latest_key(const struct hub *hub, const struct bound *bound,
                           const struct encoded *encoded)
{
    /* Of the service and the event by adding, which the keyed hash of the key spreads. */
    uint64_t event = (uint64_t)(bound - hub->bound) * STATS_TYPES_MAX + encoded->event;
    return hash_bytes(hub->hash_key, encoded->key) + event * 0x9e3779b97f4a7c15u;
}

/* The event as a frame; NULL when memory is short. *encoded says what it is in any case. */
static struct frame *encode(struct hub *hub, const struct bound *bound, const void *event,
                            struct encoded *encoded)
{
    *encoded = bound->codec->encode(event, hub->encoded);
    uint8_t *payload;
    struct frame *frame = frame_new(&hub->spares, FRAME_TEXT, encoded->len, &payload);
    if (frame == NULL) {
        return NULL;
    }
    memcpy(payload, hub->encoded, encoded->len);
    frame->delivery = (uint8_t)encoded->delivery;
    if (encoded->delivery == DELIVERY_LATEST) {
        frame->key = latest_key(hub, bound, encoded);
    }
    return frame;
}

/* Encodes once and queues the same bytes at every receiver. */
static void deliver(struct hub *hub, const struct bound *bound, const void *event,
                    const struct handle *to, uint32_t count, struct handle except)
{
    if (count == 0) {
        return;
    }
    struct encoded encoded;
    struct frame *frame = encode(hub, bound, event, &encoded);
    uint32_t receivers = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct session *session = handle_equal(to[i], except) ? NULL : find_open(hub, to[i]);
        if (session == NULL) {
            continue;
        }
        receivers++;
        if (frame != NULL) {
            push(hub, session, frame);
        } else if (encoded.delivery == DELIVERY_RELIABLE) {
            request_close(hub, session, CLOSE_TRY_AGAIN_LATER,
                          STR("the server is short of memory"));
        }
    }
    if (frame != NULL) {
        frame_release(frame);
    }
    stat_add(&bound->stats->events[encoded.event], receivers);
    if (encoded.error > 0) {
        stat_add(&bound->stats->errors[encoded.error - 1], receivers);
    }
}

/* A bucket that fills with strikes and leaks one per strikes_refill_ms; true when it runs over. */
static bool count_strike(const struct hub *hub, struct session *session)
{
    uint32_t now_ms = (uint32_t)hub->turn.now_ms;
    uint32_t forgiven = (now_ms - session->strikes_at_ms) / hub->limits.strikes_refill_ms;
    if (forgiven >= session->strikes) {
        session->strikes = 0;
        session->strikes_at_ms = now_ms;
    } else {
        session->strikes = (uint16_t)(session->strikes - forgiven);
        session->strikes_at_ms += forgiven * hub->limits.strikes_refill_ms;
    }
    if (session->strikes >= hub->limits.strikes_max) {
        return true;
    }
    session->strikes++;
    return false;
}

static void strike(struct hub *hub, struct session *session, enum strike kind)
{
    static const struct str reasons[STRIKES] = {
        [STRIKE_INVALID] = STR_INIT("too many invalid messages"),
        [STRIKE_GUESS] = STR_INIT("too many wrong guesses"),
    };
    bool trusted = (session->flags & SESSION_TRUSTED) != 0;
    if (trusted && kind == STRIKE_GUESS) {
        return;
    }
    stat_add(&hub->stats->strikes[kind], 1);
    bool over = count_strike(hub, session);
    if (!trusted && hub->ports.strike(hub->ports.context, session, kind)) {
        over = true;
    }
    if (over) {
        request_close(hub, session, CLOSE_POLICY_VIOLATION, reasons[kind]);
    }
}

static void run_effect(struct hub *hub, const struct bound *bound, const struct effect *effect,
                       struct handle caller)
{
    if (effect->kind == EFFECT_CAST) {
        deliver(hub, bound, effect->cast.event, effect->cast.to, effect->cast.count,
                effect->cast.except);
        return;
    }
    struct session *session = find_open(hub, effect->session);
    if (session == NULL) {
        return;
    }
    switch (effect->kind) {
    case EFFECT_SEND:
        deliver(hub, bound, effect->send, &effect->session, 1, HANDLE_NONE);
        break;
    case EFFECT_CLOSE:
        request_close(hub, session, effect->close.code, effect->close.reason);
        break;
    case EFFECT_MOVE:
        CHECK(handle_equal(effect->session, caller));
        CHECK(effect->move.worker < hub->workers && effect->move.worker != hub->worker);
        hub->moving = effect->session;
        hub->moving_to = effect->move.worker;
        break;
    case EFFECT_STRIKE:
        strike(hub, session, effect->strike);
        break;
    case EFFECT_CAST:
        break; /* dealt with above */
    }
}

/* Every call into a service lies between begin_turn and run_effects. */
static void begin_turn(struct hub *hub)
{
    CHECK(handle_equal(hub->moving, HANDLE_NONE)); /* hub_depart was forgotten */
    arena_reset(&hub->arena, 0);
    hub->turn.effect_count = 0;
}

/* `caller`: the session whose command it was, which alone may move; HANDLE_NONE for others. */
static void run_effects(struct hub *hub, const struct bound *bound, struct handle caller)
{
    for (uint32_t i = 0; i < hub->turn.effect_count; i++) {
        run_effect(hub, bound, &hub->turn.effects[i], caller);
    }
}

/* Sessions */

static struct session *add_session(struct hub *hub, uint32_t binding, uint8_t flags)
{
    CHECK(binding < hub->bound_count);
    struct handle id;
    struct session *session = pool_take(&hub->sessions, &id);
    if (session == NULL) {
        return NULL;
    }
    session->id = id;
    session->service = (uint8_t)binding;
    session->service_slot = SERVICE_FULL;
    session->flags = flags;
    struct bound *bound = &hub->bound[binding];
    stat_set(&bound->stats->sessions, ++bound->sessions);
    return session;
}

static void remove_session(struct hub *hub, struct session *session)
{
    struct bound *bound = &hub->bound[session->service];
    stat_set(&bound->stats->sessions, --bound->sessions);
    egress_free(&session->egress);
    pool_give_back(&hub->sessions, session->id.slot);
}

static struct session_facts facts_of(const struct session *session)
{
    return (struct session_facts){.session = session->id,
                                  .trusted = (session->flags & SESSION_TRUSTED) != 0};
}

static enum hub_result result_of(const struct hub *hub, const struct session *session)
{
    if (session->flags & SESSION_CLOSING) {
        return HUB_CLOSING;
    }
    return handle_equal(hub->moving, session->id) ? HUB_MOVED : HUB_OK;
}

struct session *hub_open(struct hub *hub, uint32_t binding, bool trusted)
{
    return add_session(hub, binding, trusted ? SESSION_TRUSTED : 0);
}

enum hub_result hub_greet(struct hub *hub, struct session *session)
{
    begin_turn(hub);
    struct bound *bound = &hub->bound[session->service];
    struct session_facts facts = facts_of(session);
    session->service_slot = bound->service->open(bound->state, &facts, &hub->turn);
    if (session->service_slot == SERVICE_FULL) {
        request_close(hub, session, CLOSE_TRY_AGAIN_LATER, STR("the server is full"));
        return HUB_CLOSING;
    }
    stat_add(&bound->stats->opened, 1);
    run_effects(hub, bound, HANDLE_NONE);
    return result_of(hub, session);
}

static void run_command(struct hub *hub, const struct bound *bound, struct session *session,
                        struct str text)
{
    bound->service->command(bound->state, session->service_slot, hub->command, &hub->turn);
    run_effects(hub, bound, session->id);
    if (session->flags & SESSION_CLOSING) {
        hub->moving = HANDLE_NONE; /* ended in the same breath: it ends here */
    }
    if (handle_equal(hub->moving, session->id)) {
        hub->moving_text = arena_copy(&hub->arena, text);
        CHECK(hub->moving_text.len == text.len);
    } else {
        stat_add(&bound->stats->commands[bound->codec->command_type(hub->command)], 1);
    }
}

enum hub_result hub_receive(struct hub *hub, struct session *session, struct str text)
{
    if (session->flags & SESSION_CLOSING) {
        return HUB_CLOSING;
    }
    begin_turn(hub);
    const struct bound *bound = &hub->bound[session->service];
    uint32_t facts = bound->service->facts(bound->state, session->service_slot);
    hub->arena.capacity = ARENA_DECODE_BYTES;
    enum decode_status status =
        bound->codec->decode(text, facts, &hub->arena, hub->command, hub->error);
    hub->arena.capacity = ARENA_DECODE_BYTES + ARENA_SERVICE_BYTES;
    switch (status) {
    case DECODE_OK:
        run_command(hub, bound, session, text);
        break;
    case DECODE_INVALID:
        stat_add(&bound->stats->invalid, 1);
        deliver(hub, bound, hub->error, &session->id, 1, HANDLE_NONE);
        strike(hub, session, STRIKE_INVALID);
        break;
    case DECODE_REFUSED:
        deliver(hub, bound, hub->error, &session->id, 1, HANDLE_NONE);
        break;
    }
    return result_of(hub, session);
}

void hub_closed(struct hub *hub, struct session *session)
{
    begin_turn(hub);
    session->flags |= SESSION_CLOSING;
    const struct bound *bound = &hub->bound[session->service];
    if (session->service_slot != SERVICE_FULL) {
        bound->service->close(bound->state, session->service_slot, &hub->turn);
        run_effects(hub, bound, HANDLE_NONE);
    }
    remove_session(hub, session);
}

struct session *hub_find(const struct hub *hub, struct handle id)
{
    return pool_find(&hub->sessions, id);
}

void hub_each(struct hub *hub, void (*each)(void *context, struct session *session), void *context)
{
    for (uint32_t slot = 0; (slot = pool_next(&hub->sessions, slot)) != POOL_NONE; slot++) {
        each(context, pool_at(&hub->sessions, slot));
    }
}

struct spares *hub_spares(struct hub *hub)
{
    return &hub->spares;
}

uint32_t hub_sessions(const struct hub *hub)
{
    return hub->sessions.live;
}

/* Moves */

struct passage *hub_depart(struct hub *hub, struct session *session, struct str input)
{
    CHECK(handle_equal(hub->moving, session->id));
    hub->moving = HANDLE_NONE;
    struct str text = hub->moving_text;
    uint32_t egress_len = egress_bytes(session->egress);
    struct passage *passage =
        malloc(sizeof(*passage) + SERVICE_PACKED_BYTES_MAX + text.len + egress_len + input.len);
    if (passage == NULL) {
        hub_closed(hub, session);
        return NULL;
    }
    const struct bound *bound = &hub->bound[session->service];
    size_t packed_len = bound->service->pack(bound->state, session->service_slot, passage->bytes);
    CHECK(packed_len <= SERVICE_PACKED_BYTES_MAX);
    *passage = (struct passage){.to = hub->moving_to,
                                .binding = session->service,
                                .flags = session->flags,
                                .strikes = session->strikes,
                                .strikes_at_ms = session->strikes_at_ms,
                                .packed_len = (uint32_t)packed_len,
                                .text_len = (uint32_t)text.len,
                                .egress_len = egress_len,
                                .input_len = (uint32_t)input.len};
    uint8_t *at = passage->bytes + packed_len;
    memcpy(at, text.base, text.len);
    at += text.len;
    egress_flatten(session->egress, at);
    at += egress_len;
    if (input.len > 0) {
        memcpy(at, input.base, input.len);
    }
    stat_add(&bound->stats->moved_out, 1);
    remove_session(hub, session);
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

void passage_free(struct passage *passage)
{
    free(passage);
}

struct session *hub_arrive(struct hub *hub, const struct passage *passage)
{
    struct session *session = add_session(hub, passage->binding, passage->flags);
    if (session == NULL) {
        return NULL;
    }
    session->strikes = passage->strikes;
    session->strikes_at_ms = passage->strikes_at_ms;
    if (passage->egress_len > 0) {
        session->egress = egress_new_flattened(&hub->spares, passage_egress(passage));
        if (session->egress == NULL) {
            remove_session(hub, session);
            return NULL;
        }
    }
    const struct bound *bound = &hub->bound[session->service];
    struct session_facts facts = facts_of(session);
    session->service_slot =
        bound->service->unpack(bound->state, &facts, passage->bytes, passage->packed_len);
    if (session->service_slot == SERVICE_FULL) {
        remove_session(hub, session);
        return NULL;
    }
    stat_add(&bound->stats->moved_in, 1);
    return session;
}

enum hub_result hub_resume(struct hub *hub, struct session *session, const struct passage *passage)
{
    if (session->egress != NULL) {
        hub->ports.wake(hub->ports.context, session);
    }
    return hub_receive(hub, session, passage_text(passage));
}

/* Time */

uint64_t hub_tick(struct hub *hub)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < hub->bound_count; i++) {
        const struct bound *bound = &hub->bound[i];
        uint64_t due_ms = bound->service->next_ms(bound->state);
        for (uint32_t round = 0; round < TICK_ROUNDS_MAX && due_ms <= hub->turn.now_ms; round++) {
            begin_turn(hub);
            bound->service->tick(bound->state, &hub->turn);
            run_effects(hub, bound, HANDLE_NONE);
            due_ms = bound->service->next_ms(bound->state);
        }
        next_ms = due_ms < next_ms ? due_ms : next_ms;
        stat_set(&bound->stats->rooms, bound->service->rooms(bound->state));
    }
    return next_ms;
}
