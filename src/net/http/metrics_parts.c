#include "net/http/metrics_parts.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "net/http/exposition.h"
#include "net/http/readiness.h"
#include "net/media.h"
#include "net/worker.h"

/* The process. */

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
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return (uint64_t)status.st_size; /* since Linux 6.2 */
    uint64_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count > 3 ? count - 3 : 0; /* without ".", ".." and the directory itself */
}

static uint64_t descriptors_max(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

static uint64_t left(uint64_t max, uint64_t taken)
{
    return max > taken ? max - taken : 0;
}

/* How many more sessions there is room for. */
static uint64_t headroom(const struct admission_limits *limits, uint64_t sockets, uint64_t sessions,
                         uint64_t descriptors)
{
    uint64_t room = left(limits->sessions_max, sessions);
    uint64_t sockets_left = left(limits->sockets_max, sockets);
    uint64_t descriptors_left = left(descriptors_max(), descriptors);
    room = sockets_left < room ? sockets_left : room;
    room = descriptors_left < room ? descriptors_left : room;
    return room;
}

static void write_places(struct exposition *out, const struct worker *worker)
{
    const struct admission *admission = worker->server->admission;
    bool ready = readiness_fault(worker).len == 0;
    uint64_t sockets = atomic_load_explicit(&admission->sockets, memory_order_relaxed);
    uint64_t sessions = atomic_load_explicit(&admission->sessions, memory_order_relaxed);
    uint64_t descriptors = open_descriptors();
    exposition_single(out, "ready", "gauge", "1 while /readyz says so, else 0.", ready);
    exposition_single(out, "sockets", "gauge", "Accepted connections that are open.", sockets);
    exposition_single(out, "connections", "gauge", "WebSocket connections that are open.",
                      sessions);
    exposition_single(out, "connections_max", "gauge",
                      "WebSocket connections that may be open (--connections-max).",
                      admission->limits.sessions_max);
    exposition_single(out, "sessions_headroom", "gauge",
                      "How many more sessions there is room for, by connections and descriptors; "
                      "0 while the server is not ready.",
                      ready ? headroom(&admission->limits, sockets, sessions, descriptors) : 0);
    exposition_single(out, "open_fds", "gauge", "Open file descriptors.", descriptors);
    exposition_single(out, "max_fds", "gauge", "File descriptors that the process may have open.",
                      descriptors_max());
}

void metrics_write_process(struct exposition *out, const struct worker *worker)
{
    const struct server *server = worker->server;
    const struct server_setup *setup = server->setup;
    struct timespec cpu = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    exposition_family(out, "build_info", "gauge", "What is running.");
    exposition_sample(out, EXPOSITION_ONES, 1, "version=\"%.*s\",spec_hash=\"%.*s\"",
                      (int)setup->version.len, setup->version.base, (int)setup->spec_hash.len,
                      setup->spec_hash.base);
    exposition_family(out, "start_time_seconds", "gauge", "Unix time of the start.");
    exposition_value(out, EXPOSITION_MS, server->started_ms);
    exposition_family(out, "cpu_seconds_total", "counter",
                      "CPU time of the process, user and system.");
    exposition_value(out, EXPOSITION_NS, (uint64_t)cpu.tv_sec * 1000000000 + (uint64_t)cpu.tv_nsec);
    exposition_single(out, "resident_memory_bytes", "gauge", "Memory of the process.",
                      resident_bytes());
    exposition_single(out, "workers", "gauge", "Worker threads.", server->workers_count);
    write_places(out, worker);
}

/* The store. */

static const char *const part_names[STORE_PARTS] = {
    [STORE_PART_JOURNAL] = "journal",
    [STORE_PART_REDIS] = "redis",
    [STORE_PART_MONGODB] = "mongodb",
};

static const char *const health_names[STORE_HEALTHS] = {
    [STORE_DISABLED] = "disabled",
    [STORE_HEALTHY] = "healthy",
    [STORE_CONNECTING] = "connecting",
    [STORE_AWAY] = "away",
};

static void write_store_parts(struct exposition *out, const struct store_status *status)
{
    exposition_family(out, "store_state", "gauge", "1 for the state that a part is in, else 0.");
    for (uint32_t part = 0; part < STORE_PARTS; part++)
        for (uint32_t health = 0; health < STORE_HEALTHS; health++)
            exposition_sample(out, EXPOSITION_ONES, status->parts[part] == health,
                              "part=\"%s\",state=\"%s\"", part_names[part], health_names[health]);
    exposition_family(out, "store_errors_total", "counter", "Errors that each part answered.");
    for (uint32_t part = 0; part < STORE_PARTS; part++)
        exposition_sample(out, EXPOSITION_ONES, status->errors_total[part], "part=\"%s\"",
                          part_names[part]);
}

void metrics_write_store(struct exposition *out, const struct server *server)
{
    const struct store_link *store = server->setup->store;
    struct store_status status;
    if (store == NULL)
        return;
    store->status(store->context, &status);
    write_store_parts(out, &status);
    exposition_single(out, "store_full", "gauge",
                      "1 while the journal's bound is reached and new rooms are refused.",
                      status.full);
    exposition_family(out, "store_lag_seconds", "gauge",
                      "Age of the oldest order that is not yet in the journal.");
    exposition_value(out, EXPOSITION_MS, status.lag_ms);
    exposition_family(out, "store_ship_lag_seconds", "gauge",
                      "Age of the oldest entry that is not yet in MongoDB.");
    exposition_value(out, EXPOSITION_MS, status.ship_lag_ms);
    exposition_single(out, "store_waiting_orders", "gauge", "Orders given, not yet in the journal.",
                      status.orders_waiting);
    exposition_single(out, "store_waiting_entries", "gauge",
                      "Entries in the journal, not yet in MongoDB.", status.entries_waiting);
    exposition_single(out, "store_set_aside_entries", "gauge",
                      "Entries that MongoDB refuses, set aside in the journal.",
                      status.entries_aside);
    exposition_single(out, "store_kept_entries", "gauge", "Entries in the journal.",
                      status.entries_kept);
    exposition_single(out, "store_journal_bytes", "gauge", "Size of the journal's files.",
                      status.journal_bytes);
    exposition_single(out, "store_entries_total", "counter", "Entries written to the journal.",
                      status.entries_total);
    exposition_single(out, "store_commits_total", "counter", "Transactions of the journal.",
                      status.commits_total);
    exposition_single(out, "store_shipped_entries_total", "counter",
                      "Entries that MongoDB has taken.", status.shipped_total);
    exposition_single(out, "store_cached_states_total", "counter",
                      "Players' states that Redis has taken.", status.cached_total);
    exposition_single(out, "store_dropped_entries_total", "counter",
                      "Entries that found no room in the journal.", status.dropped_total);
}

/* The media relay. */

void metrics_write_media(struct exposition *out, const struct server *server)
{
    const struct media *media = server->setup->media;
    if (media == NULL)
        return;
    exposition_single(out, "media_peers", "gauge", "Members whose media is relayed.",
                      media_peers(media));
    exposition_family(out, "media_received_total", "counter",
                      "Datagrams that were found authentic.");
    exposition_sample(out, EXPOSITION_ONES, media_counted(media, RELAY_RECEIVED_RTP),
                      "kind=\"rtp\"");
    exposition_sample(out, EXPOSITION_ONES, media_counted(media, RELAY_RECEIVED_RTCP),
                      "kind=\"rtcp\"");
    exposition_single(out, "media_sent_total", "counter",
                      "Datagrams sent on, once for each receiver.",
                      media_counted(media, RELAY_SENT));
    exposition_single(out, "media_latched_total", "counter",
                      "Addresses that were learned or have moved.",
                      media_counted(media, RELAY_LATCHED));
    exposition_family(out, "media_dropped_total", "counter",
                      "Datagrams that were not sent on, by cause.");
    for (enum relay_count cause = RELAY_DROP_OVERSIZED; cause < RELAY_COUNTS; cause++)
        exposition_sample(out, EXPOSITION_ONES, media_counted(media, cause), "cause=\"%s\"",
                          relay_count_names[cause]);
    exposition_sample(out, EXPOSITION_ONES, media_unsent(media), "cause=\"unsent\"");
}
