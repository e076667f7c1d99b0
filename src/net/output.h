/* output.h: sends what waits in an egress queue: gathered, one system call where the kernel takes
 * all. */
#ifndef PARLEY_NET_OUTPUT_H
#define PARLEY_NET_OUTPUT_H

#include "net/h2o.h"
#include "runtime/egress.h"
#include "runtime/stats.h"

struct connection;

enum output {
    OUTPUT_DONE,    /* nothing waits any more (with TLS: nothing that H2O has not taken) */
    OUTPUT_BLOCKED, /* the kernel takes no more for now */
    OUTPUT_BROKEN   /* the connection is gone */
};

enum output output_plain(int fd, struct egress **egress, struct stats *stats);
/* Hands H2O a bounded piece at a time; `written` is called when it has been sent, and goes on. */
enum output output_tls(h2o_socket_t *socket, struct egress **egress, h2o_socket_cb written,
                       struct stats *stats);

/* Takes what waits out of the queue, or its first pieces, as bytes in the pool. */
h2o_iovec_t output_take(struct egress **egress, h2o_mem_pool_t *pool, struct stats *stats);

/* Whether so much waits at a connection that nothing more of what it sends is read or handled: TCP
 * makes a peer wait that does not read what it is answered, instead of us ending it. */
bool output_is_behind(const struct connection *connection);
/* Sends what is queued at a connection; it may be ending afterwards. */
void output_flush(struct connection *connection);

#endif
