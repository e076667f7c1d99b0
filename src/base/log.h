/* log.h: one line per event on standard error: a moment, a level, what happened, and named values.
 *
 *     log_info("listening", log_text("address", address), log_number("workers", workers));
 *
 * A line is one write, so lines of several threads do not mix. Nobody waits for whoever reads the
 * log: lines that it does not take are lost, and their number is told when it reads again. Texts
 * from outside are escaped and cut; nobody hands in the content of a message. Used by main, net,
 * store and runtime, never by services.
 * log_start is called once, before there are threads. */
#ifndef PARLEY_BASE_LOG_H
#define PARLEY_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format {
    LOG_TEXT, /* 2026-01-31T23:59:59.999Z INFO  listening address=127.0.0.1:8080 */
    LOG_JSON /* {"time":"2026-…","level":"info","message":"listening","address":"127.0.0.1:8080"} */
};

struct log_field {
    const char *key; /* NULL ends a list */
    bool is_number;
    struct str text;
    int64_t number;
};

static inline struct log_field log_text(const char *key, struct str value)
{
    return (struct log_field){.key = key, .text = value};
}
static inline struct log_field log_number(const char *key, int64_t value)
{
    return (struct log_field){.key = key, .is_number = true, .number = value};
}
/* A text that ends with a NUL. */
struct log_field log_string(const char *key, const char *value);
/* What `error`, an errno or its negative, means, under the key "error". */
struct log_field log_system_error(int error);

/* `event`: a short phrase that never changes, so that it can be searched for. */
#define log_error(...) LOG_FIELDS(LOG_ERROR, __VA_ARGS__, LOG_END)
#define log_warn(...) LOG_FIELDS(LOG_WARN, __VA_ARGS__, LOG_END)
#define log_info(...) LOG_FIELDS(LOG_INFO, __VA_ARGS__, LOG_END)
#define log_debug(...) LOG_FIELDS(LOG_DEBUG, __VA_ARGS__, LOG_END)

/* LOG_INFO and LOG_TEXT until this is called. */
void log_start(enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);
/* The level may be changed at any time, by any thread. */
enum log_level log_get_level(void);
void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *event, const struct log_field *fields);

#define LOG_END ((struct log_field){.key = NULL})
/* The fields are only evaluated when the level is wanted. */
#define LOG_FIELDS(level, event, ...)                                                              \
    do {                                                                                           \
        if (log_enabled(level))                                                                    \
            log_write(level, event, (const struct log_field[]){__VA_ARGS__});                      \
    } while (0)

#endif
