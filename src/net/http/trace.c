#include "net/http/trace.h"

#include <stdlib.h>
#include <string.h>

/* 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01: version, trace, span, flags. */
enum { VERSION_LEN = 2, FLAGS_LEN = 2, WHOLE_LEN = 55 };

/* Takes so many digits, and the '-' behind them or the end. */
static bool take_digits(struct str *text, size_t len, struct str *digits)
{
    if (text->len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text->base[i] == '\0' || strchr("0123456789abcdef", text->base[i]) == NULL)
            return false;
    *digits = (struct str){text->base, len};
    *text = (struct str){text->base + len, text->len - len};
    if (text->len == 0)
        return true;
    bool dash = text->base[0] == '-';
    *text = (struct str){text->base + 1, text->len - 1};
    return dash;
}

static bool all_zeros(struct str digits)
{
    for (size_t i = 0; i < digits.len; i++)
        if (digits.base[i] != '0')
            return false;
    return true;
}

struct trace *trace_new(struct str traceparent)
{
    struct trace trace;
    struct str rest = traceparent, version, id, span, flags;
    if (!take_digits(&rest, VERSION_LEN, &version) || !take_digits(&rest, sizeof trace.id, &id) ||
        !take_digits(&rest, sizeof trace.span, &span) || !take_digits(&rest, FLAGS_LEN, &flags))
        return NULL;
    /* Later versions may say more behind it. */
    bool known = str_equal(version, STR("00"));
    if ((known && traceparent.len != WHOLE_LEN) || str_equal(version, STR("ff")) || all_zeros(id) ||
        all_zeros(span))
        return NULL;
    memcpy(trace.id, id.base, id.len);
    memcpy(trace.span, span.base, span.len);
    struct trace *kept = malloc(sizeof *kept);
    if (kept != NULL)
        *kept = trace;
    return kept;
}
