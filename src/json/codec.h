/* codec.h: what the runtime knows of a service's wire format: text in, commands out; events in,
 * text out.
 *
 * Each generated <service>_codec.c defines one `const struct codec`. It names no message: types are
 * numbers below the counts given here, and the name tables double as metric labels and log words.
 */
#ifndef PARLEY_JSON_CODEC_H
#define PARLEY_JSON_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum decode_status {
    DECODE_OK,      /* *command holds it; its strings live in the arena */
    DECODE_INVALID, /* not a message of this service: *error is the event that says why; a strike */
    DECODE_REFUSED  /* well formed, but the session's facts forbid it: *error says so; no strike */
};

enum delivery {
    DELIVERY_RELIABLE, /* a reader that lags beyond the bound is disconnected, never silently robbed
                        */
    DELIVERY_LATEST,   /* for a reader that lags, a newer one takes the place of the queued one of
                          the same event and key */
    DELIVERY_VOLATILE, /* dropped unless the queue is nearly empty */
    DELIVERY_SEAL,     /* reliable; what is queued before it of its key is not replaced any more */
    DELIVERY_SEAL_ALL  /* the same, of any key */
};

/* What encode found out beside the bytes. */
struct encoded {
    size_t len;
    uint16_t event;         /* number of the event, below events_count */
    uint16_t error;         /* number of the error plus one when the event carries one, else 0 */
    enum delivery delivery; /* from protocol.yaml */
    struct str key;         /* DELIVERY_LATEST, DELIVERY_SEAL: the field's value, borrowed from the
                               event */
};

struct codec {
    struct str service;
    uint32_t paths_count;
    const struct str *paths; /* where its WebSockets are */
    uint32_t commands_count, events_count, errors_count;
    const struct str *command_names, *event_names, *error_names;
    size_t event_encoded_max; /* no event encodes to more */

    /* The tag of a decoded command: below commands_count. Of one that does not decode it is
     * commands_count, unless the text says which it was to be. */
    uint32_t (*command_type)(const void *command);
    /* Strict RFC 8259 JSON, UTF-8 already checked. `facts` are the session's guards as bits.
     * `command` and `error` are the service's tagged unions. Everything the result points to lives
     * in the arena. */
    enum decode_status (*decode)(struct str text, uint32_t facts, struct arena *arena,
                                 void *command, void *error);
    /* Appends nothing but the event's JSON to `out`, which has at least event_encoded_max bytes. */
    struct encoded (*encode)(const void *event, char *out);
};

#endif
