#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/reserve.h"
#include "runtime/hub_state.h"

/* Rounds of a service's timers in one hub_tick: a crowd of timers does not delay messages. */
enum { TICK_ROUNDS_MAX = 16 };

/* Setting up */

/* What every service has to have. */
static bool is_whole(const struct service *service)
{
    return service->create != NULL && service->destroy != NULL && service->open != NULL &&
           service->facts != NULL && service->command != NULL && service->close != NULL &&
           service->tick != NULL && service->next_ms != NULL && service->pack != NULL &&
           service->unpack != NULL && service->rooms != NULL;
}

static bool bind_service(struct hub *hub, const struct service_config *config,
                         const struct hub_binding *binding)
{
    CHECK(is_whole(binding->service));
    const struct codec *codec = binding->codec;
    CHECK(codec->commands_count <= STATS_TYPES_MAX && codec->events_count <= STATS_TYPES_MAX &&
          codec->errors_count <= STATS_TYPES_MAX);
    struct service_config own = *config;
    own.options = binding->options;
    void *state = binding->service->create(&own);
    if (state == NULL)
        return false;
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
    CHECK(limits->strikes_refill_ms > 0);
    struct hub *hub = calloc(1, sizeof *hub);
    if (hub == NULL)
        return NULL;
    hub->limits = *limits;
    hub->ports = *ports;
    hub->stats = stats;
    hub->worker = config->worker;
    hub->workers = config->workers;
    memcpy(hub->hash_key, config->hash_key, sizeof hub->hash_key);
    hub->turn.random = random;
    hub->turn.arena = &hub->arena;
    bool ready = pool_init(&hub->sessions, limits->sessions_max, session_bytes) == 0 &&
                 arena_init(&hub->arena, ARENA_DECODE_BYTES + ARENA_SERVICE_BYTES) == 0 &&
                 reserve_scratch(hub, bindings, bindings_count);
    for (uint32_t i = 0; i < bindings_count && ready; i++)
        ready = bind_service(hub, config, &bindings[i]);
    if (!ready) {
        hub_free(hub);
        return NULL;
    }
    return hub;
}

void hub_free(struct hub *hub)
{
    if (hub == NULL)
        return;
    for (uint32_t i = 0; i < hub->bound_count; i++)
        hub->bound[i].service->destroy(hub->bound[i].state);
    for (uint32_t slot = 0; (slot = pool_next(&hub->sessions, slot)) != POOL_NONE; slot++) {
        struct session *session = pool_at(&hub->sessions, slot);
        egress_free(&session->egress);
        hub_let_go(hub, session);
    }
    while (hub->tapping.first != NULL)
        hub_untap(hub, hub->tapping.first);
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

void hub_begin_turn(struct hub *hub)
{
    arena_reset(&hub->arena, 0);
    hub->turn.effect_count = 0;
}

/* Sessions */

struct session *hub_session_add(struct hub *hub, uint32_t binding, uint8_t flags)
{
    CHECK(binding < hub->bound_count);
    struct handle id;
    struct session *session = pool_take(&hub->sessions, &id);
    if (session == NULL)
        return NULL;
    session->id = id;
    session->service = (uint8_t)binding;
    session->service_slot = SERVICE_FULL;
    session->flags = flags;
    struct bound *bound = &hub->bound[binding];
    stat_set(&bound->stats->sessions, ++bound->sessions);
    return session;
}

void hub_session_remove(struct hub *hub, struct session *session)
{
    struct bound *bound = &hub->bound[session->service];
    stat_set(&bound->stats->sessions, --bound->sessions);
    egress_free(&session->egress);
    hub_let_go(hub, session);
    pool_give_back(&hub->sessions, session->id.slot);
}

struct session_facts hub_session_facts(const struct session *session)
{
    return (struct session_facts){.session = session->id,
                                  .trusted = (session->flags & SESSION_TRUSTED) != 0};
}

bool hub_hold(struct hub *hub, struct session *session, uint32_t worker, struct str text)
{
    struct held *held = spares_take(&hub->spares, sizeof *held + text.len);
    if (held == NULL)
        return false;
    held->worker = worker;
    held->len = (uint32_t)text.len;
    if (text.len > 0)
        memcpy(held->text, text.base, text.len);
    session->held = held;
    return true;
}

void hub_let_go(struct hub *hub, struct session *session)
{
    if (session->held != NULL) {
        spares_give_back(&hub->spares, session->held, sizeof(struct held) + session->held->len);
        session->held = NULL;
    }
}

struct session *hub_open(struct hub *hub, uint32_t binding, bool trusted)
{
    return hub_session_add(hub, binding, trusted ? SESSION_TRUSTED : 0);
}

enum hub_result hub_greet(struct hub *hub, struct session *session)
{
    hub_begin_turn(hub);
    struct bound *bound = &hub->bound[session->service];
    struct session_facts facts = hub_session_facts(session);
    if (bound->service->wants_local_host && hub->ports.local_host != NULL)
        facts.local_host = hub->ports.local_host(hub->ports.context, session);
    session->service_slot = bound->service->open(bound->state, &facts, &hub->turn);
    if (session->service_slot == SERVICE_FULL) {
        hub_request_close(hub, session, CLOSE_SERVER_FULL);
        return HUB_CLOSING;
    }
    stat_add(&bound->stats->opened, 1);
    hub_run_effects(hub, bound, HANDLE_NONE);
    return session->flags & SESSION_CLOSING ? HUB_CLOSING : HUB_OK;
}

/* The command in hub->command, which `text` says. */
static enum hub_result run_command(struct hub *hub, const struct bound *bound,
                                   struct session *session, struct str text)
{
    hub->turn.barred = !(session->flags & SESSION_TRUSTED) && hub->ports.barred != NULL &&
                       hub->ports.barred(hub->ports.context, session);
    bound->service->command(bound->state, session->service_slot, hub->command, &hub->turn);
    hub_run_effects(hub, bound, session->id);
    bool again = (session->flags & (SESSION_MOVING | SESSION_WAITING)) != 0;
    if (again && !(session->flags & SESSION_CLOSING) &&
        !hub_hold(hub, session, hub->moving_to, text))
        hub_request_close(hub, session, CLOSE_MEMORY_SHORT);
    if (session->flags & SESSION_CLOSING)
        return HUB_CLOSING;
    if (again)
        return session->flags & SESSION_MOVING ? HUB_MOVED : HUB_WAITING;
    stat_add(&bound->stats->commands[bound->codec->command_type(hub->command)], 1);
    return HUB_OK;
}

static enum hub_result run_untapped(struct hub *hub, struct session *session, struct str text)
{
    hub_begin_turn(hub);
    const struct bound *bound = &hub->bound[session->service];
    uint32_t facts = bound->service->facts(bound->state, session->service_slot);
    hub->arena.capacity = ARENA_DECODE_BYTES;
    enum decode_status status =
        bound->codec->decode(text, facts, &hub->arena, hub->command, hub->error);
    hub->arena.capacity = ARENA_DECODE_BYTES + ARENA_SERVICE_BYTES;
    if (status == DECODE_OK)
        return run_command(hub, bound, session, text);
    hub_send(hub, bound, session->id, hub->error);
    if (status == DECODE_INVALID) {
        stat_add(&bound->stats->invalid, 1);
        hub_strike(hub, session, STRIKE_INVALID);
    }
    return session->flags & SESSION_CLOSING ? HUB_CLOSING : HUB_OK;
}

/* Kept out of run_text, which shall cost a comparison and a jump. */
__attribute__((noinline)) static enum hub_result
run_tapped(struct hub *hub, struct session *session, struct str text)
{
    hub_tap_message(hub, session, text);
    enum hub_result result = run_untapped(hub, session, text);
    hub_tap_result(hub, result);
    return result;
}

static enum hub_result run_text(struct hub *hub, struct session *session, struct str text)
{
    return hub->tapping.first == NULL ? run_untapped(hub, session, text)
                                      : run_tapped(hub, session, text);
}

enum hub_result hub_receive(struct hub *hub, struct session *session, struct str text)
{
    if (session->flags & SESSION_CLOSING)
        return HUB_CLOSING;
    CHECK(session->held == NULL); /* its turn comes before this one's */
    return run_text(hub, session, text);
}

uint64_t hub_delivered(const struct hub *hub)
{
    return hub->delivered;
}

enum hub_result hub_resume(struct hub *hub, struct session *session)
{
    if (session->flags & SESSION_CLOSING)
        return HUB_CLOSING;
    struct held *held = session->held;
    CHECK(held != NULL);
    session->held = NULL;
    if (session->flags & SESSION_MOVING && session->egress != NULL) {
        hub->ports.wake(hub->ports.context, session); /* what it brought along */
    }
    session->flags &= (uint8_t) ~(SESSION_MOVING | SESSION_WAITING | SESSION_RESUMED);
    enum hub_result result = run_text(hub, session, (struct str){held->text, held->len});
    spares_give_back(&hub->spares, held, sizeof *held + held->len);
    return result;
}

void hub_mail(struct hub *hub, uint32_t binding, uint32_t from, struct str bytes)
{
    CHECK(binding < hub->bound_count && from < hub->workers && from != hub->worker);
    hub_begin_turn(hub);
    const struct bound *bound = &hub->bound[binding];
    bound->service->mail(bound->state, from, (const uint8_t *)bytes.base, bytes.len, &hub->turn);
    hub_run_effects(hub, bound, HANDLE_NONE);
}

void hub_closed(struct hub *hub, struct session *session)
{
    hub_begin_turn(hub);
    session->flags |= SESSION_CLOSING;
    const struct bound *bound = &hub->bound[session->service];
    if (session->service_slot != SERVICE_FULL) {
        bound->service->close(bound->state, session->service_slot, &hub->turn);
        hub_run_effects(hub, bound, HANDLE_NONE);
        stat_set(&bound->stats->rooms, bound->service->rooms(bound->state)); /* no tick may come */
    }
    hub_session_remove(hub, session);
}

void hub_recalled(struct hub *hub, uint32_t binding, const struct store_recalled *recalled,
                  struct str entries)
{
    CHECK(binding < hub->bound_count);
    hub_begin_turn(hub);
    const struct bound *bound = &hub->bound[binding];
    struct store_recalled whole = *recalled;
    struct store_order *list = turn_memory(&hub->turn, whole.count * sizeof *list);
    for (uint32_t i = 0; i < whole.count; i++) {
        bool complete = store_order_unpack(&entries, &list[i]);
        CHECK(complete);
    }
    whole.entries = list;
    bound->service->recalled(bound->state, &whole, &hub->turn);
    hub_run_effects(hub, bound, HANDLE_NONE);
}

struct session *hub_find(const struct hub *hub, struct handle id)
{
    return pool_find(&hub->sessions, id);
}

void hub_each(struct hub *hub, void (*each)(void *context, struct session *session), void *context)
{
    for (uint32_t slot = 0; (slot = pool_next(&hub->sessions, slot)) != POOL_NONE; slot++)
        each(context, pool_at(&hub->sessions, slot));
}

struct spares *hub_spares(struct hub *hub)
{
    return &hub->spares;
}

uint32_t hub_sessions(const struct hub *hub)
{
    return hub->sessions.live;
}

/* Time */

uint64_t hub_tick(struct hub *hub)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < hub->bound_count; i++) {
        const struct bound *bound = &hub->bound[i];
        uint64_t due_ms = bound->service->next_ms(bound->state);
        for (uint32_t round = 0; round < TICK_ROUNDS_MAX && due_ms <= hub->turn.now_ms; round++) {
            hub_begin_turn(hub);
            bound->service->tick(bound->state, &hub->turn);
            hub_run_effects(hub, bound, HANDLE_NONE);
            due_ms = bound->service->next_ms(bound->state);
        }
        next_ms = due_ms < next_ms ? due_ms : next_ms;
        stat_set(&bound->stats->rooms, bound->service->rooms(bound->state));
    }
    return next_ms;
}
