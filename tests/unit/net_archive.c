/* The workers' end of a store that is slow, full, or silent: orders come before what is shown, in
 * order, whatever the store says meanwhile, up to a bound; requests are answered all the same. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "runtime/store_link.h"
#include "tests/idle_service.h"
#include "tests/unit/server_process.h"

/* What the test and the store, in the server's process, both see. */
struct seen {
    _Atomic enum { TAKES, REFUSES, SILENT } mood;
    atomic_uint orders;     /* taken */
    atomic_uint disordered; /* taken before one that was given earlier */
    atomic_uint stopped;
};

static struct seen *seen;

/* The service: each text is a number, which is ordered to be kept and then shown to its sender; "r"
 * is recalled before it is shown. A text that begins with "b" orders 60,000 bytes. */

enum { SLOTS = 64, TEXT_MAX = LINE_BYTES_MAX, BIG = 60000 };

struct keeper {
    struct handle sessions[SLOTS];
    bool recalled[SLOTS];
    uint32_t count;
};

static void *keeper_create(const struct service_config *config)
{
    (void)config;
    return calloc(1, sizeof(struct keeper));
}

static uint32_t keeper_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    (void)turn;
    struct keeper *keeper = state;
    keeper->sessions[keeper->count] = facts->session;
    return keeper->count++;
}

static void keeper_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    static char big[BIG];
    struct keeper *keeper = state;
    struct handle session = keeper->sessions[slot];
    struct str text = ((const struct line *)command)->text;
    if (text.base[0] == 'r' && !keeper->recalled[slot]) {
        effect_store(turn, &(struct store_order){.kind = STORE_RECALL, .ticket = slot});
        effect_wait(turn, session);
        return;
    }
    if (text.base[0] == 'b')
        text = (struct str){big, BIG};
    if (text.base[0] != 'r')
        effect_store(turn, &(struct store_order){.kind = STORE_ENTRY, .text = text});
    effect_send(turn, session, command, sizeof(struct line));
}

static void keeper_recalled(void *state, const struct store_recalled *recalled, struct turn *turn)
{
    struct keeper *keeper = state;
    EXPECT_EQ_INT(recalled->count, 1);
    EXPECT_EQ_STR(recalled->entries[0].text, "kept");
    keeper->recalled[recalled->ticket] = true;
    effect_resume(turn, keeper->sessions[recalled->ticket]);
}

static void keeper_close(void *state, uint32_t slot, struct turn *turn)
{
    (void)state;
    (void)slot;
    effect_store(turn, &(struct store_order){.kind = STORE_GONE});
}

static const struct service service = {
    .name = STR_INIT("keeper"),
    .event_bytes = sizeof(struct line),
    .command_bytes = sizeof(struct line),
    .create = keeper_create,
    .destroy = free,
    .open = keeper_open,
    .facts = idle_facts,
    .command = keeper_command,
    .close = keeper_close,
    .tick = idle_tick,
    .next_ms = idle_next_ms,
    .pack = idle_pack,
    .unpack = idle_unpack,
    .recalled = keeper_recalled,
    .rooms = idle_rooms,
};

/* The store: takes letters, or does not; answers at once, or never. */

static void (*answer)(void *context, struct store_letter *letter);
static void *answer_context;

static bool store_start(void *context, void (*answer_with)(void *, struct store_letter *),
                        void *context_of_answer)
{
    (void)context;
    answer = answer_with;
    answer_context = context_of_answer;
    return true;
}

static void reply(const struct store_letter *asked, enum store_letter_kind kind, uint32_t number,
                  uint64_t ticket, struct str bytes)
{
    struct store_letter *letter = malloc(sizeof *letter + bytes.len);
    *letter = (struct store_letter){.letter = {.kind = kind},
                                    .worker = asked->worker,
                                    .binding = asked->binding,
                                    .ticket = ticket,
                                    .number = number,
                                    .len = bytes.len};
    memcpy(letter->bytes, bytes.base, bytes.len);
    answer(answer_context, letter);
}

/* 0 when it is none. */
static unsigned long number_of(struct str text)
{
    char digits[TEXT_MAX] = {0}; /* with the end that strtoul looks for */
    if (text.len < sizeof digits && text.len > 0)
        memcpy(digits, text.base, text.len);
    return strtoul(digits, NULL, 10);
}

static void take_orders(const struct store_letter *letter)
{
    static unsigned long last; /* one session orders numbers */
    struct str rest = {letter->bytes, letter->len};
    struct store_order order;
    uint32_t count = 0;
    for (; store_order_unpack(&rest, &order); count++) {
        if (order.kind == STORE_RECALL) {
            const struct store_order kept = {.kind = STORE_ENTRY, .text = STR("kept")};
            char bytes[128];
            store_order_pack(&kept, bytes);
            reply(letter, STORE_RECALLED, 1, order.ticket,
                  (struct str){bytes, store_order_bytes(&kept)});
        }
        unsigned long number = number_of(order.text);
        if (number > 0 && number != last + 1)
            atomic_fetch_add(&seen->disordered, 1);
        last = number > 0 ? number : last;
    }
    EXPECT_EQ_INT(count, letter->number);
    atomic_fetch_add(&seen->orders, count);
}

static bool store_post(void *context, struct store_letter *letter)
{
    (void)context;
    int mood = (int)atomic_load(&seen->mood);
    if (mood == REFUSES)
        return false;
    if (letter->letter.kind == STORE_ORDERS) {
        take_orders(letter);
    } else if (mood == TAKES) {
        reply(letter, STORE_ANSWER, 200, letter->ticket - 1, STR("too late"));
        reply(letter, STORE_ANSWER, 200, letter->ticket, STR("{\"rooms\":[]}"));
    }
    free(letter);
    return true;
}

static bool store_stop(void *context, uint64_t deadline_ms)
{
    (void)context;
    (void)deadline_ms;
    atomic_fetch_add(&seen->stopped, 1);
    return true;
}

static void store_status(const void *context, struct store_status *status)
{
    (void)context;
    *status = (struct store_status){
        .parts = {[STORE_PART_MONGODB] = STORE_CONNECTING, [STORE_PART_REDIS] = STORE_AWAY}};
    status->full = atomic_load(&seen->mood) == REFUSES;
}

/* The server. */

static int serve(uint16_t port)
{
    struct config config = server_config(port);
    config.workers = 1;
    static const struct store_link store = {
        .start = store_start, .post = store_post, .stop = store_stop, .status = store_status};
    int result = server_serve(&config, &service, &store);
    return test_failures > 0 ? 1 : result;
}

static struct server_process start(void)
{
    if (seen == NULL)
        seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *seen = (struct seen){.mood = TAKES};
    return server_start(serve);
}

/* Sends the texts of these numbers and reads their answers. */
static void say(int fd, const char *prefix, uint32_t from, uint32_t to)
{
    char bytes[TEXT_MAX + 6], text[TEXT_MAX];
    for (uint32_t i = from; i <= to && test_failures == 0; i++) {
        int len = snprintf(text, sizeof text, "%s%u", prefix, i);
        size_t frame_len = client_frame(bytes, (struct str){text, (size_t)len});
        EXPECT(send(fd, bytes, frame_len, 0) == (ssize_t)frame_len);
        client_expect(fd, text);
    }
}

/* Waits until so many orders have been taken. */
static void expect_orders(uint32_t count)
{
    for (uint32_t i = 0; i < 2000 && atomic_load(&seen->orders) < count; i++)
        poll(NULL, 0, 10); /* between two looks */
    EXPECT_EQ_INT(atomic_load(&seen->orders), count);
    EXPECT_EQ_INT(atomic_load(&seen->disordered), 0);
}

/* The answer to a GET, whole. */
static const char *get(const struct server_process *server, const char *path)
{
    static char out[128 * 1024];
    int fd = client_open(server);
    int len = snprintf(out, sizeof out, "GET %s HTTP/1.0\r\n\r\n", path);
    EXPECT(send(fd, out, (size_t)len, 0) == len);
    size_t read = 0;
    ssize_t got;
    while ((got = recv(fd, out + read, sizeof out - 1 - read, 0)) > 0)
        read += (size_t)got;
    EXPECT(got == 0);
    out[read] = '\0';
    close(fd);
    return out;
}

TEST(what_is_shown_was_posted_before)
{
    struct server_process server = start();
    int fd = client_connect(&server);
    for (uint32_t i = 1; i <= 300 && test_failures == 0; i++) {
        say(fd, "", i, i);
        EXPECT_EQ_INT(atomic_load(&seen->orders), i);
    }
    say(fd, "r", 1, 1);
    server_stop(&server);
    EXPECT_EQ_INT(atomic_load(&seen->orders), 302); /* the recall, and that the session is gone */
    EXPECT_EQ_INT(atomic_load(&seen->disordered), 0);
    EXPECT_EQ_INT(atomic_load(&seen->stopped), 1);
    close(fd);
}

TEST(what_the_store_refuses_is_kept_for_later)
{
    struct server_process server = start();
    int fd = client_connect(&server);
    atomic_store(&seen->mood, REFUSES);
    say(fd, "", 1, 200);
    EXPECT_EQ_INT(atomic_load(&seen->orders), 0);
    atomic_store(&seen->mood, TAKES);
    expect_orders(200); /* though nothing else happens */
    atomic_store(&seen->mood, REFUSES);
    say(fd, "", 201, 300);
    EXPECT(kill(server.pid, SIGTERM) == 0);
    client_read(fd, (char[2]){0}, 2); /* the Close */
    close(fd);
    atomic_store(&seen->mood, TAKES);
    server_wait(&server);
    EXPECT_EQ_INT(atomic_load(&seen->orders), 301);
    EXPECT_EQ_INT(atomic_load(&seen->disordered), 0);
}

TEST(what_is_kept_for_later_has_a_bound)
{
    enum { LETTER_BYTES_MAX = 8 << 20 };
    struct server_process server = start();
    int fd = client_connect(&server);
    atomic_store(&seen->mood, REFUSES);
    say(fd, "b", 1, 200);
    const char *lost = strstr(get(&server, "/metrics"), "\nparley_store_lost_orders_total ");
    REQUIRE(lost != NULL);
    uint32_t lost_count = (uint32_t)strtoul(strchr(lost, ' '), NULL, 10);
    EXPECT(lost_count >= 200 - LETTER_BYTES_MAX / BIG && lost_count < 100);
    atomic_store(&seen->mood, TAKES);
    expect_orders(200 - lost_count);
    say(fd, "", 1, 10);
    EXPECT_EQ_INT(atomic_load(&seen->orders), 210 - lost_count);
    server_stop(&server);
    close(fd);
}

TEST(requests_are_answered_whatever_the_store_does)
{
    struct server_process server = start();
    const char *reply = get(&server, "/rooms");
    EXPECT(strstr(reply, " 200 OK\r\n") != NULL && strstr(reply, "{\"rooms\":[]}") != NULL);
    reply = get(&server, "/health");
    EXPECT(strstr(reply, "\"redis\":\"away\"") && strstr(reply, "\"mongodb\":\"connecting\""));
    EXPECT(strstr(get(&server, "/readyz"), " 200 OK\r\n") != NULL);
    atomic_store(&seen->mood, REFUSES);
    reply = get(&server, "/rooms");
    EXPECT(strstr(reply, " 503 ") && strstr(reply, "cannot be asked now"));
    EXPECT(strstr(reply, "Retry-After: ") || strstr(reply, "retry-after: "));
    reply = get(&server, "/readyz");
    EXPECT(strstr(reply, " 503 ") && strstr(reply, "the store is full"));
    EXPECT(strstr(get(&server, "/livez"), " 200 OK\r\n") != NULL);
    atomic_store(&seen->mood, SILENT);
    time_t began = time(NULL);
    reply = get(&server, "/rooms");
    EXPECT(strstr(reply, " 503 ") && strstr(reply, "the store does not answer"));
    EXPECT(time(NULL) - began >= 2);
    int waiting = client_open(&server);
    static const char request[] = "GET /rooms HTTP/1.0\r\n\r\n";
    EXPECT(send(waiting, request, sizeof request - 1, 0) == sizeof request - 1);
    EXPECT(strstr(get(&server, "/livez"), " 200 OK\r\n") != NULL);
    server_stop(&server); /* with one that waits */
    close(waiting);
}
