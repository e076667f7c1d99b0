/* streams.h: what each receiver has been sent of each ssrc, so that no index is sealed twice with
 * one key.
 *
 * A stream is a pair of receiver and ssrc. It begins with roll-over counter 0, as its receiver
 * assumes, however long the sender has been talking to others, and it outlives the sender: when the
 * ssrc is taken again, by anybody, the receiver's key is still the same. Sequence numbers pass
 * unchanged unless the receiver would take them for old ones (the sender began anew, or more than
 * 32,768 packets were not passed on): from then on they continue where the stream was. One thread.
 */
#ifndef PARLEY_MEDIA_STREAMS_H
#define PARLEY_MEDIA_STREAMS_H

#include "base/map.h"
#include "base/pool.h"
#include "media/srtp.h"

struct streams {
    struct pool pool;
    struct map by_receiver_and_ssrc;
    uint8_t hash_key[16];
};

struct stream {
    uint32_t receiver; /* slot of the peer */
    uint32_t ssrc;
    uint32_t next;  /* the receiver's next stream, POOL_NONE ends */
    bool started;   /* the rest holds */
    uint64_t run;   /* the sender's, for which `shift` holds */
    int64_t shift;  /* outgoing minus incoming index */
    int64_t oldest; /* outgoing indices below are not used any more */
    int64_t newest; /* the greatest that was used */
};

/* -ENOMEM when the address space is short. */
int streams_init(struct streams *streams, uint32_t streams_max, const uint8_t hash_key[16])
    __attribute__((warn_unused_result));
void streams_clear(struct streams *streams);

struct stream *streams_find(struct streams *streams, uint32_t receiver, uint32_t ssrc);
/* A new stream at the head of the receiver's list; NULL when full. */
struct stream *streams_add(struct streams *streams, uint32_t receiver, uint32_t ssrc,
                           uint32_t *first) __attribute__((warn_unused_result));
/* All streams of a receiver, whose key is not used again. */
void streams_drop(struct streams *streams, uint32_t first);

/* The outgoing index for an incoming one. `run` changes whenever the sender's indices begin anew;
 * within a run, an index is asked for once. False when it must not be sent: it would be older than
 * what the stream (since its last jump) began with, or beyond the last there is. */
bool stream_index(struct stream *stream, uint64_t run, uint64_t index, uint64_t *out)
    __attribute__((warn_unused_result));

#endif
