/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/talk_codec.h"

#include "base/check.h"
#include "base/join.h"
#include "generated/talk_errors.h"
#include "json/read.h"
#include "json/write.h"

static const struct str command_names[] = {
    [TALK_SAY_NAME_CMD] = STR_INIT("SayName"),
    [TALK_SAY_CMD] = STR_INIT("say"),
};

static const struct str paths[] = {
    STR_INIT("/talk"),
    STR_INIT("/t"),
};

static const struct str event_names[] = {
    [TALK_HELLO_EVT] = STR_INIT("hello"),
    [TALK_SAID_EVT] = STR_INIT("said"),
    [TALK_PRESENT_EVT] = STR_INIT("present"),
    [TALK_ERROR_EVT] = STR_INIT("error"),
};

static bool read_mood(const struct cJSON *value, enum talk_mood *out)
{
    uint32_t word;

    if (!json_word(value, talk_mood_words, 2, &word))
        return false;
    *out = (enum talk_mood)word;
    return true;
}

static bool read_spot_at(const struct cJSON *array, struct number *out)
{
    const struct cJSON *item;

    if (!json_array(array, 2, 2))
        return false;
    for (item = json_first(array); item; item = json_next(item))
        if (!json_number(item, -1, 1, out++))
            return false;
    return true;
}

static bool read_spot(struct json_reader *reader, const struct cJSON *fields, struct talk_spot *out)
{
    const struct cJSON *value;

    value = json_member(fields, "at");
    if (!read_spot_at(value, out->at))
        return json_refuse(reader, value, "at", "must be an array of 2 numbers from -1 to 1");
    value = json_optional(fields, "note");
    out->has_note = value != NULL;
    if (value && !json_chars(value, 0, 9, &out->note))
        return json_refuse(reader, value, "note", "must be a string of 0 to 9 characters");
    return true;
}

static bool read_post_say_body(struct json_reader *reader, const struct cJSON *fields,
                               struct talk_post_say_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "text");
    if (!json_bytes(value, 1, 30, &out->text))
        return json_refuse(reader, value, "text", "must be a string of 1 to 30 bytes");
    value = json_optional(fields, "mood");
    out->has_mood = value != NULL;
    if (value && !read_mood(value, &out->mood))
        return json_refuse(reader, value, "mood", "must be calm or very angry");
    value = json_member(fields, "at");
    if (!json_is_object(value))
        return json_refuse(reader, value, "at", "must be an object");
    if (!read_spot(reader, value, &out->at))
        return json_refuse_inside(reader, "at");
    return true;
}

static bool read_say_name_cmd(struct json_reader *reader, const struct cJSON *fields,
                              struct talk_say_name_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "name");
    if (!json_bytes(value, 1, 20, &out->name))
        return json_refuse(reader, value, "name", "must be a string of 1 to 20 bytes");
    value = json_member(fields, "secretWord");
    if (!json_bytes(value, 4, 8, &out->secret_word))
        return json_refuse(reader, value, "secretWord", "must be a string of 4 to 8 bytes");
    return true;
}

static bool read_say_cmd(struct json_reader *reader, const struct cJSON *fields,
                         struct talk_say_cmd *out)
{
    const struct cJSON *value;

    value = json_member(fields, "text");
    if (!json_bytes(value, 0, 30, &out->text))
        return json_refuse(reader, value, "text", "must be a string of 0 to 30 bytes");
    value = json_optional(fields, "loud");
    out->loud = false;
    if (value && !json_bool(value, &out->loud))
        return json_refuse(reader, value, "loud", "must be true or false");
    value = json_optional(fields, "mood");
    out->mood = TALK_MOOD_CALM;
    if (value && !read_mood(value, &out->mood))
        return json_refuse(reader, value, "mood", "must be calm or very angry");
    value = json_optional(fields, "times");
    out->times = 1;
    if (value && !json_u8(value, 1, 5, &out->times))
        return json_refuse(reader, value, "times", "must be an integer from 1 to 5");
    value = json_optional(fields, "spot");
    out->has_spot = value != NULL;
    if (value && !json_is_object(value))
        return json_refuse(reader, value, "spot", "must be an object");
    if (value && !read_spot(reader, value, &out->spot))
        return json_refuse_inside(reader, "spot");
    value = json_member(fields, "about");
    out->has_about = !json_is_null(value);
    if (out->has_about && !json_bytes(value, 1, 20, &out->about))
        return json_refuse(reader, value, "about", "must be a string of 1 to 20 bytes or null");
    value = json_member(fields, "level");
    if (!json_u64(value, 3, 6, &out->level))
        return json_refuse(reader, value, "level", "must be an integer from 3 to 6");
    return true;
}

static bool read_fields(struct json_reader *reader, const struct cJSON *message,
                        struct talk_command *command)
{
    switch (command->type) {
    case TALK_SAY_NAME_CMD:
        return read_say_name_cmd(reader, message, &command->say_name);
    case TALK_SAY_CMD:
        return read_say_cmd(reader, message, &command->say);
    case TALK_COMMANDS:
        break;
    }
    return true;
}

static char *write_spot(char *out, const struct talk_spot *in)
{
    out = WRITE(out, "{\"at\":");
    *out++ = '[';
    for (uint32_t i = 0; i < 2; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_number(out, &in->at[i]);
    }
    *out++ = ']';
    if (in->has_note) {
        out = WRITE(out, ",\"note\":");
        out = write_chars(out, in->note, 9);
    }
    return WRITE(out, "}");
}

static char *write_pair(char *out, const struct talk_pair *in)
{
    out = WRITE(out, "[");
    out = write_str(out, in->who, 20);
    out = WRITE(out, ",");
    out = write_word(out, talk_mood_words, 2, in->mood);
    return WRITE(out, "]");
}

static char *write_get_people_200(char *out, const struct talk_get_people_200 *in)
{
    CHECK(in->items_count <= 3);
    *out++ = '[';
    for (uint32_t i = 0; i < in->items_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_spot(out, &in->items[i]);
    }
    *out++ = ']';
    return out;
}

static char *write_post_say_200(char *out, const struct talk_post_say_200 *in)
{
    out = WRITE(out, "{\"count\":");
    out = write_u64(out, in->count, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_said_evt(char *out, const struct talk_said_evt *in)
{
    out = WRITE(out, "{\"type\":\"said\",\"who\":");
    out = write_str(out, in->who, 20);
    out = WRITE(out, ",\"to\":");
    if (in->has_to) {
        out = write_str(out, in->to, 20);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"text\":");
    out = write_str(out, in->text, 30);
    if (in->has_ring) {
        out = WRITE(out, ",\"ring\":");
        out = write_str(out, in->ring, 5);
    }
    if (in->has_spot) {
        out = WRITE(out, ",\"spot\":");
        out = write_spot(out, &in->spot);
    }
    return WRITE(out, "}");
}

static char *write_present_evt(char *out, const struct talk_present_evt *in)
{
    out = WRITE(out, "{\"type\":\"present\",\"pairs\":");
    CHECK(in->pairs_count <= 40);
    *out++ = '[';
    for (uint32_t i = 0; i < in->pairs_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_pair(out, &in->pairs[i]);
    }
    *out++ = ']';
    return WRITE(out, "}");
}

static char *write_error_evt(char *out, const struct talk_error_evt *in)
{
    out = WRITE(out, "{\"type\":\"error\",\"message\":");
    out = write_str(out, in->message, 200);
    return WRITE(out, "}");
}

static char *write_event(char *out, const struct talk_event *event)
{
    switch (event->type) {
    case TALK_HELLO_EVT:
        return WRITE(out, "{\"type\":\"hello\"}");
    case TALK_SAID_EVT:
        return write_said_evt(out, &event->said);
    case TALK_PRESENT_EVT:
        return write_present_evt(out, &event->present);
    case TALK_ERROR_EVT:
        return write_error_evt(out, &event->error);
    case TALK_EVENTS:
        break;
    }
    CHECK(event->type < TALK_EVENTS);
    return out;
}

/* TALK_COMMANDS for a tag that no command has. */
static bool read_type(struct json_reader *reader, const struct cJSON *message, struct str *type,
                      enum talk_command_type *out)
{
    const struct cJSON *value = json_member(message, "type");
    uint32_t word;

    if (!json_bytes(value, 0, SIZE_MAX, type))
        return json_refuse(reader, value, "type", "must be a string");
    *out = TALK_COMMANDS;
    if (json_word(value, command_names, TALK_COMMANDS, &word))
        *out = (enum talk_command_type)word;
    return true;
}

static enum decode_status refuse(const struct json_reader *reader, struct talk_event *error)
{
    *error = talk_error_invalid(reader->arena, reader->reason);
    return DECODE_INVALID;
}

static enum decode_status decode(struct str text, uint32_t facts, struct arena *arena,
                                 void *command_out, void *error_out)
{
    struct json_reader reader = {
        .arena = arena,
        .not_json = "",
        .error = TALK_ERRORS,
    };
    struct talk_command *command = command_out;
    struct talk_event *error = error_out;
    const struct cJSON *message = json_read(&reader, text);
    struct str type;

    command->type = TALK_COMMANDS;
    if (!message) {
        *error = reader.is_json ? talk_error_invalid(arena, reader.reason)
                                : talk_error_bad_json(arena, reader.reason);
        return DECODE_INVALID;
    }
    if (!json_is_object(message)) {
        json_refuse(&reader, message, "a message", "must be a JSON object");
        return refuse(&reader, error);
    }
    if (!read_type(&reader, message, &type, &command->type))
        return refuse(&reader, error);
    (void)facts; /* talk_dispatch checks the guards, after the payload */
    if (command->type == TALK_COMMANDS) {
        json_refuse_unknown(&reader, "type", type);
        return refuse(&reader, error);
    }
    return read_fields(&reader, message, command) ? DECODE_OK : refuse(&reader, error);
}

static uint32_t command_type(const void *command)
{
    return ((const struct talk_command *)command)->type;
}

static struct encoded encode(const void *event_in, char *out)
{
    const struct talk_event *event = event_in;
    struct encoded encoded = {
        .len = (size_t)(write_event(out, event) - out),
        .event = (uint16_t)event->type,
        .delivery = DELIVERY_RELIABLE,
    };

    if (event->type == TALK_ERROR_EVT)
        encoded.error = (uint16_t)(event->error.error + 1);
    if (event->type == TALK_HELLO_EVT)
        encoded.delivery = DELIVERY_SEAL_ALL;
    if (event->type == TALK_SAID_EVT) {
        encoded.delivery = DELIVERY_LATEST;
        encoded.key = event->said.who;
    }
    if (event->type == TALK_PRESENT_EVT)
        encoded.delivery = DELIVERY_VOLATILE;
    return encoded;
}

const struct codec talk_codec = {
    .service = STR_INIT("talk"),
    .paths_count = 2,
    .paths = paths,
    .commands_count = TALK_COMMANDS,
    .events_count = TALK_EVENTS,
    .errors_count = TALK_ERRORS,
    .command_names = command_names,
    .event_names = event_names,
    .error_names = talk_error_names,
    .event_encoded_max = TALK_EVENT_ENCODED_MAX,
    .command_type = command_type,
    .decode = decode,
    .encode = encode,
};

size_t talk_encode_pair(const struct talk_pair *pair, char *out)
{
    return (size_t)(write_pair(out, pair) - out);
}

size_t talk_encode_get_people_200(const struct talk_get_people_200 *body, char *out)
{
    return (size_t)(write_get_people_200(out, body) - out);
}

bool talk_decode_post_say_body(struct arena *arena, struct str text,
                               struct talk_post_say_body *body, struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct talk_post_say_body){0};
    if (fields && json_is_object(fields))
        read = read_post_say_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t talk_encode_post_say_200(const struct talk_post_say_200 *body, char *out)
{
    return (size_t)(write_post_say_200(out, body) - out);
}
