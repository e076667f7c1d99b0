#include "net/server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/letters.h"
#include "net/media.h"
#include "net/notify.h"
#include "net/watch.h"
#include "net/worker.h"

/* Places for HTTP beside the WebSocket connections, so that a full server still tells its health.
 */
enum { HTTP_SOCKETS_MAX = 256 };

/* Whoever stops us may signal the process and its group, which makes two at once: one. */
enum { SAME_SIGNAL_MS = 250 };

/* Descriptors that the process needs beside its connections' own. */
enum { DESCRIPTORS_SPARE = 64 };

/* As many descriptors as we may have; tells when they are too few. */
static void raise_descriptor_limit(const struct config *config)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    rlim_t wanted = (rlim_t)config->connections_max + HTTP_SOCKETS_MAX + DESCRIPTORS_SPARE;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur < wanted)
        log_info("fewer descriptors than connections", log_number("limit", (int64_t)limit.rlim_cur),
                 log_number("wanted", (int64_t)wanted));
}

static struct admission *new_admission(const struct server *server)
{
    const struct config *config = server->setup->config;
    const struct admission_limits limits = {
        .sockets_max = config->connections_max + HTTP_SOCKETS_MAX,
        .sessions_max = config->connections_max,
        .per_address_max = config->connections_per_address_max,
        .guesses = {config->guesses_max, config->guesses_refill_ms, 1},
        .proxies = config->trusted_proxies,
        .proxies_count = config->trusted_proxies_count,
    };
    return admission_new(&limits, server->hash_key, !config->limit_loopback);
}

static const char *advice(int error)
{
    switch (abs(error)) {
    case EADDRINUSE:
        return "another program listens there: stop it, or choose another port";
    case EACCES:
        return "ports below 1024 need a privilege: choose a higher one";
    case EADDRNOTAVAIL:
        return "this machine does not have that address";
    case EINVAL:
        return "the host must be a numeric address, such as 127.0.0.1, 0.0.0.0 or ::1";
    case EMFILE:
    case ENFILE:
        return "allow it more descriptors (ulimit -n, LimitNOFILE=)";
    case EAGAIN:
        return "allow it more threads (ulimit -u, TasksMax=)";
    case ENOMEM:
        return "lower --connections-max, or allow it more memory (ulimit -v, overcommit)";
    default:
        return "";
    }
}

/* "127.0.0.1:8080", "[::1]:8080" */
static struct str address_text(const char *host, uint16_t port, char *out, size_t max)
{
    const char *format = strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u";
    int len = snprintf(out, max, format, host, (unsigned)port);
    return (struct str){out, len > 0 && (size_t)len < max ? (size_t)len : 0};
}

/* A socket for each worker; false when that fails, which was logged. */
static bool open_listeners(struct server *server, enum listener_name name, const char *host,
                           uint16_t port, uint32_t count, int *fds)
{
    const struct config *config = server->setup->config;
    const char *step;
    char text[80];
    server->ports[name] = port;
    uint32_t timeout_ms = config->idle_timeout_ms;
    int inherited = inherited_take(&server->inherited, host, port);
    int error = inherited >= 0
                    ? listener_share(inherited, count, timeout_ms, fds, &step)
                    : listener_open(host, &server->ports[name], count, timeout_ms, fds, &step);
    if (error == 0)
        return true;
    server->ports[name] = 0;
    struct str address = address_text(host, port, text, sizeof text);
    if (name == LISTENER_HTTP && !config->http_port_given)
        log_warn("the HTTP API has no port of its own", log_text("address", address),
                 log_system_error(error),
                 log_string("advice", "the main port serves it too; see --http-port"));
    else
        log_error("cannot listen", log_text("address", address), log_string("step", step),
                  log_system_error(error), log_string("advice", advice(error)));
    return false;
}

/* Without a token, whoever reaches the admin port may do anything. */
static const char *admin_host(const struct config *config)
{
    return config->admin_token.len > 0 ? config->host : "127.0.0.1";
}

/* Opens a socket on each port for each worker; -1 stands for none. */
static bool open_ports(struct server *server, int fds[LISTENERS][CONFIG_WORKERS_MAX])
{
    const struct config *config = server->setup->config;
    uint32_t count = server->workers_count;
    for (uint32_t i = 0; i < count; i++)
        fds[LISTENER_HTTP][i] = fds[LISTENER_ADMIN][i] = -1;
    if (!inherited_init(&server->inherited) ||
        !open_listeners(server, LISTENER_MAIN, config->host, config->port, count,
                        fds[LISTENER_MAIN]))
        return false;
    bool own_port = config->http_port_on &&
                    (config->http_port == 0 || config->http_port != server->ports[LISTENER_MAIN]);
    if (own_port &&
        !open_listeners(server, LISTENER_HTTP, config->host, config->http_port, count,
                        fds[LISTENER_HTTP]) &&
        config->http_port_given)
        return false;
    return (config->admin_port == 0 ||
            open_listeners(server, LISTENER_ADMIN, admin_host(config), (uint16_t)config->admin_port,
                           1, fds[LISTENER_ADMIN])) &&
           inherited_clear(&server->inherited);
}

/* What the workers share. False when that fails, which was logged. */
static bool prepare(struct server *server)
{
    raise_descriptor_limit(server->setup->config);
    CHECK(getrandom(server->hash_key, sizeof server->hash_key, 0) == sizeof server->hash_key);
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    server->started_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    server->began_ms = loop_clock_ms();
    site_init(&server->site, server->setup->config);
    if (!reload_init(server))
        return false;
    server->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->admission = new_admission(server);
    server->workers = calloc(server->workers_count, sizeof *server->workers);
    if (server->finished >= 0 && server->admission != NULL && server->workers != NULL)
        return true;
    log_error("cannot start", log_system_error(errno), log_string("advice", advice(errno)));
    return false;
}

/* Sets up all workers before the first one runs. False when that fails, which was logged. */
static bool set_up_workers(struct server *server)
{
    int fds[LISTENERS][CONFIG_WORKERS_MAX];
    if (!open_ports(server, fds))
        return false;
    for (uint32_t i = 0; i < server->workers_count; i++) {
        const int own[LISTENERS] = {fds[LISTENER_MAIN][i], fds[LISTENER_HTTP][i],
                                    fds[LISTENER_ADMIN][i]};
        int error = worker_init(&server->workers[i], server, i, own);
        if (error != 0) {
            log_error("cannot set up a worker", log_system_error(error),
                      log_string("advice", advice(error)));
            return false;
        }
        server->workers_ready++;
    }
    return true;
}

static bool start_store(struct server *server)
{
    const struct store_link *store = server->setup->store;
    server->store_started = store != NULL && store->start(store->context, archive_answer, server);
    return store == NULL || server->store_started;
}

static bool run_workers(struct server *server)
{
    for (uint32_t i = 0; i < server->workers_count; i++) {
        struct worker *worker = &server->workers[i];
        int error = pthread_create(&worker->thread, NULL, worker_run, worker);
        if (error != 0) {
            log_error("cannot start a thread", log_system_error(error),
                      log_string("advice", advice(error)));
            return false;
        }
        server->workers_running++;
    }
    return true;
}

static void stop_workers(struct server *server)
{
    atomic_store(&server->stopping, true);
    for (uint32_t i = 0; i < server->workers_running; i++)
        worker_wake(&server->workers[i]);
}

/* A thread of the store is held up by the disk, and uses what would be freed. */
static void exit_at_once(const struct server *server)
{
    bool served = server->stop_ms != 0;
    if (served)
        log_info("stopped");
    _exit(served ? 0 : 1);
}

static void clear(struct server *server)
{
    for (uint32_t i = 0; i < server->workers_running; i++)
        pthread_join(server->workers[i].thread, NULL);
    /* What one worker has under way may end as a letter to another, so none is freed before all
     * have dropped it; twice, since the first round may have written to those before. */
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < server->workers_ready; i++)
            worker_drop(&server->workers[i]);
    if (server->store_started) { /* which may write to workers until it has stopped */
        const struct store_link *store = server->setup->store;
        if (!store->stop(store->context, server->stop_ms))
            exit_at_once(server);
        for (uint32_t i = 0; i < server->workers_ready; i++)
            letters_drop(&server->workers[i]);
    }
    for (uint32_t i = 0; i < server->workers_ready; i++)
        worker_clear(&server->workers[i]);
    free(server->workers);
    admission_free(server->admission);
    close(server->finished);
    site_clear(&server->site);
    reload_clear(server);
}

/* SIGTERM, SIGINT and SIGHUP, as a descriptor; they reach no thread otherwise. */
static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int read_signal(int signals)
{
    struct signalfd_siginfo info;
    CHECK(read(signals, &info, sizeof info) == sizeof info);
    return (int)info.ssi_signo;
}

/* Until SIGTERM or SIGINT, which it returns. */
static int wait_for_end(struct server *server, int signals)
{
    struct watch watch;
    watch_init(&watch, loop_clock_ms());
    while (true) {
        struct pollfd wanted[2] = {{.fd = signals, .events = POLLIN},
                                   {.fd = server->reload.fd, .events = POLLIN}};
        int ready = poll(wanted, 2, watch_look(&watch, server, loop_clock_ms()));
        CHECK(ready >= 0 || errno == EINTR);
        if (ready > 0 && wanted[1].revents != 0)
            reload_look(server);
        if (ready <= 0 || wanted[0].revents == 0)
            continue;
        int signal_number = read_signal(signals);
        if (signal_number != SIGHUP)
            return signal_number;
        reload_begin(server);
    }
}

/* Until all workers have finished; a second signal does not wait for them, unless it is SIGHUP. */
static void wait_finished(const struct server *server, int signals)
{
    const uint64_t first_ms = loop_clock_ms();
    uint64_t finished = 0;
    while (finished < server->workers_running) {
        struct pollfd wanted[2] = {{.fd = signals, .events = POLLIN},
                                   {.fd = server->finished, .events = POLLIN}};
        while (poll(wanted, 2, -1) < 0)
            CHECK(errno == EINTR);
        if (wanted[0].revents != 0 && read_signal(signals) != SIGHUP &&
            loop_clock_ms() >= first_ms + SAME_SIGNAL_MS) {
            log_warn("second signal", log_string("effect", "exiting at once"));
            _exit(1);
        }
        uint64_t count;
        if (read(server->finished, &count, sizeof count) == sizeof count)
            finished += count;
    }
}

static void serve(struct server *server, int signals)
{
    char text[80];
    const struct config *config = server->setup->config;
    log_info("listening",
             log_text("address",
                      address_text(config->host, server->ports[LISTENER_MAIN], text, sizeof text)),
             log_number("http_port", server->ports[LISTENER_HTTP]),
             log_number("admin_port", server->ports[LISTENER_ADMIN]),
             log_number("workers", server->workers_count),
             log_string("tls", server->tls ? "on" : "off"),
             log_text("version", server->setup->version));
    notify_ready();
    int signal_number = wait_for_end(server, signals);
    notify_stopping();
    uint32_t sessions = atomic_load(&server->admission->sessions);
    log_info("stopping", log_number("signal", signal_number), log_number("connections", sessions));
    server->stop_ms = loop_clock_ms() + config->shutdown_timeout_ms;
    stop_workers(server);
    wait_finished(server, signals);
}

int server_run(const struct server_setup *setup)
{
    struct server server = {
        .setup = setup,
        .workers_count = setup->config->workers,
        .finished = -1,
        .reload.fd = -1,
        .tls = setup->config->tls_cert != NULL,
    };
    CHECK(server.workers_count > 0 && server.workers_count <= CONFIG_WORKERS_MAX);
    int signals = open_signals();
    bool started = signals >= 0 && prepare(&server) && set_up_workers(&server) &&
                   (setup->media == NULL || media_start(setup->media)) && start_store(&server) &&
                   run_workers(&server);
    if (started)
        serve(&server, signals);
    else
        stop_workers(&server);
    clear(&server);
    close(signals);
    if (started)
        log_info("stopped");
    return started ? 0 : 1;
}
