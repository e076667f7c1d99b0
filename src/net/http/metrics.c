#include "net/http/metrics.h"

#include <stdio.h>

#include "net/http/exposition.h"
#include "net/http/metrics_parts.h"
#include "net/tally.h"
#include "net/worker.h"

/* The counts at one place of struct stats, summed over the workers. */
static uint64_t sum(const struct server *server, size_t offset)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < server->workers_count; i++) {
        const char *stats = (const char *)&server->workers[i].stats;
        total += stat_get((const stat_count *)(const void *)(stats + offset));
    }
    return total;
}

/* An array's place in struct stats, and one in it. */
static uint64_t sum_at(const struct server *server, size_t offset, size_t index)
{
    return sum(server, offset + index * sizeof(stat_count));
}

static size_t service_offset(uint32_t binding)
{
    return offsetof(struct stats, services) + binding * sizeof(struct service_stats);
}

/* Numbers without labels. */

static void write_plain(struct exposition *out, const struct server *server)
{
    static const struct {
        size_t offset;
        const char *name, *type, *help;
    } numbers[] = {
        {offsetof(struct stats, accepted), "accepted_total", "counter",
         "TCP connections accepted."},
        {offsetof(struct stats, proxy_headers_refused), "proxy_headers_refused_total", "counter",
         "Connections of proxies closed for a PROXY header that was wrong or late."},
        {offsetof(struct stats, upgrades), "upgrades_total", "counter",
         "WebSocket handshakes completed."},
        {offsetof(struct stats, upgrades_refused), "upgrades_refused_total", "counter",
         "WebSocket handshakes refused."},
        {offsetof(struct stats, tokens_refused), "tokens_refused_total", "counter",
         "Handshakes and requests refused for their token, or for lack of one."},
        {offsetof(struct stats, tokens_expired), "tokens_expired_total", "counter",
         "Connections closed because their token had expired."},
        {offsetof(struct stats, bytes_in), "received_bytes_total", "counter",
         "Bytes received on WebSocket connections."},
        {offsetof(struct stats, bytes_out), "sent_bytes_total", "counter",
         "Bytes sent on WebSocket connections."},
        {offsetof(struct stats, messages_in), "received_messages_total", "counter",
         "WebSocket messages received."},
        {offsetof(struct stats, messages_out), "sent_frames_total", "counter",
         "WebSocket frames sent."},
        {offsetof(struct stats, binary_ignored), "binary_ignored_total", "counter",
         "Binary messages, which are ignored."},
        {offsetof(struct stats, pings_in), "pings_received_total", "counter",
         "Ping frames received."},
        {offsetof(struct stats, pongs_out), "pongs_sent_total", "counter",
         "Pong frames queued in answer."},
        {offsetof(struct stats, reads), "reads_total", "counter",
         "Reads from WebSocket connections."},
        {offsetof(struct stats, writes), "writes_total", "counter",
         "Writes to WebSocket connections."},
        {offsetof(struct stats, waiting_sessions), "waiting_connections", "gauge",
         "Connections whose peer does not take what is sent, at the last look (about one a "
         "second)."},
        {offsetof(struct stats, waiting_messages), "waiting_messages", "gauge",
         "Frames that wait in the queues of these connections."},
        {offsetof(struct stats, waiting_bytes), "waiting_bytes", "gauge",
         "Bytes that wait in the queues of these connections."},
        {offsetof(struct stats, mails_sent), "mails_sent_total", "counter",
         "Mails between the workers' instances of a service."},
        {offsetof(struct stats, mails_lost), "mails_lost_total", "counter",
         "Mails that found no memory or a full mailbox."},
        {offsetof(struct stats, store_orders_lost), "store_lost_orders_total", "counter",
         "Orders that the store could not take."},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        exposition_single(out, numbers[i].name, numbers[i].type, numbers[i].help,
                          sum(server, numbers[i].offset));
}

static void write_mailboxes(struct exposition *out, const struct server *server)
{
    uint64_t letters = 0, bytes = 0;
    for (uint32_t i = 0; i < server->workers_count; i++) {
        letters += mailbox_letters(server->workers[i].mailbox);
        bytes += mailbox_bytes(server->workers[i].mailbox);
    }
    exposition_single(out, "mailbox_letters", "gauge",
                      "Connections and mails on their way between workers.", letters);
    exposition_single(out, "mailbox_bytes", "gauge", "Memory of these.", bytes);
}

/* Numbers by a label of a fixed set. */

static void write_by_name(struct exposition *out, const struct server *server, size_t offset,
                          const char *label, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exposition_sample(out, EXPOSITION_ONES, sum_at(server, offset, i), "%s=\"%s\"", label,
                          names[i]);
}

/* Counts of tally.h: one for each number, and one for all others. */
static void write_by_number(struct exposition *out, const struct server *server, size_t offset,
                            const char *label, const uint16_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        exposition_sample(out, EXPOSITION_ONES, sum_at(server, offset, i), "%s=\"%u\"", label,
                          numbers[i]);
    exposition_sample(out, EXPOSITION_ONES, sum_at(server, offset, count), "%s=\"other\"", label);
}

static void write_labelled(struct exposition *out, const struct server *server)
{
    static const char *const strikes[STRIKES] = {
        [STRIKE_INVALID] = "invalid", [STRIKE_GUESS] = "guess"};
    exposition_family(
        out, "accept_refused_total", "counter",
        "Connections turned away when accepted; those of proxies, when their client is known.");
    exposition_sample(out, EXPOSITION_ONES,
                      sum(server, offsetof(struct stats, accept_refused_total)), "bound=\"all\"");
    exposition_sample(out, EXPOSITION_ONES,
                      sum(server, offsetof(struct stats, accept_refused_address)),
                      "bound=\"address\"");
    exposition_family(out, "connections_ended_total", "counter",
                      "WebSocket connections that ended, by whose doing.");
    write_by_name(out, server, offsetof(struct stats, ended), "by", stats_end_names, STATS_ENDS);
    exposition_family(out, "strikes_total", "counter", "What counts against a client.");
    write_by_name(out, server, offsetof(struct stats, strikes), "kind", strikes, STRIKES);
    exposition_family(out, "http_requests_total", "counter",
                      "HTTP requests answered, handshakes included (101), by status.");
    write_by_number(out, server, offsetof(struct stats, http_answers), "status",
                    tally_http_statuses, STATS_HTTP_STATUSES);
    exposition_family(out, "closes_sent_total", "counter", "Close frames sent, by code.");
    write_by_number(out, server, offsetof(struct stats, closes_sent), "code", tally_close_codes,
                    STATS_CLOSE_CODES);
    exposition_family(out, "closes_received_total", "counter",
                      "Close frames received, by code; 1005: without one.");
    write_by_number(out, server, offsetof(struct stats, closes_received), "code", tally_close_codes,
                    STATS_CLOSE_CODES);
}

/* Services. */

static struct str service_name(const struct server *server, uint32_t binding)
{
    return server->setup->bindings[binding].codec->service;
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

static void write_family(struct exposition *out, const struct server *server,
                         const struct family *family)
{
    exposition_family(out, family->name, "counter", family->help);
    for (uint32_t i = 0; i < server->setup->bindings_count; i++) {
        struct str service = service_name(server, i);
        uint32_t count;
        const struct str *names = family->names(server->setup->bindings[i].codec, &count);
        for (uint32_t n = 0; n < count; n++)
            exposition_sample(out, EXPOSITION_ONES,
                              sum_at(server, service_offset(i) + family->offset, n),
                              "service=\"%.*s\",%s=\"%.*s\"", (int)service.len, service.base,
                              family->label, (int)names[n].len, names[n].base);
    }
}

static void write_services(struct exposition *out, const struct server *server)
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
        exposition_family(out, singles[i].name, singles[i].type, singles[i].help);
        for (uint32_t n = 0; n < server->setup->bindings_count; n++) {
            struct str service = service_name(server, n);
            exposition_sample(out, EXPOSITION_ONES,
                              sum(server, service_offset(n) + singles[i].offset),
                              "service=\"%.*s\"", (int)service.len, service.base);
        }
    }
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        write_family(out, server, &families[i]);
}

/* What protocol.yaml calls the event's delivery. */
static const char *delivery_name(enum delivery delivery)
{
    switch (delivery) {
    case DELIVERY_LATEST:
        return "latest";
    case DELIVERY_VOLATILE:
        return "volatile";
    case DELIVERY_RELIABLE:
    case DELIVERY_SEAL:
    case DELIVERY_SEAL_ALL:
        break;
    }
    return "reliable";
}

/* The counts at `offset` of a service, for the deliveries of one name. */
static uint64_t sum_delivery(const struct server *server, uint32_t binding, size_t offset,
                             const char *name)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < STATS_DELIVERIES; i++)
        if (delivery_name((enum delivery)i) == name)
            total += sum_at(server, service_offset(binding) + offset, i);
    return total;
}

static void write_deliveries(struct exposition *out, const struct server *server)
{
    static const struct {
        size_t offset;
        const char *name, *help;
    } families[] = {
        {offsetof(struct service_stats, replaced), "egress_replaced_total",
         "Queued events of which a newer one took the place, since the reader lagged."},
        {offsetof(struct service_stats, dropped), "egress_dropped_total",
         "Events dropped because the reader lagged."},
        {offsetof(struct service_stats, overflowed), "egress_overflows_total",
         "Readers disconnected because they lagged too far, by the event that found no room."},
    };
    static const enum delivery kinds[] = {DELIVERY_RELIABLE, DELIVERY_LATEST, DELIVERY_VOLATILE};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        exposition_family(out, families[i].name, "counter", families[i].help);
        for (uint32_t n = 0; n < server->setup->bindings_count; n++) {
            struct str service = service_name(server, n);
            for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
                exposition_sample(
                    out, EXPOSITION_ONES,
                    sum_delivery(server, n, families[i].offset, delivery_name(kinds[k])),
                    "service=\"%.*s\",delivery=\"%s\"", (int)service.len, service.base,
                    delivery_name(kinds[k]));
        }
    }
}

/* Times. */

/* The struct stat_times at `offset` of struct stats. */
static void write_times(struct exposition *out, const struct server *server, size_t offset,
                        const char *labels)
{
    uint64_t buckets[STATS_BUCKETS + 1];
    for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++)
        buckets[i] = sum_at(server, offset + offsetof(struct stat_times, buckets), i);
    exposition_times(out, buckets, sum(server, offset + offsetof(struct stat_times, sum_ns)),
                     labels);
}

static void write_durations(struct exposition *out, const struct server *server)
{
    exposition_family(out, "turn_duration_seconds", "histogram",
                      "Turns of the workers' event loops, from waking up to having sent "
                      "everything.");
    write_times(out, server, offsetof(struct stats, turn_times), "");
    exposition_family(out, "handler_duration_seconds", "histogram",
                      "Handling of messages, from text to queued events; of each turn of a worker "
                      "the first message.");
    for (uint32_t i = 0; i < server->setup->bindings_count; i++) {
        struct str service = service_name(server, i);
        char labels[64];
        snprintf(labels, sizeof labels, "service=\"%.*s\"", (int)service.len, service.base);
        write_times(out, server, service_offset(i) + offsetof(struct service_stats, handler_times),
                    labels);
    }
}

size_t metrics_write(const struct worker *worker, char *text, size_t text_max)
{
    const struct server *server = worker->server;
    struct exposition out = {.base = text, .max = text_max};
    metrics_write_process(&out, worker);
    write_plain(&out, server);
    write_labelled(&out, server);
    write_mailboxes(&out, server);
    write_services(&out, server);
    write_deliveries(&out, server);
    write_durations(&out, server);
    metrics_write_store(&out, server);
    metrics_write_media(&out, server);
    return out.len;
}
