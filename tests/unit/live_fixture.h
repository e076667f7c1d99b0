/* live_fixture.h: the workers' instances of live without a server: commands go in as structs, and
 * what they ask for is carried out and told as lines of text.
 *
 * A line is "CLIENTS EVENT", such as "0 ready Alice" or "0+2 message c1 Bob: hi", in the order in
 * which it was asked for. Clients are numbered from 0 in the order in which they came. Moves and
 * waiting commands are carried out as the runtime does; mail is delivered at once unless
 * `held` is set, then by live_deliver. */
#ifndef PARLEY_TESTS_UNIT_LIVE_FIXTURE_H
#define PARLEY_TESTS_UNIT_LIVE_FIXTURE_H

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "generated/live_types.h"
#include "generated/protocol.h"
#include "live/live.h"
#include "media_order.h"
#include "tests/unit/test.h"

enum { CLIENTS_MAX = 1100, WORKERS_MAX = 4, MAILS_MAX = 64, TEXT_BYTES = 1 << 18 };

struct client {
    uint32_t worker, slot;
    uint32_t generation; /* of its handle; grows when it moves */
    bool open, waiting, closed_by_server;
    struct live_command command; /* which it waits with */
};

struct mail {
    uint32_t from, to;
    size_t len;
    uint8_t *bytes;
};

struct fixture {
    uint32_t workers;
    void *lives[WORKERS_MAX];
    struct live_options options;
    struct client clients[CLIENTS_MAX];
    uint32_t clients_count;
    struct mail mails[MAILS_MAX]; /* a queue, in the order they were sent */
    uint32_t mails_count;
    bool held;                     /* mail waits for live_deliver */
    struct media_order orders[64]; /* since the last call */
    uint32_t orders_count;
    uint8_t last_id[40]; /* of the last message or session */
    uint64_t last_stamp_ms;
    struct arena arena;
    struct random random;
    uint64_t seed;
    struct turn turn;
    char text[TEXT_BYTES];
    size_t text_len;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t live_draw(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline void live_refill(void *context, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(live_draw(context) >> 56);
}

static inline void live_start(struct fixture *f, uint32_t workers, uint32_t sessions_max)
{
    f->workers = workers;
    f->turn.random = &f->random;
    f->turn.arena = &f->arena;
    f->turn.now_ms = 1000;
    f->turn.wall_ms = 1795252716743;
    f->seed = 1;
    CHECK(arena_init(&f->arena, 4 << 20) == 0);
    random_init(&f->random, live_refill, &f->seed);
    for (uint32_t i = 0; i < workers; i++) {
        struct service_config config = {
            .worker = i, .workers = workers, .sessions_max = sessions_max, .options = &f->options};
        f->lives[i] = live_service.create(&config);
        CHECK(f->lives[i] != NULL);
    }
}

static inline void live_init(struct fixture *f, uint32_t workers)
{
    memset(f, 0, sizeof *f);
    f->options = live_defaults;
    live_start(f, workers, CLIENTS_MAX);
}

static inline void live_clear(struct fixture *f)
{
    for (uint32_t i = 0; i < f->workers; i++)
        live_service.destroy(f->lives[i]);
    for (uint32_t i = 0; i < f->mails_count; i++)
        free(f->mails[i].bytes);
    arena_clear(&f->arena);
}

__attribute__((format(printf, 2, 3))) static inline void live_print(struct fixture *f,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(f->text + f->text_len, TEXT_BYTES - f->text_len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < TEXT_BYTES - f->text_len);
    f->text_len += (size_t)len;
}

#define LIVE_STR(text) (int)(text).len, (text).len > 0 ? (text).base : ""

static inline void live_print_members(struct fixture *f, const struct live_member *members,
                                      uint32_t count)
{
    live_print(f, " [");
    for (uint32_t i = 0; i < count; i++)
        live_print(f, "%s%.*s:%u", i > 0 ? " " : "", LIVE_STR(members[i].user_id), members[i].ssrc);
    live_print(f, "]");
}

static inline void live_print_ack(struct fixture *f, const struct live_event *event)
{
    static const char *const modes[] = {"open", "ptt", "conference"};
    switch ((int)event->type) {
    case LIVE_CHANNEL_CREATE_ACK:
        live_print(f, "created %.*s %.*s", LIVE_STR(event->channel_create_ack.channel_id),
                   LIVE_STR(event->channel_create_ack.channel_name));
        break;
    case LIVE_CHANNEL_JOIN_ACK: {
        const struct live_channel_join_ack *ack = &event->channel_join_ack;
        live_print(f, "joined %.*s", LIVE_STR(ack->channel_id));
        live_print_members(f, ack->active_members, ack->active_members_count);
        if (ack->has_srtp)
            live_print(f, " srtp %d %zu", (int)ack->srtp.suite, ack->srtp.key.len);
        if (ack->has_media)
            live_print(f, " media %.*s %u", LIVE_STR(ack->media.host), ack->media.port);
        break;
    }
    case LIVE_CHANNEL_LEAVE_ACK:
        live_print(f, "left %.*s", LIVE_STR(event->channel_leave_ack.channel_id));
        break;
    case LIVE_CHANNEL_UPDATE_ACK:
        live_print(f, "updated %.*s %.*s", LIVE_STR(event->channel_update_ack.channel_id),
                   LIVE_STR(event->channel_update_ack.channel_name));
        break;
    case LIVE_CHANNEL_DELETE_ACK:
        live_print(f, "deleted %.*s", LIVE_STR(event->channel_delete_ack.channel_id));
        break;
    case LIVE_CHANNEL_LIST_ACK:
        live_print(f, "list");
        for (uint32_t i = 0; i < event->channel_list_ack.channels_count; i++) {
            const struct live_channel *channel = &event->channel_list_ack.channels[i];
            live_print(f, " %.*s/%.*s/%s/%u/%u", LIVE_STR(channel->channel_id),
                       LIVE_STR(channel->channel_name), modes[channel->mode], channel->member_count,
                       channel->capacity);
        }
        break;
    case LIVE_CHANNEL_INFO_ACK: {
        const struct live_channel_info_ack *ack = &event->channel_info_ack;
        live_print(f, "info %.*s/%.*s/%s/%u/%u", LIVE_STR(ack->channel_id),
                   LIVE_STR(ack->channel_name), modes[ack->mode], ack->member_count, ack->capacity);
        live_print_members(f, ack->members, ack->members_count);
        f->last_stamp_ms = ack->created_at;
        break;
    }
    default:
        CHECK(event->type < LIVE_EVENTS);
    }
}

static inline void live_remember(struct fixture *f, struct str id)
{
    CHECK(id.len < sizeof f->last_id);
    memset(f->last_id, 0, sizeof f->last_id);
    memcpy(f->last_id, id.base, id.len);
}

static inline void live_print_floor(struct fixture *f, const struct live_event *event)
{
    static const char *const indicators[] = {"normal", "broadcast", "imminent_peril", "emergency"};
    static const char *const causes[] = {"preempted", "ping_timeout", "max_duration", "disconnect",
                                         "admin"};
    switch ((int)event->type) {
    case LIVE_FLOOR_GRANTED_EVT:
        live_print(f, "granted %.*s %.*s %u", LIVE_STR(event->floor_granted.channel_id),
                   LIVE_STR(event->floor_granted.user_id), event->floor_granted.duration);
        break;
    case LIVE_FLOOR_DENY_EVT:
        live_print(f, "deny %.*s: %.*s", LIVE_STR(event->floor_deny.channel_id),
                   LIVE_STR(live_denial_words[event->floor_deny.reason]));
        break;
    case LIVE_FLOOR_TAKEN_EVT:
        live_print(f, "taken %.*s %.*s %s", LIVE_STR(event->floor_taken.channel_id),
                   LIVE_STR(event->floor_taken.user_id), indicators[event->floor_taken.indicator]);
        break;
    case LIVE_FLOOR_IDLE_EVT:
        live_print(f, "idle %.*s", LIVE_STR(event->floor_idle.channel_id));
        break;
    case LIVE_FLOOR_REVOKE_EVT:
        live_print(f, "revoke %.*s %s", LIVE_STR(event->floor_revoke.channel_id),
                   causes[event->floor_revoke.cause]);
        break;
    case LIVE_FLOOR_QUEUE_POS_INFO_EVT:
        live_print(f, "place %.*s %u of %u", LIVE_STR(event->floor_queue_pos_info.channel_id),
                   event->floor_queue_pos_info.queue_position,
                   event->floor_queue_pos_info.queue_size);
        break;
    case LIVE_FLOOR_PONG_EVT:
        live_print(f, "pong %.*s", LIVE_STR(event->floor_pong.channel_id));
        break;
    default:
        live_print_ack(f, event);
    }
}

static inline void live_print_event(struct fixture *f, const struct live_event *event)
{
    static const char *const changes[] = {"join", "leave", "update", "delete"};
    switch ((int)event->type) {
    case LIVE_HELLO_EVT:
        live_print(f, "hello %u", event->hello.heartbeat_interval);
        break;
    case LIVE_HEARTBEAT_ACK_EVT:
        live_print(f, "heartbeat_ack");
        break;
    case LIVE_READY_EVT:
        live_print(f, "ready %.*s", LIVE_STR(event->ready.user_id));
        live_remember(f, event->ready.session_id);
        break;
    case LIVE_CHANNEL_EVENT_EVT:
        live_print(f, "%s %.*s %.*s:%u", changes[event->channel_event.event],
                   LIVE_STR(event->channel_event.channel_id),
                   LIVE_STR(event->channel_event.member.user_id), event->channel_event.member.ssrc);
        break;
    case LIVE_MESSAGE_EVENT_EVT:
        live_print(f, "message %.*s %.*s: %.*s", LIVE_STR(event->message_event.channel_id),
                   LIVE_STR(event->message_event.author_id),
                   LIVE_STR(event->message_event.content));
        live_remember(f, event->message_event.message_id);
        f->last_stamp_ms = event->message_event.timestamp;
        break;
    case LIVE_ERROR_EVT:
        live_print(f, "error %u %.*s", event->error.code, LIVE_STR(event->error.reason));
        break;
    default:
        live_print_floor(f, event);
    }
}

/* A handle's slot is the client's number. */
static inline struct client *live_client(struct fixture *f, struct handle handle)
{
    CHECK(handle.slot < f->clients_count);
    struct client *client = &f->clients[handle.slot];
    return client->open && client->generation == handle.generation ? client : NULL;
}

static inline void live_print_line(struct fixture *f)
{
    if (f->text_len > 0)
        live_print(f, "\n");
}

/* Who gets it; false when nobody is left. */
static inline bool live_print_receivers(struct fixture *f, const struct effect *effect)
{
    bool any = false;
    bool numbers[CLIENTS_MAX] = {false};
    for (uint32_t i = 0; i < effect->cast.count; i++) {
        struct handle to = effect->cast.to[i];
        if (handle_equal(to, effect->cast.except) || live_client(f, to) == NULL)
            continue;
        CHECK(!numbers[to.slot]); /* nobody is sent it twice */
        numbers[to.slot] = true;
    }
    for (uint32_t i = 0; i < f->clients_count; i++) {
        if (!numbers[i])
            continue;
        if (!any)
            live_print_line(f);
        live_print(f, "%s%u", any ? "+" : "", i);
        any = true;
    }
    return any;
}

static inline void live_run(struct fixture *f, uint32_t number);

static inline void live_begin(struct fixture *f)
{
    f->turn.effect_count = 0;
    arena_reset(&f->arena, 0);
}

static inline void live_post(struct fixture *f, uint32_t from, const struct effect *effect)
{
    CHECK(f->mails_count < MAILS_MAX && effect->mail.worker != from &&
          effect->mail.worker < f->workers && effect->mail.bytes.len <= SERVICE_MAIL_BYTES_MAX);
    struct mail *mail = &f->mails[f->mails_count++];
    *mail = (struct mail){.from = from,
                          .to = effect->mail.worker,
                          .len = effect->mail.bytes.len,
                          .bytes = malloc(effect->mail.bytes.len)};
    CHECK(mail->bytes != NULL);
    memcpy(mail->bytes, effect->mail.bytes.base, mail->len);
}

static inline void live_depart(struct fixture *f, struct client *client, uint32_t number,
                               uint32_t worker)
{
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    size_t len = live_service.pack(f->lives[client->worker], client->slot, block);
    CHECK(len <= sizeof block);
    client->generation++;
    client->worker = worker;
    struct session_facts facts = {.session = {number, client->generation}};
    client->slot = live_service.unpack(f->lives[worker], &facts, block, len);
    CHECK(client->slot != SERVICE_FULL);
}

/* Carries out what a call on `worker` asked for; what follows from it is left in *again: clients
 * whose command is to be run again. */
static inline void live_effects(struct fixture *f, uint32_t worker)
{
    uint32_t again[8], again_count = 0;
    for (uint32_t i = 0; i < f->turn.effect_count; i++) {
        const struct effect *effect = &f->turn.effects[i];
        if (effect->kind == EFFECT_MAIL) {
            live_post(f, worker, effect);
            continue;
        }
        if (effect->kind == EFFECT_MEDIA) {
            CHECK(f->orders_count < sizeof f->orders / sizeof *f->orders);
            f->orders[f->orders_count++] = *effect->media;
            continue;
        }
        if (effect->kind == EFFECT_CAST) {
            if (live_print_receivers(f, effect)) {
                live_print(f, " ");
                live_print_event(f, effect->cast.event);
            }
            continue;
        }
        uint32_t number = effect->session.slot;
        struct client *client = live_client(f, effect->session);
        if (client == NULL)
            continue;
        CHECK(client->worker == worker);
        switch (effect->kind) {
        case EFFECT_SEND:
            live_print_line(f);
            live_print(f, "%u ", number);
            live_print_event(f, effect->send);
            break;
        case EFFECT_CLOSE:
            live_print_line(f);
            live_print(f, "%u close %u %.*s", number, close_said[effect->close].code,
                       LIVE_STR(close_said[effect->close].reason));
            break;
        case EFFECT_STRIKE:
            live_print_line(f);
            live_print(f, "%u strike", number);
            break;
        case EFFECT_WAIT:
            client->waiting = true;
            break;
        case EFFECT_MOVE:
            live_depart(f, client, number, effect->move.worker);
            again[again_count++] = number;
            break;
        case EFFECT_RESUME:
            if (client->waiting)
                again[again_count++] = number;
            client->waiting = false;
            break;
        case EFFECT_CAST:
        case EFFECT_MAIL:
        case EFFECT_MEDIA:
        case EFFECT_STORE:
        case EFFECT_EXPIRE:
            break;
        }
        CHECK(again_count < sizeof again / sizeof *again);
    }
    for (uint32_t i = 0; i < again_count; i++)
        live_run(f, again[i]);
}

static inline void live_run(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    if (!client->open)
        return;
    live_begin(f);
    live_service.command(f->lives[client->worker], client->slot, &client->command, &f->turn);
    live_effects(f, client->worker);
}

/* The oldest mail arrives; false when there is none. */
static inline bool live_deliver(struct fixture *f)
{
    if (f->mails_count == 0)
        return false;
    struct mail mail = f->mails[0];
    memmove(f->mails, f->mails + 1, --f->mails_count * sizeof *f->mails);
    live_begin(f);
    live_service.mail(f->lives[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
    live_effects(f, mail.to);
    free(mail.bytes);
    return true;
}

static inline void live_reset_text(struct fixture *f)
{
    f->text_len = 0;
    f->text[0] = 0;
    f->orders_count = 0;
}

/* What has happened since live_reset_text. */
static inline const char *live_settle(struct fixture *f)
{
    while (!f->held && live_deliver(f))
        ;
    return f->text;
}

/* What all mail leads to. */
static inline const char *live_deliver_all(struct fixture *f)
{
    live_reset_text(f);
    while (live_deliver(f))
        ;
    return f->text;
}

/* A client that comes to a worker; its greeting is in f->text. */
static inline uint32_t live_open(struct fixture *f, uint32_t worker)
{
    CHECK(f->clients_count < CLIENTS_MAX);
    uint32_t number = f->clients_count++;
    struct client *client = &f->clients[number];
    *client = (struct client){.worker = worker, .generation = 1, .open = true};
    struct session_facts facts = {.session = {number, 1}, .local_host = STR_INIT("192.0.2.1")};
    live_reset_text(f);
    live_begin(f);
    client->slot = live_service.open(f->lives[worker], &facts, &f->turn);
    CHECK(client->slot != SERVICE_FULL);
    live_effects(f, worker);
    return number;
}

static inline const char *say(struct fixture *f, uint32_t number, struct live_command command)
{
    CHECK(f->clients[number].open && !f->clients[number].waiting);
    f->clients[number].command = command;
    live_reset_text(f);
    live_run(f, number);
    return live_settle(f);
}

static inline const char *live_close(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    client->open = client->waiting = false;
    live_reset_text(f);
    live_begin(f);
    live_service.close(f->lives[client->worker], client->slot, &f->turn);
    live_effects(f, client->worker);
    return live_settle(f);
}

/* Time passes; then the timers that are due run, on all workers. */
static inline const char *live_wait(struct fixture *f, uint64_t ms)
{
    f->turn.now_ms += ms;
    f->turn.wall_ms += ms;
    live_reset_text(f);
    for (uint32_t i = 0; i < f->workers; i++) {
        while (live_service.next_ms(f->lives[i]) <= f->turn.now_ms) {
            live_begin(f);
            live_service.tick(f->lives[i], &f->turn);
            live_effects(f, i);
        }
    }
    return live_settle(f);
}

static inline const char *say_identify(struct fixture *f, uint32_t client, const char *user,
                                       const char *token)
{
    struct live_command command = {.type = LIVE_IDENTIFY_CMD};
    command.identify.user_id = TEST_STR(user);
    command.identify.token = TEST_STR(token);
    return say(f, client, command);
}

static inline const char *say_create_as(struct fixture *f, uint32_t client, const char *id,
                                        enum live_mode mode, uint32_t capacity)
{
    struct live_command command = {.type = LIVE_CHANNEL_CREATE_CMD};
    command.channel_create = (struct live_channel_create_cmd){
        .channel_id = TEST_STR(id), .channel_name = STR_INIT("Name"), mode, capacity};
    return say(f, client, command);
}

static inline const char *say_create(struct fixture *f, uint32_t client, const char *id)
{
    return say_create_as(f, client, id, LIVE_MODE_OPEN, CHANNEL_MEMBERS_DEFAULT);
}

static inline const char *say_join(struct fixture *f, uint32_t client, const char *id,
                                   uint32_t ssrc)
{
    struct live_command command = {.type = LIVE_CHANNEL_JOIN_CMD};
    command.channel_join = (struct live_channel_join_cmd){.channel_id = TEST_STR(id), .ssrc = ssrc};
    return say(f, client, command);
}

static inline const char *say_message(struct fixture *f, uint32_t client, const char *id,
                                      const char *content)
{
    struct live_command command = {.type = LIVE_MESSAGE_CREATE_CMD};
    command.message_create =
        (struct live_message_create_cmd){.channel_id = TEST_STR(id), .content = TEST_STR(content)};
    return say(f, client, command);
}

static inline const char *say_update(struct fixture *f, uint32_t client, const char *id,
                                     const char *name)
{
    struct live_command command = {.type = LIVE_CHANNEL_UPDATE_CMD};
    command.channel_update = (struct live_channel_update_cmd){.channel_id = TEST_STR(id),
                                                              .channel_name = TEST_STR(name)};
    return say(f, client, command);
}

static inline const char *say_request(struct fixture *f, uint32_t client, const char *id,
                                      uint8_t priority)
{
    struct live_command command = {.type = LIVE_FLOOR_REQUEST_CMD};
    command.floor_request = (struct live_floor_request_cmd){
        .channel_id = TEST_STR(id), .has_priority = true, .priority = priority};
    return say(f, client, command);
}

/* A command that names a channel and nothing else: they all begin with its id. */
static inline const char *say_of(struct fixture *f, uint32_t client, enum live_command_type type,
                                 const char *id)
{
    struct live_command command = {.type = type};
    command.channel_info.channel_id = TEST_STR(id);
    return say(f, client, command);
}

/* A client that has identified itself. */
static inline uint32_t live_open_as(struct fixture *f, uint32_t worker, const char *user)
{
    uint32_t client = live_open(f, worker);
    say_identify(f, client, user, "token");
    return client;
}

/* The worker that owns a channel. */
static inline uint32_t live_owner(const struct fixture *f, const char *id)
{
    static const uint8_t key[16];
    return (uint32_t)(hash_bytes(key, TEST_STR(id)) >> 32) % f->workers;
}

#endif
