/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_codec.h"

#include "json/read.h"
#include "json/write.h"

static const struct str state_words[] = {
    [HTTP_STATE_HEALTHY] = STR_INIT("healthy"),
    [HTTP_STATE_STOPPING] = STR_INIT("stopping"),
};

static const struct str part_state_words[] = {
    [HTTP_PART_STATE_HEALTHY] = STR_INIT("healthy"),
    [HTTP_PART_STATE_DISABLED] = STR_INIT("disabled"),
    [HTTP_PART_STATE_CONNECTING] = STR_INIT("connecting"),
    [HTTP_PART_STATE_AWAY] = STR_INIT("away"),
    [HTTP_PART_STATE_STOPPING] = STR_INIT("stopping"),
};

static const struct str life_words[] = {
    [HTTP_LIFE_ALIVE] = STR_INIT("alive"),
};

static const struct str readiness_words[] = {
    [HTTP_READINESS_READY] = STR_INIT("ready"),
};

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
    out = write_word(out, part_state_words, 5, in->websocket);
    out = WRITE(out, ",\"redis\":");
    out = write_word(out, part_state_words, 5, in->redis);
    out = WRITE(out, ",\"mongodb\":");
    out = write_word(out, part_state_words, 5, in->mongodb);
    return WRITE(out, "}");
}

static char *write_get_health_200(char *out, const struct http_get_health_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, state_words, 2, in->status);
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
    out = write_word(out, life_words, 1, in->status);
    return WRITE(out, "}");
}

static char *write_get_readyz_200(char *out, const struct http_get_readyz_200 *in)
{
    out = WRITE(out, "{\"status\":");
    out = write_word(out, readiness_words, 1, in->status);
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
