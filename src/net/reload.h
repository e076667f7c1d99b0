/* reload.h: SIGHUP exchanges settings, all of them or none, while the workers go on.
 *
 * The main thread makes the new ones and publishes them; each worker adopts them when its next turn
 * begins, and whoever looks at settings does so within a turn; when all workers have adopted them,
 * the main thread drops the old ones. */
#ifndef PARLEY_NET_RELOAD_H
#define PARLEY_NET_RELOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/h2o.h"

struct config;
struct server;
struct worker;

/* What is exchanged; never changed itself. */
struct renewal {
    const struct config *config; /* of which the allowed origins and the admin token are heeded */
    SSL_CTX *tls;                /* NULL without TLS */
};

struct reload {
    _Atomic(struct renewal *) current;
    struct renewal *old; /* some workers may still use it; NULL: none does */
    uint32_t adopted;    /* by how many workers the current one is */
    int fd;              /* eventfd: one is added by each worker that adopts one */
    bool again;          /* SIGHUP came while there was an old one */
};

/* The settings at start. False when they cannot be used, which was logged. */
bool reload_init(struct server *server) __attribute__((warn_unused_result));
/* After all workers have ended. */
void reload_clear(struct server *server);

/* On the main thread: SIGHUP came. */
void reload_begin(struct server *server);
/* On the main thread: reload->fd can be read. */
void reload_look(struct server *server);

/* On the worker's thread, between two turns. */
void reload_adopt(struct worker *worker);

#endif
