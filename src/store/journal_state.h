/* journal_state.h: what the files of the journal share: its connection and its statements.
 *
 * For journal*.c only. */
#ifndef PARLEY_STORE_JOURNAL_STATE_H
#define PARLEY_STORE_JOURNAL_STATE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "store/chore.h"
#include "store/journal.h"

/* Their SQL is in journal_sql.c, with the order of their parameters and columns. */
enum statement {
    BEGIN,
    COMMIT,
    COUNT_PAGES,
    COUNT_FREE_PAGES,
    ADD_ENTRY,
    ENTRY_MOMENT,
    DELETE_ENTRIES,
    FIND_ROOM,
    ADD_ROOM,
    TOUCH_ROOM,
    DELETE_ROOMS,
    NOTE_KEY,
    FORGET_KEY,
    MARK_ENTRIES,
    MARK_ROOM,
    SET_ASIDE,
    SET_ASIDE_AGAIN,
    TAKE_BACK,
    LAST_ENTRIES,
    ACTIVE_ROOMS,
    CROWDED_ROOMS,
    UNSHIPPED_ENTRIES,
    UNSHIPPED_ROOMS,
    THOSE_SET_ASIDE,
    NOTED_KEYS,
    STATEMENTS
};

/* Numbers of entries. Those kept are first to next - 1, those in MongoDB or set aside are below
 * unshipped. */
struct journal_marks {
    uint64_t first, next, unshipped;
    uint64_t set_aside; /* how many are */
};

/* journal_disk.c */
struct journal_disk {
    sqlite3 *db;             /* a connection of its own */
    int log_fd;              /* -1: nothing is synced but by checkpoints */
    _Atomic uint64_t errors; /* times that the disk did not confirm */
    /* Monotonic: since when something is committed and not confirmed; 0: all is. */
    _Atomic uint64_t unconfirmed_ms;
    atomic_int error;  /* errno, until journal_confirm has mended what it has cost */
    uint64_t again_ms; /* journal_confirm tries again: not before */
    struct chore checkpoint, sync;
};

struct journal {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct journal_disk disk;
    int lock_fd;
    bool shipped, full, damaged;
    bool confined; /* the disk has no room for what the last transaction adds */
    uint64_t bytes_max, page_bytes;
    uint64_t pages;     /* of the file, as of the last journal_begin */
    uint64_t log_pages; /* of the write-ahead log, as of the last commit */
    uint64_t errors;
    struct journal_marks now, committed;
};

enum { JOURNAL_PATH_BYTES = 4096 };

/* For a database that is open already. False when that fails, which was logged. */
bool disk_open(struct journal_disk *disk, const char *path, bool fsync)
    __attribute__((warn_unused_result));
/* Opened, in part too, or zeroed with log_fd -1. */
void disk_close(struct journal_disk *disk);
/* What was committed is to be written for good soon, if it was wished. */
void disk_sync(struct journal_disk *disk);

/* journal_log.c: tells, and keeps a copy, when SQLite leaves out a part of the log that is there.
 * For a database that has been read, and not written yet. */
void journal_log_examine(const struct journal *journal, const char *path);

/* journal_sql.c */

/* Prepares the statements; what SQLite says of that. */
int sql_prepare(struct journal *journal);
void sql_free(struct journal *journal);

void sql_bind_number(struct journal *journal, enum statement which, int place, uint64_t number);
/* Borrows the text until the statement has been run. */
void sql_bind_text(struct journal *journal, enum statement which, int place, struct str text);
/* Runs a statement that gives no row; false when it fails. */
bool sql_run(struct journal *journal, enum statement which) __attribute__((warn_unused_result));
/* SQLITE_ROW, or SQLITE_DONE, or an error: but for SQLITE_ROW, the statement is reset. */
int sql_step(struct journal *journal, enum statement which) __attribute__((warn_unused_result));
/* Ends a statement before its last row. */
void sql_reset(struct journal *journal, enum statement which);
/* Of the row that sql_step found; texts are valid until the next one. */
uint64_t sql_number(const struct journal *journal, enum statement which, int column);
struct str sql_text(const struct journal *journal, enum statement which, int column);

#endif
