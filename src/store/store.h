/* store.h: keeps what the services order: a journal in SQLite, from which MongoDB and Redis are
 * served when there are any.
 *
 * store_open and store_close are for the main thread; all else goes through store_link
 * (runtime/store_link.h). One thread writes the journal: it packs all that waits into one
 * transaction, a few milliseconds after it came, so that killing the process loses nothing older.
 * While the disk takes nothing, orders wait in memory up to the mailbox's bound. */
#ifndef PARLEY_STORE_STORE_H
#define PARLEY_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/store_link.h"

struct store;

struct store_settings {
    const char *data_dir; /* made when it is not there; its parent must be */
    bool fsync;           /* see journal.h */
    uint64_t bytes_max;   /* that the journal may fill with messages and rooms */
    const char *mongodb_url, *mongodb_database; /* the first NULL: there is no MongoDB */
    const char *redis_url;                      /* NULL: there is no Redis */
};

/* Whether the directory can be made and written, and no other server uses it: one that store_open
 * refuses all the same holds something that should be looked at. */
bool store_has_place(const char *data_dir);
/* Whether the databases' URLs are right; what is wrong with them is logged. Nothing is opened. */
bool store_check(const struct store_settings *settings);
/* NULL when the journal cannot be opened, which was logged with what would be right. */
struct store *store_open(const struct store_settings *settings) __attribute__((warn_unused_result));
/* Valid until store_close. */
const struct store_link *store_link(const struct store *store);
/* After the link's `stop`, or instead of its `start`. NULL is fine. */
void store_close(struct store *store);

#endif
