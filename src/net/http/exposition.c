#include "net/http/exposition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/check.h"

static void append_list(struct exposition *out, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void append(struct exposition *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append_list(struct exposition *out, const char *format, va_list arguments)
{
    int len = vsnprintf(out->base + out->len, out->max - out->len, format, arguments);
    CHECK(len >= 0 && (size_t)len < out->max - out->len);
    out->len += (size_t)len;
}

static void append(struct exposition *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_list(out, format, arguments);
    va_end(arguments);
}

static void append_number(struct exposition *out, enum exposition_unit unit, uint64_t value)
{
    switch (unit) {
    case EXPOSITION_ONES:
        append(out, "%" PRIu64, value);
        break;
    case EXPOSITION_MS:
        append(out, "%" PRIu64 ".%03" PRIu64, value / 1000, value % 1000);
        break;
    case EXPOSITION_NS:
        append(out, "%" PRIu64 ".%09" PRIu64, value / 1000000000, value % 1000000000);
        break;
    }
}

void exposition_family(struct exposition *out, const char *name, const char *type, const char *help)
{
    out->family = name;
    append(out, "# HELP parley_%s %s\n# TYPE parley_%s %s\n", name, help, name, type);
}

void exposition_value(struct exposition *out, enum exposition_unit unit, uint64_t value)
{
    append(out, "parley_%s ", out->family);
    append_number(out, unit, value);
    append(out, "\n");
}

void exposition_sample(struct exposition *out, enum exposition_unit unit, uint64_t value,
                       const char *labels, ...)
{
    va_list arguments;
    va_start(arguments, labels);
    append(out, "parley_%s{", out->family);
    append_list(out, labels, arguments);
    append(out, "} ");
    append_number(out, unit, value);
    append(out, "\n");
    va_end(arguments);
}

void exposition_single(struct exposition *out, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    exposition_family(out, name, type, help);
    exposition_value(out, EXPOSITION_ONES, value);
}

void exposition_times(struct exposition *out, const uint64_t *buckets, uint64_t sum_ns,
                      const char *labels)
{
    const char *comma = labels[0] != '\0' ? "," : "";
    uint64_t count = 0;
    for (uint32_t i = 0; i < STATS_BUCKETS; i++) {
        count += buckets[i];
        append(out, "parley_%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", out->family, labels, comma,
               (double)stats_bounds_ns[i] / 1e9, count);
    }
    count += buckets[STATS_BUCKETS];
    append(out, "parley_%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", out->family, labels, comma,
           count);
    const char *open = labels[0] != '\0' ? "{" : "", *close = labels[0] != '\0' ? "}" : "";
    append(out, "parley_%s_sum%s%s%s ", out->family, open, labels, close);
    append_number(out, EXPOSITION_NS, sum_ns);
    append(out, "\nparley_%s_count%s%s%s %" PRIu64 "\n", out->family, open, labels, close, count);
}
