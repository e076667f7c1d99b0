/* egress.h: what waits to be sent to one session: a bounded queue of shared frames and how much of
 * the first has left.
 *
 * An idle session has none (NULL): memory is held only while something waits. Control frames (Pong,
 * Close) have places of their own and never starve: at most one Pong waits, the newest (RFC
 * 6455, 5.5.3). */
#ifndef PARLEY_RUNTIME_EGRESS_H
#define PARLEY_RUNTIME_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "runtime/frame.h"

struct egress; /* one per session that has something to send */

struct egress_limits {
    uint32_t messages_max; /* frames that may wait */
    uint32_t bytes_max; /* bytes that may wait; one frame is always accepted into an empty queue */
    uint32_t volatile_max; /* frames beyond which DELIVERY_VOLATILE is dropped */
};

enum egress_result {
    EGRESS_QUEUED,
    EGRESS_REPLACED, /* took the place of an older frame of its key */
    EGRESS_DROPPED,  /* volatile, and the queue was not near empty */
    EGRESS_FULL,     /* reliable, and over a bound: the session has to be disconnected */
    EGRESS_NO_MEMORY
};

/* Takes a reference of its own. *egress is created when NULL. */
enum egress_result egress_push(struct egress **egress, struct frame *frame,
                               const struct egress_limits *limits);
/* Fills up to `max` pieces with what is to be sent next, in order; returns how many. The first may
 * start inside a frame. */
uint32_t egress_peek(const struct egress *egress, struct iovec *pieces, uint32_t max);
/* `sent` bytes have left; releases what is complete; frees and clears *egress when nothing is left.
 */
void egress_sent(struct egress **egress, size_t sent);
/* Drops everything but a frame that has partly left (the peer must be able to parse what follows).
 */
void egress_drop(struct egress **egress);
void egress_free(struct egress **egress);
uint32_t egress_messages(const struct egress *egress);
uint32_t egress_bytes(const struct egress *egress);

#endif
