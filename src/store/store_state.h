/* store_state.h: the store's parts, and what the journal's thread keeps.
 *
 * For store.c, which opens and is asked by other threads, and keeper.c, which is that thread. */
#ifndef PARLEY_STORE_STORE_STATE_H
#define PARLEY_STORE_STORE_STATE_H

#include <stdatomic.h>

#include "runtime/mailbox.h"
#include "store/questions.h"
#include "store/redis.h"
#include "store/store.h"
#include "store/thread.h"

/* What other threads are told: written by the journal's thread, but for ORDERS_POSTED and
 * POSTED_MS. */
enum store_fact {
    ORDERS_POSTED,
    ORDERS_DONE, /* in the journal, or dropped */
    POSTED_MS,   /* monotonic: when the mailbox was filled; 0 when it was emptied */
    WAITING_MS,  /* likewise, when the oldest order came that was taken out and is not kept yet */
    SHIPPING_NS, /* Unix time: when the oldest entry was said that is not in MongoDB; 0 for none */
    ENTRIES_KEPT,
    ENTRIES_UNSHIPPED,
    ENTRIES_ASIDE,
    JOURNAL_BYTES,
    JOURNAL_AWAY, /* the disk fails */
    JOURNAL_IS_FULL,
    JOURNAL_IS_DAMAGED,
    JOURNAL_UNCONFIRMED,  /* by the disk, and that for long, or with an error */
    UNCONFIRMED_SINCE_MS, /* monotonic: since when anything is; 0: nothing */
    ENTRIES_TOTAL,
    COMMITS_TOTAL,
    SHIPPED_TOTAL,
    JOURNAL_ERRORS,
    DROPPED_TOTAL,
    STORE_FACTS
};

/* Letters, oldest first. */
struct letters {
    struct letter *first, **end;
    size_t bytes;
};

struct store {
    struct store_link link;
    struct journal *journal; /* closed by the journal's thread, if that was started */
    struct mongo *mongo;     /* or NULL */
    struct redis *redis;     /* or NULL */
    struct mailbox *mailbox; /* from the workers */
    struct mailbox *desk;    /* from the threads of MongoDB and Redis */
    struct ship_desk ship_desk;
    int wake_fd;
    struct thread thread;
    bool left_behind; /* the thread did not end in time, and uses all this until the process ends */
    atomic_bool stopping;
    _Atomic uint64_t stop_ms; /* monotonic: then it ends, whatever waits */
    _Atomic uint64_t facts[STORE_FACTS];

    /* The journal's thread. */
    struct letters waiting; /* for the disk */
    struct letters asked;   /* questions not looked at yet */
    struct questions questions;
    bool settled;      /* what a former life left is in order */
    bool dropping;     /* messages find no room, which was told */
    bool displaced;    /* the journal is not where it was, which was told */
    bool unconfirmed;  /* JOURNAL_UNCONFIRMED, which was told */
    bool shipping;     /* a batch is on its way */
    uint64_t taken_ms; /* when letters were taken last */
    uint64_t retry_ms; /* the disk failed: not before */
    uint64_t ship_ms;  /* the next batch: not before */
    uint64_t aside_ms; /* what is set aside is tried again: not before */
    uint64_t aside;    /* the last entry of it that was */
};

static inline uint64_t store_fact(const struct store *store, enum store_fact fact)
{
    return atomic_load_explicit(&store->facts[fact], memory_order_relaxed);
}
static inline void store_tell(struct store *store, enum store_fact fact, uint64_t value)
{
    atomic_store_explicit(&store->facts[fact], value, memory_order_relaxed);
}
static inline void store_count(struct store *store, enum store_fact fact, uint64_t more)
{
    atomic_fetch_add_explicit(&store->facts[fact], more, memory_order_relaxed);
}

/* The journal's thread, from start to end. */
void keeper_run(void *store);

#endif
