/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/live_codec.h"

#include "base/check.h"
#include "base/join.h"
#include "generated/live_errors.h"
#include "json/read.h"
#include "json/write.h"

static const struct str command_names[] = {
    [LIVE_HEARTBEAT_CMD] = STR_INIT("HEARTBEAT"),
    [LIVE_IDENTIFY_CMD] = STR_INIT("IDENTIFY"),
    [LIVE_CHANNEL_CREATE_CMD] = STR_INIT("CHANNEL_CREATE"),
    [LIVE_CHANNEL_JOIN_CMD] = STR_INIT("CHANNEL_JOIN"),
    [LIVE_CHANNEL_LEAVE_CMD] = STR_INIT("CHANNEL_LEAVE"),
    [LIVE_CHANNEL_UPDATE_CMD] = STR_INIT("CHANNEL_UPDATE"),
    [LIVE_CHANNEL_DELETE_CMD] = STR_INIT("CHANNEL_DELETE"),
    [LIVE_CHANNEL_LIST_CMD] = STR_INIT("CHANNEL_LIST"),
    [LIVE_CHANNEL_INFO_CMD] = STR_INIT("CHANNEL_INFO"),
    [LIVE_MESSAGE_CREATE_CMD] = STR_INIT("MESSAGE_CREATE"),
    [LIVE_FLOOR_REQUEST_CMD] = STR_INIT("FLOOR_REQUEST"),
    [LIVE_FLOOR_RELEASE_CMD] = STR_INIT("FLOOR_RELEASE"),
    [LIVE_FLOOR_PING_CMD] = STR_INIT("FLOOR_PING"),
};

static const struct str paths[] = {
    STR_INIT("/live"),
    STR_INIT("/ws"),
};

static const struct str event_names[] = {
    [LIVE_HELLO_EVT] = STR_INIT("HELLO"),
    [LIVE_HEARTBEAT_ACK_EVT] = STR_INIT("HEARTBEAT_ACK"),
    [LIVE_READY_EVT] = STR_INIT("READY"),
    [LIVE_CHANNEL_EVENT_EVT] = STR_INIT("CHANNEL_EVENT"),
    [LIVE_MESSAGE_EVENT_EVT] = STR_INIT("MESSAGE_EVENT"),
    [LIVE_FLOOR_GRANTED_EVT] = STR_INIT("FLOOR_GRANTED"),
    [LIVE_FLOOR_DENY_EVT] = STR_INIT("FLOOR_DENY"),
    [LIVE_FLOOR_TAKEN_EVT] = STR_INIT("FLOOR_TAKEN"),
    [LIVE_FLOOR_IDLE_EVT] = STR_INIT("FLOOR_IDLE"),
    [LIVE_FLOOR_REVOKE_EVT] = STR_INIT("FLOOR_REVOKE"),
    [LIVE_FLOOR_QUEUE_POS_INFO_EVT] = STR_INIT("FLOOR_QUEUE_POS_INFO"),
    [LIVE_FLOOR_PONG_EVT] = STR_INIT("FLOOR_PONG"),
    [LIVE_ERROR_EVT] = STR_INIT("ERROR"),
    [LIVE_CHANNEL_CREATE_ACK] = STR_INIT("CHANNEL_CREATE_ACK"),
    [LIVE_CHANNEL_JOIN_ACK] = STR_INIT("CHANNEL_JOIN_ACK"),
    [LIVE_CHANNEL_LEAVE_ACK] = STR_INIT("CHANNEL_LEAVE_ACK"),
    [LIVE_CHANNEL_UPDATE_ACK] = STR_INIT("CHANNEL_UPDATE_ACK"),
    [LIVE_CHANNEL_DELETE_ACK] = STR_INIT("CHANNEL_DELETE_ACK"),
    [LIVE_CHANNEL_LIST_ACK] = STR_INIT("CHANNEL_LIST_ACK"),
    [LIVE_CHANNEL_INFO_ACK] = STR_INIT("CHANNEL_INFO_ACK"),
};

static bool read_mode(const struct cJSON *value, enum live_mode *out)
{
    uint32_t word;

    if (!json_word(value, live_mode_words, 3, &word))
        return false;
    *out = (enum live_mode)word;
    return true;
}

static bool read_indicator(const struct cJSON *value, enum live_indicator *out)
{
    uint32_t word;

    if (!json_word(value, live_indicator_words, 4, &word))
        return false;
    *out = (enum live_indicator)word;
    return true;
}

static bool read_suite(const struct cJSON *value, enum live_suite *out)
{
    uint32_t word;

    if (!json_word(value, live_suite_words, 2, &word))
        return false;
    *out = (enum live_suite)word;
    return true;
}

static bool read_srtp(struct json_reader *reader, const struct cJSON *fields, struct live_srtp *out)
{
    const struct cJSON *value;

    value = json_member(fields, "suite");
    if (!read_suite(value, &out->suite))
        return json_refuse(reader, value, "suite",
                           "must be AES_CM_128_HMAC_SHA1_80 or AEAD_AES_128_GCM");
    value = json_member(fields, "key");
    if (!json_bytes(value, 40, 40, &out->key))
        return json_refuse(reader, value, "key", "must be a string of 40 bytes");
    return true;
}

static bool read_identify_cmd(struct json_reader *reader, const struct cJSON *fields,
                              struct live_identify_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "user_id");
    if (!json_bytes(value, 0, 512, &out->user_id))
        return json_refuse(reader, value, "user_id", "must be a string of 0 to 512 bytes");
    value = json_member(fields, "token");
    if (!json_bytes(value, 0, 8192, &out->token))
        return json_refuse(reader, value, "token", "must be a string of 1 to 8192 bytes");
    if (out->token.len < 1)
        return json_raise(reader, LIVE_ERROR_INVALID_TOKEN, out->token.len);
    return true;
}

static bool read_channel_create_cmd(struct json_reader *reader, const struct cJSON *fields,
                                    struct live_channel_create_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    value = json_member(fields, "channel_name");
    if (!json_bytes(value, 0, 256, &out->channel_name))
        return json_refuse(reader, value, "channel_name", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "mode");
    out->mode = LIVE_MODE_OPEN;
    if (value && !read_mode(value, &out->mode))
        return json_refuse(reader, value, "mode", "must be open, ptt or conference");
    value = json_optional(fields, "capacity");
    out->capacity = 100;
    if (value && !json_u32(value, 1, 1000, &out->capacity))
        return json_refuse(reader, value, "capacity", "must be an integer from 1 to 1000");
    return true;
}

static bool read_channel_join_cmd(struct json_reader *reader, const struct cJSON *fields,
                                  struct live_channel_join_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    value = json_member(fields, "ssrc");
    if (!json_u32(value, 0, 4294967295u, &out->ssrc))
        return json_refuse(reader, value, "ssrc", "must be an integer from 0 to 4294967295");
    value = json_optional(fields, "srtp");
    out->has_srtp = value != NULL;
    if (value && !json_is_object(value))
        return json_refuse(reader, value, "srtp", "must be an object");
    if (value && !read_srtp(reader, value, &out->srtp))
        return json_refuse_inside(reader, "srtp");
    return true;
}

static bool read_channel_leave_cmd(struct json_reader *reader, const struct cJSON *fields,
                                   struct live_channel_leave_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_channel_update_cmd(struct json_reader *reader, const struct cJSON *fields,
                                    struct live_channel_update_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    value = json_member(fields, "channel_name");
    if (!json_bytes(value, 0, 256, &out->channel_name))
        return json_refuse(reader, value, "channel_name", "must be a string of 0 to 256 bytes");
    return true;
}

static bool read_channel_delete_cmd(struct json_reader *reader, const struct cJSON *fields,
                                    struct live_channel_delete_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_channel_info_cmd(struct json_reader *reader, const struct cJSON *fields,
                                  struct live_channel_info_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_message_create_cmd(struct json_reader *reader, const struct cJSON *fields,
                                    struct live_message_create_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    value = json_member(fields, "content");
    if (!json_bytes(value, 0, SIZE_MAX, &out->content))
        return json_refuse(reader, value, "content", "must be a string of 0 to 2000 bytes");
    if (!live_check_not_blank(out->content))
        return json_raise(reader, LIVE_ERROR_EMPTY_MESSAGE, 0);
    if (out->content.len > 2000)
        return json_raise(reader, LIVE_ERROR_MESSAGE_TOO_LONG, out->content.len);
    return true;
}

static bool read_floor_request_cmd(struct json_reader *reader, const struct cJSON *fields,
                                   struct live_floor_request_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    value = json_optional(fields, "priority");
    out->has_priority = value != NULL;
    if (value && !json_u8(value, 0, 255, &out->priority))
        return json_refuse(reader, value, "priority", "must be an integer from 0 to 255");
    value = json_optional(fields, "indicator");
    out->indicator = LIVE_INDICATOR_NORMAL;
    if (value && !read_indicator(value, &out->indicator))
        return json_refuse(reader, value, "indicator",
                           "must be normal, broadcast, imminent_peril or emergency");
    return true;
}

static bool read_floor_release_cmd(struct json_reader *reader, const struct cJSON *fields,
                                   struct live_floor_release_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_floor_ping_cmd(struct json_reader *reader, const struct cJSON *fields,
                                struct live_floor_ping_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

/* The object that holds a command's fields, or NULL. */
static const struct cJSON *read_body(struct json_reader *reader, const struct cJSON *message)
{
    const struct cJSON *body = json_member(message, "d");

    if (json_is_object(body))
        return body;
    json_refuse(reader, body, "d", "must be an object");
    return NULL;
}

static bool read_fields(struct json_reader *reader, const struct cJSON *message,
                        struct live_command *command)
{
    const struct cJSON *body;

    switch (command->type) {
    case LIVE_IDENTIFY_CMD:
        body = read_body(reader, message);
        return body && read_identify_cmd(reader, body, &command->identify);
    case LIVE_CHANNEL_CREATE_CMD:
        body = read_body(reader, message);
        return body && read_channel_create_cmd(reader, body, &command->channel_create);
    case LIVE_CHANNEL_JOIN_CMD:
        body = read_body(reader, message);
        return body && read_channel_join_cmd(reader, body, &command->channel_join);
    case LIVE_CHANNEL_LEAVE_CMD:
        body = read_body(reader, message);
        return body && read_channel_leave_cmd(reader, body, &command->channel_leave);
    case LIVE_CHANNEL_UPDATE_CMD:
        body = read_body(reader, message);
        return body && read_channel_update_cmd(reader, body, &command->channel_update);
    case LIVE_CHANNEL_DELETE_CMD:
        body = read_body(reader, message);
        return body && read_channel_delete_cmd(reader, body, &command->channel_delete);
    case LIVE_CHANNEL_INFO_CMD:
        body = read_body(reader, message);
        return body && read_channel_info_cmd(reader, body, &command->channel_info);
    case LIVE_MESSAGE_CREATE_CMD:
        body = read_body(reader, message);
        return body && read_message_create_cmd(reader, body, &command->message_create);
    case LIVE_FLOOR_REQUEST_CMD:
        body = read_body(reader, message);
        return body && read_floor_request_cmd(reader, body, &command->floor_request);
    case LIVE_FLOOR_RELEASE_CMD:
        body = read_body(reader, message);
        return body && read_floor_release_cmd(reader, body, &command->floor_release);
    case LIVE_FLOOR_PING_CMD:
        body = read_body(reader, message);
        return body && read_floor_ping_cmd(reader, body, &command->floor_ping);
    case LIVE_HEARTBEAT_CMD:
    case LIVE_CHANNEL_LIST_CMD:
    case LIVE_COMMANDS:
        break;
    }
    return true;
}

static char *write_member(char *out, const struct live_member *in)
{
    out = WRITE(out, "{\"user_id\":");
    out = write_str(out, in->user_id, 512);
    out = WRITE(out, ",\"ssrc\":");
    out = write_u64(out, in->ssrc, 4294967295u);
    return WRITE(out, "}");
}

static char *write_srtp(char *out, const struct live_srtp *in)
{
    out = WRITE(out, "{\"suite\":");
    out = write_word(out, live_suite_words, 2, in->suite);
    out = WRITE(out, ",\"key\":");
    out = write_str(out, in->key, 40);
    return WRITE(out, "}");
}

static char *write_media(char *out, const struct live_media *in)
{
    out = WRITE(out, "{\"host\":");
    out = write_str(out, in->host, 256);
    out = WRITE(out, ",\"port\":");
    out = write_u64(out, in->port, 65535);
    return WRITE(out, "}");
}

static char *write_channel(char *out, const struct live_channel *in)
{
    out = WRITE(out, "{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"channel_name\":");
    out = write_str(out, in->channel_name, 256);
    out = WRITE(out, ",\"mode\":");
    out = write_word(out, live_mode_words, 3, in->mode);
    out = WRITE(out, ",\"member_count\":");
    out = write_u64(out, in->member_count, 4294967295u);
    out = WRITE(out, ",\"capacity\":");
    out = write_u64(out, in->capacity, 1000);
    out = WRITE(out, ",\"created_at\":");
    out = write_u64(out, in->created_at, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_hello_evt(char *out, const struct live_hello_evt *in)
{
    out = WRITE(out, "{\"op\":0,\"d\":{\"heartbeat_interval\":");
    out = write_u64(out, in->heartbeat_interval, 4294967295u);
    return WRITE(out, "}}");
}

static char *write_ready_evt(char *out, const struct live_ready_evt *in)
{
    out = WRITE(out, "{\"op\":4,\"d\":{\"session_id\":");
    out = write_str(out, in->session_id, 37);
    out = WRITE(out, ",\"user_id\":");
    out = write_str(out, in->user_id, 512);
    return WRITE(out, "}}");
}

static char *write_channel_event_evt(char *out, const struct live_channel_event_evt *in)
{
    out = WRITE(out, "{\"op\":100,\"d\":{\"event\":");
    out = write_word(out, live_change_words, 4, in->event);
    out = WRITE(out, ",\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"member\":");
    out = write_member(out, &in->member);
    return WRITE(out, "}}");
}

static char *write_message_event_evt(char *out, const struct live_message_event_evt *in)
{
    out = WRITE(out, "{\"op\":101,\"d\":{\"message_id\":");
    out = write_str(out, in->message_id, 36);
    out = WRITE(out, ",\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"author_id\":");
    out = write_str(out, in->author_id, 512);
    out = WRITE(out, ",\"content\":");
    out = write_str(out, in->content, 2000);
    out = WRITE(out, ",\"timestamp\":");
    out = write_u64(out, in->timestamp, 18446744073709551615u);
    return WRITE(out, "}}");
}

static char *write_floor_granted_evt(char *out, const struct live_floor_granted_evt *in)
{
    out = WRITE(out, "{\"op\":110,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"user_id\":");
    out = write_str(out, in->user_id, 512);
    out = WRITE(out, ",\"duration\":");
    out = write_u64(out, in->duration, 4294967295u);
    return WRITE(out, "}}");
}

static char *write_floor_deny_evt(char *out, const struct live_floor_deny_evt *in)
{
    out = WRITE(out, "{\"op\":111,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"reason\":");
    out = write_word(out, live_denial_words, 2, in->reason);
    return WRITE(out, "}}");
}

static char *write_floor_taken_evt(char *out, const struct live_floor_taken_evt *in)
{
    out = WRITE(out, "{\"op\":112,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"user_id\":");
    out = write_str(out, in->user_id, 512);
    out = WRITE(out, ",\"indicator\":");
    out = write_word(out, live_indicator_words, 4, in->indicator);
    return WRITE(out, "}}");
}

static char *write_floor_idle_evt(char *out, const struct live_floor_idle_evt *in)
{
    out = WRITE(out, "{\"op\":113,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    return WRITE(out, "}}");
}

static char *write_floor_revoke_evt(char *out, const struct live_floor_revoke_evt *in)
{
    out = WRITE(out, "{\"op\":114,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"cause\":");
    out = write_word(out, live_cause_words, 5, in->cause);
    return WRITE(out, "}}");
}

static char *write_floor_queue_pos_info_evt(char *out,
                                            const struct live_floor_queue_pos_info_evt *in)
{
    out = WRITE(out, "{\"op\":115,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"queue_position\":");
    out = write_u64(out, in->queue_position, 1000);
    out = WRITE(out, ",\"queue_size\":");
    out = write_u64(out, in->queue_size, 1000);
    return WRITE(out, "}}");
}

static char *write_floor_pong_evt(char *out, const struct live_floor_pong_evt *in)
{
    out = WRITE(out, "{\"op\":116,\"d\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    return WRITE(out, "}}");
}

static char *write_error_evt(char *out, const struct live_error_evt *in)
{
    out = WRITE(out, "{\"op\":201,\"d\":{\"code\":");
    out = write_u64(out, in->code, 65535);
    out = WRITE(out, ",\"reason\":");
    out = write_str(out, in->reason, 1024);
    return WRITE(out, "}}");
}

static char *write_channel_create_ack(char *out, const struct live_channel_create_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":10,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"channel_name\":");
    out = write_str(out, in->channel_name, 256);
    return WRITE(out, "}}}");
}

static char *write_channel_join_ack(char *out, const struct live_channel_join_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":11,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"active_members\":");
    CHECK(in->active_members_count <= 1000);
    *out++ = '[';
    for (uint32_t i = 0; i < in->active_members_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_member(out, &in->active_members[i]);
    }
    *out++ = ']';
    if (in->has_srtp) {
        out = WRITE(out, ",\"srtp\":");
        out = write_srtp(out, &in->srtp);
    }
    if (in->has_media) {
        out = WRITE(out, ",\"media\":");
        out = write_media(out, &in->media);
    }
    return WRITE(out, "}}}");
}

static char *write_channel_leave_ack(char *out, const struct live_channel_leave_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":12,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    return WRITE(out, "}}}");
}

static char *write_channel_update_ack(char *out, const struct live_channel_update_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":13,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"channel_name\":");
    out = write_str(out, in->channel_name, 256);
    return WRITE(out, "}}}");
}

static char *write_channel_delete_ack(char *out, const struct live_channel_delete_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":14,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    return WRITE(out, "}}}");
}

static char *write_channel_list_ack(char *out, const struct live_channel_list_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":15,\"data\":{\"channels\":");
    CHECK(in->channels_count <= 1000);
    *out++ = '[';
    for (uint32_t i = 0; i < in->channels_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_channel(out, &in->channels[i]);
    }
    *out++ = ']';
    return WRITE(out, "}}}");
}

static char *write_channel_info_ack(char *out, const struct live_channel_info_ack *in)
{
    out = WRITE(out, "{\"op\":200,\"d\":{\"op\":16,\"data\":{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"channel_name\":");
    out = write_str(out, in->channel_name, 256);
    out = WRITE(out, ",\"mode\":");
    out = write_word(out, live_mode_words, 3, in->mode);
    out = WRITE(out, ",\"member_count\":");
    out = write_u64(out, in->member_count, 4294967295u);
    out = WRITE(out, ",\"capacity\":");
    out = write_u64(out, in->capacity, 1000);
    out = WRITE(out, ",\"created_at\":");
    out = write_u64(out, in->created_at, 18446744073709551615u);
    out = WRITE(out, ",\"members\":");
    CHECK(in->members_count <= 1000);
    *out++ = '[';
    for (uint32_t i = 0; i < in->members_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_member(out, &in->members[i]);
    }
    *out++ = ']';
    return WRITE(out, "}}}");
}

static char *write_event(char *out, const struct live_event *event)
{
    switch (event->type) {
    case LIVE_HELLO_EVT:
        return write_hello_evt(out, &event->hello);
    case LIVE_HEARTBEAT_ACK_EVT:
        return WRITE(out, "{\"op\":2,\"d\":null}");
    case LIVE_READY_EVT:
        return write_ready_evt(out, &event->ready);
    case LIVE_CHANNEL_EVENT_EVT:
        return write_channel_event_evt(out, &event->channel_event);
    case LIVE_MESSAGE_EVENT_EVT:
        return write_message_event_evt(out, &event->message_event);
    case LIVE_FLOOR_GRANTED_EVT:
        return write_floor_granted_evt(out, &event->floor_granted);
    case LIVE_FLOOR_DENY_EVT:
        return write_floor_deny_evt(out, &event->floor_deny);
    case LIVE_FLOOR_TAKEN_EVT:
        return write_floor_taken_evt(out, &event->floor_taken);
    case LIVE_FLOOR_IDLE_EVT:
        return write_floor_idle_evt(out, &event->floor_idle);
    case LIVE_FLOOR_REVOKE_EVT:
        return write_floor_revoke_evt(out, &event->floor_revoke);
    case LIVE_FLOOR_QUEUE_POS_INFO_EVT:
        return write_floor_queue_pos_info_evt(out, &event->floor_queue_pos_info);
    case LIVE_FLOOR_PONG_EVT:
        return write_floor_pong_evt(out, &event->floor_pong);
    case LIVE_ERROR_EVT:
        return write_error_evt(out, &event->error);
    case LIVE_CHANNEL_CREATE_ACK:
        return write_channel_create_ack(out, &event->channel_create_ack);
    case LIVE_CHANNEL_JOIN_ACK:
        return write_channel_join_ack(out, &event->channel_join_ack);
    case LIVE_CHANNEL_LEAVE_ACK:
        return write_channel_leave_ack(out, &event->channel_leave_ack);
    case LIVE_CHANNEL_UPDATE_ACK:
        return write_channel_update_ack(out, &event->channel_update_ack);
    case LIVE_CHANNEL_DELETE_ACK:
        return write_channel_delete_ack(out, &event->channel_delete_ack);
    case LIVE_CHANNEL_LIST_ACK:
        return write_channel_list_ack(out, &event->channel_list_ack);
    case LIVE_CHANNEL_INFO_ACK:
        return write_channel_info_ack(out, &event->channel_info_ack);
    case LIVE_EVENTS:
        break;
    }
    CHECK(event->type < LIVE_EVENTS);
    return out;
}

/* LIVE_COMMANDS for a tag that no command has. */
static bool read_op(struct json_reader *reader, const struct cJSON *message, uint8_t *op,
                    enum live_command_type *out)
{
    const struct cJSON *value = json_member(message, "op");

    if (!json_u8(value, 0, 255, op))
        return json_refuse(reader, value, "op", "must be an integer from 0 to 255");
    switch (*op) {
    case 1:
        *out = LIVE_HEARTBEAT_CMD;
        return true;
    case 3:
        *out = LIVE_IDENTIFY_CMD;
        return true;
    case 10:
        *out = LIVE_CHANNEL_CREATE_CMD;
        return true;
    case 11:
        *out = LIVE_CHANNEL_JOIN_CMD;
        return true;
    case 12:
        *out = LIVE_CHANNEL_LEAVE_CMD;
        return true;
    case 13:
        *out = LIVE_CHANNEL_UPDATE_CMD;
        return true;
    case 14:
        *out = LIVE_CHANNEL_DELETE_CMD;
        return true;
    case 15:
        *out = LIVE_CHANNEL_LIST_CMD;
        return true;
    case 16:
        *out = LIVE_CHANNEL_INFO_CMD;
        return true;
    case 20:
        *out = LIVE_MESSAGE_CREATE_CMD;
        return true;
    case 30:
        *out = LIVE_FLOOR_REQUEST_CMD;
        return true;
    case 31:
        *out = LIVE_FLOOR_RELEASE_CMD;
        return true;
    case 32:
        *out = LIVE_FLOOR_PING_CMD;
        return true;
    default:
        *out = LIVE_COMMANDS;
        return true;
    }
}

static enum decode_status refuse(const struct json_reader *reader, struct live_event *error)
{
    if (reader->error == LIVE_ERROR_INVALID_TOKEN) {
        *error = live_error_invalid_token();
        return DECODE_INVALID;
    }
    if (reader->error == LIVE_ERROR_MESSAGE_TOO_LONG) {
        *error = live_error_message_too_long(reader->arena, (uint32_t)reader->measured);
        return DECODE_INVALID;
    }
    if (reader->error == LIVE_ERROR_EMPTY_MESSAGE) {
        *error = live_error_empty_message();
        return DECODE_INVALID;
    }
    *error = live_error_invalid_payload(reader->arena, reader->reason);
    return DECODE_INVALID;
}

/* Nothing that names a command, and *error says why. A session that lacks what an unknown command
 * needs is told that instead. */
static enum decode_status refuse_nameless(uint32_t facts, struct live_event *error)
{
    enum live_error guard = live_guard(LIVE_COMMANDS, facts);

    if (guard != LIVE_ERRORS)
        *error = live_error_event(guard);
    return DECODE_INVALID;
}

static enum decode_status decode(struct str text, uint32_t facts, struct arena *arena,
                                 void *command_out, void *error_out)
{
    struct json_reader reader = {
        .arena = arena,
        .not_json = "not JSON: ",
        .error = LIVE_ERRORS,
    };
    struct live_command *command = command_out;
    struct live_event *error = error_out;
    const struct cJSON *message = json_read(&reader, text);
    uint8_t op;
    enum live_error guard;

    command->type = LIVE_COMMANDS;
    if (!message) {
        *error = live_error_invalid_payload(arena, reader.reason);
        return refuse_nameless(facts, error);
    }
    if (!json_is_object(message)) {
        json_refuse(&reader, message, "a message", "must be a JSON object");
        refuse(&reader, error);
        return refuse_nameless(facts, error);
    }
    if (!read_op(&reader, message, &op, &command->type)) {
        refuse(&reader, error);
        return refuse_nameless(facts, error);
    }
    guard = live_guard(command->type, facts);
    if (guard != LIVE_ERRORS) {
        *error = live_error_event(guard);
        return DECODE_REFUSED;
    }
    if (command->type == LIVE_COMMANDS) {
        *error = live_error_unknown_opcode(arena, op);
        return DECODE_INVALID;
    }
    return read_fields(&reader, message, command) ? DECODE_OK : refuse(&reader, error);
}

static uint32_t command_type(const void *command)
{
    return ((const struct live_command *)command)->type;
}

static struct encoded encode(const void *event_in, char *out)
{
    const struct live_event *event = event_in;
    struct encoded encoded = {
        .len = (size_t)(write_event(out, event) - out),
        .event = (uint16_t)event->type,
        .delivery = DELIVERY_RELIABLE,
    };

    if (event->type == LIVE_ERROR_EVT)
        encoded.error = (uint16_t)(event->error.error + 1);
    return encoded;
}

const struct codec live_codec = {
    .service = STR_INIT("live"),
    .paths_count = 2,
    .paths = paths,
    .commands_count = LIVE_COMMANDS,
    .events_count = LIVE_EVENTS,
    .errors_count = LIVE_ERRORS,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = live_error_names,
    .event_encoded_max = LIVE_EVENT_ENCODED_MAX,
    .command_type = command_type,
    .decode = decode,
    .encode = encode,
};
