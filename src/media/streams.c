#include "media/streams.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

/* RFC 3711, 3.3.1: from here on a receiver may take a sequence number for one of another round. */
enum { REACH = 0x8000 };

int streams_init(struct streams *streams, uint32_t streams_max, const uint8_t hash_key[16])
{
    *streams = (struct streams){0};
    memcpy(streams->hash_key, hash_key, sizeof streams->hash_key);
    if (pool_init(&streams->pool, streams_max, sizeof(struct stream)) == 0 &&
        map_init(&streams->by_receiver_and_ssrc, streams_max) == 0)
        return 0;
    streams_clear(streams);
    return -ENOMEM;
}

void streams_clear(struct streams *streams)
{
    pool_clear(&streams->pool);
    map_clear(&streams->by_receiver_and_ssrc);
}

static uint64_t hash(const struct streams *streams, uint32_t receiver, uint32_t ssrc)
{
    const uint32_t key[2] = {receiver, ssrc};
    return hash_bytes(streams->hash_key, (struct str){(const char *)key, sizeof key});
}

struct stream *streams_find(struct streams *streams, uint32_t receiver, uint32_t ssrc)
{
    const struct map *map = &streams->by_receiver_and_ssrc;
    uint32_t slot = map_first(map, hash(streams, receiver, ssrc));
    while (slot != MAP_NONE) {
        struct stream *stream = pool_at(&streams->pool, slot);
        if (stream->receiver == receiver && stream->ssrc == ssrc)
            return stream;
        slot = map_next(map, slot);
    }
    return NULL;
}

struct stream *streams_add(struct streams *streams, uint32_t receiver, uint32_t ssrc,
                           uint32_t *first)
{
    struct handle handle;
    struct stream *stream = pool_take(&streams->pool, &handle);
    if (stream == NULL)
        return NULL;
    stream->receiver = receiver;
    stream->ssrc = ssrc;
    stream->next = *first;
    *first = handle.slot;
    map_add(&streams->by_receiver_and_ssrc, hash(streams, receiver, ssrc), handle.slot);
    return stream;
}

void streams_drop(struct streams *streams, uint32_t first)
{
    while (first != POOL_NONE) {
        const struct stream *stream = pool_at(&streams->pool, first);
        uint32_t next = stream->next;
        map_remove(&streams->by_receiver_and_ssrc, first);
        pool_give_back(&streams->pool, first);
        first = next;
    }
}

/* The index at which the stream goes on: the one that the receiver expects by the sequence number,
 * or, where that has been used, the next one. */
static int64_t resume(const struct stream *stream, uint16_t sequence)
{
    if (!stream->started)
        return sequence;
    const struct srtp_window receiver = {.newest = (uint64_t)stream->newest, .started = true};
    uint64_t expected;
    if (srtp_estimate(&receiver, sequence, &expected) && (int64_t)expected > stream->newest)
        return (int64_t)expected;
    return stream->newest + 1;
}

bool stream_index(struct stream *stream, uint64_t run, uint64_t index, uint64_t *out)
{
    int64_t next = (int64_t)index + stream->shift;
    bool follows = stream->started && stream->run == run && next - stream->newest < REACH;
    if (!follows)
        next = resume(stream, (uint16_t)index);
    if (next >= (int64_t)SRTP_INDEX_END || (follows && next < stream->oldest))
        return false;
    if (!follows) {
        stream->run = run;
        stream->shift = next - (int64_t)index;
        stream->oldest = next;
    }
    if (!stream->started || next > stream->newest)
        stream->newest = next;
    stream->started = true;
    *out = (uint64_t)next;
    return true;
}
