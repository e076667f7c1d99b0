#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

/* A pipe takes this much at once or not at all (PIPE_BUF), so lines stay whole. */
enum { LINE_BYTES_MAX = 4096, TEXT_BYTES_MAX = 256 };

struct line {
    size_t len;
    char bytes[LINE_BYTES_MAX];
    bool full; /* something did not fit */
};

static atomic_int log_level = LOG_INFO; /* enum log_level */
static enum log_format log_format = LOG_TEXT;

void log_start(enum log_level level, enum log_format format)
{
    log_set_level(level);
    log_format = format;
}

bool log_enabled(enum log_level level)
{
    return level <= log_get_level();
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&log_level, memory_order_relaxed);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

struct log_field log_string(const char *key, const char *value)
{
    return log_text(key, (struct str){value, strlen(value)});
}

struct log_field log_system_error(int error)
{
    const char *description = strerrordesc_np(abs(error));
    return log_string("error", description == NULL ? "unknown error" : description);
}

static void add(struct line *line, const char *bytes, size_t len)
{
    /* Two bytes are kept for the end of the line. */
    if (line->full || len > LINE_BYTES_MAX - 2 - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void add_string(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void add_char(struct line *line, char byte)
{
    add(line, &byte, 1);
}

/* As in JSON. Bytes that are not UTF-8 are shown as the characters of the same number. */
static void add_escaped(struct line *line, struct str text)
{
    struct str whole = text;
    text = utf8_cut(text, TEXT_BYTES_MAX);
    bool valid = utf8_valid(text);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.base[i];
        if (byte == '"' || byte == '\\') {
            char escaped[2] = {'\\', (char)byte};
            add(line, escaped, sizeof escaped);
        } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !valid)) {
            char escaped[8];
            int len = snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            add(line, escaped, (size_t)len);
        } else {
            add_char(line, (char)byte);
        }
    }
    if (text.len < whole.len)
        add_string(line, "…");
}

static void add_quoted(struct line *line, struct str text)
{
    add_char(line, '"');
    add_escaped(line, text);
    add_char(line, '"');
}

static bool is_plain(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.base[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\' || byte == '=')
            return false;
    }
    return text.len > 0 && text.len <= TEXT_BYTES_MAX;
}

static void add_number(struct line *line, int64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    add(line, digits, (size_t)len);
}

static void add_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    char seconds[32];
    size_t len = strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    add(line, seconds, len);
    char milliseconds[16];
    int more = snprintf(milliseconds, sizeof milliseconds, ".%03ldZ", now.tv_nsec / 1000000);
    add(line, milliseconds, (size_t)more);
}

static void add_text_field(struct line *line, const struct log_field *field)
{
    add_char(line, ' ');
    add_string(line, field->key);
    add_char(line, '=');
    if (field->is_number)
        add_number(line, field->number);
    else if (is_plain(field->text))
        add(line, field->text.base, field->text.len);
    else
        add_quoted(line, field->text);
}

static void add_json_field(struct line *line, const struct log_field *field)
{
    add_string(line, ",\"");
    add_string(line, field->key);
    add_string(line, "\":");
    if (field->is_number)
        add_number(line, field->number);
    else
        add_quoted(line, field->text);
}

/* A field is in the line whole or not at all. */
static void add_fields(struct line *line, const struct log_field *fields,
                       void (*add_field)(struct line *line, const struct log_field *field))
{
    for (; fields->key != NULL; fields++) {
        size_t len = line->len;
        add_field(line, fields);
        if (line->full) {
            line->len = len;
            line->full = false;
        }
    }
}

static void write_line(struct line *line, enum log_level level, const char *event,
                       const struct log_field *fields)
{
    static const struct {
        const char *text, *json;
    } names[] = {{"OFF  ", "off"},
                 {"ERROR", "error"},
                 {"WARN ", "warn"},
                 {"INFO ", "info"},
                 {"DEBUG", "debug"}};
    line->len = 0;
    line->full = false;
    if (log_format == LOG_TEXT) {
        add_time(line);
        add_char(line, ' ');
        add_string(line, names[level].text);
        add_char(line, ' ');
        add_string(line, event);
        add_fields(line, fields, add_text_field);
    } else {
        add_string(line, "{\"time\":\"");
        add_time(line);
        add_string(line, "\",\"level\":\"");
        add_string(line, names[level].json);
        add_string(line, "\",\"message\":\"");
        add_string(line, event);
        add_char(line, '"');
        add_fields(line, fields, add_json_field);
        line->bytes[line->len++] = '}';
    }
    line->bytes[line->len++] = '\n';
}

/* False when standard error would have us wait: a pipe or socket whose reader has stopped reading.
 * One that is ready takes a whole line. */
static bool put(const struct line *line)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&ready, 1, 0) == 0)
        return false;
    ssize_t written = write(STDERR_FILENO, line->bytes, line->len);
    (void)written; /* an error: there is nowhere to say so */
    return true;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of what follows, and of putting */
    static int64_t lost;
    struct line line;
    write_line(&line, level, event, fields);
    pthread_mutex_lock(&mutex);
    if (lost > 0) {
        struct line gap;
        write_line(&gap, LOG_WARN, "lines of the log were lost",
                   (const struct log_field[]){log_number("lines", lost), LOG_END});
        if (put(&gap))
            lost = 0;
    }
    if (lost > 0 || !put(&line))
        lost++;
    pthread_mutex_unlock(&mutex);
}
