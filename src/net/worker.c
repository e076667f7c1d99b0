#include "net/worker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/check.h"
#include "net/expiry.h"
#include "net/letters.h"
#include "net/pause.h"
#include "net/sweep.h"

/* Moves and mails that may wait for a worker, and their bytes. */
enum { LETTERS_MAX = 16 * 1024, LETTERS_BYTES_MAX = 64 * 1024 * 1024 };

/* Rounds of settling in one turn: sending over TLS and H2O's answers may make each other work. */
enum { SETTLE_ROUNDS_MAX = 4 };

/* How often a stopping worker looks whose turn it is to be closed, and whether all connections,
 * everywhere, are gone. */
enum { STOP_LOOK_MS = 10 };

/* How soon orders that the store could not take are posted again. */
enum { POST_AGAIN_MS = 10 };
/* A sweep that comes this late: the process was stopped, or the machine. */
enum { STOPPED_MS = 1000 };

static void refill_random(void *context, uint8_t *bytes, size_t len)
{
    (void)context;
    while (len > 0) {
        ssize_t got = getrandom(bytes, len, 0);
        CHECK(got > 0 || errno == EINTR);
        if (got > 0) {
            bytes += got;
            len -= (size_t)got;
        }
    }
}

static void on_letters(struct source *source, uint32_t events)
{
    (void)events;
    uint64_t count;
    ssize_t got = read(source->fd, &count, sizeof count);
    CHECK(got == sizeof count || errno == EAGAIN);
    letters_take(SOURCE_OWNER(source, struct worker, letters));
}

void worker_wake(struct worker *worker)
{
    uint64_t one = 1;
    ssize_t put = write(worker->letters.fd, &one, sizeof one);
    CHECK(put == sizeof one || errno == EAGAIN); /* EAGAIN: it will wake up anyway */
}

static void wake_for_letters(void *context)
{
    worker_wake(context);
}

struct server_silence worker_silence(const struct worker *worker, uint32_t binding)
{
    const struct server_setup *setup = worker->server->setup;
    if (setup->silences != NULL)
        return setup->silences[binding];
    return (struct server_silence){setup->config->ping_interval_ms, setup->config->idle_timeout_ms};
}

/* Often enough that all intervals are kept within a quarter. */
static uint32_t sweep_interval_ms(const struct worker *worker)
{
    uint32_t interval_ms = 4000;
    for (uint32_t i = 0; i < worker->server->setup->bindings_count; i++) {
        struct server_silence silence = worker_silence(worker, i);
        if (silence.ping_ms > 0 && silence.ping_ms < interval_ms)
            interval_ms = silence.ping_ms;
        if (silence.end_ms > 0 && silence.end_ms < interval_ms)
            interval_ms = silence.end_ms;
    }
    return interval_ms < 40 ? 10 : interval_ms / 4;
}

static struct hub *new_hub(struct worker *worker)
{
    const struct server *server = worker->server;
    const struct config *config = worker_config(worker);
    struct service_config service = {
        .worker = worker->index,
        .workers = server->workers_count,
        .sessions_max = config->connections_max,
    };
    memcpy(service.hash_key, server->hash_key, sizeof service.hash_key);
    const struct hub_limits limits = {
        .sessions_max = config->connections_max,
        .egress = connection_egress_limits(config),
        .strikes_max = config->strikes_max,
        .strikes_refill_ms = config->strikes_refill_ms,
    };
    const struct hub_ports ports = connection_ports(worker);
    return hub_new(&service, &limits, server->setup->bindings, server->setup->bindings_count,
                   sizeof(struct connection), &ports, &worker->random, &worker->stats);
}

int worker_init(struct worker *worker, struct server *server, uint32_t index,
                const int fds[LISTENERS])
{
    *worker = (struct worker){
        .server = server,
        .index = index,
        .stop_ms = UINT64_MAX,
        .renewal = atomic_load(&server->reload.current),
    };
    int error = loop_init(&worker->loop);
    if (error == 0)
        error = gather_init(worker);
    if (error == 0)
        error = connections_init(&worker->connections);
    if (error == 0)
        error = guests_init(worker);
    if (error == 0)
        error = api_init(worker);
    if (error == 0)
        error = admin_init(worker);
    for (uint32_t i = 0; i < LISTENERS && error == 0; i++)
        error = listener_init(worker, i, fds[i]);
    if (error != 0)
        return error;
    random_init(&worker->random, refill_random, NULL);
    worker->letters.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->letters.ready = on_letters;
    if (worker->letters.fd < 0)
        return -errno;
    error = loop_add(&worker->loop, &worker->letters, EPOLLIN);
    if (error != 0)
        return error;
    worker->mailbox = mailbox_new(LETTERS_MAX, LETTERS_BYTES_MAX, wake_for_letters, worker);
    worker->hub = new_hub(worker);
    if (worker->mailbox == NULL || worker->hub == NULL)
        return -ENOMEM;
    return 0;
}

void worker_drop(struct worker *worker)
{
    letters_drop(worker);
    api_drop(worker);
    admin_drop(worker);
    heralds_drop(worker);
    guests_drop(worker);
    pauses_next_turn(worker); /* all have ended: frees them */
    connections_settle(worker);
    farewells_clear(worker);
    archive_post(worker);
}

void worker_clear(struct worker *worker)
{
    hub_free(worker->hub);
    mailbox_free(worker->mailbox);
    close(worker->letters.fd);
    for (uint32_t i = 0; i < LISTENERS; i++)
        listener_close(&worker->listeners[i]);
    guests_clear(worker);
    api_clear(worker);
    admin_clear(worker);
    archive_clear(worker);
    connections_clear(&worker->connections);
    gather_clear(worker);
    loop_clear(&worker->loop);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Sends what the turn has queued. What H2O answers to that is part of the turn. */
static void settle(struct worker *worker)
{
    for (uint32_t round = 0; round < SETTLE_ROUNDS_MAX; round++) {
        connections_settle(worker);
        guests_run(worker);
        if (!connections_unsettled(worker))
            break;
    }
    archive_post(worker);
}

static void begin_phase(struct worker *worker, enum worker_phase phase)
{
    worker->phase = phase;
    worker->phase_ms = worker->loop.now_ms;
}

/* Goes on to the next phases of stopping that are due. */
static void stop(struct worker *worker)
{
    const struct config *config = worker_config(worker);
    uint64_t now_ms = worker->loop.now_ms;
    if (worker->phase == PHASE_SERVING) {
        uint32_t timeout_ms = config->shutdown_timeout_ms;
        /* A quarter, at most half a second, is left for the process to end in time. */
        uint32_t margin_ms = timeout_ms / 4 < 500 ? timeout_ms / 4 : 500;
        worker->stop_ms = now_ms + timeout_ms - margin_ms;
        begin_phase(worker, PHASE_LEAVING);
    }
    if (worker->phase == PHASE_LEAVING && now_ms - worker->phase_ms >= config->drain_delay_ms)
        begin_phase(worker, PHASE_DRAINING);
    if (worker->phase == PHASE_DRAINING && now_ms >= worker->drain_ms) {
        worker->drain_ms = now_ms + STOP_LOOK_MS;
        connections_stop(worker, now_ms - worker->phase_ms, config->drain_ms);
        if (now_ms - worker->phase_ms < config->drain_ms)
            return;
        begin_phase(worker, PHASE_STOPPING);
        for (uint32_t i = 0; i < LISTENERS; i++)
            listener_close(&worker->listeners[i]);
        heralds_drop(worker);
        guests_stop(worker);
    }
}

static void sweep(struct worker *worker)
{
    uint64_t due_ms = worker->sweep_ms;
    worker->sweep_ms = worker->loop.now_ms + sweep_interval_ms(worker);
    if (worker->loop.now_ms - due_ms >= STOPPED_MS)
        return; /* what clients sent meanwhile is heard first */
    sweep_connections(worker);
    guests_sweep(worker);
    for (uint32_t i = 0; i < LISTENERS; i++)
        listener_resume(&worker->listeners[i]);
}

/* Returns when the next turn is due at the latest. */
static uint64_t turn(struct worker *worker, uint64_t due_ms)
{
    loop_wait(&worker->loop, due_ms);
    reload_adopt(worker);
    atomic_fetch_add_explicit(&worker->turns, 1, memory_order_relaxed);
    hub_time(worker->hub, worker->loop.now_ms, worker->loop.wall_ms);
    loop_dispatch(&worker->loop);
    uint64_t gather_ms = gather_run(worker);
    pauses_next_turn(worker);
    worker->tick_ms = hub_tick(worker->hub);
    if (worker->loop.now_ms >= worker->sweep_ms)
        sweep(worker);
    bool stopping = worker_stopping(worker);
    if (stopping)
        stop(worker);
    uint64_t asks_ms = earlier(api_run(worker), admin_run(worker));
    uint64_t expiry_ms = expiry_run(worker);
    settle(worker);

    due_ms = earlier(earlier(worker->tick_ms, worker->sweep_ms), earlier(asks_ms, expiry_ms));
    due_ms = earlier(due_ms, farewells_run(worker));
    due_ms = earlier(due_ms, heralds_run(worker));
    due_ms = earlier(due_ms, guests_due_ms(worker));
    due_ms = earlier(due_ms, gather_ms);
    if (connections_unsettled(worker) || worker->connections.yielding != NULL)
        due_ms = 0;
    if (archive_holds(worker))
        due_ms = earlier(due_ms, worker->loop.now_ms + POST_AGAIN_MS);
    stat_time(&worker->stats.turn_times, loop_clock_ns() - worker->loop.woke_ns);
    return stopping ? earlier(due_ms, worker->loop.now_ms + STOP_LOOK_MS) : due_ms;
}

static bool is_done(const struct worker *worker)
{
    const struct admission *admission = worker->server->admission;
    if (worker->loop.now_ms >= worker->stop_ms)
        return true;
    return worker->phase == PHASE_STOPPING && !archive_holds(worker) &&
           atomic_load_explicit(&admission->sockets, memory_order_relaxed) == 0;
}

void *worker_run(void *context)
{
    struct worker *worker = context;
    uint64_t due_ms = 0;
    pthread_setname_np(pthread_self(), "worker"); /* for those who look at threads */
    while (!is_done(worker))
        due_ms = turn(worker, due_ms);
    uint64_t one = 1;
    ssize_t put = write(worker->server->finished, &one, sizeof one);
    CHECK(put == sizeof one);
    return NULL;
}
