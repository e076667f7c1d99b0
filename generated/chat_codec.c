/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/chat_codec.h"

#include "base/check.h"
#include "base/join.h"
#include "generated/chat_errors.h"
#include "json/read.h"
#include "json/write.h"

static const struct str command_names[] = {
    [CHAT_SET_USERNAME_CMD] = STR_INIT("set_username"),
    [CHAT_CREATE_ROOM_CMD] = STR_INIT("create_room"),
    [CHAT_JOIN_ROOM_CMD] = STR_INIT("join_room"),
    [CHAT_CHAT_CMD] = STR_INIT("chat"),
    [CHAT_TYPING_CMD] = STR_INIT("typing"),
    [CHAT_STOP_TYPING_CMD] = STR_INIT("stop_typing"),
    [CHAT_LEAVE_ROOM_CMD] = STR_INIT("leave_room"),
    [CHAT_AUTHENTICATE_CMD] = STR_INIT("authenticate"),
};

static const struct str paths[] = {
    STR_INIT("/chat"),
};

static const struct str event_names[] = {
    [CHAT_CONNECTED_EVT] = STR_INIT("connected"),
    [CHAT_USERNAME_SET_EVT] = STR_INIT("username_set"),
    [CHAT_ROOM_CREATED_EVT] = STR_INIT("room_created"),
    [CHAT_ROOM_JOINED_EVT] = STR_INIT("room_joined"),
    [CHAT_PARTNER_JOINED_EVT] = STR_INIT("partner_joined"),
    [CHAT_CHAT_EVT] = STR_INIT("chat"),
    [CHAT_PARTNER_TYPING_EVT] = STR_INIT("partner_typing"),
    [CHAT_PARTNER_STOP_TYPING_EVT] = STR_INIT("partner_stop_typing"),
    [CHAT_PARTNER_LEFT_EVT] = STR_INIT("partner_left"),
    [CHAT_AUTHENTICATED_EVT] = STR_INIT("authenticated"),
    [CHAT_ERROR_EVT] = STR_INIT("error"),
};

static bool read_set_username_cmd(struct json_reader *reader, const struct cJSON *fields,
                                  struct chat_set_username_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "username");
    if (!json_bytes(value, 0, 256, &out->username))
        return json_refuse(reader, value, "username", "must be a string of 0 to 256 bytes");
    return true;
}

static bool read_join_room_cmd(struct json_reader *reader, const struct cJSON *fields,
                               struct chat_join_room_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "room_code");
    if (!json_bytes(value, 0, 512, &out->room_code))
        return json_refuse(reader, value, "room_code", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_chat_cmd(struct json_reader *reader, const struct cJSON *fields,
                          struct chat_chat_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "content");
    if (!json_bytes(value, 0, 32768, &out->content))
        return json_refuse(reader, value, "content", "must be a string of 0 to 32768 bytes");
    return true;
}

static bool read_authenticate_cmd(struct json_reader *reader, const struct cJSON *fields,
                                  struct chat_authenticate_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "token");
    if (!json_bytes(value, 1, 8192, &out->token))
        return json_refuse(reader, value, "token", "must be a string of 1 to 8192 bytes");
    return true;
}

static bool read_fields(struct json_reader *reader, const struct cJSON *message,
                        struct chat_command *command)
{
    switch (command->type) {
    case CHAT_SET_USERNAME_CMD:
        return read_set_username_cmd(reader, message, &command->set_username);
    case CHAT_JOIN_ROOM_CMD:
        return read_join_room_cmd(reader, message, &command->join_room);
    case CHAT_CHAT_CMD:
        return read_chat_cmd(reader, message, &command->chat);
    case CHAT_AUTHENTICATE_CMD:
        return read_authenticate_cmd(reader, message, &command->authenticate);
    case CHAT_CREATE_ROOM_CMD:
    case CHAT_TYPING_CMD:
    case CHAT_STOP_TYPING_CMD:
    case CHAT_LEAVE_ROOM_CMD:
    case CHAT_COMMANDS:
        break;
    }
    return true;
}

static char *write_connected_evt(char *out, const struct chat_connected_evt *in)
{
    out = WRITE(out, "{\"type\":\"connected\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    return WRITE(out, "}");
}

static char *write_username_set_evt(char *out, const struct chat_username_set_evt *in)
{
    out = WRITE(out, "{\"type\":\"username_set\",\"username\":");
    out = write_str(out, in->username, 256);
    return WRITE(out, "}");
}

static char *write_room_created_evt(char *out, const struct chat_room_created_evt *in)
{
    out = WRITE(out, "{\"type\":\"room_created\",\"room_code\":");
    out = write_str(out, in->room_code, 6);
    return WRITE(out, "}");
}

static char *write_room_joined_evt(char *out, const struct chat_room_joined_evt *in)
{
    out = WRITE(out, "{\"type\":\"room_joined\",\"room_code\":");
    out = write_str(out, in->room_code, 6);
    out = WRITE(out, ",\"partner\":");
    if (in->has_partner) {
        out = write_str(out, in->partner, 256);
    } else {
        out = WRITE(out, "null");
    }
    return WRITE(out, "}");
}

static char *write_partner_joined_evt(char *out, const struct chat_partner_joined_evt *in)
{
    out = WRITE(out, "{\"type\":\"partner_joined\",\"username\":");
    out = write_str(out, in->username, 256);
    return WRITE(out, "}");
}

static char *write_chat_evt(char *out, const struct chat_chat_evt *in)
{
    out = WRITE(out, "{\"type\":\"chat\",\"from\":");
    out = write_str(out, in->from, 256);
    out = WRITE(out, ",\"content\":");
    out = write_str(out, in->content, 32768);
    return WRITE(out, "}");
}

static char *write_authenticated_evt(char *out, const struct chat_authenticated_evt *in)
{
    out = WRITE(out, "{\"type\":\"authenticated\",\"expires_at\":");
    out = write_u64(out, in->expires_at, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_error_evt(char *out, const struct chat_error_evt *in)
{
    out = WRITE(out, "{\"type\":\"error\",\"code\":");
    out = write_str(out, in->code, 256);
    out = WRITE(out, ",\"message\":");
    out = write_str(out, in->message, 1024);
    return WRITE(out, "}");
}

static char *write_event(char *out, const struct chat_event *event)
{
    switch (event->type) {
    case CHAT_CONNECTED_EVT:
        return write_connected_evt(out, &event->connected);
    case CHAT_USERNAME_SET_EVT:
        return write_username_set_evt(out, &event->username_set);
    case CHAT_ROOM_CREATED_EVT:
        return write_room_created_evt(out, &event->room_created);
    case CHAT_ROOM_JOINED_EVT:
        return write_room_joined_evt(out, &event->room_joined);
    case CHAT_PARTNER_JOINED_EVT:
        return write_partner_joined_evt(out, &event->partner_joined);
    case CHAT_CHAT_EVT:
        return write_chat_evt(out, &event->chat);
    case CHAT_PARTNER_TYPING_EVT:
        return WRITE(out, "{\"type\":\"partner_typing\"}");
    case CHAT_PARTNER_STOP_TYPING_EVT:
        return WRITE(out, "{\"type\":\"partner_stop_typing\"}");
    case CHAT_PARTNER_LEFT_EVT:
        return WRITE(out, "{\"type\":\"partner_left\"}");
    case CHAT_AUTHENTICATED_EVT:
        return write_authenticated_evt(out, &event->authenticated);
    case CHAT_ERROR_EVT:
        return write_error_evt(out, &event->error);
    case CHAT_EVENTS:
        break;
    }
    CHECK(event->type < CHAT_EVENTS);
    return out;
}

/* CHAT_COMMANDS for a tag that no command has. */
static bool read_type(struct json_reader *reader, const struct cJSON *message, struct str *type,
                      enum chat_command_type *out)
{
    const struct cJSON *value = json_member(message, "type");
    uint32_t word;

    if (!json_bytes(value, 0, SIZE_MAX, type))
        return json_refuse(reader, value, "type", "must be a string");
    *out = CHAT_COMMANDS;
    if (json_word(value, command_names, CHAT_COMMANDS, &word))
        *out = (enum chat_command_type)word;
    return true;
}

static enum decode_status refuse(const struct json_reader *reader, struct chat_event *error)
{
    *error = chat_error_invalid_message(reader->arena, reader->reason);
    return DECODE_INVALID;
}

static enum decode_status decode(struct str text, uint32_t facts, struct arena *arena,
                                 void *command_out, void *error_out)
{
    struct json_reader reader = {
        .arena = arena,
        .not_json = "not JSON: ",
        .error = CHAT_ERRORS,
    };
    struct chat_command *command = command_out;
    struct chat_event *error = error_out;
    const struct cJSON *message = json_read(&reader, text);
    struct str type;

    command->type = CHAT_COMMANDS;
    if (!message) {
        *error = chat_error_invalid_message(arena, reader.reason);
        return DECODE_INVALID;
    }
    if (!json_is_object(message)) {
        json_refuse(&reader, message, "a message", "must be a JSON object");
        return refuse(&reader, error);
    }
    if (!read_type(&reader, message, &type, &command->type))
        return refuse(&reader, error);
    (void)facts; /* chat_dispatch checks the guards, after the payload */
    if (command->type == CHAT_COMMANDS) {
        json_refuse_unknown(&reader, "type", type);
        return refuse(&reader, error);
    }
    return read_fields(&reader, message, command) ? DECODE_OK : refuse(&reader, error);
}

static uint32_t command_type(const void *command)
{
    return ((const struct chat_command *)command)->type;
}

static struct encoded encode(const void *event_in, char *out)
{
    const struct chat_event *event = event_in;
    struct encoded encoded = {
        .len = (size_t)(write_event(out, event) - out),
        .event = (uint16_t)event->type,
        .delivery = DELIVERY_RELIABLE,
    };

    if (event->type == CHAT_ERROR_EVT)
        encoded.error = (uint16_t)(event->error.error + 1);
    if (event->type == CHAT_PARTNER_TYPING_EVT)
        encoded.delivery = DELIVERY_VOLATILE;
    return encoded;
}

const struct codec chat_codec = {
    .service = STR_INIT("chat"),
    .paths_count = 1,
    .paths = paths,
    .commands_count = CHAT_COMMANDS,
    .events_count = CHAT_EVENTS,
    .errors_count = CHAT_ERRORS,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = chat_error_names,
    .event_encoded_max = CHAT_EVENT_ENCODED_MAX,
    .command_type = command_type,
    .decode = decode,
    .encode = encode,
};
