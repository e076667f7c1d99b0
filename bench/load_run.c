#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "load.h"

enum {
    EVENTS_MAX = 256,
    SLOW_UNREAD_BYTES = 1 << 20 /* more than the kernel holds for one who has read nothing yet */
};

struct stamp {
    uint32_t sender, number;
    uint64_t moment_ns;
};

uint64_t load_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool floor_does(const struct load *load, const char *what)
{
    return strcmp(load->options.mode->floor, what) == 0;
}

/* --- saying --- */

/* Of one message. */
static void await_hearers(struct load *load)
{
    if (floor_does(load, "room")) {
        load->tally.awaited += load->options.members - 1 - load->options.slow;
        load->slow_tally.awaited += load->options.slow;
    } else {
        load->tally.awaited += floor_does(load, "cast") ? load->options.members : 1;
    }
}

/* Appends the client's next message to load->out. */
static void say(struct load *load, struct client *client, uint64_t moment_ns)
{
    if (sizeof load->out - load->out_len < CLIENT_HEADER_MAX + load->say.len)
        fail("more than %zu bytes to send at once", sizeof load->out);
    char *stamp = load->say.bytes + load->say.stamp_at;
    write_hex(stamp, client->number, 8);
    write_hex(stamp + 8, client->sent++, 8);
    write_hex(stamp + 16, moment_ns, 16);
    if (load->say.room_at > 0)
        write_hex(load->say.bytes + load->say.room_at, client->number / load->options.members,
                  NUMBER_DIGITS);
    struct str payload = {load->say.bytes, load->say.len};
    load->out_len += client_frame(client, load->out + load->out_len, payload);
    load->sent++;
    await_hearers(load);
}

static void flush(struct load *load, const struct client *client)
{
    if (load->out_len > 0)
        client_send(client, load->out, load->out_len);
    load->out_len = 0;
}

/* Who says the nth message. Rooms take turns; in each it is the first member, or in game all
 * players by turns, but for slow ones: with its receive buffer full, a socket of ours may not get
 * through what it sends either. */
static struct client *speaker(const struct load *load, uint64_t n)
{
    if (!floor_does(load, "room") && !floor_does(load, "cast"))
        return &load->clients[n % load->open];
    uint64_t members = load->options.members, rooms = load->open / members;
    if (floor_does(load, "cast"))
        return &load->clients[n % rooms * members];
    uint64_t slow = load->options.slow, place = slow + n / rooms % (members - slow);
    return &load->clients[n % rooms * members + place];
}

/* --- hearing --- */

static struct stamp check(const struct load *load, const struct client *client, struct str payload)
{
    if (!form_fits(&load->hear, payload))
        fail("connection %u got: %.*s", client->number, (int)payload.len, payload.base);
    const char *at = payload.base + load->hear.stamp_at;
    return (struct stamp){(uint32_t)read_hex(at, 8), (uint32_t)read_hex(at + 8, 8),
                          read_hex(at + 16, 16)};
}

/* Who is heard by the client, where it is always the same. */
static uint32_t sender_of(const struct load *load, const struct client *client)
{
    if (floor_does(load, "cast"))
        return client->number / load->options.members * load->options.members;
    return floor_does(load, "echo") ? client->number : client->number ^ 1;
}

/* Where the server says itself who has spoken, and where. */
static bool is_said_of(const struct load *load, struct str payload, uint32_t sender)
{
    const struct form *hear = &load->hear;
    uint32_t room = sender / load->options.members;
    return (hear->room_at == 0 || read_hex(payload.base + hear->room_at, NUMBER_DIGITS) == room) &&
           (hear->sender_at == 0 ||
            read_hex(payload.base + hear->sender_at, NUMBER_DIGITS) == sender);
}

static void take_message(struct load *load, struct client *client, struct str payload)
{
    struct stamp stamp = check(load, client, payload);
    uint32_t sender = sender_of(load, client);
    if (stamp.sender != sender || stamp.number != client->received++ ||
        !is_said_of(load, payload, sender))
        fail("connection %u expected message %u of %u, got %u of %u: %.*s", client->number,
             client->received - 1, sender, stamp.number, stamp.sender, (int)payload.len,
             payload.base);
    load->tally.heard++;
    if (load->rooms_heard != NULL)
        load->rooms_heard[sender / load->options.members]++;
    if (load->options.rate > 0)
        histogram_add(&load->latency, load_now_ns() - stamp.moment_ns);
    if (load->replies && load->sent < load->goal)
        say(load, client, 0);
}

/* An update of another player in the room. A newer one may have taken the place of older ones, and
 * never comes before them. */
static void take_update(struct load *load, struct client *client, struct str payload)
{
    struct stamp stamp = check(load, client, payload);
    uint32_t members = load->options.members;
    if (stamp.sender == client->number || stamp.sender / members != client->number / members)
        fail("connection %u hears of %u", client->number, stamp.sender);
    if (!load->options.floor &&
        memcmp(payload.base + load->hear.gaps[0].at, load->ids[stamp.sender], LOAD_ID_LEN) != 0)
        fail("connection %u: %u has another's id", client->number, stamp.sender);
    uint32_t *next = &load->next_numbers[client->number * members + stamp.sender % members];
    if (stamp.number < *next || stamp.number >= load->clients[stamp.sender].sent)
        fail("connection %u expected update %u of %u, got %u", client->number, *next, stamp.sender,
             stamp.number);
    bool slow = load_is_slow(load, client);
    struct tally *tally = slow ? &load->slow_tally : &load->tally;
    tally->heard++;
    tally->passed_over += stamp.number - *next;
    *next = stamp.number + 1;
    if (!slow)
        histogram_add(&load->latency, load_now_ns() - stamp.moment_ns);
}

static void take(void *context, struct client *client, struct str payload)
{
    struct load *load = context;
    if (floor_does(load, "room"))
        take_update(load, client, payload);
    else
        take_message(load, client, payload);
}

/* Waits for input at any client (timeout as epoll_wait's) and takes it. */
static void take_input(struct load *load, int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(load->epoll, events, EVENTS_MAX, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct client *client = events[i].data.ptr;
        client_read(client, take, load);
        flush(load, client);
    }
}

static bool all_heard(const struct tally *tally)
{
    return tally->heard + tally->passed_over == tally->awaited;
}

/* --- running ---
 *
 * What is measured is waited for without sleeping: to wake us would be part of the server's send,
 * and how often that happens depends on who of both is faster at the moment. */

void load_run_ping_pong(struct load *load, uint64_t messages)
{
    uint32_t step = floor_does(load, "echo") ? 1 : 2;
    load->goal = messages;
    load->replies = true;
    for (uint32_t i = 0; i < load->open; i += step) {
        for (uint32_t k = 0; k < load->options.in_flight && load->sent < load->goal; k++)
            say(load, &load->clients[i], 0);
        flush(load, &load->clients[i]);
    }
    while (!all_heard(&load->tally))
        take_input(load, 0);
}

/* Messages carry the moment they were due at: a server that stalls is charged for all who wait. */
void load_run_rate(struct load *load, uint64_t messages)
{
    uint64_t start = load_now_ns();
    load->goal = messages;
    memset(&load->latency, 0, sizeof load->latency);
    while (load->sent < load->goal || !all_heard(&load->tally)) {
        uint64_t now = load_now_ns();
        while (load->sent < load->goal) {
            uint64_t due = start + load->sent * 1000000000u / load->options.rate;
            if (due > now)
                break;
            struct client *client = speaker(load, load->sent);
            say(load, client, due);
            flush(load, client);
        }
        take_input(load, 0);
    }
}

void load_run_cast(struct load *load, uint64_t messages)
{
    uint32_t members = load->options.members;
    load->goal = messages;
    while (load->sent < load->goal || !all_heard(&load->tally)) {
        for (uint32_t i = 0; i < load->open; i += members) {
            struct client *client = &load->clients[i];
            uint64_t heard_by_all = load->rooms_heard[i / members] / members;
            while (load->sent < load->goal && client->sent < heard_by_all + load->options.in_flight)
                say(load, client, 0);
            flush(load, client);
        }
        take_input(load, 0);
    }
}

void load_run_connect(struct load *load, uint64_t messages)
{
    while (load->tally.heard < messages) {
        uint32_t batch = load->options.clients;
        for (uint32_t i = 0; i < batch; i++)
            client_open(&load->clients[i], &load->options.target, i);
        for (uint32_t i = 0; i < batch; i++)
            client_await_upgrade(&load->clients[i], &load->options.target);
        for (uint32_t i = 0; i < batch; i++)
            client_close(&load->clients[i]);
        load->tally.heard += batch;
    }
}

void load_fill_slow(struct load *load)
{
    uint64_t rooms = load->open / load->options.members;
    while (load->options.slow && load->sent / rooms * load->hear.len < SLOW_UNREAD_BYTES) {
        for (uint32_t i = 0; i < load->open; i++) {
            struct client *client = speaker(load, load->sent);
            say(load, client, 0);
            flush(load, client);
        }
        while (!all_heard(&load->tally))
            take_input(load, -1);
    }
}

void load_drain_slow(struct load *load)
{
    if (!load->options.slow)
        return;
    load_watch_slow(load);
    while (!all_heard(&load->slow_tally))
        take_input(load, -1);
    if (load->slow_tally.passed_over == 0)
        fail("the slow ones have heard all: they were not slow");
}
