/* store_link.h: how the workers and the store's threads speak: by letters.
 *
 * net/ is the workers' end, store/ the other; neither knows the other. A worker posts what its
 * turn asked of the store before it sends what the turn has to say: whoever has been shown a
 * message and asks for it afterwards finds it, since the store takes letters in the order in which
 * they were posted, whoever posted them. */
#ifndef PARLEY_RUNTIME_STORE_LINK_H
#define PARLEY_RUNTIME_STORE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/mailbox.h"

enum store_letter_kind {
    /* To the store: */
    STORE_ORDERS,    /* of one turn of a worker: `number` packed orders (store_order.h), in order */
    STORE_ASK_ROOMS, /* the rooms that are active, as the body of an HTTP answer */
    STORE_ASK_HISTORY, /* `number` messages at most of the room that `bytes` names, likewise */
    /* To a worker: */
    STORE_RECALLED, /* `number` packed orders, the answer to the STORE_RECALL of `ticket` */
    STORE_ANSWER    /* an HTTP answer: `number` is its status */
};

/* One block of memory, from malloc; owned by whoever holds the pointer. */
struct store_letter {
    struct letter letter; /* first; its kind is an enum store_letter_kind */
    uint32_t worker;      /* who asks, and is answered */
    uint32_t binding;     /* index of the service */
    uint64_t ticket;      /* the asker's own, comes back with the answer */
    uint32_t number;
    bool refused; /* STORE_RECALLED: no new room can be opened */
    size_t len;
    char bytes[];
};

enum store_part { STORE_PART_JOURNAL, STORE_PART_REDIS, STORE_PART_MONGODB, STORE_PARTS };

enum store_health {
    STORE_DISABLED, /* not configured */
    STORE_HEALTHY,
    STORE_CONNECTING, /* not reached yet */
    STORE_AWAY,       /* was lost, or answers errors */
    STORE_HEALTHS
};

/* How the store is. Any thread may ask; the numbers may be of slightly different moments. */
struct store_status {
    enum store_health parts[STORE_PARTS];
    bool full;                /* its bound is reached: new rooms are refused */
    bool damaged;             /* the journal is, in part */
    bool unconfirmed;         /* with fsync: the disk fails to confirm, or has not for seconds */
    uint64_t orders_waiting;  /* posted, not yet in the journal */
    uint64_t entries_waiting; /* in the journal, not yet in MongoDB */
    uint64_t entries_kept;    /* in the journal */
    uint64_t entries_aside;   /* that MongoDB refuses: in the journal, and not tried at present */
    uint64_t journal_bytes;   /* of its files */
    uint64_t lag_ms;          /* age of the oldest order that is not yet in the journal */
    uint64_t ship_lag_ms;     /* age of the oldest entry that is not yet in MongoDB */
    uint64_t entries_total, commits_total, shipped_total, cached_total; /* since the start */
    uint64_t errors_total[STORE_PARTS]; /* that each part answered */
    uint64_t dropped_total;             /* entries that found no room in the journal */
};

struct store_link {
    void *context;
    /* Starts the threads. `answer` brings a letter to its worker, and takes it in any case; it may
     * be called by any thread of the store until `stop` returns. False when that fails, which was
     * logged. */
    bool (*start)(void *context, void (*answer)(void *context, struct store_letter *letter),
                  void *answer_context);
    /* Any thread. False when the store has as many letters as it may: the letter is still the
     * caller's. */
    bool (*post)(void *context, struct store_letter *letter);
    /* After all workers have finished: keeps all that was posted, passes on what it can until
     * deadline_ms (monotonic), ends the threads. False when the disk holds one up half a second
     * longer, which was logged with what that may cost: nothing of this process may be freed. */
    bool (*stop)(void *context, uint64_t deadline_ms) __attribute__((warn_unused_result));
    void (*status)(const void *context, struct store_status *status);
};

#endif
