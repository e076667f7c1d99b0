/* listener.h: a worker's listening socket on one port: accepts in batches, turns away what is over
 * a bound, and survives running out of descriptors. */
#ifndef PARLEY_NET_LISTENER_H
#define PARLEY_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "net/loop.h"

struct worker;

/* The ports of a server. */
enum listener_name {
    LISTENER_MAIN,  /* everything */
    LISTENER_HTTP,  /* the HTTP API alone */
    LISTENER_ADMIN, /* the admin API alone; the first worker's */
    LISTENERS
};

struct listener {
    struct source source; /* fd is -1 when closed */
    struct worker *worker;
    enum listener_name name;
    int reserve; /* a descriptor held back, to accept and turn away with when there are no others */
    bool told;   /* that something is short: not again before the next listener_resume */
    bool paused; /* nothing can be accepted, not even by the reserve: see listener_resume */
};

/* Opens `count` sockets that share `host` (numeric) and *port; *port 0 is replaced by the one the
 * kernel chose. 0 or -errno, then none is open; *what is the step that failed. */
int listener_open(const char *host, uint16_t *port, uint32_t count, uint32_t user_timeout_ms,
                  int *fds, const char **what) __attribute__((warn_unused_result));

/* Makes one socket that listens already `count` descriptors, for as many workers; takes it. 0 or
 * -errno, then all is closed; *what as above. */
int listener_share(int fd, uint32_t count, uint32_t user_timeout_ms, int *fds, const char **what)
    __attribute__((warn_unused_result));

/* Takes fd; -1: the worker does not listen there. 0 or -errno. */
int listener_init(struct worker *worker, enum listener_name name, int fd)
    __attribute__((warn_unused_result));
void listener_close(struct listener *listener);
/* Tells a client that there is no room for it, and closes its connection. */
void listener_turn_away(struct worker *worker, int fd, struct str reason);
/* Called now and then: tries again after a pause. */
void listener_resume(struct listener *listener);

#endif
