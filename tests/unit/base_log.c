#include "base/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"
#include "tests/unit/test.h"

static char captured[8192];

/* Standard error goes into a pipe from here to capture_end. */
static int capture_start(int pipe_ends[2])
{
    int saved = dup(STDERR_FILENO);
    if (pipe(pipe_ends) != 0 || saved < 0 || dup2(pipe_ends[1], STDERR_FILENO) < 0)
        abort();
    return saved;
}

static struct str capture_end(int pipe_ends[2], int saved)
{
    if (dup2(saved, STDERR_FILENO) < 0)
        abort();
    close(saved);
    close(pipe_ends[1]);
    ssize_t len = read(pipe_ends[0], captured, sizeof(captured));
    close(pipe_ends[0]);
    return (struct str){captured, len < 0 ? 0 : (size_t)len};
}

static struct str written(enum log_level level, enum log_format format, enum log_level of,
                          const char *event, const struct log_field *fields)
{
    int pipe_ends[2];
    log_start(level, format);
    int saved = capture_start(pipe_ends);
    if (log_enabled(of))
        log_write(of, event, fields);
    return capture_end(pipe_ends, saved);
}

/* Without the moment, which is checked for its form: 2026-01-31T23:59:59.999Z. */
static struct str after_time(struct str line)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        bool digit = i < line.len && line.base[i] >= '0' && line.base[i] <= '9';
        if (!EXPECT(i < line.len && (form[i] == 'd' ? digit : line.base[i] == form[i])))
            break;
    }
    return (struct str){line.base + sizeof(form) - 1, line.len - sizeof(form) + 1};
}

TEST(a_line_of_text)
{
    const struct log_field fields[] = {log_text("address", STR("[::1]:8080")),
                                       log_number("workers", -2),
                                       log_text("empty", STR("")),
                                       log_text("odd", STR("a b=\"c\"\n\\é\x7f")),
                                       log_system_error(-98),
                                       LOG_END};
    struct str line = written(LOG_INFO, LOG_TEXT, LOG_INFO, "listening", fields);
    EXPECT_EQ_STR(after_time(line),
                  " INFO  listening address=[::1]:8080 workers=-2 empty=\"\" "
                  "odd=\"a b=\\\"c\\\"\\u000a\\\\é\\u007f\" error=\"Address already in use\"\n");
}

TEST(a_line_of_json)
{
    const struct log_field fields[] = {log_text("odd", STR("\"\t\xff")),
                                       log_number("big", INT64_MIN), LOG_END};
    struct str line = written(LOG_WARN, LOG_JSON, LOG_ERROR, "failed", fields);
    static const char start[] = "{\"time\":\"";
    REQUIRE(line.len > sizeof(start) && memcmp(line.base, start, sizeof(start) - 1) == 0);
    line.base += sizeof(start) - 1;
    line.len -= sizeof(start) - 1;
    EXPECT_EQ_STR(after_time(line), "\",\"level\":\"error\",\"message\":\"failed\","
                                    "\"odd\":\"\\\"\\u0009\\u00ff\","
                                    "\"big\":-9223372036854775808}\n");
}

TEST(levels_are_heeded)
{
    const struct log_field none[] = {LOG_END};
    EXPECT_EQ_INT(written(LOG_WARN, LOG_TEXT, LOG_INFO, "x", none).len, 0);
    EXPECT(written(LOG_WARN, LOG_TEXT, LOG_WARN, "x", none).len > 0);
    EXPECT_EQ_INT(written(LOG_OFF, LOG_TEXT, LOG_ERROR, "x", none).len, 0);
    log_start(LOG_OFF, LOG_TEXT);
    uint32_t evaluated = 0;
    log_error("nobody looks", log_number("n", ++evaluated));
    log_error("nor here");
    EXPECT_EQ_INT(evaluated, 0);
}

TEST(a_line_is_bounded_and_whole)
{
    static char text[10000];
    for (size_t i = 0; i < sizeof(text); i += 2)
        memcpy(text + i, "é", 2);
    struct str odd = {text + 1, sizeof(text) - 1}; /* begins within a character: not UTF-8 */
    struct log_field fields[40];
    for (uint32_t i = 0; i < 39; i++) {
        fields[i] = log_text("key", i % 2 == 0 ? (struct str){text, sizeof(text)} : odd);
    }
    fields[39] = LOG_END;
    struct str line = written(LOG_INFO, LOG_JSON, LOG_INFO, "long", fields);
    EXPECT(line.len <= 4096 && line.len > 2000);
    EXPECT(utf8_valid(line));
    EXPECT_EQ_STR(((struct str){line.base + line.len - 3, 3}), "\"}\n");
}

TEST(a_reader_that_does_not_read_is_not_waited_for)
{
    static const char lost[] = " WARN  lines of the log were lost lines=2\n";
    static char filling[65536];
    int pipe_ends[2];
    log_start(LOG_INFO, LOG_TEXT);
    int saved = capture_start(pipe_ends);
    REQUIRE(fcntl(pipe_ends[1], F_SETPIPE_SZ, 8192) == 8192);
    REQUIRE(write(pipe_ends[1], filling, 8192) == 8192);
    log_info("first", log_number("n", 1));
    log_info("second", log_number("n", 2));
    REQUIRE(read(pipe_ends[0], filling, 8192) == 8192);
    log_info("third", log_number("n", 3));
    struct str told = after_time(capture_end(pipe_ends, saved));
    REQUIRE(told.len > sizeof lost && memcmp(told.base, lost, sizeof lost - 1) == 0);
    told = (struct str){told.base + sizeof lost - 1, told.len - sizeof lost + 1};
    EXPECT_EQ_STR(after_time(told), " INFO  third n=3\n");
}
