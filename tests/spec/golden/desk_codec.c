/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/desk_codec.h"

#include "base/check.h"
#include "base/join.h"
#include "generated/desk_errors.h"
#include "json/read.h"
#include "json/write.h"

static const struct str command_names[] = {
    [DESK_OPEN_CMD] = STR_INIT("OPEN"),
    [DESK_PUT_CMD] = STR_INIT("PUT"),
};

static const struct str event_names[] = {
    [DESK_FAIL_EVT] = STR_INIT("FAIL"),
    [DESK_OPEN_ACK] = STR_INIT("OPEN_ACK"),
    [DESK_PUT_ACK] = STR_INIT("PUT_ACK"),
};

static bool read_put_cmd(struct json_reader *reader, const struct cJSON *fields,
                         struct desk_put_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "number");
    if (!json_u16(value, 0, 65535, &out->number))
        return json_refuse(reader, value, "number", "must be an integer from 0 to 999");
    if (!desk_check_even(out->number))
        return json_raise(reader, DESK_ERROR_ODD, 0);
    if (out->number > 999)
        return json_refuse(reader, value, "number", "must be an integer from 0 to 999");
    value = json_member(fields, "count");
    if (!json_u8(value, 0, 255, &out->count))
        return json_refuse(reader, value, "count", "must be an integer from 2 to 8");
    if (out->count < 2)
        return json_raise(reader, DESK_ERROR_FEW, out->count);
    if (out->count > 8)
        return json_raise(reader, DESK_ERROR_MANY, out->count);
    value = json_optional(fields, "room");
    out->has_room = value != NULL;
    if (value && !json_u32(value, 4, 4294967295u, &out->room))
        return json_refuse(reader, value, "room", "must be an integer from 4 to 4000000000");
    if (value && out->room > 4000000000u)
        return json_raise(reader, DESK_ERROR_MANY, out->room);
    value = json_member(fields, "label");
    if (!json_bytes(value, 0, SIZE_MAX, &out->label))
        return json_refuse(reader, value, "label", "must be a string of 2 to 9 bytes");
    if (out->label.len < 2)
        return json_raise(reader, DESK_ERROR_SHORT, out->label.len);
    if (out->label.len > 9)
        return json_raise(reader, DESK_ERROR_LONG, out->label.len);
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
                        struct desk_command *command)
{
    const struct cJSON *body;

    switch (command->type) {
    case DESK_PUT_CMD:
        body = read_body(reader, message);
        return body && read_put_cmd(reader, body, &command->put);
    case DESK_OPEN_CMD:
    case DESK_COMMANDS:
        break;
    }
    return true;
}

static char *write_fail_evt(char *out, const struct desk_fail_evt *in)
{
    out = WRITE(out, "{\"op\":8,\"d\":{\"code\":");
    out = write_u64(out, in->code, 255);
    out = WRITE(out, ",\"why\":");
    out = write_str(out, in->why, 99);
    return WRITE(out, "}}");
}

static char *write_put_ack(char *out, const struct desk_put_ack *in)
{
    out = WRITE(out, "{\"op\":9,\"d\":{\"op\":2,\"data\":{\"number\":");
    out = write_u64(out, in->number, 65535);
    if (in->has_label) {
        out = WRITE(out, ",\"label\":");
        out = write_str(out, in->label, 20);
    }
    return WRITE(out, "}}}");
}

static char *write_event(char *out, const struct desk_event *event)
{
    switch (event->type) {
    case DESK_FAIL_EVT:
        return write_fail_evt(out, &event->fail);
    case DESK_OPEN_ACK:
        return WRITE(out, "{\"op\":9,\"d\":{\"op\":1,\"data\":null}}");
    case DESK_PUT_ACK:
        return write_put_ack(out, &event->put_ack);
    case DESK_EVENTS:
        break;
    }
    CHECK(event->type < DESK_EVENTS);
    return out;
}

/* DESK_COMMANDS for a tag that no command has. */
static bool read_op(struct json_reader *reader, const struct cJSON *message, uint8_t *op,
                    enum desk_command_type *out)
{
    const struct cJSON *value = json_member(message, "op");

    if (!json_u8(value, 0, 255, op))
        return json_refuse(reader, value, "op", "must be an integer from 0 to 255");
    switch (*op) {
    case 1:
        *out = DESK_OPEN_CMD;
        return true;
    case 2:
        *out = DESK_PUT_CMD;
        return true;
    default:
        *out = DESK_COMMANDS;
        return true;
    }
}

static enum decode_status refuse(const struct json_reader *reader, struct desk_event *error)
{
    if (reader->error == DESK_ERROR_ODD) {
        *error = desk_error_odd();
        return DECODE_INVALID;
    }
    if (reader->error == DESK_ERROR_FEW) {
        *error = desk_error_few();
        return DECODE_INVALID;
    }
    if (reader->error == DESK_ERROR_MANY) {
        *error = desk_error_many();
        return DECODE_INVALID;
    }
    if (reader->error == DESK_ERROR_SHORT) {
        *error = desk_error_short(reader->arena, (uint32_t)reader->measured);
        return DECODE_INVALID;
    }
    if (reader->error == DESK_ERROR_LONG) {
        *error = desk_error_long(reader->arena, (uint32_t)reader->measured);
        return DECODE_INVALID;
    }
    *error = desk_error_bad(reader->arena, reader->reason);
    return DECODE_INVALID;
}

/* Nothing that names a command, and *error says why. A session that lacks what an unknown command
 * needs is told that instead. */
static enum decode_status refuse_nameless(uint32_t facts, struct desk_event *error)
{
    enum desk_error guard = desk_guard(DESK_COMMANDS, facts);

    if (guard != DESK_ERRORS)
        *error = desk_error_event(guard);
    return DECODE_INVALID;
}

static enum decode_status decode(struct str text, uint32_t facts, struct arena *arena,
                                 void *command_out, void *error_out)
{
    struct json_reader reader = {
        .arena = arena,
        .not_json = "not JSON: ",
        .error = DESK_ERRORS,
    };
    struct desk_command *command = command_out;
    struct desk_event *error = error_out;
    const struct cJSON *message = json_read(&reader, text);
    uint8_t op;
    enum desk_error guard;

    command->type = DESK_COMMANDS;
    if (!message) {
        *error = desk_error_bad(arena, reader.reason);
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
    guard = desk_guard(command->type, facts);
    if (guard != DESK_ERRORS) {
        *error = desk_error_event(guard);
        return DECODE_REFUSED;
    }
    if (command->type == DESK_COMMANDS) {
        *error = desk_error_no_op(arena, op);
        return DECODE_INVALID;
    }
    return read_fields(&reader, message, command) ? DECODE_OK : refuse(&reader, error);
}

static uint32_t command_type(const void *command)
{
    return ((const struct desk_command *)command)->type;
}

static struct encoded encode(const void *event_in, char *out)
{
    const struct desk_event *event = event_in;
    struct encoded encoded = {
        .len = (size_t)(write_event(out, event) - out),
        .event = (uint16_t)event->type,
        .delivery = DELIVERY_RELIABLE,
    };

    if (event->type == DESK_FAIL_EVT)
        encoded.error = (uint16_t)(event->fail.error + 1);
    return encoded;
}

const struct codec desk_codec = {
    .service = STR_INIT("desk"),
    .commands_count = DESK_COMMANDS,
    .events_count = DESK_EVENTS,
    .errors_count = DESK_ERRORS,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = desk_error_names,
    .event_encoded_max = DESK_EVENT_ENCODED_MAX,
    .command_type = command_type,
    .decode = decode,
    .encode = encode,
};
