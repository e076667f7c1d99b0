/* The metrics as text: whatever the numbers are, they fit. */
#include "net/http/metrics.h"

#include <stdlib.h>

#include "base/check.h"
#include "generated/chat_codec.h"
#include "generated/game_codec.h"
#include "generated/live_codec.h"
#include "net/worker.h"
#include "runtime/store_link.h"
#include "tests/unit/test.h"

static const struct hub_binding bindings[] = {
    {.codec = &chat_codec}, {.codec = &live_codec}, {.codec = &game_codec}};

static void large_status(const void *context, struct store_status *status)
{
    (void)context;
    memset(status, 0xff, sizeof *status);
    for (uint32_t part = 0; part < STORE_PARTS; part++)
        status->parts[part] = STORE_HEALTHY;
    status->full = status->damaged = status->unconfirmed = false;
}

static const struct store_link store = {.status = large_status};
static const struct server_setup setup = {
    .bindings = bindings,
    .bindings_count = 3,
    .store = &store,
    .version = STR_INIT("1000.1000.1000"),
    .spec_hash = STR_INIT("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
};

static void wake(void *context)
{
    (void)context;
}

/* A server of one worker that has never run, and counts as `byte` says. */
static struct server *new_server(uint8_t byte)
{
    static const struct admission_limits limits = {.sockets_max = 10, .sessions_max = 5};
    static const uint8_t hash_key[16];
    struct server *server = calloc(1, sizeof *server);
    CHECK(server != NULL);
    server->setup = &setup;
    server->started_ms = UINT64_MAX;
    server->admission = admission_new(&limits, hash_key, true);
    server->workers = calloc(1, sizeof *server->workers);
    CHECK(server->admission != NULL && server->workers != NULL);
    server->workers_count = 1;
    server->workers[0].server = server;
    memset(&server->workers[0].stats, byte, sizeof server->workers[0].stats);
    server->workers[0].mailbox = mailbox_new(10, 1000, wake, NULL);
    CHECK(server->workers[0].mailbox != NULL);
    return server;
}

static void server_free(struct server *server)
{
    mailbox_free(server->workers[0].mailbox);
    admission_free(server->admission);
    free(server->workers);
    free(server);
}

/* Whether a line of the text is this. */
static bool has_line(const char *text, const char *line)
{
    size_t len = strlen(line);
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return true;
    }
    return false;
}

TEST(the_largest_numbers_fit)
{
    static char text[METRICS_BYTES_MAX];
    struct server *server = new_server(0xff);
    size_t len = metrics_write(&server->workers[0], text, sizeof text);
    /* A server also has a relay for media, whose lines are few: a quarter is left for them. */
    EXPECT(len > 0 && len < METRICS_BYTES_MAX / 4 * 3);
    EXPECT(has_line(text, "parley_received_bytes_total 18446744073709551615"));
    server_free(server);
}

TEST(durations_are_cumulated)
{
    static char text[METRICS_BYTES_MAX];
    struct server *server = new_server(0);
    static const uint64_t took_ns[] = {0, 1000, 1001, 1000000000, 1000000001, 5000000000};
    for (size_t i = 0; i < sizeof took_ns / sizeof took_ns[0]; i++)
        stat_time(&server->workers[0].stats.turn_times, took_ns[i]);
    size_t len = metrics_write(&server->workers[0], text, sizeof text);
    text[len] = '\0';
    EXPECT(has_line(text, "parley_turn_duration_seconds_bucket{le=\"1e-06\"} 2"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_bucket{le=\"2.5e-06\"} 3"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_bucket{le=\"0.25\"} 3"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_bucket{le=\"1\"} 4"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_bucket{le=\"+Inf\"} 6"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_count 6"));
    EXPECT(has_line(text, "parley_turn_duration_seconds_sum 7.000002002"));
    EXPECT(has_line(text, "parley_handler_duration_seconds_count{service=\"game\"} 0"));
    EXPECT(has_line(text, "parley_store_lag_seconds 18446744073709551.615"));
    server_free(server);
}

TEST(there_is_room_until_the_bound_and_none_while_stopping)
{
    static char text[METRICS_BYTES_MAX];
    struct server *server = new_server(0);
    for (uint32_t i = 0; i < 2; i++)
        EXPECT(admission_session_enter(server->admission));
    text[metrics_write(&server->workers[0], text, sizeof text)] = '\0';
    EXPECT(has_line(text, "parley_sessions_headroom 3"));
    atomic_store(&server->stopping, true);
    text[metrics_write(&server->workers[0], text, sizeof text)] = '\0';
    EXPECT(has_line(text, "parley_sessions_headroom 0"));
    server_free(server);
}
