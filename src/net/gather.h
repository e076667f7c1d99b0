/* gather.h: connections whose messages may be read late, so that those of many are read together.
 *
 * Where what clients send changes nothing before the next tick, waking up for each message is
 * wasted. These connections wait in an epoll set of their own, inside the worker's: the first to
 * send something wakes the worker, which reads it and then leaves the whole set alone for
 * server_setup.gathering.ms; what has come meanwhile is read in one turn, and so on until nothing
 * comes. An idle set costs nothing. With TLS, H2O reads: these connections are not gathered. */
#ifndef PARLEY_NET_GATHER_H
#define PARLEY_NET_GATHER_H

#include "net/loop.h"

struct worker;

struct gather {
    struct loop loop;     /* the set; its time is not used */
    struct source source; /* of the set, in the worker's loop */
    uint64_t due_ms;      /* when the set is looked at; UINT64_MAX: as soon as it is ready */
};

/* 0 or -errno. */
int gather_init(struct worker *worker) __attribute__((warn_unused_result));
void gather_clear(struct worker *worker);
/* Where the plaintext connections of a binding are waited for. */
struct loop *gather_loop(struct worker *worker, uint32_t binding);
/* Calls what is ready in the set when it is due; returns when it is due next, UINT64_MAX for when
 * the worker's loop says so. */
uint64_t gather_run(struct worker *worker);

#endif
