/* egress.h: what waits to be sent to one session: a bounded queue of shared frames and how much of
 * the first has left.
 *
 * An idle session has none (NULL), one frame needs no memory: it is held only while several wait,
 * or a frame has partly left. Frames leave in the order they were pushed, with two exceptions.
 * Pongs go before all other frames that have not begun to leave; a few may wait, then a newer one
 * takes the place of the newest (RFC 6455, 5.5.3). A Close is always accepted, goes last, and
 * nothing is accepted after it.
 *
 * A reader lags when the kernel has refused some of what waits (egress_refused), until all of it
 * has left, and when half of a bound is taken (egress_is_half_full). It is spared frames of
 * DELIVERY_LATEST that a newer one of their event and key follows: the newer takes the older one's
 * place, so that what has waited longest leaves first, however often it changes, but never a place
 * before a seal (DELIVERY_SEAL). One that keeps up is sent each, in order. */
#ifndef PARLEY_RUNTIME_EGRESS_H
#define PARLEY_RUNTIME_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "runtime/frame.h"

enum { EGRESS_PONGS_MAX = 16 };

struct egress; /* one per session that has something to send */

struct egress_limits {
    uint32_t messages_max; /* frames that may wait */
    uint32_t bytes_max; /* bytes that may wait; one frame is always accepted into an empty queue */
    uint32_t volatile_max; /* frames beyond which DELIVERY_VOLATILE is dropped */
};

enum egress_result {
    EGRESS_QUEUED,
    EGRESS_REPLACED, /* took the place of an older frame of its key, or of a Pong */
    EGRESS_DROPPED,  /* volatile, and the queue was not near empty; or a Close waits already */
    EGRESS_FULL,     /* over a bound: the session has to be disconnected */
    EGRESS_NO_MEMORY
};

/* Takes a reference of its own when the frame is queued. Memory is from the spares that the frame
 * is from; the first frame needs none. Constant time on average, whatever waits. */
enum egress_result egress_push(struct egress **egress, struct frame *frame,
                               const struct egress_limits *limits)
    __attribute__((warn_unused_result));
/* Fills up to `max` pieces with what is to be sent next, in order; returns how many. The first may
 * start inside a frame. Valid until the next call that changes the egress. */
uint32_t egress_peek(const struct egress *egress, struct iovec *pieces, uint32_t max);
/* `sent` bytes of what egress_peek showed have left; releases what is complete; frees and clears
 * *egress when nothing is left. Returns how many frames are complete with it; -ENOMEM when a frame
 * has begun to leave and there is no memory to note it: nothing can be sent behind it any more. */
int egress_sent(struct egress **egress, size_t sent);
/* The kernel takes no more for now; something waits. (Not noted when memory is short.) */
void egress_refused(struct egress **egress);
/* Drops everything but a frame that has partly left (the peer must be able to parse what follows).
 */
void egress_drop(struct egress **egress);
void egress_free(struct egress **egress);
uint32_t egress_messages(const struct egress *egress);
uint32_t egress_bytes(const struct egress *egress);
/* Whether half of a bound is taken, of messages (but Pongs and the Close) or of bytes. */
bool egress_is_half_full(const struct egress *egress, const struct egress_limits *limits);

/* A session that moves takes its queue with it as bytes. `out` has egress_bytes() bytes. */
void egress_flatten(const struct egress *egress, uint8_t *out);
/* The other side: an egress in which `wire` (len > 0) is as good as begun. NULL when memory is
 * short. */
struct egress *egress_new_flattened(struct spares *spares, struct str wire)
    __attribute__((warn_unused_result));

#endif
