/* draft.h: JSON texts that are put together, with gaps for what only the server
 * knows.
 *
 * A gap stands for an id, a key or a list that the model cannot foresee: six
 * bytes, of which the first never stands in a JSON text. What it may be is for
 * the service's play to say (world.h). */
#ifndef PARLEY_TESTS_SIM_DRAFT_H
#define PARLEY_TESTS_SIM_DRAFT_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/str.h"

enum { TEXT_MAX = 1 << 17, GAP_BYTES = 6 };
#define GAP '\1'

struct draft {
    size_t len;
    char bytes[TEXT_MAX];
};

static inline struct str draft_str(const struct draft *text)
{
    return (struct str){text->bytes, text->len};
}

static inline void add(struct draft *text, struct str more)
{
    CHECK(more.len <= sizeof text->bytes - text->len);
    if (more.len > 0)
        memcpy(text->bytes + text->len, more.base, more.len);
    text->len += more.len;
}

__attribute__((format(printf, 2, 3))) static inline void add_format(struct draft *text,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->bytes + text->len, sizeof text->bytes - text->len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < sizeof text->bytes - text->len);
    text->len += (size_t)len;
}

/* The simulated clients write nothing else that has to be escaped. */
static inline void add_json(struct draft *text, struct str string)
{
    add(text, STR("\""));
    for (size_t i = 0; i < string.len; i++) {
        if (string.base[i] == '"' || string.base[i] == '\\')
            add(text, STR("\\"));
        add(text, (struct str){string.base + i, 1});
    }
    add(text, STR("\""));
}

static inline void add_gap(struct draft *text, char kind, uint32_t number)
{
    char gap[GAP_BYTES] = {GAP, kind};
    memcpy(gap + 2, &number, sizeof number);
    add(text, (struct str){gap, sizeof gap});
}

#endif
