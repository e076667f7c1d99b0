/* Moves between workers that do not come to pass: there is no memory for one at any of the steps,
 * or no room where it leads. The client is told why where it still can be, its service on one of
 * the workers hears of its end, and nothing that it held stays taken. */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/idle_service.h"
#include "tests/unit/memory.h"
#include "tests/unit/server_process.h"

/* The service: "m5" moves the session while only five more allocations succeed, and is answered
 * where it leads; "o5" moves it while the one after five fails, but no other; "f" moves it to where
 * there is no room. */

enum { SLOTS = 16 };

struct rover {
    uint32_t worker;
    struct {
        struct handle session;
        bool taken, moved, lost;
    } slots[SLOTS];
};

/* Shared with the server's process: sessions that are anywhere in the service, or on their way. */
static atomic_int *present;

static void *rover_create(const struct service_config *config)
{
    struct rover *rover = calloc(1, sizeof *rover);
    if (rover != NULL)
        rover->worker = config->worker;
    return rover;
}

static uint32_t take_slot(struct rover *rover, struct handle session, bool moved)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (!rover->slots[i].taken) {
            rover->slots[i].session = session;
            rover->slots[i].taken = true;
            rover->slots[i].moved = moved;
            return i;
        }
    }
    return SERVICE_FULL;
}

static uint32_t rover_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    (void)turn;
    atomic_fetch_add(present, 1);
    return take_slot(state, facts->session, false);
}

static void rover_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    struct rover *rover = state;
    struct handle session = rover->slots[slot].session;
    const struct line *line = command;
    if (rover->slots[slot].moved) {
        effect_send(turn, session, line, sizeof *line);
        return;
    }
    rover->slots[slot].lost = line->text.base[0] == 'f';
    if (!rover->slots[slot].lost) {
        memory_left = (uint32_t)(line->text.base[1] - '0');
        memory_fails_once = line->text.base[0] == 'o';
    }
    effect_move(turn, session, 1 - rover->worker);
}

static void rover_close(void *state, uint32_t slot, struct turn *turn)
{
    (void)turn;
    ((struct rover *)state)->slots[slot].taken = false;
    atomic_fetch_sub(present, 1);
}

static size_t rover_pack(void *state, uint32_t slot, uint8_t *block)
{
    struct rover *rover = state;
    block[0] = rover->slots[slot].lost;
    rover->slots[slot].taken = false;
    return 1;
}

static uint32_t rover_unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                             size_t len)
{
    EXPECT_EQ_INT(len, 1);
    if (!block[0])
        return take_slot(state, facts->session, true);
    atomic_fetch_sub(present, 1);
    return SERVICE_FULL;
}

/* Asked at the end of each turn: what was short was short for this one. */
static uint64_t rover_next_ms(const void *state)
{
    (void)state;
    memory_recovers();
    return UINT64_MAX;
}

static const struct service service = {
    .name = STR_INIT("rover"),
    .event_bytes = sizeof(struct line),
    .command_bytes = sizeof(struct line),
    .create = rover_create,
    .destroy = free,
    .open = rover_open,
    .facts = idle_facts,
    .command = rover_command,
    .close = rover_close,
    .tick = idle_tick,
    .next_ms = rover_next_ms,
    .pack = rover_pack,
    .unpack = rover_unpack,
    .rooms = idle_rooms,
};

/* With hardly more descriptors than it needs, so that one that is lost is missed. */
static int serve(uint16_t port)
{
    const struct rlimit files = {100, 100};
    EXPECT(setrlimit(RLIMIT_NOFILE, &files) == 0);
    const struct config config = server_config(port);
    return server_serve(&config, &service, NULL);
}

static struct server_process start(void)
{
    present =
        mmap(NULL, sizeof *present, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(present != MAP_FAILED);
    return server_start(serve);
}

static void stop(const struct server_process *server)
{
    server_stop(server);
    EXPECT_EQ_INT(atomic_load(present), 0);
    munmap(present, sizeof *present);
}

/* A client's life: it is moved, or told that it cannot be, or cut off when there was no memory even
 * for that. Returns the length of what it was told. */
static size_t live(const struct server_process *server, const char *text, char *told, size_t max)
{
    char bytes[LINE_BYTES_MAX];
    int fd = client_connect(server);
    size_t len = client_frame(bytes, (struct str){text, strlen(text)});
    EXPECT(send(fd, bytes, len, 0) == (ssize_t)len);
    size_t told_len = 0;
    for (ssize_t got; told_len < max && (got = recv(fd, told + told_len, max - told_len, 0)) > 0;) {
        told_len += (size_t)got;
        if (told[0] == (char)0x81) /* an answer: it was moved, and would live on */
            break;
    }
    close(fd);
    return told_len;
}

static bool is_close(const char *told, size_t len, uint16_t code, const char *reason)
{
    return len == 4 + strlen(reason) && told[0] == (char)0x88 && told[2] == (char)(code >> 8) &&
           told[3] == (char)(code & 0xff) && memcmp(told + 4, reason, len - 4) == 0;
}

TEST(memory_may_be_short_at_each_step)
{
    struct server_process server = start();
    uint32_t moved = 0, said_why = 0;
    for (uint32_t i = 0; i < 300; i++) {
        char told[128], text[3] = {"mo"[i % 2], (char)('0' + i / 2 % 8), 0};
        size_t len = live(&server, text, told, sizeof told);
        moved += len == 4 && told[0] == (char)0x81 && memcmp(told + 2, text, 2) == 0;
        said_why += is_close(told, len, 1013, "the server is short of memory");
    }
    EXPECT(moved > 50 && moved < 300);
    EXPECT(said_why > 30);
    stop(&server);
}

TEST(there_may_be_no_room)
{
    struct server_process server = start();
    for (uint32_t i = 0; i < 150; i++) {
        char told[128];
        size_t len = live(&server, "f", told, sizeof told);
        EXPECT(is_close(told, len, 1013, "the server is full"));
    }
    stop(&server);
}
