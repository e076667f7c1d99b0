/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_codec.h"

#include "json/read.h"
#include "json/write.h"

static bool read_color(const struct cJSON *value, enum http_color *out)
{
    uint32_t word;

    if (!json_word(value, http_color_words, 2, &word))
        return false;
    *out = (enum http_color)word;
    return true;
}

static bool read_post_tint_body(struct json_reader *reader, const struct cJSON *fields,
                                struct http_post_tint_body *out)
{
    const struct cJSON *value;

    value = json_member(fields, "tint");
    if (!read_color(value, &out->tint))
        return json_refuse(reader, value, "tint", "must be red or green");
    return true;
}

static char *write_fault(char *out, const struct http_fault *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_u64(out, in->status, 65535);
    out = WRITE(out, ",\"what\":");
    out = write_str(out, in->what, 20);
    return WRITE(out, "}");
}

static char *write_get_color_200(char *out, const struct http_get_color_200 *in)
{
    out = WRITE(out, "{\"color\":");
    out = write_word(out, http_color_words, 2, in->color);
    return WRITE(out, "}");
}

static char *write_post_tint_200(char *out, const struct http_post_tint_200 *in)
{
    out = WRITE(out, "{\"tint\":");
    out = write_word(out, http_color_words, 2, in->tint);
    return WRITE(out, "}");
}

size_t http_encode_fault(const struct http_fault *fault, char *out)
{
    return (size_t)(write_fault(out, fault) - out);
}

size_t http_encode_get_color_200(const struct http_get_color_200 *body, char *out)
{
    return (size_t)(write_get_color_200(out, body) - out);
}

bool http_decode_post_tint_body(struct arena *arena, struct str text,
                                struct http_post_tint_body *body, struct str *reason)
{
    struct json_reader reader = {.arena = arena, .not_json = "not JSON: "};
    const struct cJSON *fields = json_read(&reader, text);
    bool read = false;

    *body = (struct http_post_tint_body){0};
    if (fields && json_is_object(fields))
        read = read_post_tint_body(&reader, fields, body);
    else if (fields)
        json_refuse(&reader, fields, "the body", "must be a JSON object");
    *reason = reader.reason;
    return read;
}

size_t http_encode_post_tint_200(const struct http_post_tint_200 *body, char *out)
{
    return (size_t)(write_post_tint_200(out, body) - out);
}
