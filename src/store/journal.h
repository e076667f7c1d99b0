/* journal.h: messages, rooms and noted cache keys in one SQLite database, DATA_DIR/journal.db.
 *
 * One thread at a time uses it; threads of the journal's own wait for the disk (journal_disk.c).
 * What is applied between journal_begin and journal_commit is all there afterwards or, when any of
 * it fails, none of it: the caller rolls back, and applies it again later. An entry is applied in
 * one transaction, so there is no second of it. Entries are numbered as they come, without gaps.
 * Beyond the bound the oldest entries go, and with them rooms that have none left. Entries that
 * MongoDB refuses are kept a second time, in a table of their own, where they stay: set_aside.
 *
 * A file that is not whole is refused when it is opened, and left as it is, as far as
 * JOURNAL_CHECKED_BYTES_MAX allow to look. Damage that shows later fails what comes upon it. */
#ifndef PARLEY_STORE_JOURNAL_H
#define PARLEY_STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "store_order.h"

struct journal;

enum {
    JOURNAL_SET_ASIDE_MAX = 1000, /* entries */
    /* Of the database. What is larger is not read through when it is opened, which would take
     * seconds. */
    JOURNAL_CHECKED_BYTES_MAX = 256 << 20
};

struct journal_settings {
    const char *data_dir;
    bool fsync;         /* what is committed is synced at once: it survives a loss of power too */
    bool shipped;       /* to MongoDB: what was not yet is not deleted */
    uint64_t bytes_max; /* in use; the log beside the database comes on top */
};

/* Whether the folder can be made and written, and no other server has its journal there. */
bool journal_has_place(const char *folder);
/* NULL when it cannot be used, which was logged with what would be right. No other process can use
 * it until it is closed. */
struct journal *journal_open(const struct journal_settings *settings)
    __attribute__((warn_unused_result));
/* What was not committed is lost. NULL is fine. */
void journal_close(struct journal *journal);

enum journal_result {
    JOURNAL_OK,
    JOURNAL_FULL,  /* by its bound: this order was not applied, others may be */
    JOURNAL_FAILED /* the disk takes or gives nothing */
};

/* False when the disk fails; so of all that follow. */
bool journal_begin(struct journal *journal) __attribute__((warn_unused_result));
bool journal_commit(struct journal *journal) __attribute__((warn_unused_result));
void journal_rollback(struct journal *journal);
/* STORE_ENTRY and STORE_ROOM are kept. STORE_STATE notes the player's cache key, STORE_GONE
 * forgets it. STORE_RECALL does nothing. */
enum journal_result journal_apply(struct journal *journal, const struct store_order *order)
    __attribute__((warn_unused_result));
/* An order that journal_read_unshipped gave is in MongoDB, and all entries before it; one that
 * journal_read_set_aside gave is there after all. */
bool journal_mark(struct journal *journal, const struct store_order *order)
    __attribute__((warn_unused_result));
/* An entry that either gave is refused by MongoDB; its text is why. */
bool journal_set_aside(struct journal *journal, const struct store_order *order)
    __attribute__((warn_unused_result));

/* What SQLite says of the last failure; valid until the next call. */
const char *journal_error(const struct journal *journal);
/* As of the last journal_begin or journal_commit: nothing can be deleted any more, entries and new
 * rooms find no place. */
bool journal_is_full(const struct journal *journal);

/* Found orders, whose texts are in the arena; those that find no place there are left out. */
struct journal_list {
    struct arena *arena;
    struct store_order *orders; /* as many as were asked for */
    uint32_t count;
};

/* The newest entries of a room, the oldest first. Their tickets are their numbers. */
bool journal_read_entries(struct journal *journal, struct str room_id, uint32_t max,
                          struct journal_list *list) __attribute__((warn_unused_result));
/* Rooms that were active since then, the latest activity first. Their tickets are the moments at
 * which they were created (ns since 1970). */
bool journal_read_rooms(struct journal *journal, uint64_t since_ns, uint32_t max,
                        struct journal_list *list) __attribute__((warn_unused_result));
/* Rooms that have players. */
bool journal_read_crowded(struct journal *journal, uint32_t max, struct journal_list *list)
    __attribute__((warn_unused_result));
/* What is to be shipped next: rooms, and entries in their order. */
bool journal_read_unshipped(struct journal *journal, uint32_t max, struct journal_list *list)
    __attribute__((warn_unused_result));
/* Entries that are set aside, in their order, but for those whose number is `after` or below. */
bool journal_read_set_aside(struct journal *journal, uint64_t after, uint32_t max,
                            struct journal_list *list) __attribute__((warn_unused_result));
/* Noted keys, as STORE_GONE, in an order of their own, but for the first `skip`. */
bool journal_read_noted(struct journal *journal, uint64_t skip, uint32_t max,
                        struct journal_list *list) __attribute__((warn_unused_result));
bool journal_knows_room(struct journal *journal, struct str room_id);

/* To be called now and then, not within a transaction: sees to it that SQLite's log does not grow
 * without end. False while the disk is so slow that nothing should be added to it. */
bool journal_tend(struct journal *journal) __attribute__((warn_unused_result));

/* To be called now and then, not within a transaction. A disk that has failed to confirm what was
 * committed may have forgotten it, and confirms the next time without it: all is written once more,
 * from SQLite's log into the database, and the log is begun anew. Waits for the disk, in that case
 * only. */
void journal_confirm(struct journal *journal);

/* After a failure, instead of journal_rollback: whether the disk is full, and may take it after all
 * in a new transaction. SQLite's log is brought into the database, which has room for it, and what
 * it took of the disk is free. */
bool journal_make_room(struct journal *journal) __attribute__((warn_unused_result));

/* Its file is still where it was opened: what is kept in one that was deleted, or moved away, ends
 * with the process. */
bool journal_is_in_place(const struct journal *journal);

struct journal_facts {
    uint64_t entries, unshipped; /* the second 0 when there is no MongoDB */
    uint64_t set_aside;
    uint64_t file_bytes;
    uint64_t errors; /* that SQLite and the disk answered since the journal was opened */
    bool damaged;    /* it has come upon damage */
    /* With fsync: since when (monotonic) something committed is not confirmed, 0 when all is; and
     * the disk's error, 0 when it has not answered yet. */
    uint64_t unconfirmed_ms;
    int disk_error;
};

/* As of the last commit; errors, damage and what is confirmed as of now. */
struct journal_facts journal_facts(const struct journal *journal);

#endif
