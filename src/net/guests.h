/* guests.h: connections that H2O holds: accepted, perhaps in their TLS handshake, speaking HTTP,
 * not yet (or never) a WebSocket.
 *
 * H2O's event loop hangs in ours as one descriptor: when its epoll set has something ready, or one
 * of its timers is due, it is run once. */
#ifndef PARLEY_NET_GUESTS_H
#define PARLEY_NET_GUESTS_H

#include <stdbool.h>

#include "net/admission.h"
#include "net/h2o.h"
#include "net/http/head.h"
#include "net/listener.h"
#include "net/loop.h"

struct worker;

/* A connection that was accepted. */
struct arrival {
    int fd;
    struct admitted admitted;
    struct ip address;       /* the peer's, or whose a PROXY header says it is */
    enum listener_name port; /* that it came by */
};

struct guest {
    struct guest *next, *previous;
    struct worker *worker;
    h2o_socket_t *socket;
    struct admitted admitted;
    struct ip address;
    enum listener_name port;
    int lingering; /* a second descriptor of its socket, see guest_linger; -1 */
    bool session;  /* holds a place among the WebSocket connections: its upgrade is under way */
};

struct guests {
    h2o_context_t context;
    h2o_accept_ctx_t accept; /* with TLS if it is on, */
    h2o_accept_ctx_t plain;  /* and without, for the admin port */
    struct source source;    /* H2O's epoll set */
    struct guest *first;
};

/* 0 or -errno. Before other threads start. */
int guests_init(struct worker *worker) __attribute__((warn_unused_result));
/* All guests must have left. */
void guests_clear(struct worker *worker);

/* Takes the descriptor; `input` is what was read from it already. */
void guests_enter(struct worker *worker, const struct arrival *arrival, struct str input);
/* The guest that H2O serves on this socket. */
struct guest *guest_of(const h2o_socket_t *socket);
/* Whose the request is: the peer's, or a proxy's client's. */
struct ip guest_client(const struct guest *guest, const struct head *head);
/* What the peer still sends when H2O closes the connection is read for a while: unread, it would
 * make the kernel reset the connection, and the reset can overtake our answer. */
void guest_linger(struct guest *guest);
/* It is a WebSocket from now on, which takes over what it holds. */
void guest_release(struct guest *guest);

/* Runs H2O's loop if it has changes to apply or a timer is due. */
void guests_run(struct worker *worker);
/* When guests_run has to be called again (monotonic), UINT64_MAX for never. */
uint64_t guests_due_ms(const struct worker *worker);
/* Drops requests whose head is too long, or wrong, while H2O waits for the rest of them. */
void guests_sweep(struct worker *worker);
/* The server stops: idle ones leave at once, others after their response. */
void guests_stop(struct worker *worker);
/* Cuts off all that are left, and waits until H2O has let go of them. */
void guests_drop(struct worker *worker);

#endif
