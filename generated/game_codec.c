/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/game_codec.h"

#include <float.h>

#include "base/check.h"
#include "base/join.h"
#include "generated/game_errors.h"
#include "json/read.h"
#include "json/write.h"

static const struct str command_names[] = {
    [GAME_JOIN_CMD] = STR_INIT("Join"),
    [GAME_UPDATE_CMD] = STR_INIT("Update"),
    [GAME_CHAT_CMD] = STR_INIT("Chat"),
    [GAME_AUTHENTICATE_CMD] = STR_INIT("Authenticate"),
};

static const struct str paths[] = {
    STR_INIT("/game"),
};

static const struct str event_names[] = {
    [GAME_WELCOME_EVT] = STR_INIT("Welcome"),
    [GAME_PLAYER_JOINED_EVT] = STR_INIT("PlayerJoined"),
    [GAME_PLAYER_UPDATE_EVT] = STR_INIT("PlayerUpdate"),
    [GAME_PLAYER_LEFT_EVT] = STR_INIT("PlayerLeft"),
    [GAME_CHAT_MESSAGE_EVT] = STR_INIT("ChatMessage"),
    [GAME_AUTHENTICATED_EVT] = STR_INIT("Authenticated"),
    [GAME_ERROR_EVT] = STR_INIT("Error"),
};

static bool read_player_state_position(const struct cJSON *array, struct number *out)
{
    const struct cJSON *item;

    if (!json_array(array, 3, 3))
        return false;
    for (item = json_first(array); item; item = json_next(item))
        if (!json_number(item, -1000, 1000, out++))
            return false;
    return true;
}

static bool read_player_state_rotation(const struct cJSON *array, struct number *out)
{
    const struct cJSON *item;

    if (!json_array(array, 4, 4))
        return false;
    for (item = json_first(array); item; item = json_next(item))
        if (!json_number(item, -DBL_MAX, DBL_MAX, out++))
            return false;
    return true;
}

static bool read_player_state_velocity(const struct cJSON *array, struct number *out)
{
    const struct cJSON *item;

    if (!json_array(array, 3, 3))
        return false;
    for (item = json_first(array); item; item = json_next(item))
        if (!json_number(item, -DBL_MAX, DBL_MAX, out++))
            return false;
    return true;
}

static bool read_player_state(struct json_reader *reader, const struct cJSON *fields,
                              struct game_player_state *out)
{
    const struct cJSON *value;

    value = json_member(fields, "name");
    if (!json_chars(value, 1, 50, &out->name))
        return json_refuse(reader, value, "name", "must be a string of 1 to 50 characters");
    value = json_member(fields, "color");
    if (!json_pattern(value, (const struct json_part[]){{1, "##"}, {6, "09AFaf"}}, 2, &out->color))
        return json_refuse(reader, value, "color", "must be a string of the form #[0-9A-Fa-f]{6}");
    value = json_member(fields, "position");
    if (!read_player_state_position(value, out->position))
        return json_refuse(reader, value, "position",
                           "must be an array of 3 numbers from -1000 to 1000");
    value = json_member(fields, "rotation");
    if (!read_player_state_rotation(value, out->rotation))
        return json_refuse(reader, value, "rotation", "must be an array of 4 numbers");
    if (!game_check_unit_rotation(out->rotation))
        return json_refuse(reader, value, "rotation", "must have a norm within 0.1 of 1");
    value = json_optional(fields, "animation");
    out->has_animation = value != NULL;
    if (value && !json_bytes(value, 0, 256, &out->animation))
        return json_refuse(reader, value, "animation", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "velocity");
    out->has_velocity = value != NULL;
    if (value && !read_player_state_velocity(value, out->velocity))
        return json_refuse(reader, value, "velocity", "must be an array of 3 numbers");
    value = json_optional(fields, "modelUrl");
    out->has_model_url = value != NULL;
    if (value && !json_bytes(value, 0, 2048, &out->model_url))
        return json_refuse(reader, value, "modelUrl", "must be a string of 0 to 2048 bytes");
    return true;
}

static bool read_post_chat_history_body(struct json_reader *reader, const struct cJSON *fields,
                                        struct game_post_chat_history_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "room_id");
    if (!json_bytes(value, 1, 512, &out->room_id))
        return json_refuse(reader, value, "room_id", "must be a string of 1 to 512 bytes");
    value = json_optional(fields, "limit");
    out->limit = 50;
    if (value && !json_u32(value, 1, 4294967295u, &out->limit))
        return json_refuse(reader, value, "limit", "must be an integer from 1 to 4294967295");
    return true;
}

static bool read_join_cmd(struct json_reader *reader, const struct cJSON *fields,
                          struct game_join_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "room_id");
    if (!json_bytes(value, 1, 512, &out->room_id))
        return json_refuse(reader, value, "room_id", "must be a string of 1 to 512 bytes");
    value = json_member(fields, "name");
    if (!json_chars(value, 1, 50, &out->name))
        return json_refuse(reader, value, "name", "must be a string of 1 to 50 characters");
    value = json_member(fields, "color");
    if (!json_pattern(value, (const struct json_part[]){{1, "##"}, {6, "09AFaf"}}, 2, &out->color))
        return json_refuse(reader, value, "color", "must be a string of the form #[0-9A-Fa-f]{6}");
    return true;
}

static bool read_update_cmd(struct json_reader *reader, const struct cJSON *fields,
                            struct game_update_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "state");
    if (!json_is_object(value))
        return json_refuse(reader, value, "state", "must be an object");
    if (!read_player_state(reader, value, &out->state))
        return json_refuse_inside(reader, "state");
    return true;
}

static bool read_chat_cmd(struct json_reader *reader, const struct cJSON *fields,
                          struct game_chat_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "message");
    if (!json_bytes(value, 1, 1000, &out->message))
        return json_refuse(reader, value, "message", "must be a string of 1 to 1000 bytes");
    return true;
}

static bool read_authenticate_cmd(struct json_reader *reader, const struct cJSON *fields,
                                  struct game_authenticate_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "token");
    if (!json_bytes(value, 1, 8192, &out->token))
        return json_refuse(reader, value, "token", "must be a string of 1 to 8192 bytes");
    return true;
}

static bool read_fields(struct json_reader *reader, const struct cJSON *message,
                        struct game_command *command)
{
    switch (command->type) {
    case GAME_JOIN_CMD:
        return read_join_cmd(reader, message, &command->join);
    case GAME_UPDATE_CMD:
        return read_update_cmd(reader, message, &command->update);
    case GAME_CHAT_CMD:
        return read_chat_cmd(reader, message, &command->chat);
    case GAME_AUTHENTICATE_CMD:
        return read_authenticate_cmd(reader, message, &command->authenticate);
    case GAME_COMMANDS:
        break;
    }
    return true;
}

static char *write_player_state(char *out, const struct game_player_state *in)
{
    out = WRITE(out, "{\"name\":");
    out = write_chars(out, in->name, 50);
    out = WRITE(out, ",\"color\":");
    out = write_str(out, in->color, 7);
    out = WRITE(out, ",\"position\":");
    *out++ = '[';
    for (uint32_t i = 0; i < 3; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_number(out, &in->position[i]);
    }
    *out++ = ']';
    out = WRITE(out, ",\"rotation\":");
    *out++ = '[';
    for (uint32_t i = 0; i < 4; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_number(out, &in->rotation[i]);
    }
    *out++ = ']';
    if (in->has_animation) {
        out = WRITE(out, ",\"animation\":");
        out = write_str(out, in->animation, 256);
    }
    if (in->has_velocity) {
        out = WRITE(out, ",\"velocity\":");
        *out++ = '[';
        for (uint32_t i = 0; i < 3; i++) {
            if (i > 0)
                *out++ = ',';
            out = write_number(out, &in->velocity[i]);
        }
        *out++ = ']';
    }
    if (in->has_model_url) {
        out = WRITE(out, ",\"modelUrl\":");
        out = write_str(out, in->model_url, 2048);
    }
    return WRITE(out, "}");
}

static char *write_player(char *out, const struct game_player *in)
{
    out = WRITE(out, "[");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",");
    out = write_player_state(out, &in->state);
    return WRITE(out, "]");
}

static char *write_entry(char *out, const struct game_entry *in)
{
    out = WRITE(out, "{\"id\":");
    out = write_str(out, in->id, 36);
    out = WRITE(out, ",\"room_id\":");
    out = write_str(out, in->room_id, 512);
    out = WRITE(out, ",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",\"username\":");
    out = write_chars(out, in->username, 50);
    out = WRITE(out, ",\"message\":");
    out = write_str(out, in->message, 1000);
    out = WRITE(out, ",\"timestamp\":");
    out = write_str(out, in->timestamp, 40);
    return WRITE(out, "}");
}

static char *write_room(char *out, const struct game_room *in)
{
    out = WRITE(out, "{\"id\":");
    out = write_str(out, in->id, 512);
    out = WRITE(out, ",\"name\":");
    out = write_str(out, in->name, 512);
    out = WRITE(out, ",\"created_at\":");
    out = write_str(out, in->created_at, 40);
    out = WRITE(out, ",\"last_activity\":");
    out = write_str(out, in->last_activity, 40);
    out = WRITE(out, ",\"player_count\":");
    out = write_u64(out, in->player_count, 4294967295u);
    return WRITE(out, "}");
}

static char *write_get_rooms_200(char *out, const struct game_get_rooms_200 *in)
{
    out = WRITE(out, "{\"rooms\":");
    CHECK(in->rooms_count <= 1000);
    *out++ = '[';
    for (uint32_t i = 0; i < in->rooms_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_room(out, &in->rooms[i]);
    }
    *out++ = ']';
    return WRITE(out, "}");
}

static char *write_post_chat_history_200(char *out, const struct game_post_chat_history_200 *in)
{
    CHECK(in->items_count <= 100);
    *out++ = '[';
    for (uint32_t i = 0; i < in->items_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_entry(out, &in->items[i]);
    }
    *out++ = ']';
    return out;
}

static char *write_welcome_evt(char *out, const struct game_welcome_evt *in)
{
    out = WRITE(out, "{\"type\":\"Welcome\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",\"room_state\":");
    CHECK(in->room_state_count <= 200);
    *out++ = '[';
    for (uint32_t i = 0; i < in->room_state_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_player(out, &in->room_state[i]);
    }
    *out++ = ']';
    out = WRITE(out, ",\"chat_history\":");
    CHECK(in->chat_history_count <= 20);
    *out++ = '[';
    for (uint32_t i = 0; i < in->chat_history_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_entry(out, &in->chat_history[i]);
    }
    *out++ = ']';
    return WRITE(out, "}");
}

static char *write_player_joined_evt(char *out, const struct game_player_joined_evt *in)
{
    out = WRITE(out, "{\"type\":\"PlayerJoined\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",\"state\":");
    out = write_player_state(out, &in->state);
    return WRITE(out, "}");
}

static char *write_player_update_evt(char *out, const struct game_player_update_evt *in)
{
    out = WRITE(out, "{\"type\":\"PlayerUpdate\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",\"state\":");
    out = write_player_state(out, &in->state);
    return WRITE(out, "}");
}

static char *write_player_left_evt(char *out, const struct game_player_left_evt *in)
{
    out = WRITE(out, "{\"type\":\"PlayerLeft\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    return WRITE(out, "}");
}

static char *write_chat_message_evt(char *out, const struct game_chat_message_evt *in)
{
    out = WRITE(out, "{\"type\":\"ChatMessage\",\"client_id\":");
    out = write_str(out, in->client_id, 36);
    out = WRITE(out, ",\"name\":");
    out = write_chars(out, in->name, 50);
    out = WRITE(out, ",\"message\":");
    out = write_str(out, in->message, 1000);
    out = WRITE(out, ",\"timestamp\":");
    out = write_str(out, in->timestamp, 40);
    return WRITE(out, "}");
}

static char *write_authenticated_evt(char *out, const struct game_authenticated_evt *in)
{
    out = WRITE(out, "{\"type\":\"Authenticated\",\"expires_at\":");
    out = write_u64(out, in->expires_at, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_error_evt(char *out, const struct game_error_evt *in)
{
    out = WRITE(out, "{\"type\":\"Error\",\"message\":");
    out = write_str(out, in->message, 1024);
    return WRITE(out, "}");
}

static char *write_event(char *out, const struct game_event *event)
{
    switch (event->type) {
    case GAME_WELCOME_EVT:
        return write_welcome_evt(out, &event->welcome);
    case GAME_PLAYER_JOINED_EVT:
        return write_player_joined_evt(out, &event->player_joined);
    case GAME_PLAYER_UPDATE_EVT:
        return write_player_update_evt(out, &event->player_update);
    case GAME_PLAYER_LEFT_EVT:
        return write_player_left_evt(out, &event->player_left);
    case GAME_CHAT_MESSAGE_EVT:
        return write_chat_message_evt(out, &event->chat_message);
    case GAME_AUTHENTICATED_EVT:
        return write_authenticated_evt(out, &event->authenticated);
    case GAME_ERROR_EVT:
        return write_error_evt(out, &event->error);
    case GAME_EVENTS:
        break;
    }
    CHECK(event->type < GAME_EVENTS);
    return out;
}

/* GAME_COMMANDS for a tag that no command has. */
static bool read_type(struct json_reader *reader, const struct cJSON *message, struct str *type,
                      enum game_command_type *out)
{
    const struct cJSON *value = json_member(message, "type");
    uint32_t word;

    if (!json_bytes(value, 0, SIZE_MAX, type))
        return json_refuse(reader, value, "type", "must be a string");
    *out = GAME_COMMANDS;
    if (json_word(value, command_names, GAME_COMMANDS, &word))
        *out = (enum game_command_type)word;
    return true;
}

static enum decode_status refuse(const struct json_reader *reader, struct game_event *error)
{
    *error = game_error_invalid_message(reader->arena, reader->reason);
    return DECODE_INVALID;
}

static enum decode_status decode(struct str text, uint32_t facts, struct arena *arena,
                                 void *command_out, void *error_out)
{
    struct json_reader reader = {
        .arena = arena,
        .not_json = "",
        .error = GAME_ERRORS,
    };
    struct game_command *command = command_out;
    struct game_event *error = error_out;
    const struct cJSON *message = json_read(&reader, text);
    struct str type;

    command->type = GAME_COMMANDS;
    if (!message) {
        *error = reader.is_json ? game_error_invalid_message(arena, reader.reason)
                                : game_error_parse_error(arena, reader.reason);
        return DECODE_INVALID;
    }
    if (!json_is_object(message)) {
        json_refuse(&reader, message, "a message", "must be a JSON object");
        return refuse(&reader, error);
    }
    if (!read_type(&reader, message, &type, &command->type))
        return refuse(&reader, error);
    (void)facts; /* game_dispatch checks the guards, after the payload */
    if (command->type == GAME_COMMANDS) {
        json_refuse_unknown(&reader, "type", type);
        return refuse(&reader, error);
    }
    return read_fields(&reader, message, command) ? DECODE_OK : refuse(&reader, error);
}

static uint32_t command_type(const void *command)
{
    return ((const struct game_command *)command)->type;
}

static struct encoded encode(const void *event_in, char *out)
{
    const struct game_event *event = event_in;
    struct encoded encoded = {
        .len = (size_t)(write_event(out, event) - out),
        .event = (uint16_t)event->type,
        .delivery = DELIVERY_RELIABLE,
    };

    if (event->type == GAME_ERROR_EVT)
        encoded.error = (uint16_t)(event->error.error + 1);
    if (event->type == GAME_WELCOME_EVT)
        encoded.delivery = DELIVERY_SEAL_ALL;
    if (event->type == GAME_PLAYER_JOINED_EVT) {
        encoded.delivery = DELIVERY_SEAL;
        encoded.key = event->player_joined.client_id;
    }
    if (event->type == GAME_PLAYER_UPDATE_EVT) {
        encoded.delivery = DELIVERY_LATEST;
        encoded.key = event->player_update.client_id;
    }
    if (event->type == GAME_PLAYER_LEFT_EVT) {
        encoded.delivery = DELIVERY_SEAL;
        encoded.key = event->player_left.client_id;
    }
    if (event->type == GAME_CHAT_MESSAGE_EVT) {
        encoded.delivery = DELIVERY_SEAL;
        encoded.key = event->chat_message.client_id;
    }
    return encoded;
}

const struct codec game_codec = {
    .service = STR_INIT("game"),
    .paths_count = 1,
    .paths = paths,
    .commands_count = GAME_COMMANDS,
    .events_count = GAME_EVENTS,
    .errors_count = GAME_ERRORS,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = game_error_names,
    .event_encoded_max = GAME_EVENT_ENCODED_MAX,
    .command_type = command_type,
    .decode = decode,
    .encode = encode,
};

size_t game_encode_player_state(const struct game_player_state *player_state, char *out)
{
    return (size_t)(write_player_state(out, player_state) - out);
}

size_t game_encode_get_rooms_200(const struct game_get_rooms_200 *body, char *out)
{
    return (size_t)(write_get_rooms_200(out, body) - out);
}

bool game_decode_post_chat_history_body(struct arena *arena, struct str text,
                                        struct game_post_chat_history_body *body,
                                        struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct game_post_chat_history_body){0};
    if (fields && json_is_object(fields))
        read = read_post_chat_history_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t game_encode_post_chat_history_200(const struct game_post_chat_history_200 *body, char *out)
{
    return (size_t)(write_post_chat_history_200(out, body) - out);
}
