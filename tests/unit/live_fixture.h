/* live_fixture.h: live on several workers without a server (fixture.h). */
#ifndef PARLEY_TESTS_UNIT_LIVE_FIXTURE_H
#define PARLEY_TESTS_UNIT_LIVE_FIXTURE_H

#include "generated/live_types.h"
#include "generated/protocol.h"
#include "live/live.h"
#include "media_order.h"
#include "tests/unit/fixture.h"

/* What there is besides the workers. */
static struct {
    struct live_options options;
    uint8_t last_id[40]; /* of the last message or session */
    uint64_t last_stamp_ms;
} own;

static inline void live_print_members(struct fixture *f, const struct live_member *members,
                                      uint32_t count)
{
    fixture_print(f, " [");
    for (uint32_t i = 0; i < count; i++)
        fixture_print(f, "%s%.*s:%u", i > 0 ? " " : "", FIXTURE_STR(members[i].user_id),
                      members[i].ssrc);
    fixture_print(f, "]");
}

static inline void live_print_ack(struct fixture *f, const struct live_event *event)
{
    static const char *const modes[] = {"open", "ptt", "conference"};
    switch ((int)event->type) {
    case LIVE_CHANNEL_CREATE_ACK:
        fixture_print(f, "created %.*s %.*s", FIXTURE_STR(event->channel_create_ack.channel_id),
                      FIXTURE_STR(event->channel_create_ack.channel_name));
        break;
    case LIVE_CHANNEL_JOIN_ACK: {
        const struct live_channel_join_ack *ack = &event->channel_join_ack;
        fixture_print(f, "joined %.*s", FIXTURE_STR(ack->channel_id));
        live_print_members(f, ack->active_members, ack->active_members_count);
        if (ack->has_srtp)
            fixture_print(f, " srtp %d %zu", (int)ack->srtp.suite, ack->srtp.key.len);
        if (ack->has_media)
            fixture_print(f, " media %.*s %u", FIXTURE_STR(ack->media.host), ack->media.port);
        break;
    }
    case LIVE_CHANNEL_LEAVE_ACK:
        fixture_print(f, "left %.*s", FIXTURE_STR(event->channel_leave_ack.channel_id));
        break;
    case LIVE_CHANNEL_UPDATE_ACK:
        fixture_print(f, "updated %.*s %.*s", FIXTURE_STR(event->channel_update_ack.channel_id),
                      FIXTURE_STR(event->channel_update_ack.channel_name));
        break;
    case LIVE_CHANNEL_DELETE_ACK:
        fixture_print(f, "deleted %.*s", FIXTURE_STR(event->channel_delete_ack.channel_id));
        break;
    case LIVE_CHANNEL_LIST_ACK:
        fixture_print(f, "list");
        for (uint32_t i = 0; i < event->channel_list_ack.channels_count; i++) {
            const struct live_channel *channel = &event->channel_list_ack.channels[i];
            fixture_print(f, " %.*s/%.*s/%s/%u/%u", FIXTURE_STR(channel->channel_id),
                          FIXTURE_STR(channel->channel_name), modes[channel->mode],
                          channel->member_count, channel->capacity);
        }
        break;
    case LIVE_CHANNEL_INFO_ACK: {
        const struct live_channel_info_ack *ack = &event->channel_info_ack;
        fixture_print(f, "info %.*s/%.*s/%s/%u/%u", FIXTURE_STR(ack->channel_id),
                      FIXTURE_STR(ack->channel_name), modes[ack->mode], ack->member_count,
                      ack->capacity);
        live_print_members(f, ack->members, ack->members_count);
        own.last_stamp_ms = ack->created_at;
        break;
    }
    default:
        CHECK(event->type < LIVE_EVENTS);
    }
}

static inline void live_remember(struct str id)
{
    CHECK(id.len < sizeof own.last_id);
    memset(own.last_id, 0, sizeof own.last_id);
    memcpy(own.last_id, id.base, id.len);
}

static inline void live_print_floor(struct fixture *f, const struct live_event *event)
{
    static const char *const indicators[] = {"normal", "broadcast", "imminent_peril", "emergency"};
    static const char *const causes[] = {"preempted", "ping_timeout", "max_duration", "disconnect",
                                         "admin"};
    switch ((int)event->type) {
    case LIVE_FLOOR_GRANTED_EVT:
        fixture_print(f, "granted %.*s %.*s %u", FIXTURE_STR(event->floor_granted.channel_id),
                      FIXTURE_STR(event->floor_granted.user_id), event->floor_granted.duration);
        break;
    case LIVE_FLOOR_DENY_EVT:
        fixture_print(f, "deny %.*s: %.*s", FIXTURE_STR(event->floor_deny.channel_id),
                      FIXTURE_STR(live_denial_words[event->floor_deny.reason]));
        break;
    case LIVE_FLOOR_TAKEN_EVT:
        fixture_print(f, "taken %.*s %.*s %s", FIXTURE_STR(event->floor_taken.channel_id),
                      FIXTURE_STR(event->floor_taken.user_id),
                      indicators[event->floor_taken.indicator]);
        break;
    case LIVE_FLOOR_IDLE_EVT:
        fixture_print(f, "idle %.*s", FIXTURE_STR(event->floor_idle.channel_id));
        break;
    case LIVE_FLOOR_REVOKE_EVT:
        fixture_print(f, "revoke %.*s %s", FIXTURE_STR(event->floor_revoke.channel_id),
                      causes[event->floor_revoke.cause]);
        break;
    case LIVE_FLOOR_QUEUE_POS_INFO_EVT:
        fixture_print(f, "place %.*s %u of %u", FIXTURE_STR(event->floor_queue_pos_info.channel_id),
                      event->floor_queue_pos_info.queue_position,
                      event->floor_queue_pos_info.queue_size);
        break;
    case LIVE_FLOOR_PONG_EVT:
        fixture_print(f, "pong %.*s", FIXTURE_STR(event->floor_pong.channel_id));
        break;
    default:
        live_print_ack(f, event);
    }
}

static inline void live_tell(struct fixture *f, uint32_t to, const void *told)
{
    const struct live_event *event = told;
    (void)to;
    static const char *const changes[] = {"join", "leave", "update", "delete"};
    switch ((int)event->type) {
    case LIVE_HELLO_EVT:
        fixture_print(f, "hello %u", event->hello.heartbeat_interval);
        break;
    case LIVE_HEARTBEAT_ACK_EVT:
        fixture_print(f, "heartbeat_ack");
        break;
    case LIVE_READY_EVT:
        fixture_print(f, "ready %.*s", FIXTURE_STR(event->ready.user_id));
        live_remember(event->ready.session_id);
        break;
    case LIVE_CHANNEL_EVENT_EVT:
        fixture_print(f, "%s %.*s %.*s:%u", changes[event->channel_event.event],
                      FIXTURE_STR(event->channel_event.channel_id),
                      FIXTURE_STR(event->channel_event.member.user_id),
                      event->channel_event.member.ssrc);
        break;
    case LIVE_MESSAGE_EVENT_EVT:
        fixture_print(f, "message %.*s %.*s: %.*s", FIXTURE_STR(event->message_event.channel_id),
                      FIXTURE_STR(event->message_event.author_id),
                      FIXTURE_STR(event->message_event.content));
        live_remember(event->message_event.message_id);
        own.last_stamp_ms = event->message_event.timestamp;
        break;
    case LIVE_ERROR_EVT:
        fixture_print(f, "error %u %.*s", event->error.code, FIXTURE_STR(event->error.reason));
        break;
    default:
        live_print_floor(f, event);
    }
}

/* With own.options. */
static inline void live_start(struct fixture *f, uint32_t workers, uint32_t sessions_max)
{
    static const struct fixture_kind kind = {.service = &live_service, .tell = live_tell};
    fixture_start(f, &kind, &own.options, workers, sessions_max);
}

static inline void live_init(struct fixture *f, uint32_t workers)
{
    own.options = live_defaults;
    live_start(f, workers, CLIENTS_MAX);
}

static inline const char *say(struct fixture *f, uint32_t number, struct live_command command)
{
    return fixture_command(f, number, &command);
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
    uint32_t client = fixture_open(f, worker);
    say_identify(f, client, user, "token");
    return client;
}

#endif
