#include "live/live.h"

#include <stdlib.h>

#include "base/check.h"
#include "generated/protocol.h"
#include "live/state.h"

/* The most that one change of a floor asks for: each member is told something of its own, and all
 * hear who talks; and the little that a command asks for besides, such as leaving and joining. */
enum { FLOOR_EFFECTS_MAX = CHANNEL_MEMBERS_MAX + 24 };
_Static_assert((int)FLOOR_EFFECTS_MAX <= (int)EFFECTS_MAX, "one change fits into a call");

/* The longest texts that are kept. */
enum { TEXT_BYTES_MAX = LIVE_ID_BYTES_MAX };
_Static_assert((int)LIVE_NAME_BYTES_MAX <= (int)TEXT_BYTES_MAX, "names are no longer");

/* The longest address is that of IPv6 with a zone. */
enum { HOST_LEN_MAX = 64 };

/* A packed session: its id, the length of its user's name, the name, and the host. */
enum { PACKED_USER_LEN = sizeof(((struct session *)0)->id), PACKED_USER = PACKED_USER_LEN + 2 };

_Static_assert(PACKED_USER + TEXT_BYTES_MAX + HOST_LEN_MAX <= SERVICE_PACKED_BYTES_MAX,
               "a packed session fits");

const struct live_options live_defaults = {.heartbeat_ms = HEARTBEAT_MS,
                                           .identify_ms = IDENTIFY_MS};

bool live_verify_secret(const void *verifier, struct str user_id, struct str token,
                        uint64_t wall_ms, uint64_t *expires_ms)
{
    (void)user_id;
    (void)wall_ms;
    *expires_ms = UINT64_MAX;
    const struct str *secret = verifier;
    if (secret->len == 0)
        return false;
    uint8_t differing = secret->len != token.len;
    for (size_t i = 0; i < token.len; i++)
        differing |= (uint8_t)(token.base[i] ^ secret->base[i % secret->len]);
    return differing == 0;
}

static void destroy(void *state)
{
    struct live *live = state;
    pool_clear(&live->sessions);
    pool_clear(&live->members);
    pool_clear(&live->channels);
    pool_clear(&live->claims);
    map_clear(&live->members_by_user);
    map_clear(&live->channels_by_id);
    map_clear(&live->claims_by_ssrc);
    textpool_clear(&live->texts);
    rosters_clear(&live->rosters);
    wheel_free(live->unidentified);
    wheel_free(live->seats);
    wheel_free(live->floors);
    free(live);
}

static bool reserve(struct live *live, uint32_t sessions)
{
    /* Besides each session's member, a seat may be kept here for each session of other workers;
     * they are told when there are more. */
    uint32_t members = 2 * sessions;
    uint32_t texts = 2 * sessions + members + 2 * CHANNELS_MAX;
    live->unidentified = wheel_new(0);
    live->seats = wheel_new(0);
    live->floors = wheel_new(0);
    return live->unidentified != NULL && live->seats != NULL && live->floors != NULL &&
           pool_init(&live->sessions, sessions, sizeof(struct session)) == 0 &&
           pool_init(&live->members, members, sizeof(struct member)) == 0 &&
           pool_init(&live->channels, CHANNELS_MAX, sizeof(struct channel)) == 0 &&
           pool_init(&live->claims, members, sizeof(struct claim)) == 0 &&
           map_init(&live->members_by_user, members) == 0 &&
           map_init(&live->channels_by_id, CHANNELS_MAX) == 0 &&
           map_init(&live->claims_by_ssrc, members) == 0 &&
           textpool_init(&live->texts, texts, TEXT_BYTES_MAX) == 0 &&
           rosters_init(&live->rosters, CHANNELS_MAX) == 0;
}

static void *create(const struct service_config *config)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        return NULL;
    live->config = *config;
    live->empty_channels = CHAIN_EMPTY;
    live->options =
        config->options != NULL ? *(const struct live_options *)config->options : live_defaults;
    if (!reserve(live, config->sessions_max)) {
        destroy(live);
        return NULL;
    }
    return live;
}

struct session *session_at(const struct live *live, uint32_t slot)
{
    CHECK(pool_is_live(&live->sessions, slot));
    return pool_at(&live->sessions, slot);
}

static uint64_t session_serial(const struct session *session)
{
    uint64_t serial;
    memcpy(&serial, session->id, sizeof serial);
    return serial;
}

struct str live_text(const struct live *live, struct text text)
{
    return textpool_get(&live->texts, text);
}

void live_tell(const struct live *live, uint32_t slot, const struct live_event *event,
               struct turn *turn)
{
    effect_send(turn, session_at(live, slot)->handle, event, sizeof *event);
}

static struct live_event error_event(enum live_error error, struct str channel_id,
                                     struct arena *arena)
{
    switch (error) {
    case LIVE_ERROR_CHANNEL_NOT_FOUND:
        return live_error_channel_not_found(arena, channel_id);
    case LIVE_ERROR_CHANNEL_FULL:
        return live_error_channel_full(arena, channel_id);
    case LIVE_ERROR_ACCESS_DENIED:
        return live_error_access_denied(arena, channel_id);
    case LIVE_ERROR_ALREADY_IN_CHANNEL:
        return live_error_already_in_channel(arena, channel_id);
    case LIVE_ERROR_NOT_IN_CHANNEL:
        return live_error_not_in_channel(arena, channel_id);
    case LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL:
        return live_error_message_not_in_channel(arena, channel_id);
    case LIVE_ERROR_NOT_AUTHENTICATED:
    case LIVE_ERROR_INVALID_TOKEN:
    case LIVE_ERROR_SSRC_IN_USE:
    case LIVE_ERROR_SRTP_KEY_WRONG:
    case LIVE_ERROR_INTERNAL_ERROR:
        return live_error_event(error);
    case LIVE_ERROR_UNKNOWN_OPCODE: /* found by the codec */
    case LIVE_ERROR_INVALID_PAYLOAD:
    case LIVE_ERROR_EMPTY_MESSAGE:
    case LIVE_ERROR_MESSAGE_TOO_LONG:
    case LIVE_ERRORS:
        break;
    }
    CHECK(false); /* nobody tells these here */
    return live_error_internal_error();
}

void live_tell_error(const struct live *live, uint32_t slot, enum live_error error,
                     struct str channel_id, struct turn *turn)
{
    struct live_event event = error_event(error, channel_id, turn->arena);
    live_tell(live, slot, &event, turn);
}

struct asker asker_of(const struct live *live, uint32_t slot)
{
    return (struct asker){.worker = live->config.worker,
                          .slot = slot,
                          .serial = session_serial(session_at(live, slot))};
}

bool live_answer(struct live *live, const struct asker *asker, enum answer answer,
                 enum live_error error, struct turn *turn)
{
    CHECK(asker->worker == live->config.worker);
    if (!pool_is_live(&live->sessions, asker->slot))
        return false;
    struct session *session = session_at(live, asker->slot);
    if (session_serial(session) != asker->serial)
        return false;
    session->answer = (uint8_t)answer;
    session->error = (uint8_t)error;
    effect_resume(turn, session->handle);
    return true;
}

uint32_t live_facts(const struct live *live, uint32_t slot)
{
    return session_at(live, slot)->identified ? LIVE_IDENTIFIED : 0;
}

/* A session in no channel. SERVICE_FULL when there are as many as there may be. */
static uint32_t add_session(struct live *live, const struct session_facts *facts)
{
    struct handle handle;
    struct session *session = pool_take(&live->sessions, &handle);
    if (session == NULL)
        return SERVICE_FULL;
    session->handle = facts->session;
    session->member = NONE;
    return handle.slot;
}

static void remove_session(struct live *live, uint32_t slot)
{
    struct session *session = session_at(live, slot);
    CHECK(session->member == NONE);
    wheel_clear(live->unidentified, &session->timer);
    textpool_remove(&live->texts, session->user);
    textpool_remove(&live->texts, session->host);
    pool_give_back(&live->sessions, slot);
}

static uint32_t open_session(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct live *live = state;
    uint32_t slot = add_session(live, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    struct session *session = session_at(live, slot);
    random_bytes(turn->random, session->id, sizeof session->id);
    if (facts->local_host.len <= HOST_LEN_MAX)
        session->host = textpool_add(&live->texts, facts->local_host);
    wheel_set(live->unidentified, &session->timer, turn->now_ms + live->options.identify_ms);
    struct live_event event = {.type = LIVE_HELLO_EVT};
    event.hello.heartbeat_interval = live->options.heartbeat_ms;
    live_tell(live, slot, &event, turn);
    return slot;
}

static uint32_t facts_of(const void *state, uint32_t slot)
{
    return live_facts(state, slot);
}

static void command(void *state, uint32_t slot, const void *block, struct turn *turn)
{
    live_dispatch(state, slot, block, turn);
}

static void close_session(void *state, uint32_t slot, struct turn *turn)
{
    struct live *live = state;
    if (session_at(live, slot)->member != NONE)
        member_leave(live, slot, turn);
    remove_session(live, slot);
}

/* Calls may be left for the next time: there is room for the effects of any one timer. */
static struct wheel_timer *next_due(struct wheel *wheel, const struct turn *turn)
{
    return turn->effect_count + FLOOR_EFFECTS_MAX <= EFFECTS_MAX ? wheel_due(wheel, turn->now_ms)
                                                                 : NULL;
}

static void tick(void *state, struct turn *turn)
{
    struct live *live = state;
    struct wheel_timer *due;
    while ((due = next_due(live->floors, turn)) != NULL)
        floor_expire(live, WHEEL_OWNER(due, struct floor, timer), turn);
    while ((due = next_due(live->seats, turn)) != NULL)
        seat_drop(live, pool_slot(&live->members, WHEEL_OWNER(due, struct member, timer)),
                  LIVE_ERROR_INTERNAL_ERROR, turn);
    while ((due = next_due(live->unidentified, turn)) != NULL)
        effect_close(turn, WHEEL_OWNER(due, struct session, timer)->handle, CLOSE_NOT_IDENTIFIED);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static uint64_t next_ms(const void *state)
{
    const struct live *live = state;
    return earlier(wheel_next_ms(live->floors),
                   earlier(wheel_next_ms(live->seats), wheel_next_ms(live->unidentified)));
}

static size_t pack(void *state, uint32_t slot, uint8_t *block)
{
    struct live *live = state;
    const struct session *session = session_at(live, slot);
    CHECK(session->identified); /* moving is what CHANNEL_JOIN asks for */
    struct str user = live_text(live, session->user);
    struct str host = live_text(live, session->host);
    uint16_t user_len = (uint16_t)user.len;
    memcpy(block, session->id, sizeof session->id);
    memcpy(block + PACKED_USER_LEN, &user_len, sizeof user_len);
    if (user.len > 0)
        memcpy(block + PACKED_USER, user.base, user.len);
    if (host.len > 0)
        memcpy(block + PACKED_USER + user.len, host.base, host.len);
    remove_session(live, slot);
    return PACKED_USER + user.len + host.len;
}

static uint32_t unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                       size_t len)
{
    struct live *live = state;
    uint32_t slot = add_session(live, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    uint16_t user_len;
    CHECK(len >= PACKED_USER);
    memcpy(&user_len, block + PACKED_USER_LEN, sizeof user_len);
    CHECK(len >= (size_t)PACKED_USER + user_len);
    struct session *session = session_at(live, slot);
    memcpy(session->id, block, sizeof session->id);
    const char *texts = (const char *)block + PACKED_USER;
    session->user = textpool_add(&live->texts, (struct str){texts, user_len});
    session->host =
        textpool_add(&live->texts, (struct str){texts + user_len, len - PACKED_USER - user_len});
    session->identified = true;
    return slot;
}

static void mail(void *state, uint32_t from, const uint8_t *bytes, size_t len, struct turn *turn)
{
    mail_receive(state, from, bytes, len, turn);
}

static uint32_t rooms(const void *state)
{
    const struct live *live = state;
    return live->channels.live;
}

const struct service live_service = {
    .name = STR_INIT("live"),
    .event_bytes = sizeof(struct live_event),
    .command_bytes = sizeof(struct live_command),
    .wants_local_host = true,
    .create = create,
    .destroy = destroy,
    .open = open_session,
    .facts = facts_of,
    .command = command,
    .close = close_session,
    .tick = tick,
    .next_ms = next_ms,
    .pack = pack,
    .unpack = unpack,
    .mail = mail,
    .rooms = rooms,
    .describe = live_describe,
    .next_room = live_next_room,
    .revoke = live_revoke,
};
