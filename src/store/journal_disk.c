/* What waits for the disk, in threads of its own, so that the journal's user does not: bringing the
 * log into the database, and having what was committed written for good. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "store/journal_state.h"

enum {
    /* Of the log, each of 4 KiB. From then on it is emptied; */
    LOG_PAGES = 1024,
    /* by the journal's user, who then waits for the little that came meanwhile; */
    LOG_PAGES_LONG = 8 * 1024,
    /* nothing is added. */
    LOG_PAGES_MAX = 64 * 1024,
    CONFIRM_AGAIN_MS = 250 /* after the disk failed to confirm */
};

static void checkpoint(sqlite3 *db)
{
    /* What fails now is done the next time. */
    sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static void on_checkpoint(void *context)
{
    checkpoint(context);
}

static void begin_unconfirmed(struct journal_disk *disk, uint64_t now_ms)
{
    uint64_t none = 0;
    atomic_compare_exchange_strong(&disk->unconfirmed_ms, &none, now_ms);
}

static void on_sync(void *context)
{
    struct journal_disk *disk = context;
    uint64_t began_ms = thread_now_ms();
    begin_unconfirmed(disk, began_ms);
    if (fdatasync(disk->log_fd) != 0) {
        atomic_store(&disk->error, errno);
        atomic_fetch_add_explicit(&disk->errors, 1, memory_order_relaxed);
    } else if (atomic_load(&disk->error) == 0) {
        /* What was committed meanwhile is confirmed by the next one. */
        atomic_store(&disk->unconfirmed_ms, chore_is_asked(&disk->sync) ? began_ms : 0);
    }
}

/* Its first statement shows a connection that there is a log. */
static bool connect(struct journal_disk *disk, const char *path)
{
    if (sqlite3_open_v2(path, &disk->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
            SQLITE_OK &&
        sqlite3_exec(disk->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_OK)
        return true;
    log_error("the journal cannot be opened a second time", log_string("path", path),
              log_string("error", sqlite3_errmsg(disk->db)));
    return false;
}

static bool open_log(struct journal_disk *disk, const char *path)
{
    char log_path[JOURNAL_PATH_BYTES];
    int len = snprintf(log_path, sizeof log_path, "%s-wal", path);
    if (len > 0 && (size_t)len < sizeof log_path)
        disk->log_fd = open(log_path, O_RDWR | O_CLOEXEC);
    if (disk->log_fd >= 0)
        return true;
    log_error("the journal's log cannot be opened", log_string("path", path),
              log_system_error(errno));
    return false;
}

bool disk_open(struct journal_disk *disk, const char *path, bool fsync)
{
    *disk = (struct journal_disk){.log_fd = -1};
    return connect(disk, path) &&
           chore_start(&disk->checkpoint, "checkpoint", on_checkpoint, disk->db) &&
           (!fsync || (open_log(disk, path) && chore_start(&disk->sync, "sync", on_sync, disk)));
}

void disk_close(struct journal_disk *disk)
{
    chore_stop(&disk->checkpoint);
    chore_stop(&disk->sync);
    CHECK(sqlite3_close(disk->db) == SQLITE_OK);
    if (disk->log_fd >= 0)
        close(disk->log_fd);
}

void disk_sync(struct journal_disk *disk)
{
    if (disk->log_fd < 0)
        return;
    begin_unconfirmed(disk, thread_now_ms());
    chore_ask(&disk->sync);
}

void journal_confirm(struct journal *journal)
{
    struct journal_disk *disk = &journal->disk;
    uint64_t now_ms = thread_now_ms();
    if (atomic_load(&disk->error) == 0 || now_ms < disk->again_ms)
        return;
    disk->again_ms = now_ms + CONFIRM_AGAIN_MS;
    if (sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
        SQLITE_OK)
        return;
    atomic_store(&disk->unconfirmed_ms, 0);
    atomic_store(&disk->error, 0);
}

bool journal_make_room(struct journal *journal)
{
    if (!journal->confined && (sqlite3_errcode(journal->db) & 0xff) != SQLITE_FULL)
        return false;
    journal->confined = true;
    journal_rollback(journal);
    return sqlite3_wal_checkpoint_v2(journal->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
           SQLITE_OK;
}

/* A checkpoint leaves behind what came meanwhile, and SQLite begins the log anew only when all of
 * it is in the database: so, once it is long, the rest is brought there from here. */
bool journal_tend(struct journal *journal)
{
    struct journal_disk *disk = &journal->disk;
    if (journal->log_pages < LOG_PAGES)
        return true;
    if (chore_is_busy(&disk->checkpoint))
        return journal->log_pages < LOG_PAGES_MAX;
    if (journal->log_pages < LOG_PAGES_LONG)
        chore_ask(&disk->checkpoint);
    else
        checkpoint(journal->db);
    return true;
}
