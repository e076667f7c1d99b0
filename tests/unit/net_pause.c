/* What a service may ask of the server, over real sockets: the connection's own end, mail to
 * another worker, and commands that wait for it. A client's answers come in order, whatever waits,
 * moves or ends. */
#include "net/server.h"

#include <stdlib.h>

#include "tests/idle_service.h"
#include "tests/unit/server_process.h"

/* The service: each command is a letter that says how it is answered, and the answer's text.
 * n: now. w: after mail to the other worker and back. o: waits and goes on at once. m: after mail,
 * on the other worker. h: never. */

enum { SLOTS = 64, TEXT_MAX = LINE_BYTES_MAX };

struct probe {
    uint32_t worker;
    struct {
        struct handle session;
        bool taken, answered, moved;
    } slots[SLOTS];
};

struct note {
    struct handle session;
    bool is_answer;
};

static void *probe_create(const struct service_config *config)
{
    struct probe *probe = calloc(1, sizeof *probe);
    if (probe != NULL)
        probe->worker = config->worker;
    return probe;
}

static uint32_t take_slot(struct probe *probe, struct handle session)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (!probe->slots[i].taken) {
            probe->slots[i].taken = true;
            probe->slots[i].answered = probe->slots[i].moved = false;
            probe->slots[i].session = session;
            return i;
        }
    }
    return SERVICE_FULL;
}

static uint32_t probe_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct line greeting = {facts->local_host};
    effect_send(turn, facts->session, &greeting, sizeof greeting);
    return take_slot(state, facts->session);
}

/* In the arena, as mail is borrowed until the effects are carried out. */
static void mail_note(struct turn *turn, uint32_t worker, struct note note)
{
    struct str bytes = arena_copy(turn->arena, (struct str){(const char *)&note, sizeof note});
    effect_mail(turn, HANDLE_NONE, worker, bytes.base, bytes.len);
}

static void probe_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    struct probe *probe = state;
    struct handle session = probe->slots[slot].session;
    char kind = ((const struct line *)command)->text.base[0];
    bool answered = probe->slots[slot].answered;
    if (kind == 'n' || probe->slots[slot].moved || (answered && kind != 'm')) {
        probe->slots[slot].answered = probe->slots[slot].moved = false;
        effect_send(turn, session, command, sizeof(struct line));
    } else if (kind == 'm' && answered) {
        effect_move(turn, session, 1 - probe->worker);
    } else if (kind == 'o') {
        probe->slots[slot].answered = true;
        effect_wait(turn, session);
        effect_resume(turn, session);
    } else {
        if (kind != 'h')
            mail_note(turn, 1 - probe->worker, (struct note){session, false});
        effect_wait(turn, session);
    }
}

static void probe_mail(void *state, uint32_t from, const uint8_t *bytes, size_t len,
                       struct turn *turn)
{
    struct probe *probe = state;
    struct note note;
    EXPECT_EQ_INT(len, sizeof note);
    memcpy(&note, bytes, sizeof note);
    if (!note.is_answer) {
        mail_note(turn, from, (struct note){note.session, true});
        return;
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (probe->slots[i].taken && handle_equal(probe->slots[i].session, note.session)) {
            probe->slots[i].answered = true;
            effect_resume(turn, note.session);
        }
    }
}

static void probe_close(void *state, uint32_t slot, struct turn *turn)
{
    struct probe *probe = state;
    (void)turn;
    probe->slots[slot].taken = false;
}

static size_t probe_pack(void *state, uint32_t slot, uint8_t *block)
{
    (void)block;
    probe_close(state, slot, NULL);
    return 0;
}

static uint32_t probe_unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                             size_t len)
{
    struct probe *probe = state;
    (void)block;
    (void)len;
    uint32_t slot = take_slot(probe, facts->session);
    if (slot != SERVICE_FULL)
        probe->slots[slot].moved = true;
    return slot;
}

static const struct service service = {
    .name = STR_INIT("probe"),
    .wants_local_host = true,
    .event_bytes = sizeof(struct line),
    .command_bytes = sizeof(struct line),
    .create = probe_create,
    .destroy = free,
    .open = probe_open,
    .facts = idle_facts,
    .command = probe_command,
    .close = probe_close,
    .tick = idle_tick,
    .next_ms = idle_next_ms,
    .pack = probe_pack,
    .unpack = probe_unpack,
    .mail = probe_mail,
    .rooms = idle_rooms,
};

/* The server, in a process of its own. */

static int serve(uint16_t port)
{
    const struct config config = server_config(port);
    return server_serve(&config, &service, NULL);
}

static struct server_process start(void)
{
    return server_start(serve);
}

/* A client. */

static size_t write_command(char *out, char kind, uint32_t number)
{
    char text[TEXT_MAX];
    int len = snprintf(text, sizeof text, "%c%u", kind, number);
    return client_frame(out, (struct str){text, (size_t)len});
}

static void expect_answer(int fd, char kind, uint32_t number)
{
    char expected[TEXT_MAX];
    snprintf(expected, sizeof expected, "%c%u", kind, number);
    client_expect(fd, expected);
}

static int connect_client(const struct server_process *server)
{
    int fd = client_connect(server);
    client_expect(fd, "127.0.0.1"); /* the greeting */
    return fd;
}

TEST(answers_come_in_order_whatever_waits_and_moves)
{
    enum { COMMANDS = 2000 };
    static char bytes[COMMANDS * (TEXT_MAX + 6)];
    static char kinds[COMMANDS];
    struct server_process server = start();
    int fd = connect_client(&server);
    uint32_t seed = 7;
    size_t len = 0;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        seed = seed * 1664525 + 1013904223;
        kinds[i] = "nnnwom"[(seed >> 16) % 6];
        len += write_command(bytes + len, kinds[i], i);
    }
    EXPECT(send(fd, bytes, len, 0) == (ssize_t)len);
    for (uint32_t i = 0; i < COMMANDS && test_failures == 0; i++)
        expect_answer(fd, kinds[i], i);
    close(fd);
    server_stop(&server);
}

TEST(who_waits_delays_nobody_and_may_end)
{
    struct server_process server = start();
    char bytes[2 * (TEXT_MAX + 6)];
    int waiting[4];
    for (size_t i = 0; i < 4; i++) {
        waiting[i] = connect_client(&server);
        size_t len = write_command(bytes, 'h', 0);
        len += write_command(bytes + len, 'n', 1);
        EXPECT(send(waiting[i], bytes, len, 0) == (ssize_t)len);
    }
    int other = connect_client(&server);
    size_t len = write_command(bytes, 'w', 5);
    EXPECT(send(other, bytes, len, 0) == (ssize_t)len);
    expect_answer(other, 'w', 5);
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(waiting[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(waiting[0]);
    close(waiting[1]);
    len = write_command(bytes, 'w', 6);
    EXPECT(send(other, bytes, len, 0) == (ssize_t)len);
    expect_answer(other, 'w', 6);
    server_stop(&server); /* with two that wait */
    close(waiting[2]);
    close(waiting[3]);
    close(other);
}
