/* worker.h: one thread of the server, with everything that it owns, and what all threads share.
 *
 * A turn of a worker: wait; call the sources that are ready, among them the mailbox and H2O's loop;
 * read what was gathered; run due timers; then settle: everything that was queued in the turn is
 * sent, each connection with one call, connections that have ended are let go, and H2O applies its
 * changes. Only settling gives connections back, so that pointers to them hold for the whole turn.
 */
#ifndef PARLEY_NET_WORKER_H
#define PARLEY_NET_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/random.h"
#include "net/admission.h"
#include "net/archive.h"
#include "net/connection.h"
#include "net/farewell.h"
#include "net/gather.h"
#include "net/guests.h"
#include "net/heralds.h"
#include "net/http/admin.h"
#include "net/http/api.h"
#include "net/http/site.h"
#include "net/inherited.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/reload.h"
#include "net/server.h"
#include "runtime/mailbox.h"

/* What the workers share; written before they start, but for the atomics. */
struct server {
    const struct server_setup *setup;
    struct site site;
    struct reload reload;
    bool tls; /* both ports speak TLS only */
    struct admission *admission;
    uint8_t hash_key[16];
    uint64_t started_ms; /* Unix time */
    uint64_t began_ms;   /* the same moment, monotonic */
    struct worker *workers;
    uint32_t workers_count;
    uint32_t workers_ready, workers_running; /* set up; with a thread: while starting */
    uint16_t ports[LISTENERS];               /* that are listened to; 0: none */
    struct inherited inherited;              /* until the ports are open */
    bool store_started;
    uint64_t stop_ms; /* when the process shall have ended (monotonic) */
    int finished;     /* eventfd: one is added by each worker that has stopped */
    atomic_bool stopping;
};

/* What a worker does about the end of the server. */
enum worker_phase {
    PHASE_SERVING,
    PHASE_LEAVING,  /* as before, but for /readyz and /health: balancers shall notice */
    PHASE_DRAINING, /* no new WebSockets; those that are open are closed, one by one */
    PHASE_STOPPING  /* nothing new; what is left has until stop_ms */
};

struct worker {
    struct server *server;
    uint32_t index;
    pthread_t thread;
    struct loop loop;
    struct gather gather;
    struct listener listeners[LISTENERS];
    struct heralds heralds;
    struct guests guests;
    struct asks asks;
    struct admin admin;
    struct connections connections;
    struct farewells farewells;
    struct hub *hub;
    struct archive archive;
    struct random random;
    struct mailbox *mailbox;
    struct source letters; /* eventfd: the mailbox has been filled, or the server stops */
    uint64_t tick_ms;      /* when the hub's next timer is due */
    uint64_t sweep_ms;     /* when idle connections are next looked for */
    enum worker_phase phase;
    uint64_t phase_ms;             /* when it began */
    uint64_t drain_ms;             /* PHASE_DRAINING: when the next ones are closed */
    uint64_t stop_ms;              /* when whatever is left is dropped; UINT64_MAX while serving */
    const struct renewal *renewal; /* settings that may be exchanged, but not within a turn */
    atomic_uint turns;             /* that have begun: for the main thread, to see that we live */
    struct stats stats;
};

/* 0 or -errno; `fds` are open listening sockets, which the worker takes, or -1. */
int worker_init(struct worker *worker, struct server *server, uint32_t index,
                const int fds[LISTENERS]) __attribute__((warn_unused_result));
/* After all threads have ended, or were never started: ends what the worker has under way, which
 * may write letters to others. */
void worker_drop(struct worker *worker);
/* After all workers have dropped what they had. */
void worker_clear(struct worker *worker);
/* The thread: returns when the server stops. */
void *worker_run(void *worker);
/* From any thread: look at the mailbox, and at whether the server stops. */
void worker_wake(struct worker *worker);

static inline const struct config *worker_config(const struct worker *worker)
{
    return worker->server->setup->config;
}

/* The server does; this worker's phase follows with its next turn. */
static inline bool worker_stopping(const struct worker *worker)
{
    return atomic_load_explicit(&worker->server->stopping, memory_order_relaxed);
}

/* Since the server's start, however the wall clock was set meanwhile. */
static inline uint64_t worker_uptime_s(const struct worker *worker)
{
    return (worker->loop.now_ms - worker->server->began_ms) / 1000;
}

/* Of the clients of a binding. */
struct server_silence worker_silence(const struct worker *worker, uint32_t binding);

#endif
