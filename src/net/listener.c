#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/address.h"
#include "net/http/answer.h"
#include "net/worker.h"

/* Bytes that the kernel takes for a peer beyond what it has sent. A peer that does not keep up has
 * what is new wait in its egress, where a newer state takes an older one's place, not behind
 * megabytes of old ones. */
enum { UNSENT_BYTES_MAX = 128 * 1024 };

/* Connections that one turn accepts, so that those that are open get their turn too. */
enum { ACCEPT_BATCH = 64 };

/* Opening. */

static int set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : -errno;
}

/* A bound socket, or -errno. */
static int bind_socket(const union address *address, socklen_t len, bool shared)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int error = set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (error == 0 && shared)
        error = set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (error == 0 && bind(fd, &address->any, len) != 0)
        error = -errno;
    if (error == 0)
        return fd;
    close(fd);
    return error;
}

/* What accepted sockets inherit, and the queue. */
static int start_listening(int fd, uint32_t user_timeout_ms)
{
    int error = set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (error == 0)
        error = set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX);
    /* A peer that is gone, or never reads, is given up after this long. */
    if (error == 0)
        error = set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)user_timeout_ms);
    /* The kernel hands out a connection when it has sent something, or after a second: the first
     * read then finds the request. */
    if (error == 0)
        error = set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    if (error == 0 && listen(fd, SOMAXCONN) != 0)
        error = -errno;
    return error;
}

static int open_one(const char *host, uint16_t *port, uint32_t user_timeout_ms, const char **what)
{
    union address address;
    socklen_t len;
    *what = "parse";
    int error = address_parse(host, *port, &address, &len);
    if (error != 0)
        return error;
    *what = "bind";
    int fd = bind_socket(&address, len, true);
    if (fd < 0)
        return fd;
    *what = "listen";
    error = start_listening(fd, user_timeout_ms);
    if (error != 0) {
        close(fd);
        return error;
    }
    *port = address_bound_port(fd);
    return fd;
}

/* Sockets that share a port would let a second server take half of a first one's connections
 * unnoticed; one that does not share sees whether somebody is there. */
static int check_unused(const char *host, uint16_t port, const char **what)
{
    union address address;
    socklen_t len;
    *what = "parse";
    int error = address_parse(host, port, &address, &len);
    if (error != 0)
        return error;
    *what = "bind";
    int fd = bind_socket(&address, len, false);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

int listener_open(const char *host, uint16_t *port, uint32_t count, uint32_t user_timeout_ms,
                  int *fds, const char **what)
{
    int error = check_unused(host, *port, what);
    if (error != 0)
        return error;
    for (uint32_t i = 0; i < count; i++) {
        fds[i] = open_one(host, port, user_timeout_ms, what);
        if (fds[i] >= 0)
            continue;
        error = fds[i];
        while (i-- > 0)
            close(fds[i]);
        return error;
    }
    return 0;
}

int listener_share(int fd, uint32_t count, uint32_t user_timeout_ms, int *fds, const char **what)
{
    *what = "share";
    uint32_t shared = 1;
    fds[0] = fd;
    int error = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0
                    ? start_listening(fd, user_timeout_ms)
                    : -errno;
    for (; shared < count && error == 0; shared++) {
        fds[shared] = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (fds[shared] < 0)
            error = -errno;
    }
    for (uint32_t i = 0; i < shared && error != 0; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return error;
}

/* Accepting. */

/* Where workers share a socket, a connection wakes one of them. */
enum { CONNECTIONS = EPOLLIN | EPOLLEXCLUSIVE };

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void listener_turn_away(struct worker *worker, int fd, struct str reason)
{
    if (!worker->server->tls) {
        /* With its request unread, closing would reset the connection before it has our answer. */
        recv(fd, worker->connections.scratch, CONNECTION_READ_BYTES, 0);
        answer_bare(worker, fd, 503, reason);
    }
    close(fd);
}

/* Whether an error of accept comes again as long as nothing is given back. */
static bool is_short(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

/* With every descriptor taken, the reserve is given up for a moment, to tell one client so. False
 * when that does not work either. */
static bool shed_one(struct listener *listener, int error)
{
    struct worker *worker = listener->worker;
    if (!listener->told)
        log_warn("connections are turned away", log_system_error(error));
    listener->told = true;
    if (listener->reserve < 0 || error == ENOMEM || error == ENOBUFS)
        return false;
    close(listener->reserve);
    int fd = accept4(listener->source.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        stat_add(&worker->stats.accept_refused_total, 1);
        listener_turn_away(worker, fd, STR("no descriptor is left"));
    }
    listener->reserve = open_reserve();
    return fd >= 0;
}

static void enter(const struct listener *listener, int fd, const union address *address)
{
    struct worker *worker = listener->worker;
    struct arrival arrival = {.fd = fd, .address = address_ip(address), .port = listener->name};
    switch (admission_enter(worker->server->admission, &arrival.address, &arrival.admitted)) {
    case ADMISSION_GRANTED:
        stat_add(&worker->stats.accepted, 1);
        if (arrival.admitted.proxy && heralds_expected(worker, listener->name))
            heralds_enter(worker, &arrival);
        else
            guests_enter(worker, &arrival, (struct str){NULL, 0});
        break;
    case ADMISSION_FULL:
        stat_add(&worker->stats.accept_refused_total, 1);
        listener_turn_away(worker, fd, STR("all connections are taken"));
        break;
    case ADMISSION_ADDRESS_FULL:
        stat_add(&worker->stats.accept_refused_address, 1);
        listener_turn_away(worker, fd, STR("too many connections from this address"));
        break;
    }
}

static void on_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct listener *listener = SOURCE_OWNER(source, struct listener, source);
    for (uint32_t i = 0; i < ACCEPT_BATCH && source->fd >= 0; i++) {
        union address address;
        socklen_t len = sizeof address;
        int fd = accept4(source->fd, &address.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            enter(listener, fd, &address);
        } else if (errno == EAGAIN) {
            return;
        } else if (is_short(errno) && !shed_one(listener, errno)) {
            loop_remove(&listener->worker->loop, source);
            listener->paused = true;
            return;
        } /* else this one is gone already (man accept: treat as none) */
    }
}

int listener_init(struct worker *worker, enum listener_name name, int fd)
{
    struct listener *listener = &worker->listeners[name];
    *listener = (struct listener){
        .source = {.ready = on_ready, .fd = fd},
        .worker = worker,
        .name = name,
        .reserve = fd >= 0 ? open_reserve() : -1,
    };
    return fd < 0 ? 0 : loop_add(&worker->loop, &listener->source, CONNECTIONS);
}

void listener_close(struct listener *listener)
{
    if (listener->source.fd >= 0) {
        /* Closing alone would not do it while others have the socket too. */
        if (!listener->paused)
            loop_remove(&listener->worker->loop, &listener->source);
        close(listener->source.fd);
    }
    if (listener->reserve >= 0)
        close(listener->reserve);
    listener->source.fd = listener->reserve = -1;
}

void listener_resume(struct listener *listener)
{
    listener->told = false;
    if (!listener->paused || listener->source.fd < 0)
        return;
    if (listener->reserve < 0)
        listener->reserve = open_reserve();
    listener->paused = loop_add(&listener->worker->loop, &listener->source, CONNECTIONS) != 0;
}
