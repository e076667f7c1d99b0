/* load.c: puts a measured load on the server or on the floor (floor.c), and checks every byte that
 * comes back. bench/README.md says how it is used; `bench_load --help` lists the options.
 *
 * Each message carries its sender, its number and a moment; the receiver holds the whole text
 * against what it must be, so that a lost, doubled, reordered, crossed or changed message ends the
 * run with an error. One thread; everything is bounded in count and by --time-limit. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "form.h"
#include "histogram.h"

#define USERNAME "bench-user"

enum {
    CLIENTS_MAX = 30000,
    EVENTS_MAX = 256,
    OUT_BYTES = 1 << 18,
    BYTES_MAX = 2000,     /* content that every service takes */
    CHANNEL_MEMBERS = 100 /* of mode members; the other modes of live have one channel */
};

struct load;

struct mode {
    const char *name, *help;
    const char *floor; /* what the floor is asked for */
    void (*prepare)(struct load *load);
    void (*run)(struct load *load, uint64_t messages);
    bool warm_up; /* run is called before, with a tenth of the messages */
    bool live;    /* speaks live, not chat */
};

struct options {
    const struct mode *mode;
    struct client_target target;
    bool floor, step;
    uint32_t clients, in_flight, bytes;
    uint64_t messages, rate;
    uint32_t time_limit_s;
};

struct stamp {
    uint32_t sender, number;
    uint64_t moment_ns;
};

struct load {
    struct options options;
    struct client *clients;
    uint32_t open;
    int epoll;
    struct form say, hear;
    uint64_t goal, sent, delivered; /* messages of this run; a broadcast is delivered many times */
    bool replies;                   /* a message delivered causes the next one */
    uint8_t out[OUT_BYTES];         /* what is to be sent after the present read */
    size_t out_len;
    struct histogram latency;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* --- messages --- */

/* Appends the client's next message to load->out. */
static void say(struct load *load, struct client *client, uint64_t moment_ns)
{
    if (sizeof load->out - load->out_len < CLIENT_HEADER_MAX + load->say.len)
        fail("more than %zu bytes to send at once", sizeof load->out);
    char *stamp = load->say.bytes + load->say.stamp_at;
    write_hex(stamp, client->number, 8);
    write_hex(stamp + 8, client->sent++, 8);
    write_hex(stamp + 16, moment_ns, 16);
    struct str payload = {load->say.bytes, load->say.len};
    load->out_len += client_frame(client, load->out + load->out_len, payload);
    load->sent++;
}

static void flush(struct load *load, const struct client *client)
{
    if (load->out_len > 0)
        client_send(client, load->out, load->out_len);
    load->out_len = 0;
}

static struct stamp check(const struct load *load, const struct client *client, struct str payload)
{
    if (!form_fits(&load->hear, payload))
        fail("connection %u got: %.*s", client->number, (int)payload.len, payload.base);
    const char *at = payload.base + load->hear.stamp_at;
    return (struct stamp){(uint32_t)read_hex(at, 8), (uint32_t)read_hex(at + 8, 8),
                          read_hex(at + 16, 16)};
}

/* --- opening --- */

static void open_clients(struct load *load, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        client_open(&load->clients[i], &load->options.target, i);
        client_await_greeting(&load->clients[i]);
        load->open++;
    }
}

static void watch_clients(struct load *load)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < load->open; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &load->clients[i]};
        if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->clients[i].fd, &event) != 0)
            fail("epoll_ctl: %s", strerror(errno));
    }
}

/* Waits for a message that begins so; returns what follows. */
static struct str expect(struct client *client, const char *begins, char buffer[CLIENT_PAYLOAD_MAX])
{
    struct str text = client_receive(client, buffer);
    size_t len = strlen(begins);
    if (text.len < len || memcmp(text.base, begins, len) != 0)
        fail("connection %u expected %s, got %.*s", client->number, begins, (int)text.len,
             text.base);
    return (struct str){text.base + len, text.len - len};
}

static void join_room(struct client *host, struct client *guest)
{
    char buffer[CLIENT_PAYLOAD_MAX], join[64];
    struct client *both[] = {host, guest};
    for (int i = 0; i < 2; i++) {
        client_say(both[i], STR("{\"type\":\"set_username\",\"username\":\"" USERNAME "\"}"));
        expect(both[i], "{\"type\":\"username_set\"", buffer);
    }
    client_say(host, STR("{\"type\":\"create_room\"}"));
    struct str code = expect(host, "{\"type\":\"room_created\",\"room_code\":\"", buffer);
    int len = snprintf(join, sizeof join, "{\"type\":\"join_room\",\"room_code\":\"%.6s\"}",
                       code.len < 6 ? "" : code.base);
    client_say(guest, (struct str){join, (size_t)len});
    expect(guest, "{\"type\":\"room_joined\"", buffer);
    expect(host, "{\"type\":\"partner_joined\"", buffer);
}

static void open_pairs(struct load *load)
{
    open_clients(load, load->options.clients);
    for (uint32_t i = 0; i < load->open && !load->options.floor; i += 2)
        join_room(&load->clients[i], &load->clients[i + 1]);
}

/* Says who it is and enters a channel; those who are there already hear of it later. */
static void join_channel(struct client *client, uint32_t members)
{
    char buffer[CLIENT_PAYLOAD_MAX], text[128];
    uint32_t n = client->number, channel = n / members;
    int len = snprintf(text, sizeof text,
                       "{\"op\":3,\"d\":{\"user_id\":\"user_%u\",\"token\":\"bench\"}}", n);
    client_say(client, (struct str){text, (size_t)len});
    expect(client, "{\"op\":4,", buffer);
    if (n % members == 0) {
        len = snprintf(text, sizeof text,
                       "{\"op\":10,\"d\":{\"channel_id\":\"bench_%u_%u\",\"channel_name\":\"b\","
                       "\"capacity\":%u}}",
                       members, channel, members);
        client_say(client, (struct str){text, (size_t)len});
        expect(client, "{\"op\":200,\"d\":{\"op\":10,", buffer);
    }
    len = snprintf(text, sizeof text,
                   "{\"op\":11,\"d\":{\"channel_id\":\"bench_%u_%u\",\"ssrc\":%u}}", members,
                   channel, n + 1);
    client_say(client, (struct str){text, (size_t)len});
    expect(client, "{\"op\":200,\"d\":{\"op\":11,", buffer);
}

/* Opens all connections, `members` of them in each channel, and reads that the others came. */
static void open_members(struct load *load, uint32_t members)
{
    char buffer[CLIENT_PAYLOAD_MAX];
    open_clients(load, load->options.clients);
    if (load->options.floor)
        return;
    for (uint32_t i = 0; i < load->open; i++) {
        join_channel(&load->clients[i], members);
        for (uint32_t k = i / members * members; k < i; k++)
            expect(&load->clients[k], "{\"op\":100,\"d\":{\"event\":\"join\"", buffer);
    }
}

/* --- the measured part --- */

/* How many hear a message. */
static uint32_t hearers(const struct load *load)
{
    return strcmp(load->options.mode->floor, "cast") == 0 ? load->open : 1;
}

static void take_message(void *context, struct client *client, struct str payload)
{
    struct load *load = context;
    struct stamp stamp = check(load, client, payload);
    const char *floor = load->options.mode->floor;
    uint32_t sender = strcmp(floor, "echo") == 0   ? client->number
                      : strcmp(floor, "cast") == 0 ? 0
                                                   : client->number ^ 1;
    if (stamp.sender != sender || stamp.number != client->received++)
        fail("connection %u expected message %u of %u, got %u of %u", client->number,
             client->received - 1, sender, stamp.number, stamp.sender);
    load->delivered++;
    if (load->options.rate > 0)
        histogram_add(&load->latency, now_ns() - stamp.moment_ns);
    if (load->replies && load->sent < load->goal)
        say(load, client, 0);
}

/* Waits for input at any client (timeout as epoll_wait's) and takes it. */
static void take_input(struct load *load, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(load->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct client *client = events[i].data.ptr;
        client_read(client, take_message, load);
        flush(load, client);
    }
}

/* Messages go to and fro: --in-flight of them per pair, or per connection of an echo. */
static void run_ping_pong(struct load *load, uint64_t messages)
{
    uint32_t step = strcmp(load->options.mode->floor, "echo") == 0 ? 1 : 2;
    load->goal = messages;
    load->replies = true;
    for (uint32_t i = 0; i < load->open; i += step) {
        for (uint32_t k = 0; k < load->options.in_flight && load->sent < load->goal; k++)
            say(load, &load->clients[i], 0);
        flush(load, &load->clients[i]);
    }
    while (load->delivered < load->goal)
        take_input(load, -1);
}

/* Open loop: messages are sent when they are due, whatever has come back, and carry the moment they
 * were due at: a server that stalls is charged for all who wait. Spins, so that no wake-up of our
 * own is measured. */
static void run_rate(struct load *load, uint64_t messages)
{
    uint64_t start = now_ns();
    load->goal = messages;
    memset(&load->latency, 0, sizeof load->latency);
    uint32_t speakers = load->open / hearers(load);
    while (load->delivered < load->goal * hearers(load)) {
        uint64_t now = now_ns();
        while (load->sent < load->goal) {
            uint64_t due = start + load->sent * 1000000000u / load->options.rate;
            if (due > now)
                break;
            struct client *client = &load->clients[load->sent % speakers];
            say(load, client, due);
            flush(load, client);
        }
        take_input(load, 0);
    }
}

/* Client 0 speaks, everyone hears. */
static void run_cast(struct load *load, uint64_t messages)
{
    load->goal = messages;
    while (load->delivered < load->goal * load->open) {
        while (load->sent < load->goal &&
               load->sent < load->delivered / load->open + load->options.in_flight)
            say(load, &load->clients[0], 0);
        flush(load, &load->clients[0]);
        take_input(load, -1);
    }
}

/* Connects, upgrades, hears the greeting, closes: --clients at a time. */
static void run_connect(struct load *load, uint64_t messages)
{
    for (load->delivered = 0; load->delivered < messages;) {
        uint32_t batch = load->options.clients;
        for (uint32_t i = 0; i < batch; i++)
            client_open(&load->clients[i], &load->options.target, i);
        for (uint32_t i = 0; i < batch; i++)
            client_await_greeting(&load->clients[i]);
        for (uint32_t i = 0; i < batch; i++)
            client_close(&load->clients[i]);
        load->delivered += batch;
    }
}

static void run_idle(struct load *load, uint64_t messages)
{
    (void)messages;
    open_clients(load, load->options.clients);
}

static void run_session(struct load *load, uint64_t messages)
{
    (void)messages;
    open_pairs(load);
}

static void run_members(struct load *load, uint64_t messages)
{
    (void)messages;
    open_members(load, CHANNEL_MEMBERS);
}

static void prepare_nothing(struct load *load)
{
    (void)load;
}

static void prepare_pairs(struct load *load)
{
    open_pairs(load);
    watch_clients(load);
}

static void prepare_clients(struct load *load)
{
    open_clients(load, load->options.clients);
    watch_clients(load);
}

static void prepare_channel(struct load *load)
{
    open_members(load, load->options.clients);
    watch_clients(load);
}

static const struct mode modes[] = {
    {"idle", "opens --clients connections and keeps them", "echo", prepare_nothing, run_idle, false,
     false},
    {"session", "the same, each named and two in a room", "relay", prepare_nothing, run_session,
     false, false},
    {"pairs", "chat in pairs, --in-flight messages each, to and fro", "relay", prepare_pairs,
     run_ping_pong, true, false},
    {"rate", "chat in pairs at --rate messages a second in all: latencies", "relay", prepare_pairs,
     run_rate, true, false},
    {"echo", "the floor's echo, --in-flight messages per connection", "echo", prepare_clients,
     run_ping_pong, true, false},
    {"cast", "one speaks, all hear: needs bench_broadcast or the floor", "cast", prepare_clients,
     run_cast, true, false},
    {"live", "one member of a channel of live speaks, all hear", "cast", prepare_channel, run_cast,
     true, true},
    {"live-rate", "the same at --rate messages a second: latencies", "cast", prepare_channel,
     run_rate, true, true},
    {"members", "opens --clients members of live, a hundred to a channel", "cast", prepare_nothing,
     run_members, false, true},
    {"connect", "connects, upgrades, closes: --messages times, --clients at once", "echo",
     prepare_nothing, run_connect, false, false},
};

/* --- the command line --- */

static const char usage[] =
    "usage: bench_load MODE [option value]...\n"
    "\n"
    "  --address A:P     where the server listens (127.0.0.1:8080)\n"
    "  --path PATH       WebSocket path (/chat)\n"
    "  --floor yes       the address is bench_floor's: bytes of the same sizes\n"
    "  --clients N       connections (100)\n"
    "  --in-flight K     messages under way per pair, connection or room (1)\n"
    "  --messages M      messages to deliver or send, or connections to make (100000)\n"
    "  --rate R          messages a second, modes rate and live-rate (20000)\n"
    "  --bytes B         bytes of content per message, from 32 (64)\n"
    "  --time-limit S    give up after this many seconds (60)\n"
    "  --step yes        print \"ready\", wait for a line before the measured part, and for "
    "another\n"
    "                    after the result, so that a script can look at the server\n"
    "\n"
    "modes:\n";

static void print_usage(FILE *to)
{
    fputs(usage, to);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        fprintf(to, "  %-16s  %s\n", modes[i].name, modes[i].help);
}

static uint32_t number(const char *name, const char *value, uint32_t min, uint32_t max)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(value, &end, 10);
    if (errno != 0 || end == value || *end != 0 || n < min || n > max)
        fail("%s is %s, but must be a number from %u to %u", name, value, min, max);
    return (uint32_t)n;
}

static void parse_address(struct client_target *target, const char *value)
{
    char host[64];
    unsigned port;
    struct in_addr address;
    if (sscanf(value, "%63[0-9.]:%u", host, &port) != 2 || port > UINT16_MAX ||
        inet_pton(AF_INET, host, &address) != 1)
        fail("--address is %s, but must be like 127.0.0.1:8080", value);
    target->address = address.s_addr;
    target->port = htons((uint16_t)port);
}

static void parse_option(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--address") == 0)
        parse_address(&options->target, value);
    else if (strcmp(name, "--path") == 0)
        options->target.path = value;
    else if (strcmp(name, "--floor") == 0)
        options->floor = strcmp(value, "yes") == 0;
    else if (strcmp(name, "--step") == 0)
        options->step = strcmp(value, "yes") == 0;
    else if (strcmp(name, "--clients") == 0)
        options->clients = number(name, value, 1, CLIENTS_MAX);
    else if (strcmp(name, "--in-flight") == 0)
        options->in_flight = number(name, value, 1, 1024);
    else if (strcmp(name, "--messages") == 0)
        options->messages = number(name, value, 1, UINT32_MAX);
    else if (strcmp(name, "--rate") == 0)
        options->rate = number(name, value, 1, 10000000);
    else if (strcmp(name, "--bytes") == 0)
        options->bytes = number(name, value, STAMP_BYTES, BYTES_MAX);
    else if (strcmp(name, "--time-limit") == 0)
        options->time_limit_s = number(name, value, 1, 3600);
    else
        fail("there is no option %s; see --help", name);
}

static void parse_options(struct options *options, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        exit(argc < 2 ? 1 : 0);
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            options->mode = &modes[i];
    }
    if (options->mode == NULL)
        fail("there is no mode %s; see --help", argv[1]);
    if (argc % 2 != 0)
        fail("%s has no value", argv[argc - 1]);
    for (int i = 2; i < argc; i += 2)
        parse_option(options, argv[i], argv[i + 1]);
    if (strcmp(options->mode->floor, "relay") == 0 && options->clients % 2 != 0)
        fail("--clients must be even: they come in pairs");
    if (options->mode->run != run_rate)
        options->rate = 0;
}

/* The forms of both directions, and with the floor the path that tells it their sizes. */
static void choose_forms(struct load *load, char path[64])
{
    struct options *options = &load->options;
    if (options->mode->live)
        live_forms(&load->say, &load->hear, options->clients, options->bytes);
    else if (strcmp(options->mode->floor, "cast") == 0)
        bare_forms(&load->say, &load->hear, options->bytes);
    else
        chat_forms(&load->say, &load->hear, USERNAME, options->bytes);
    options->target.masked = !options->floor;
    if (!options->floor)
        return;
    size_t say_len = load->say.len + (load->say.len < 126 ? 6 : 8);
    size_t hear_len = load->hear.len + (load->hear.len < 126 ? 2 : 4);
    snprintf(path, 64, "/floor/%s/%zu/%zu", options->mode->floor, say_len, hear_len);
    options->target.path = path;
    /* It hands back what it got, filled up with spaces. */
    size_t hear_payload = load->hear.len;
    load->hear = load->say;
    while (load->hear.len < hear_payload)
        form_append(&load->hear, STR(" "));
}

static void time_is_up(int signal)
{
    (void)signal;
    static const char text[] = "bench_load: the time limit is over\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(1);
}

static void wait_for_line(const struct load *load)
{
    char line[16];
    fflush(stdout);
    if (load->options.step && fgets(line, sizeof line, stdin) == NULL)
        fail("no line on standard input");
}

static void print_result(const struct load *load, uint64_t elapsed_ns)
{
    printf("{\"mode\": \"%s\", \"delivered\": %" PRIu64 ", \"seconds\": %.6f",
           load->options.mode->name, load->delivered, (double)elapsed_ns / 1e9);
    if (load->latency.total > 0)
        printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"max_us\": %.1f",
               (double)histogram_quantile(&load->latency, 0.5) / 1e3,
               (double)histogram_quantile(&load->latency, 0.99) / 1e3,
               (double)histogram_quantile(&load->latency, 0.999) / 1e3,
               (double)load->latency.max / 1e3);
    puts("}");
}

/* What was opened must still be open, and silent. */
static void check_open(const struct load *load)
{
    for (uint32_t i = 0; i < load->open; i++) {
        char byte;
        if (recv(load->clients[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)
            fail("connection %u was closed, or got more than it should", i);
    }
}

int main(int argc, char **argv)
{
    static struct load load;
    static char path[64];
    load.options = (struct options){.target.path = "/chat",
                                    .clients = 100,
                                    .in_flight = 1,
                                    .bytes = 64,
                                    .messages = 100000,
                                    .rate = 20000,
                                    .time_limit_s = 60};
    parse_address(&load.options.target, "127.0.0.1:8080");
    parse_options(&load.options, argc, argv);
    choose_forms(&load, path);
    load.clients = calloc(load.options.clients, sizeof *load.clients);
    if (load.clients == NULL)
        fail("out of memory");
    signal(SIGALRM, time_is_up);
    alarm(load.options.time_limit_s);

    const struct mode *mode = load.options.mode;
    mode->prepare(&load);
    if (mode->warm_up)
        mode->run(&load, load.options.messages / 10 + 1);
    load.sent = load.delivered = 0;
    if (load.options.step)
        puts("ready");
    wait_for_line(&load);
    uint64_t start = now_ns();
    mode->run(&load, load.options.messages);
    print_result(&load, now_ns() - start);
    wait_for_line(&load);
    check_open(&load);
    return 0;
}
