#include "net/guests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "generated/protocol.h"
#include "net/http/answer.h"
#include "net/http/forwarded.h"
#include "net/http/handshake.h"
#include "net/worker.h"

enum { DROP_ROUNDS_MAX = 8 };

/* H2O does not tell its epoll descriptor. While there is one thread, a new descriptor is the lowest
 * free one; that it is what it should be is checked. */
static int create_loop(h2o_loop_t **loop)
{
    int lowest = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    if (lowest < 0)
        lowest = open("/dev/null", O_RDONLY | O_CLOEXEC); /* started without standard input */
    if (lowest < 0)
        return -errno;
    close(lowest);
    *loop = h2o_evloop_create();
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", lowest);
    ssize_t len = readlink(path, target, sizeof target);
    struct str kind = {target, len > 0 ? (size_t)len : 0};
    CHECK(str_equal(kind, STR("anon_inode:[eventpoll]")));
    return lowest;
}

static struct worker *worker_of(struct source *source)
{
    return SOURCE_OWNER(source, struct worker, guests.source);
}

/* One round of H2O's loop. Writes of ours that were complete at once are called back before: the
 * round would otherwise wait for their sockets to be writable, which they need not be, and find
 * nothing to write when they are. */
static void run(h2o_loop_t *loop)
{
    h2o_timeout__do_post_callback(loop);
    h2o_evloop_run(loop, 0);
}

static void on_ready(struct source *source, uint32_t events)
{
    (void)events;
    run(worker_of(source)->guests.context.loop);
}

int guests_init(struct worker *worker)
{
    struct guests *guests = &worker->guests;
    h2o_loop_t *loop = NULL;
    int fd = create_loop(&loop);
    if (fd < 0)
        return fd;
    h2o_context_init(&guests->context, loop, &worker->server->site.config);
    guests->accept = (h2o_accept_ctx_t){
        .ctx = &guests->context,
        .hosts = worker->server->site.config.hosts,
        .ssl_ctx = worker->renewal->tls,
    };
    guests->plain = guests->accept;
    guests->plain.ssl_ctx = NULL;
    guests->source = (struct source){.ready = on_ready, .fd = fd};
    return loop_add(&worker->loop, &guests->source, EPOLLIN);
}

void guests_clear(struct worker *worker)
{
    struct guests *guests = &worker->guests;
    h2o_loop_t *loop = guests->context.loop;
    h2o_context_dispose(&guests->context);
    h2o_evloop_destroy(loop);
    close(guests->source.fd); /* which H2O forgets to do */
}

struct guest *guest_of(const h2o_socket_t *socket)
{
    return socket->on_close.data;
}

void guest_release(struct guest *guest)
{
    struct guests *guests = &guest->worker->guests;
    guest->socket->on_close.cb = NULL;
    *(guest->previous != NULL ? &guest->previous->next : &guests->first) = guest->next;
    if (guest->next != NULL)
        guest->next->previous = guest->previous;
    free(guest);
}

/* H2O has closed the socket. */
static void on_close(void *data)
{
    struct guest *guest = data;
    struct worker *worker = guest->worker;
    const struct ending ending = {
        .fd = guest->lingering, .admitted = guest->admitted, .session = guest->session};
    guest_release(guest);
    if (ending.fd >= 0) {
        farewell_begin(worker, &ending);
        return;
    }
    admission_leave(worker->server->admission, ending.admitted);
    if (ending.session)
        admission_session_leave(worker->server->admission);
}

struct ip guest_client(const struct guest *guest, const struct head *head)
{
    struct ip client;
    bool forwarded =
        guest->admitted.proxy && forwarded_client(head, guest->worker->server->admission, &client);
    return forwarded ? client : guest->address;
}

void guest_linger(struct guest *guest)
{
    if (guest->lingering < 0)
        guest->lingering = fcntl(h2o_socket_get_fd(guest->socket), F_DUPFD_CLOEXEC, 0);
}

/* What can be seen to be wrong in a request's first bytes, before H2O waits for a body that may
 * never come. */
static struct refusal judge_early(const struct worker *worker, struct str input)
{
    struct head head;
    bool complete = head_read(&head, input);
    const char *fault = complete ? head_fault(&head) : NULL;
    if ((complete ? head.len : input.len) > worker_config(worker)->header_bytes_max)
        return (struct refusal){431, STR_INIT("the request's head is too long")};
    if (fault != NULL)
        return (struct refusal){400, {fault, strlen(fault)}};
    if (complete && head_content_length(&head) > BODY_BYTES_MAX)
        return (struct refusal){413, STR_INIT("the request's body is too long")};
    return (struct refusal){0, {NULL, 0}};
}

static bool refuse_early(struct worker *worker, const struct arrival *arrival, struct str input)
{
    struct refusal refusal = judge_early(worker, input);
    if (refusal.status == 0)
        return false;
    answer_bare(worker, arrival->fd, refusal.status, refusal.reason);
    farewell_begin(worker, &(struct ending){.fd = arrival->fd, .admitted = arrival->admitted});
    return true;
}

static struct guest *guest_new(struct worker *worker, const struct arrival *arrival)
{
    struct guests *guests = &worker->guests;
    struct guest *guest = malloc(sizeof *guest);
    if (guest == NULL)
        return NULL;
    h2o_socket_t *socket = h2o_evloop_socket_create(guests->context.loop, arrival->fd,
                                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    *guest = (struct guest){.next = guests->first,
                            .worker = worker,
                            .socket = socket,
                            .admitted = arrival->admitted,
                            .address = arrival->address,
                            .port = arrival->port,
                            .lingering = -1};
    if (guests->first != NULL)
        guests->first->previous = guest;
    guests->first = guest;
    socket->on_close.cb = on_close;
    socket->on_close.data = guest;
    return guest;
}

static void give_up(struct worker *worker, const struct arrival *arrival)
{
    farewell_begin(
        worker, &(struct ending){.fd = arrival->fd, .admitted = arrival->admitted, .broken = true});
}

void guests_enter(struct worker *worker, const struct arrival *arrival, struct str input)
{
    char *scratch = (char *)worker->connections.scratch;
    bool tls = worker->server->tls && arrival->port != LISTENER_ADMIN;
    if (input.len == 0) {
        /* The listener hands out connections that have sent something already. */
        ssize_t len = recv(arrival->fd, scratch, CONNECTION_READ_BYTES, 0);
        if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR)) {
            give_up(worker, arrival);
            return;
        }
        input = (struct str){scratch, len > 0 ? (size_t)len : 0};
    }
    if (!tls && refuse_early(worker, arrival, input))
        return;
    struct guest *guest = guest_new(worker, arrival);
    if (guest == NULL) {
        give_up(worker, arrival);
        return;
    }
    h2o_socket_t *socket = guest->socket;
    if (input.len > 0) {
        h2o_iovec_t room = h2o_buffer_reserve(&socket->input, input.len);
        CHECK(room.base != NULL);
        memcpy(room.base, input.base, input.len);
        socket->input->size = input.len;
    }
    h2o_loop_t *loop = worker->guests.context.loop;
    loop->_now = worker->loop.wall_ms; /* H2O's timers start from here; its loop may have slept */
    h2o_accept(tls ? &worker->guests.accept : &worker->guests.plain, socket);
    /* Calls back for writes that were complete at once, which spares most upgrades a round through
     * H2O's epoll set. */
    h2o_timeout__do_post_callback(loop);
}

/* A request whose head is not complete yet; H2O sets the version when it is. */
static bool is_unread(const h2o_req_t *request)
{
    return request->version == 0;
}

static int sweep_one(h2o_req_t *request, void *context)
{
    struct worker *worker = context;
    h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
    if (request->res.status != 0)
        return 0; /* it is being answered */
    struct refusal refusal =
        judge_early(worker, (struct str){socket->input->bytes, socket->input->size});
    if (refusal.status == 0)
        return 0;
    int fd = h2o_socket_get_fd(socket);
    if (socket->ssl == NULL)
        answer_bare(worker, fd, refusal.status, refusal.reason);
    shutdown(fd, SHUT_RD); /* H2O reads the end, and closes */
    return 0;
}

static int leave_if_idle(h2o_req_t *request, void *context)
{
    (void)context;
    h2o_socket_t *socket = request->conn->callbacks->get_socket(request->conn);
    if (is_unread(request) && socket->input->size == 0)
        shutdown(h2o_socket_get_fd(socket), SHUT_RD);
    return 0;
}

static void each_request(struct worker *worker, int (*each)(h2o_req_t *request, void *context))
{
    h2o_context_t *context = &worker->guests.context;
    context->globalconf->http1.callbacks.foreach_request(context, each, worker);
}

void guests_sweep(struct worker *worker)
{
    each_request(worker, sweep_one);
}

void guests_stop(struct worker *worker)
{
    /* Responses say "Connection: close" from now on. h2o_context_request_shutdown would also start
     * HTTP/2's timers, which outlast us. */
    worker->guests.context.shutdown_requested = 1;
    each_request(worker, leave_if_idle);
}

void guests_drop(struct worker *worker)
{
    struct guests *guests = &worker->guests;
    for (struct guest *guest = guests->first; guest != NULL; guest = guest->next)
        shutdown(h2o_socket_get_fd(guest->socket), SHUT_RDWR);
    /* Reading ends, writing fails: in each state of H2O's one round or two are enough. */
    for (uint32_t round = 0; guests->first != NULL && round < DROP_ROUNDS_MAX; round++)
        run(guests->context.loop);
    run(guests->context.loop); /* frees the closed sockets */
}

static bool has_changes(const struct worker *worker)
{
    const h2o_loop_t *loop = worker->guests.context.loop;
    return loop->_statechanged.head != NULL || loop->_pending_as_server != NULL ||
           loop->_pending_as_client != NULL;
}

void guests_run(struct worker *worker)
{
    h2o_loop_t *loop = worker->guests.context.loop;
    if (has_changes(worker) || h2o_timeout_get_wake_at(&loop->_timeouts) <= worker->loop.wall_ms)
        run(loop);
}

uint64_t guests_due_ms(const struct worker *worker)
{
    if (has_changes(worker))
        return 0;
    h2o_loop_t *loop = worker->guests.context.loop;
    uint64_t wake_ms = h2o_timeout_get_wake_at(&loop->_timeouts);
    if (wake_ms == UINT64_MAX)
        return UINT64_MAX;
    uint64_t wall_ms = worker->loop.wall_ms;
    return worker->loop.now_ms + (wake_ms > wall_ms ? wake_ms - wall_ms : 0);
}
