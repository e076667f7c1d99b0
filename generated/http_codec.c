/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_codec.h"

#include "base/check.h"
#include "json/read.h"
#include "json/write.h"

static bool read_server_log_level(const struct cJSON *value, enum http_server_log_level *out)
{
    uint32_t word;

    if (!json_word(value, http_server_log_level_words, 5, &word))
        return false;
    *out = (enum http_server_log_level)word;
    return true;
}

static bool read_post_admin_sessions_body(struct json_reader *reader, const struct cJSON *fields,
                                          struct http_post_admin_sessions_body *out)
{
    const struct cJSON *value;

    value = json_optional(fields, "service");
    out->has_service = value != NULL;
    if (value && !json_bytes(value, 0, 256, &out->service))
        return json_refuse(reader, value, "service", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "room");
    out->has_room = value != NULL;
    if (value && !json_bytes(value, 0, 512, &out->room))
        return json_refuse(reader, value, "room", "must be a string of 0 to 512 bytes");
    value = json_optional(fields, "after");
    out->after = 0;
    if (value && !json_u64(value, 0, 18446744073709551615u, &out->after))
        return json_refuse(reader, value, "after",
                           "must be an integer from 0 to 18446744073709551615");
    value = json_optional(fields, "limit");
    out->limit = 100;
    if (value && !json_u32(value, 1, 100, &out->limit))
        return json_refuse(reader, value, "limit", "must be an integer from 1 to 100");
    return true;
}

static bool read_post_admin_rooms_body(struct json_reader *reader, const struct cJSON *fields,
                                       struct http_post_admin_rooms_body *out)
{
    const struct cJSON *value;

    value = json_optional(fields, "service");
    out->has_service = value != NULL;
    if (value && !json_bytes(value, 0, 256, &out->service))
        return json_refuse(reader, value, "service", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "room");
    out->has_room = value != NULL;
    if (value && !json_bytes(value, 0, 512, &out->room))
        return json_refuse(reader, value, "room", "must be a string of 0 to 512 bytes");
    value = json_optional(fields, "after");
    out->after = 0;
    if (value && !json_u64(value, 0, 18446744073709551615u, &out->after))
        return json_refuse(reader, value, "after",
                           "must be an integer from 0 to 18446744073709551615");
    value = json_optional(fields, "limit");
    out->limit = 100;
    if (value && !json_u32(value, 1, 100, &out->limit))
        return json_refuse(reader, value, "limit", "must be an integer from 1 to 100");
    return true;
}

static bool read_post_admin_disconnect_body(struct json_reader *reader, const struct cJSON *fields,
                                            struct http_post_admin_disconnect_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "session");
    if (!json_bytes(value, 5, 32, &out->session))
        return json_refuse(reader, value, "session", "must be a string of 5 to 32 bytes");
    return true;
}

static bool read_post_admin_revoke_body(struct json_reader *reader, const struct cJSON *fields,
                                        struct http_post_admin_revoke_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "channel_id");
    if (!json_bytes(value, 0, 512, &out->channel_id))
        return json_refuse(reader, value, "channel_id", "must be a string of 0 to 512 bytes");
    return true;
}

static bool read_post_admin_trace_body(struct json_reader *reader, const struct cJSON *fields,
                                       struct http_post_admin_trace_body *out)
{
    const struct cJSON *value;

    value = json_optional(fields, "trace");
    out->trace = 0;
    if (value && !json_u64(value, 0, 18446744073709551615u, &out->trace))
        return json_refuse(reader, value, "trace",
                           "must be an integer from 0 to 18446744073709551615");
    value = json_optional(fields, "service");
    out->has_service = value != NULL;
    if (value && !json_bytes(value, 0, 256, &out->service))
        return json_refuse(reader, value, "service", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "room");
    out->has_room = value != NULL;
    if (value && !json_bytes(value, 0, 512, &out->room))
        return json_refuse(reader, value, "room", "must be a string of 0 to 512 bytes");
    value = json_optional(fields, "session");
    out->has_session = value != NULL;
    if (value && !json_bytes(value, 5, 32, &out->session))
        return json_refuse(reader, value, "session", "must be a string of 5 to 32 bytes");
    value = json_optional(fields, "type");
    out->has_type = value != NULL;
    if (value && !json_bytes(value, 0, 256, &out->type))
        return json_refuse(reader, value, "type", "must be a string of 0 to 256 bytes");
    value = json_optional(fields, "sample");
    out->sample = 1;
    if (value && !json_u32(value, 1, 1000000, &out->sample))
        return json_refuse(reader, value, "sample", "must be an integer from 1 to 1000000");
    value = json_optional(fields, "limit");
    out->limit = 100;
    if (value && !json_u32(value, 1, 100, &out->limit))
        return json_refuse(reader, value, "limit", "must be an integer from 1 to 100");
    return true;
}

static bool read_post_admin_log_level_body(struct json_reader *reader, const struct cJSON *fields,
                                           struct http_post_admin_log_level_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "level");
    if (!read_server_log_level(value, &out->level))
        return json_refuse(reader, value, "level", "must be off, error, warn, info or debug");
    return true;
}

static char *write_refusal(char *out, const struct http_refusal *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_u64(out, in->status, 599);
    out = WRITE(out, ",\"error\":");
    out = write_str(out, in->error, 256);
    out = WRITE(out, ",\"message\":");
    out = write_str(out, in->message, 1024);
    return WRITE(out, "}");
}

static char *write_parts(char *out, const struct http_parts *in)
{
    out = WRITE(out, "{\"websocket\":");
    out = write_word(out, http_part_state_words, 5, in->websocket);
    out = WRITE(out, ",\"redis\":");
    out = write_word(out, http_part_state_words, 5, in->redis);
    out = WRITE(out, ",\"mongodb\":");
    out = write_word(out, http_part_state_words, 5, in->mongodb);
    return WRITE(out, "}");
}

static char *write_running_service(char *out, const struct http_running_service *in)
{
    out = WRITE(out, "{\"service\":");
    out = write_str(out, in->service, 256);
    out = WRITE(out, ",\"sessions\":");
    out = write_u64(out, in->sessions, 18446744073709551615u);
    out = WRITE(out, ",\"rooms\":");
    out = write_u64(out, in->rooms, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_session(char *out, const struct http_session *in)
{
    out = WRITE(out, "{\"session\":");
    out = write_str(out, in->session, 32);
    out = WRITE(out, ",\"service\":");
    out = write_str(out, in->service, 256);
    out = WRITE(out, ",\"user\":");
    if (in->has_user) {
        out = write_str(out, in->user, 512);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"room\":");
    if (in->has_room) {
        out = write_str(out, in->room, 512);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"address\":");
    out = write_str(out, in->address, 256);
    out = WRITE(out, ",\"age_seconds\":");
    out = write_u64(out, in->age_seconds, 18446744073709551615u);
    out = WRITE(out, ",\"silent_seconds\":");
    out = write_u64(out, in->silent_seconds, 18446744073709551615u);
    out = WRITE(out, ",\"waiting_messages\":");
    out = write_u64(out, in->waiting_messages, 4294967295u);
    out = WRITE(out, ",\"waiting_bytes\":");
    out = write_u64(out, in->waiting_bytes, 4294967295u);
    return WRITE(out, "}");
}

static char *write_traced_message(char *out, const struct http_traced_message *in)
{
    out = WRITE(out, "{\"at_ms\":");
    out = write_u64(out, in->at_ms, 18446744073709551615u);
    out = WRITE(out, ",\"direction\":");
    out = write_word(out, http_trace_direction_words, 2, in->direction);
    out = WRITE(out, ",\"session\":");
    if (in->has_session) {
        out = write_str(out, in->session, 32);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"service\":");
    out = write_str(out, in->service, 256);
    out = WRITE(out, ",\"type\":");
    if (in->has_type) {
        out = write_str(out, in->type, 256);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"user\":");
    if (in->has_user) {
        out = write_str(out, in->user, 64);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"room\":");
    if (in->has_room) {
        out = write_str(out, in->room, 64);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"bytes\":");
    out = write_u64(out, in->bytes, 4294967295u);
    out = WRITE(out, ",\"receivers\":");
    out = write_u64(out, in->receivers, 4294967295u);
    out = WRITE(out, ",\"outcome\":");
    out = write_str(out, in->outcome, 256);
    out = WRITE(out, ",\"shape\":");
    out = write_str(out, in->shape, 192);
    return WRITE(out, "}");
}

static char *write_room_entry(char *out, const struct http_room_entry *in)
{
    out = WRITE(out, "{\"room\":");
    out = write_str(out, in->room, 512);
    out = WRITE(out, ",\"service\":");
    out = write_str(out, in->service, 256);
    out = WRITE(out, ",\"title\":");
    if (in->has_title) {
        out = write_str(out, in->title, 512);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"mode\":");
    if (in->has_mode) {
        out = write_str(out, in->mode, 256);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"members\":");
    out = write_u64(out, in->members, 4294967295u);
    out = WRITE(out, ",\"members_max\":");
    out = write_u64(out, in->members_max, 4294967295u);
    out = WRITE(out, ",\"holder\":");
    if (in->has_holder) {
        out = write_str(out, in->holder, 512);
    } else {
        out = WRITE(out, "null");
    }
    out = WRITE(out, ",\"waiting\":");
    out = write_u64(out, in->waiting, 4294967295u);
    return WRITE(out, "}");
}

static char *write_get_health_200(char *out, const struct http_get_health_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, http_state_words, 3, in->status);
    out = WRITE(out, ",\"version\":");
    out = write_str(out, in->version, 256);
    out = WRITE(out, ",\"spec_hash\":");
    out = write_str(out, in->spec_hash, 256);
    out = WRITE(out, ",\"uptime_seconds\":");
    out = write_u64(out, in->uptime_seconds, 18446744073709551615u);
    out = WRITE(out, ",\"connections\":");
    out = write_u64(out, in->connections, 4294967295u);
    out = WRITE(out, ",\"services\":");
    out = write_parts(out, &in->services);
    return WRITE(out, "}");
}

static char *write_get_livez_200(char *out, const struct http_get_livez_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, http_life_words, 1, in->status);
    return WRITE(out, "}");
}

static char *write_get_readyz_200(char *out, const struct http_get_readyz_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, http_readiness_words, 1, in->status);
    return WRITE(out, "}");
}

static char *write_get_admin_status_200(char *out, const struct http_get_admin_status_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, http_state_words, 3, in->status);
    out = WRITE(out, ",\"version\":");
    out = write_str(out, in->version, 256);
    out = WRITE(out, ",\"spec_hash\":");
    out = write_str(out, in->spec_hash, 256);
    out = WRITE(out, ",\"uptime_seconds\":");
    out = write_u64(out, in->uptime_seconds, 18446744073709551615u);
    out = WRITE(out, ",\"workers\":");
    out = write_u64(out, in->workers, 4294967295u);
    out = WRITE(out, ",\"connections\":");
    out = write_u64(out, in->connections, 4294967295u);
    out = WRITE(out, ",\"connections_max\":");
    out = write_u64(out, in->connections_max, 4294967295u);
    out = WRITE(out, ",\"log_level\":");
    out = write_word(out, http_server_log_level_words, 5, in->log_level);
    out = WRITE(out, ",\"services\":");
    CHECK(in->services_count <= 4);
    *out++ = '[';
    for (uint32_t i = 0; i < in->services_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_running_service(out, &in->services[i]);
    }
    *out++ = ']';
    return WRITE(out, "}");
}

static char *write_post_admin_sessions_200(char *out, const struct http_post_admin_sessions_200 *in)
{
    out = WRITE(out, "{\"sessions\":");
    CHECK(in->sessions_count <= 100);
    *out++ = '[';
    for (uint32_t i = 0; i < in->sessions_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_session(out, &in->sessions[i]);
    }
    *out++ = ']';
    out = WRITE(out, ",\"next\":");
    out = write_u64(out, in->next, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_post_admin_rooms_200(char *out, const struct http_post_admin_rooms_200 *in)
{
    out = WRITE(out, "{\"rooms\":");
    CHECK(in->rooms_count <= 100);
    *out++ = '[';
    for (uint32_t i = 0; i < in->rooms_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_room_entry(out, &in->rooms[i]);
    }
    *out++ = ']';
    out = WRITE(out, ",\"next\":");
    out = write_u64(out, in->next, 18446744073709551615u);
    return WRITE(out, "}");
}

static char *write_post_admin_disconnect_200(char *out,
                                             const struct http_post_admin_disconnect_200 *in)
{
    out = WRITE(out, "{\"session\":");
    out = write_str(out, in->session, 32);
    return WRITE(out, "}");
}

static char *write_post_admin_revoke_200(char *out, const struct http_post_admin_revoke_200 *in)
{
    out = WRITE(out, "{\"channel_id\":");
    out = write_str(out, in->channel_id, 512);
    out = WRITE(out, ",\"holder\":");
    out = write_str(out, in->holder, 512);
    return WRITE(out, "}");
}

static char *write_post_admin_trace_200(char *out, const struct http_post_admin_trace_200 *in)
{
    out = WRITE(out, "{\"messages\":");
    CHECK(in->messages_count <= 100);
    *out++ = '[';
    for (uint32_t i = 0; i < in->messages_count; i++) {
        if (i > 0)
            *out++ = ',';
        out = write_traced_message(out, &in->messages[i]);
    }
    *out++ = ']';
    out = WRITE(out, ",\"lost\":");
    out = write_u64(out, in->lost, 18446744073709551615u);
    out = WRITE(out, ",\"waiting\":");
    out = write_u64(out, in->waiting, 4294967295u);
    return WRITE(out, "}");
}

static char *write_post_admin_log_level_200(char *out,
                                            const struct http_post_admin_log_level_200 *in)
{
    out = WRITE(out, "{\"level\":");
    out = write_word(out, http_server_log_level_words, 5, in->level);
    out = WRITE(out, ",\"was\":");
    out = write_word(out, http_server_log_level_words, 5, in->was);
    return WRITE(out, "}");
}

static char *write_post_admin_drain_200(char *out, const struct http_post_admin_drain_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, http_state_words, 3, in->status);
    return WRITE(out, "}");
}

size_t http_encode_refusal(const struct http_refusal *refusal, char *out)
{
    return (size_t)(write_refusal(out, refusal) - out);
}

size_t http_encode_get_health_200(const struct http_get_health_200 *body, char *out)
{
    return (size_t)(write_get_health_200(out, body) - out);
}

size_t http_encode_get_livez_200(const struct http_get_livez_200 *body, char *out)
{
    return (size_t)(write_get_livez_200(out, body) - out);
}

size_t http_encode_get_readyz_200(const struct http_get_readyz_200 *body, char *out)
{
    return (size_t)(write_get_readyz_200(out, body) - out);
}

size_t http_encode_get_admin_status_200(const struct http_get_admin_status_200 *body, char *out)
{
    return (size_t)(write_get_admin_status_200(out, body) - out);
}

bool http_decode_post_admin_sessions_body(struct arena *arena, struct str text,
                                          struct http_post_admin_sessions_body *body,
                                          struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_sessions_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_sessions_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_sessions_200(const struct http_post_admin_sessions_200 *body,
                                           char *out)
{
    return (size_t)(write_post_admin_sessions_200(out, body) - out);
}

bool http_decode_post_admin_rooms_body(struct arena *arena, struct str text,
                                       struct http_post_admin_rooms_body *body, struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_rooms_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_rooms_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_rooms_200(const struct http_post_admin_rooms_200 *body, char *out)
{
    return (size_t)(write_post_admin_rooms_200(out, body) - out);
}

bool http_decode_post_admin_disconnect_body(struct arena *arena, struct str text,
                                            struct http_post_admin_disconnect_body *body,
                                            struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_disconnect_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_disconnect_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_disconnect_200(const struct http_post_admin_disconnect_200 *body,
                                             char *out)
{
    return (size_t)(write_post_admin_disconnect_200(out, body) - out);
}

bool http_decode_post_admin_revoke_body(struct arena *arena, struct str text,
                                        struct http_post_admin_revoke_body *body,
                                        struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_revoke_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_revoke_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_revoke_200(const struct http_post_admin_revoke_200 *body, char *out)
{
    return (size_t)(write_post_admin_revoke_200(out, body) - out);
}

bool http_decode_post_admin_trace_body(struct arena *arena, struct str text,
                                       struct http_post_admin_trace_body *body, struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_trace_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_trace_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_trace_200(const struct http_post_admin_trace_200 *body, char *out)
{
    return (size_t)(write_post_admin_trace_200(out, body) - out);
}

bool http_decode_post_admin_log_level_body(struct arena *arena, struct str text,
                                           struct http_post_admin_log_level_body *body,
                                           struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_admin_log_level_body){0};
    if (fields && json_is_object(fields))
        read = read_post_admin_log_level_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_admin_log_level_200(const struct http_post_admin_log_level_200 *body,
                                            char *out)
{
    return (size_t)(write_post_admin_log_level_200(out, body) - out);
}

size_t http_encode_post_admin_drain_200(const struct http_post_admin_drain_200 *body, char *out)
{
    return (size_t)(write_post_admin_drain_200(out, body) - out);
}
