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
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum {
    CLIENTS_MAX = 30000,
    ROOM_MEMBERS_MAX = 1000,
    BYTES_MAX = 2000,     /* content that every service takes; of game's less */
    CHANNEL_MEMBERS = 100 /* of mode members */
};

/* --- modes --- */

static void run_idle(struct load *load, uint64_t messages)
{
    (void)messages;
    load_open_clients(load);
}

static void run_session(struct load *load, uint64_t messages)
{
    (void)messages;
    load_open_pairs(load);
}

static void run_members(struct load *load, uint64_t messages)
{
    (void)messages;
    load_open_members(load, CHANNEL_MEMBERS);
}

static void run_players(struct load *load, uint64_t messages)
{
    (void)messages;
    load_open_players(load);
}

static void prepare_nothing(struct load *load)
{
    (void)load;
}

static void prepare_pairs(struct load *load)
{
    load_open_pairs(load);
    load_watch(load);
}

static void prepare_clients(struct load *load)
{
    load_open_clients(load);
    load_watch(load);
}

static void count_rooms(struct load *load)
{
    load->rooms_heard = calloc(load->open / load->options.members, sizeof *load->rooms_heard);
    if (load->rooms_heard == NULL)
        fail("out of memory");
}

static void prepare_crowd(struct load *load)
{
    prepare_clients(load);
    count_rooms(load);
}

static void prepare_channels(struct load *load)
{
    load_open_members(load, load->options.members);
    load_watch(load);
    count_rooms(load);
}

static void prepare_rooms(struct load *load)
{
    load_open_players(load);
    load_watch(load);
    load_fill_slow(load);
}

static const struct mode modes[] = {
    {"idle", "opens --clients connections and keeps them", "echo", DIALECT_CHAT, prepare_nothing,
     run_idle, false},
    {"session", "the same, each named and two in a room", "relay", DIALECT_CHAT, prepare_nothing,
     run_session, false},
    {"pairs", "chat in pairs, --in-flight messages each, to and fro", "relay", DIALECT_CHAT,
     prepare_pairs, load_run_ping_pong, true},
    {"rate", "chat in pairs at --rate messages a second in all: latencies", "relay", DIALECT_CHAT,
     prepare_pairs, load_run_rate, true},
    {"echo", "the floor's echo, --in-flight messages per connection", "echo", DIALECT_CHAT,
     prepare_clients, load_run_ping_pong, true},
    {"cast", "one speaks, all hear: needs bench_broadcast or the floor", "cast", DIALECT_BARE,
     prepare_crowd, load_run_cast, true},
    {"live", "one in each channel of --members of live speaks, all hear", "cast", DIALECT_LIVE,
     prepare_channels, load_run_cast, true},
    {"live-rate", "the same at --rate messages a second in all: latencies", "cast", DIALECT_LIVE,
     prepare_channels, load_run_rate, true},
    {"members", "opens --clients members of live, a hundred to a channel", "cast", DIALECT_LIVE,
     prepare_nothing, run_members, false},
    {"game", "all players of rooms of --members move, --rate updates a second in all: latencies",
     "room", DIALECT_GAME, prepare_rooms, load_run_rate, true},
    {"players", "opens --clients players of game, --members to a room", "room", DIALECT_GAME,
     prepare_nothing, run_players, false},
    {"connect", "connects, upgrades, closes: --messages times, --clients at once", "echo",
     DIALECT_CHAT, prepare_nothing, load_run_connect, false},
};

/* --- the command line --- */

static const char usage[] =
    "usage: bench_load MODE [option value]...\n"
    "\n"
    "  --address A:P     where the server listens (127.0.0.1:8080)\n"
    "  --path PATH       WebSocket path (/chat)\n"
    "  --floor yes       the address is bench_floor's: bytes of the same sizes\n"
    "  --clients N       connections (100)\n"
    "  --members N       of them in a room of game (10) or a channel of live (all)\n"
    "  --slow yes        the first of each of those rooms reads nothing while it is measured\n"
    "  --in-flight K     messages under way per pair, connection or room (1)\n"
    "  --messages M      messages to deliver or send, or connections to make (100000)\n"
    "  --rate R          messages a second, modes rate, live-rate and game (20000)\n"
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
    else if (strcmp(name, "--members") == 0)
        options->members = number(name, value, 2, ROOM_MEMBERS_MAX);
    else if (strcmp(name, "--slow") == 0)
        options->slow = strcmp(value, "yes") == 0;
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
    bool game = options->mode->dialect == DIALECT_GAME;
    bool cast = strcmp(options->mode->floor, "cast") == 0;
    if (options->members == 0 || options->mode->dialect == DIALECT_BARE)
        options->members = cast ? options->clients : 10;
    if ((game || cast) && options->clients % options->members != 0)
        fail("--clients must be a multiple of --members: rooms are full");
    if (options->slow && (!game || options->floor || options->members < 3))
        fail("--slow needs mode game, two others in a room, and a server that can bear it");
    if (options->mode->run != load_run_rate)
        options->rate = 0;
}

static void choose_forms(struct load *load)
{
    const struct options *options = &load->options;
    switch (options->mode->dialect) {
    case DIALECT_CHAT:
        chat_forms(&load->say, &load->hear, LOAD_USERNAME, options->bytes);
        break;
    case DIALECT_BARE:
        bare_forms(&load->say, &load->hear, options->bytes);
        break;
    case DIALECT_LIVE:
        live_forms(&load->say, &load->hear, options->members, options->bytes);
        break;
    case DIALECT_GAME:
        game_forms(&load->say, &load->hear, options->bytes);
        break;
    }
}

/* The floor is told in its path what to do, and the sizes of frames in both directions. It hands
 * back what it got, filled up with spaces. */
static void choose_floor(struct load *load, char path[64])
{
    size_t say_len = load->say.len + (load->say.len < 126 ? 6 : 8);
    size_t hear_len = load->hear.len + (load->hear.len < 126 ? 2 : 4);
    snprintf(path, 64, "/floor/%s/%zu/%zu/%u", load->options.mode->floor, say_len, hear_len,
             load->options.members);
    load->options.target.path = path;
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
    printf("{\"mode\": \"%s\", \"delivered\": %" PRIu64 ", \"passed_over\": %" PRIu64
           ", \"seconds\": %.6f",
           load->options.mode->name, load->tally.heard, load->tally.passed_over,
           (double)elapsed_ns / 1e9);
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

static void run(struct load *load, uint64_t messages)
{
    load->sent = 0;
    load->tally = (struct tally){0};
    load->options.mode->run(load, messages);
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
    choose_forms(&load);
    load.options.target.masked = !load.options.floor;
    load.options.target.greeted = load.options.floor || load.options.mode->dialect != DIALECT_GAME;
    if (load.options.floor)
        choose_floor(&load, path);
    load.clients = calloc(load.options.clients, sizeof *load.clients);
    if (load.clients == NULL)
        fail("out of memory");
    signal(SIGALRM, time_is_up);
    alarm(load.options.time_limit_s);

    const struct mode *mode = load.options.mode;
    mode->prepare(&load);
    if (mode->warm_up)
        run(&load, load.options.messages / 10 + 1);
    if (load.options.step)
        puts("ready");
    wait_for_line(&load);
    uint64_t start = load_now_ns();
    run(&load, load.options.messages);
    print_result(&load, load_now_ns() - start);
    wait_for_line(&load);
    load_drain_slow(&load);
    check_open(&load);
    return 0;
}
