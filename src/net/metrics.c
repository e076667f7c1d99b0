#include "net/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "net/media.h"
#include "net/worker.h"

struct text {
    char *base;
    size_t len, max;
};

static void append(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->base + text->len, text->max - text->len, format, arguments);
    va_end(arguments);
    /* Label sets are fixed by the protocol, so the size is too. */
    CHECK(len >= 0 && (size_t)len < text->max - text->len);
    text->len += (size_t)len;
}

static void describe(struct text *text, const char *name, const char *type, const char *help)
{
    append(text, "# HELP parley_%s %s\n# TYPE parley_%s %s\n", name, help, name, type);
}

/* One counter's place in struct stats, summed over the workers. */
static uint64_t sum(const struct server *server, size_t offset)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < server->workers_count; i++) {
        const char *stats = (const char *)&server->workers[i].stats;
        total += stat_get((const stat_count *)(const void *)(stats + offset));
    }
    return total;
}

static void write_plain(struct text *text, const struct server *server)
{
    static const struct {
        size_t offset;
        const char *name, *help;
    } counters[] = {
        {offsetof(struct stats, accepted), "accepted_total", "TCP connections accepted."},
        {offsetof(struct stats, upgrades), "upgrades_total", "WebSocket handshakes completed."},
        {offsetof(struct stats, upgrades_refused), "upgrades_refused_total",
         "WebSocket handshakes refused."},
        {offsetof(struct stats, http_requests), "http_requests_total",
         "HTTP requests, handshakes included."},
        {offsetof(struct stats, bytes_in), "received_bytes_total",
         "Bytes received on WebSocket connections."},
        {offsetof(struct stats, bytes_out), "sent_bytes_total",
         "Bytes sent on WebSocket connections."},
        {offsetof(struct stats, messages_in), "received_messages_total",
         "WebSocket messages received."},
        {offsetof(struct stats, messages_out), "sent_frames_total", "WebSocket frames sent."},
        {offsetof(struct stats, binary_ignored), "binary_ignored_total",
         "Binary messages, which are ignored."},
        {offsetof(struct stats, pings_in), "pings_received_total", "Ping frames received."},
        {offsetof(struct stats, pongs_out), "pongs_sent_total", "Pong frames queued in answer."},
        {offsetof(struct stats, egress_replaced), "egress_replaced_total",
         "Queued events that a newer one of the same key took the place of."},
        {offsetof(struct stats, egress_dropped), "egress_dropped_total",
         "Events dropped because the reader lagged."},
        {offsetof(struct stats, egress_overflows), "egress_overflows_total",
         "Readers disconnected because they lagged too far."},
        {offsetof(struct stats, mails_sent), "mails_sent_total",
         "Mails between the workers' instances of a service."},
        {offsetof(struct stats, mails_lost), "mails_lost_total",
         "Mails that found no memory or a full mailbox."},
        {offsetof(struct stats, store_orders_lost), "store_orders_lost_total",
         "Orders that the store could not take."},
        {offsetof(struct stats, turns), "turns_total", "Turns of the event loops."},
        {offsetof(struct stats, reads), "reads_total", "Reads from WebSocket connections."},
        {offsetof(struct stats, writes), "writes_total", "Writes to WebSocket connections."},
    };
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        describe(text, counters[i].name, "counter", counters[i].help);
        append(text, "parley_%s %" PRIu64 "\n", counters[i].name, sum(server, counters[i].offset));
    }
}

static void write_refusals(struct text *text, const struct server *server)
{
    describe(text, "accept_refused_total", "counter", "Connections turned away when accepted.");
    append(text, "parley_accept_refused_total{bound=\"all\"} %" PRIu64 "\n",
           sum(server, offsetof(struct stats, accept_refused_total)));
    append(text, "parley_accept_refused_total{bound=\"address\"} %" PRIu64 "\n",
           sum(server, offsetof(struct stats, accept_refused_address)));
    describe(text, "strikes_total", "counter", "What counts against a client.");
    static const char *const kinds[STRIKES] = {
        [STRIKE_INVALID] = "invalid", [STRIKE_GUESS] = "guess"};
    for (size_t i = 0; i < STRIKES; i++)
        append(text, "parley_strikes_total{kind=\"%s\"} %" PRIu64 "\n", kinds[i],
               sum(server, offsetof(struct stats, strikes) + i * sizeof(stat_count)));
    describe(text, "closes_sent_total", "counter", "Close frames sent, by code.");
    for (size_t i = 0; i < STATS_CLOSE_CODES; i++) {
        uint64_t count =
            sum(server, offsetof(struct stats, close_codes_sent) + i * sizeof(stat_count));
        if (i + 1 < STATS_CLOSE_CODES)
            append(text, "parley_closes_sent_total{code=\"%zu\"} %" PRIu64 "\n", 1000 + i, count);
        else
            append(text, "parley_closes_sent_total{code=\"other\"} %" PRIu64 "\n", count);
    }
}

/* Counters that a service keeps by name: the same array in each service's stats. */
struct family {
    const char *name, *label, *help;
    size_t offset;
    const struct str *(*names)(const struct codec *codec, uint32_t *count);
};

static const struct str *command_names(const struct codec *codec, uint32_t *count)
{
    *count = codec->commands_count;
    return codec->command_names;
}

static const struct str *event_names(const struct codec *codec, uint32_t *count)
{
    *count = codec->events_count;
    return codec->event_names;
}

static const struct str *error_names(const struct codec *codec, uint32_t *count)
{
    *count = codec->errors_count;
    return codec->error_names;
}

static size_t service_offset(uint32_t binding)
{
    return offsetof(struct stats, services) + binding * sizeof(struct service_stats);
}

static void write_family(struct text *text, const struct server *server,
                         const struct family *family)
{
    describe(text, family->name, "counter", family->help);
    for (uint32_t i = 0; i < server->setup->bindings_count; i++) {
        const struct codec *codec = server->setup->bindings[i].codec;
        uint32_t count;
        const struct str *names = family->names(codec, &count);
        for (uint32_t n = 0; n < count; n++)
            append(text, "parley_%s{service=\"%.*s\",%s=\"%.*s\"} %" PRIu64 "\n", family->name,
                   (int)codec->service.len, codec->service.base, family->label, (int)names[n].len,
                   names[n].base,
                   sum(server, service_offset(i) + family->offset + n * sizeof(stat_count)));
    }
}

static void write_services(struct text *text, const struct server *server)
{
    static const struct {
        size_t offset;
        const char *name, *type, *help;
    } singles[] = {
        {offsetof(struct service_stats, sessions), "sessions", "gauge", "Open sessions."},
        {offsetof(struct service_stats, rooms), "rooms", "gauge", "Open rooms."},
        {offsetof(struct service_stats, opened), "sessions_opened_total", "counter",
         "Sessions opened."},
        {offsetof(struct service_stats, moved_out), "sessions_moved_total", "counter",
         "Sessions that moved to another worker."},
        {offsetof(struct service_stats, invalid), "invalid_messages_total", "counter",
         "Messages that did not decode."},
    };
    static const struct family families[] = {
        {"commands_total", "command", "Commands handled.", offsetof(struct service_stats, commands),
         command_names},
        {"events_total", "event", "Events queued, once for each receiver.",
         offsetof(struct service_stats, events), event_names},
        {"errors_total", "error", "Errors answered.", offsetof(struct service_stats, errors),
         error_names},
    };
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        describe(text, singles[i].name, singles[i].type, singles[i].help);
        for (uint32_t n = 0; n < server->setup->bindings_count; n++) {
            struct str service = server->setup->bindings[n].codec->service;
            append(text, "parley_%s{service=\"%.*s\"} %" PRIu64 "\n", singles[i].name,
                   (int)service.len, service.base,
                   sum(server, service_offset(n) + singles[i].offset));
        }
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        write_family(text, server, &families[i]);
}

static void write_media(struct text *text, const struct media *media)
{
    describe(text, "media_peers", "gauge", "Members whose media is relayed.");
    append(text, "parley_media_peers %" PRIu32 "\n", media_peers(media));
    describe(text, "media_received_total", "counter", "Datagrams that were found authentic.");
    append(text, "parley_media_received_total{kind=\"rtp\"} %" PRIu64 "\n",
           media_counted(media, RELAY_RECEIVED_RTP));
    append(text, "parley_media_received_total{kind=\"rtcp\"} %" PRIu64 "\n",
           media_counted(media, RELAY_RECEIVED_RTCP));
    describe(text, "media_sent_total", "counter", "Datagrams sent on, once for each receiver.");
    append(text, "parley_media_sent_total %" PRIu64 "\n", media_counted(media, RELAY_SENT));
    describe(text, "media_latched_total", "counter", "Addresses that were learned or have moved.");
    append(text, "parley_media_latched_total %" PRIu64 "\n", media_counted(media, RELAY_LATCHED));
    describe(text, "media_dropped_total", "counter", "Datagrams that were not sent on, by cause.");
    for (enum relay_count cause = RELAY_DROP_OVERSIZED; cause < RELAY_COUNTS; cause++)
        append(text, "parley_media_dropped_total{cause=\"%s\"} %" PRIu64 "\n",
               relay_count_names[cause], media_counted(media, cause));
    append(text, "parley_media_dropped_total{cause=\"unsent\"} %" PRIu64 "\n", media_unsent(media));
}

static uint64_t resident_bytes(void)
{
    unsigned long long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%llu %llu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t open_descriptors(void)
{
    uint64_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count > 3 ? count - 3 : 0; /* without ".", ".." and the directory itself */
}

static void write_process(struct text *text, const struct server *server)
{
    struct timespec cpu = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    const struct server_setup *setup = server->setup;
    describe(text, "build_info", "gauge", "What is running.");
    append(text, "parley_build_info{version=\"%.*s\",spec_hash=\"%.*s\"} 1\n",
           (int)setup->version.len, setup->version.base, (int)setup->spec_hash.len,
           setup->spec_hash.base);
    describe(text, "workers", "gauge", "Worker threads.");
    append(text, "parley_workers %u\n", server->workers_count);
    describe(text, "sockets", "gauge", "Accepted connections that are open.");
    append(text, "parley_sockets %u\n",
           atomic_load_explicit(&server->admission->sockets, memory_order_relaxed));
    describe(text, "connections", "gauge", "WebSocket connections that are open.");
    append(text, "parley_connections %u\n",
           atomic_load_explicit(&server->admission->sessions, memory_order_relaxed));
    describe(text, "start_time_seconds", "gauge", "Unix time of the start.");
    append(text, "parley_start_time_seconds %" PRIu64 ".%03" PRIu64 "\n", server->started_ms / 1000,
           server->started_ms % 1000);
    describe(text, "cpu_seconds_total", "counter", "CPU time of the process, user and system.");
    append(text, "parley_cpu_seconds_total %lld.%06ld\n", (long long)cpu.tv_sec,
           cpu.tv_nsec / 1000);
    describe(text, "resident_memory_bytes", "gauge", "Memory of the process.");
    append(text, "parley_resident_memory_bytes %" PRIu64 "\n", resident_bytes());
    describe(text, "open_fds", "gauge", "Open file descriptors.");
    append(text, "parley_open_fds %" PRIu64 "\n", open_descriptors());
}

size_t metrics_write(const struct server *server, char *out, size_t out_max)
{
    struct text text = {.base = out, .max = out_max};
    write_process(&text, server);
    write_plain(&text, server);
    write_refusals(&text, server);
    write_services(&text, server);
    if (server->setup->media != NULL)
        write_media(&text, server->setup->media);
    return text.len;
}
