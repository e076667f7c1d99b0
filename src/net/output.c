#include "net/output.h"

#include <errno.h>
#include <sys/socket.h>

#include "net/archive.h"
#include "net/connection.h"
#include "net/pause.h"
#include "net/worker.h"

/* Pieces that one call gathers; more than a turn usually queues at one connection. So few bytes of
 * several pieces are copied together: the kernel takes one piece faster than it gathers many. */
enum { PIECES_MAX = 64, COPIED_BYTES_MAX = 4096 };

/* A TLS record's largest content (RFC 8446, 5.1). */
enum { RECORD_BYTES_MAX = 16384 };

static size_t total_len(const struct iovec *pieces, uint32_t count)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += pieces[i].iov_len;
    return len;
}

/* False when memory is short: the connection is broken then. */
static bool count_sent(struct egress **egress, size_t len, struct stats *stats)
{
    int messages = egress_sent(egress, len);
    stat_add(&stats->messages_out, messages > 0 ? (uint64_t)messages : 0);
    stat_add(&stats->bytes_out, len);
    stat_add(&stats->writes, 1);
    return messages >= 0;
}

/* Room for total_len bytes. */
static void copy_pieces(char *to, const struct iovec *pieces, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        memcpy(to, pieces[i].iov_base, pieces[i].iov_len);
        to += pieces[i].iov_len;
    }
}

static ssize_t send_pieces(int fd, struct iovec *pieces, uint32_t count, size_t len)
{
    if (count == 1)
        return send(fd, pieces[0].iov_base, len, MSG_NOSIGNAL);
    if (len <= COPIED_BYTES_MAX) {
        char bytes[COPIED_BYTES_MAX];
        copy_pieces(bytes, pieces, count);
        return send(fd, bytes, len, MSG_NOSIGNAL);
    }
    const struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

enum output output_plain(int fd, struct egress **egress, struct stats *stats)
{
    while (*egress != NULL) {
        struct iovec pieces[PIECES_MAX];
        uint32_t count = egress_peek(*egress, pieces, PIECES_MAX);
        size_t len = total_len(pieces, count);
        ssize_t sent = send_pieces(fd, pieces, count, len);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? OUTPUT_BLOCKED : OUTPUT_BROKEN;
        if (!count_sent(egress, (size_t)sent, stats))
            return OUTPUT_BROKEN;
        if ((size_t)sent < len)
            return OUTPUT_BLOCKED;
    }
    return OUTPUT_DONE;
}

/* H2O would cut what a connection is sent at first into records of one packet each, so that a page
 * can be drawn as it comes. A message is of use when it is whole. */
static void want_whole_records(h2o_socket_t *socket)
{
    socket->_latency_optimization.state = H2O_SOCKET_LATENCY_OPTIMIZATION_STATE_NEEDS_UPDATE;
    socket->_latency_optimization.suggested_tls_payload_size = RECORD_BYTES_MAX;
}

static void write_pieces(h2o_socket_t *socket, const struct iovec *pieces, uint32_t count,
                         h2o_socket_cb written)
{
    h2o_iovec_t buffers[PIECES_MAX];
    for (uint32_t i = 0; i < count; i++)
        buffers[i] = h2o_iovec_init(pieces[i].iov_base, pieces[i].iov_len);
    h2o_socket_write(socket, buffers, count, written);
}

/* H2O makes each piece a record of its own, which costs both sides more than to copy it. */
static void write_record(h2o_socket_t *socket, const struct iovec *pieces, uint32_t count,
                         size_t len, h2o_socket_cb written)
{
    char bytes[RECORD_BYTES_MAX];
    h2o_iovec_t record = h2o_iovec_init(pieces[0].iov_base, len);
    if (count > 1) {
        copy_pieces(bytes, pieces, count);
        record.base = bytes;
    }
    h2o_socket_write(socket, &record, 1, written);
}

enum output output_tls(h2o_socket_t *socket, struct egress **egress, h2o_socket_cb written,
                       struct stats *stats)
{
    if (h2o_socket_is_writing(socket))
        return OUTPUT_BLOCKED;
    if (*egress == NULL)
        return OUTPUT_DONE;
    struct iovec pieces[PIECES_MAX];
    uint32_t count = egress_peek(*egress, pieces, PIECES_MAX);
    size_t len = total_len(pieces, count);
    want_whole_records(socket);
    /* The bytes are encrypted, and with that copied, before the call returns. */
    if (len <= RECORD_BYTES_MAX)
        write_record(socket, pieces, count, len, written);
    else
        write_pieces(socket, pieces, count, written);
    count_sent(egress, len, stats);
    return *egress == NULL ? OUTPUT_DONE : OUTPUT_BLOCKED;
}

h2o_iovec_t output_take(struct egress **egress, h2o_mem_pool_t *pool, struct stats *stats)
{
    if (*egress == NULL)
        return h2o_iovec_init(NULL, 0);
    struct iovec pieces[PIECES_MAX];
    uint32_t count = egress_peek(*egress, pieces, PIECES_MAX);
    size_t len = total_len(pieces, count);
    h2o_iovec_t taken = {.base = h2o_mem_alloc_pool(pool, len), .len = len};
    copy_pieces(taken.base, pieces, count);
    count_sent(egress, taken.len, stats);
    return taken;
}

static void on_tls_written(h2o_socket_t *socket, const char *error)
{
    struct connection *connection = socket->data;
    if (error != NULL)
        connection_break(connection);
    else if (connection->session.egress != NULL)
        connection_touch(connection);
}

static void flush_plain(struct connection *connection)
{
    struct worker *worker = connection->worker;
    bool blocked = false;
    switch (output_plain(connection->source.fd, &connection->session.egress, &worker->stats)) {
    case OUTPUT_DONE:
        break;
    case OUTPUT_BLOCKED:
        egress_refused(&connection->session.egress);
        blocked = true;
        break;
    case OUTPUT_BROKEN:
        connection_break(connection);
        return;
    }
    bool read = connection->pause == NULL && !(blocked && output_is_behind(connection));
    loop_want(connection_loop(connection), &connection->source,
              (read ? EPOLLIN : 0u) | (blocked ? EPOLLOUT : 0u));
}

static void flush_tls(struct connection *connection)
{
    struct stats *stats = &connection->worker->stats;
    enum output output =
        output_tls(connection->tls, &connection->session.egress, on_tls_written, stats);
    if (output == OUTPUT_BLOCKED)
        egress_refused(&connection->session.egress);
    bool behind = output == OUTPUT_BLOCKED && output_is_behind(connection);
    connection_read(connection, connection->pause == NULL && !behind);
}

bool output_is_behind(const struct connection *connection)
{
    if (connection->session.egress == NULL)
        return false;
    const struct egress_limits limits = connection_egress_limits(worker_config(connection->worker));
    return egress_is_half_full(connection->session.egress, &limits);
}

void output_flush(struct connection *connection)
{
    archive_post_fresh(connection->worker); /* what is shown is to be found afterwards */
    if (connection->tls != NULL)
        flush_tls(connection);
    else
        flush_plain(connection);
    if (connection->pause != NULL && !output_is_behind(connection))
        pause_caught_up(connection);
}
