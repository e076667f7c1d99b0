/* What comes to a worker from outside its turns: signals while it waits, more waking than is
 * counted, and more letters than its mailbox takes while it stops. */
#include "net/worker.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "tests/idle_service.h"
#include "tests/unit/server_process.h"

/* Waking and waiting */

TEST(a_worker_that_is_woken_more_often_than_is_counted_is_awake)
{
    struct worker worker = {.letters.fd = eventfd(0, EFD_NONBLOCK)};
    const uint64_t most = UINT64_MAX - 1; /* eventfd(2): one more would have to wait */
    REQUIRE(worker.letters.fd >= 0);
    EXPECT(write(worker.letters.fd, &most, sizeof most) == sizeof most);
    worker_wake(&worker);
    uint64_t count = 0;
    EXPECT(read(worker.letters.fd, &count, sizeof count) == sizeof count && count == most);
    worker_wake(&worker);
    EXPECT(read(worker.letters.fd, &count, sizeof count) == sizeof count && count == 1);
    close(worker.letters.fd);
}

struct storm {
    pthread_t target;
    atomic_bool over;
};

static void *rage(void *context)
{
    struct storm *storm = context;
    while (!atomic_load(&storm->over)) {
        pthread_kill(storm->target, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

static void ignore(int number)
{
    (void)number;
}

struct counted {
    struct source source;
    uint32_t ready;
};

static void on_ready(struct source *source, uint32_t events)
{
    uint64_t count;
    EXPECT_EQ_INT(events, EPOLLIN);
    EXPECT(read(source->fd, &count, sizeof count) == sizeof count);
    SOURCE_OWNER(source, struct counted, source)->ready++;
}

TEST(signals_while_a_loop_waits_cost_a_turn_and_nothing_else)
{
    struct loop loop;
    struct counted counted = {.source = {.ready = on_ready, .fd = eventfd(0, EFD_NONBLOCK)}};
    REQUIRE(loop_init(&loop) == 0 && loop_add(&loop, &counted.source, EPOLLIN) == 0);
    const struct sigaction action = {.sa_handler = ignore};
    struct storm storm = {.target = pthread_self()};
    pthread_t thread;
    REQUIRE(sigaction(SIGUSR1, &action, NULL) == 0);
    REQUIRE(pthread_create(&thread, NULL, rage, &storm) == 0);
    for (uint32_t interrupted = 0; interrupted < 100;) {
        loop_wait(&loop, UINT64_MAX); /* for ever, but for signals */
        EXPECT(loop.ready_count <= 0);
        interrupted += loop.ready_count < 0;
        loop_dispatch(&loop);
        EXPECT_EQ_INT(counted.ready, 0);
    }
    const uint64_t one = 1;
    EXPECT(write(counted.source.fd, &one, sizeof one) == sizeof one);
    while (counted.ready == 0) {
        loop_wait(&loop, UINT64_MAX);
        loop_dispatch(&loop);
    }
    EXPECT_EQ_INT(counted.ready, 1);
    atomic_store(&storm.over, true);
    EXPECT(pthread_join(thread, NULL) == 0);
    close(counted.source.fd);
    loop_clear(&loop);
}

/* A full mailbox. The service: "w" is told its worker, "m" moves to worker 1, "h" holds its worker
 * until it is let go, "f" mails worker 1 as often as one call may. */

enum { MAILS_AT_ONCE = 1000, MAILS_MAX = 16 * 1024 };

struct held_worker {
    uint32_t worker;
    uint32_t count;
    struct handle sessions[64];
};

/* Shared with the server's process. */
static struct {
    atomic_bool holds, let_go;
    atomic_uint mails;
} * shared;

static void *service_create(const struct service_config *config)
{
    struct held_worker *held = calloc(1, sizeof *held);
    if (held != NULL)
        held->worker = config->worker;
    return held;
}

static uint32_t service_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct held_worker *held = state;
    (void)turn;
    held->sessions[held->count] = facts->session;
    return held->count++;
}

static void service_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    struct held_worker *held = state;
    struct handle session = held->sessions[slot];
    const struct line *line = command;
    switch (line->text.base[0]) {
    case 'm':
        if (held->worker == 0)
            effect_move(turn, session, 1);
        return;
    case 'h':
        atomic_store(&shared->holds, true);
        while (!atomic_load(&shared->let_go))
            sched_yield();
        return;
    case 'f':
        for (uint32_t i = 0; i < MAILS_AT_ONCE; i++)
            effect_mail(turn, session, 1, "x", 1);
        return;
    default: {
        struct line answer = {held->worker == 0 ? STR("0") : STR("1")};
        effect_send(turn, session, &answer, sizeof answer);
    }
    }
}

static size_t service_pack(void *state, uint32_t slot, uint8_t *block)
{
    (void)state, (void)slot, (void)block;
    return 0;
}

static uint32_t service_unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                               size_t len)
{
    (void)block, (void)len;
    return service_open(state, facts, NULL);
}

static void service_mail(void *state, uint32_t from, const uint8_t *bytes, size_t len,
                         struct turn *turn)
{
    (void)turn;
    EXPECT(((struct held_worker *)state)->worker == 1 && from == 0 && len == 1 && *bytes == 'x');
    atomic_fetch_add(&shared->mails, 1);
}

static const struct service service = {
    .name = STR_INIT("held"),
    .event_bytes = sizeof(struct line),
    .command_bytes = sizeof(struct line),
    .create = service_create,
    .destroy = free,
    .open = service_open,
    .facts = idle_facts,
    .command = service_command,
    .close = idle_close,
    .tick = idle_tick,
    .next_ms = idle_next_ms,
    .pack = service_pack,
    .unpack = service_unpack,
    .mail = service_mail,
    .rooms = idle_rooms,
};

static int serve(uint16_t port)
{
    struct config config = server_config(port);
    config.shutdown_timeout_ms = 400;
    return server_serve(&config, &service, NULL);
}

/* The texts of one letter each, in one segment. */
static void say(int fd, const char *texts)
{
    char bytes[LINE_BYTES_MAX * 8];
    size_t len = 0;
    for (size_t i = 0; texts[i] != '\0'; i++)
        len += client_frame(bytes + len, (struct str){texts + i, 1});
    EXPECT(send(fd, bytes, len, 0) == (ssize_t)len);
}

static void expect_close(int fd, uint16_t code, const char *reason)
{
    char told[126] = "";
    client_read(fd, told, 2);
    EXPECT_EQ_INT(told[0], (char)0x88);
    size_t len = (size_t)told[1] & 127;
    client_read(fd, told, len);
    EXPECT_EQ_INT((uint8_t)told[0] << 8 | (uint8_t)told[1], code);
    EXPECT_EQ_STR(told + 2, reason);
}

/* A client of worker 0. */
static int connect_to_first(const struct server_process *server)
{
    for (;;) {
        char answer[3];
        int fd = client_connect(server);
        say(fd, "w");
        client_read(fd, answer, sizeof answer);
        if (answer[2] == '0')
            return fd;
        close(fd);
    }
}

static struct server_process start(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(shared != MAP_FAILED);
    return server_start(serve);
}

static void await(const atomic_bool *what)
{
    while (!atomic_load(what))
        sched_yield();
}

static void finish(const struct server_process *server, uint32_t mails)
{
    server_wait(server);
    EXPECT_EQ_INT(atomic_load(&shared->mails), mails);
    munmap(shared, sizeof *shared);
}

TEST(what_a_full_mailbox_took_is_read_even_while_its_worker_stops)
{
    struct server_process server = start();
    int holder = connect_to_first(&server), filler = connect_to_first(&server);
    int mover = connect_to_first(&server), other = connect_to_first(&server);
    say(holder, "mh");
    await(&shared->holds); /* worker 1 */
    say(filler, "fffffffffffffffff");
    expect_close(filler, 1013, "the server is busy");
    say(mover, "m");
    expect_close(mover, 1013, "the server is busy");
    EXPECT_EQ_INT(atomic_load(&shared->mails), 0);
    EXPECT(kill(server.pid, SIGTERM) == 0);
    expect_close(other, 1001, "the server is stopping"); /* worker 0 stops */
    atomic_store(&shared->let_go, true);
    expect_close(holder, 1001, "the server is stopping");
    finish(&server, MAILS_MAX);
    close(holder), close(filler), close(mover), close(other);
}

/* Threads of this name that the process has. */
static uint32_t threads_named(pid_t pid, const char *name)
{
    char path[64], read_name[32] = "";
    uint32_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    EXPECT(tasks != NULL);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char file[sizeof path + sizeof task->d_name + sizeof "//comm"];
        snprintf(file, sizeof file, "%s/%s/comm", path, task->d_name);
        FILE *comm = fopen(file, "r");
        if (comm == NULL)
            continue; /* it has ended, or is no task */
        count += fscanf(comm, "%31s", read_name) == 1 && strcmp(read_name, name) == 0;
        fclose(comm);
    }
    closedir(tasks);
    return count;
}

TEST(letters_to_a_worker_that_has_ended_are_dropped)
{
    struct server_process server = start();
    int holder = connect_to_first(&server);
    while (threads_named(server.pid, "worker") < 2)
        sched_yield(); /* the other is being started */
    say(holder, "hfffffffffffffffff");
    await(&shared->holds); /* worker 0 */
    EXPECT(kill(server.pid, SIGTERM) == 0);
    while (threads_named(server.pid, "worker") > 1)
        sched_yield();
    atomic_store(&shared->let_go, true);
    expect_close(holder, 1013, "the server is busy");
    finish(&server, 0);
    close(holder);
}
