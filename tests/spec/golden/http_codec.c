/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/http_codec.h"

#include "json/read.h"
#include "json/write.h"

static const struct str color_words[] = {
    [HTTP_COLOR_RED] = STR_INIT("red"),
    [HTTP_COLOR_GREEN] = STR_INIT("green"),
};

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
    out = write_word(out, color_words, 2, in->color);
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
