/* farewell.h: what remains of a connection that has ended: its last bytes, and a short wait until
 * they have arrived.
 *
 * The service has been told already. What was queued is sent (with the Close frame as its last),
 * then the sending side is shut and what the peer still sends is thrown away: closing a socket with
 * unread input would reset the connection, and the reset can overtake our Close frame. Bounded in
 * bytes and in time. */
#ifndef PARLEY_NET_FAREWELL_H
#define PARLEY_NET_FAREWELL_H

#include "generated/closes.h"
#include "net/admission.h"
#include "net/h2o.h"
#include "net/loop.h"
#include "runtime/egress.h"

struct worker;
struct farewell;

/* A worker's farewells, oldest first: all take the same time, so the first is due first. */
struct farewells {
    struct farewell *first, *last;
};

/* How a connection ends. What it names is taken. */
struct ending {
    struct source *source; /* what `loop` knows the descriptor by; NULL: no loop knows it yet */
    struct loop *loop;     /* NULL: the worker's own */
    int fd;                /* -1 with TLS */
    h2o_socket_t *tls;     /* NULL for plaintext */
    struct egress *egress; /* NULL when nothing is to be sent */
    struct admitted admitted;
    bool session; /* it holds a place among the WebSocket connections */
    bool broken;  /* nothing can be sent any more */
    bool drained; /* nothing more is expected from the peer: close at once when all is sent */
};

void farewell_begin(struct worker *worker, const struct ending *ending);
/* A WebSocket connection that there is no room for. */
void farewell_refuse(struct worker *worker, int fd, h2o_socket_t *tls, struct admitted admitted,
                     enum close_name why);
/* Drops those whose time is over; returns when the next one is due, UINT64_MAX for never. */
uint64_t farewells_run(struct worker *worker);
/* Drops all. */
void farewells_clear(struct worker *worker);

#endif
