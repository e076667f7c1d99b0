/* The journal's file: where it is, who may use it, and what is in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "store/journal_state.h"

enum {
    APPLICATION_ID = 0x5041524c, /* "PARL": this file is a journal of ours */
    SCHEMA_VERSION = 1,
    HEADER_BYTES = 512 /* no database of SQLite is shorter */
};

#define LOCK_NAME "lock"

/* `number` of an entry: see journal.h. Names of columns are those on the wire. */
static const char schema[] =
    "CREATE TABLE rooms (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " created_ns INTEGER NOT NULL, active_ns INTEGER NOT NULL, players INTEGER NOT NULL,"
    " unshipped INTEGER NOT NULL);"
    "CREATE INDEX rooms_by_activity ON rooms (active_ns);"
    "CREATE INDEX rooms_unshipped ON rooms (number) WHERE unshipped;"
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, room INTEGER NOT NULL,"
    " at_ns INTEGER NOT NULL, id TEXT NOT NULL, client_id TEXT NOT NULL, username TEXT NOT NULL,"
    " message TEXT NOT NULL);"
    "CREATE INDEX entries_of_room ON entries (room, at_ns);"
    "CREATE TABLE noted (room_id TEXT NOT NULL, client_id TEXT NOT NULL,"
    " PRIMARY KEY (room_id, client_id)) WITHOUT ROWID;"
    /* Entries below are in MongoDB. One row. */
    "CREATE TABLE shipping (unshipped INTEGER NOT NULL);"
    "INSERT INTO shipping VALUES (1);";

/* Came later; servers that do not know it leave it alone. */
static const char schema_added[] =
    "CREATE TABLE IF NOT EXISTS set_aside (number INTEGER PRIMARY KEY, room_id TEXT NOT NULL,"
    " at_ns INTEGER NOT NULL, id TEXT NOT NULL, client_id TEXT NOT NULL, username TEXT NOT NULL,"
    " message TEXT NOT NULL, reason TEXT NOT NULL)";

static bool complain(const char *path, const char *event, const char *hint)
{
    log_error(event, log_string("path", path), log_string("advice", hint));
    return false;
}

static bool make_folder(const char *path)
{
    struct stat found;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        log_error("the data directory cannot be made", log_string("path", path),
                  log_system_error(errno),
                  log_string("advice", "DATA_DIR must be a directory that can be written, or a new "
                                       "name in one"));
        return false;
    }
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        return complain(path, "the data directory is not a directory",
                        "DATA_DIR must be a directory that can be written");
    return true;
}

/* A file in the folder; -1 when it cannot be had, which was logged. Messages are for their readers
 * only: the database is made here, so that SQLite gives its other files the same rights. */
static int make_file(const char *folder, const char *name, char path[JOURNAL_PATH_BYTES])
{
    int len = snprintf(path, JOURNAL_PATH_BYTES, "%s/%s", folder, name);
    int fd = -1;
    if (len < 0 || len >= JOURNAL_PATH_BYTES)
        errno = ENAMETOOLONG;
    else
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        log_error("the data directory cannot be used", log_string("path", folder),
                  log_string("file", name), log_system_error(errno),
                  log_string("advice", "DATA_DIR and the files in it must be the server's own"));
    return fd;
}

/* So that the file is still there after a loss of power. */
static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* not every file system can, and then it need not */
    close(fd);
}

/* Held until the process ends, however it does. */
static bool lock_folder(struct journal *journal, const char *folder)
{
    char path[JOURNAL_PATH_BYTES];
    journal->lock_fd = make_file(folder, LOCK_NAME, path);
    if (journal->lock_fd < 0)
        return false;
    return flock(journal->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
           complain(folder, "another server uses the data directory",
                    "each server needs a DATA_DIR of its own");
}

bool journal_has_place(const char *folder)
{
    char path[JOURNAL_PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%s", folder, LOCK_NAME);
    if (len < 0 || len >= JOURNAL_PATH_BYTES || (mkdir(folder, 0700) != 0 && errno != EEXIST))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool free = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0)
        close(fd);
    return free;
}

/* What an error while opening means for whoever starts the server. */
static const char *hint(int error)
{
    switch (error & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program uses it";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "it is damaged, or no journal: move it away to begin a new one, or put back a copy";
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return "DATA_DIR and the files in it must be the server's own";
    default:
        return "the disk does not work as it should";
    }
}

static bool complain_of_error(const char *path, const char *error, int code)
{
    log_error("the journal cannot be opened", log_string("path", path), log_string("error", error),
              log_string("advice", hint(code)));
    return false;
}

static bool complain_of(struct journal *journal, const char *path)
{
    return complain_of_error(path, sqlite3_errmsg(journal->db),
                             sqlite3_extended_errcode(journal->db));
}

/* SQLite takes what is shorter than its header for an empty database, and writes over it; and
 * beside a database without a byte, it deletes the log. */
static bool is_database(int fd, const char *path)
{
    static const char magic[] = "SQLite format 3"; /* with its NUL */
    char start[sizeof magic], log_path[JOURNAL_PATH_BYTES + 4];
    struct stat file, log;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode))
        return complain_of_error(path, "not a file", SQLITE_NOTADB);
    snprintf(log_path, sizeof log_path, "%s-wal", path);
    if (file.st_size == 0)
        return stat(log_path, &log) != 0 || log.st_size == 0 ||
               complain_of_error(path, "the database is empty, its log is not", SQLITE_NOTADB);
    return (file.st_size >= HEADER_BYTES &&
            pread(fd, start, sizeof start, 0) == (ssize_t)sizeof start &&
            memcmp(start, magic, sizeof magic) == 0) ||
           complain_of_error(path, "file is not a database", SQLITE_NOTADB);
}

static bool execute(struct journal *journal, const char *sql)
{
    return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Whether the database hangs together, as far as it is looked at. What was read leaves the memory
 * again. */
static bool check(struct journal *journal, const char *path)
{
    sqlite3_stmt *query = NULL;
    struct stat file;
    if (stat(path, &file) == 0 && file.st_size > JOURNAL_CHECKED_BYTES_MAX)
        return true;
    bool done =
        sqlite3_prepare_v2(journal->db, "PRAGMA quick_check(1)", -1, &query, NULL) == SQLITE_OK &&
        sqlite3_step(query) == SQLITE_ROW;
    const char *found = done ? (const char *)sqlite3_column_text(query, 0) : NULL;
    bool whole = found != NULL && strcmp(found, "ok") == 0;
    if (!whole)
        (void)complain_of_error(path, found != NULL ? found : sqlite3_errmsg(journal->db),
                                found != NULL ? SQLITE_CORRUPT
                                              : sqlite3_extended_errcode(journal->db));
    sqlite3_finalize(query);
    sqlite3_db_release_memory(journal->db);
    return whole;
}

/* The number that a query gives; false when it fails. */
static bool ask(struct journal *journal, const char *sql, uint64_t *number)
{
    sqlite3_stmt *query = NULL;
    bool done = sqlite3_prepare_v2(journal->db, sql, -1, &query, NULL) == SQLITE_OK &&
                sqlite3_step(query) == SQLITE_ROW;
    if (done)
        *number = (uint64_t)sqlite3_column_int64(query, 0);
    return sqlite3_finalize(query) == SQLITE_OK && done;
}

/* Whether the database is a journal of ours, or has nothing in it yet. Writes nothing. */
static bool recognise(struct journal *journal, const char *path, bool *is_new)
{
    uint64_t application, version, tables;
    if (!ask(journal, "PRAGMA application_id", &application) ||
        !ask(journal, "PRAGMA user_version", &version) ||
        !ask(journal, "SELECT count(*) FROM sqlite_schema", &tables))
        return complain_of(journal, path);
    *is_new = tables == 0 && application == 0;
    if (*is_new)
        return true;
    if (application != APPLICATION_ID)
        return complain(path, "the journal is another program's database",
                        "DATA_DIR must be a directory for this server alone");
    return version == SCHEMA_VERSION ||
           complain(path, "the journal was written by a newer version of this program",
                    "start that version, or another DATA_DIR");
}

static bool make_tables(struct journal *journal)
{
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION_ID, SCHEMA_VERSION);
    return execute(journal, schema) && execute(journal, mark);
}

static bool read_marks(struct journal *journal)
{
    struct journal_marks *marks = &journal->now;
    uint64_t last;
    if (!ask(journal, "SELECT unshipped FROM shipping", &marks->unshipped) ||
        !ask(journal, "SELECT count(*) FROM set_aside", &marks->set_aside) ||
        !ask(journal, "SELECT coalesce(max(number), 0) FROM entries", &last))
        return false;
    marks->next = last >= marks->unshipped ? last + 1 : marks->unshipped;
    marks->first = marks->next;
    return last == 0 || ask(journal, "SELECT min(number) FROM entries", &marks->first);
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db, (void)name;
    ((struct journal *)context)->log_pages = (uint64_t)pages;
    return SQLITE_OK;
}

/* By which the database grows. */
enum { CHUNK_BYTES = 256 * 1024 };

/* The pages of a transaction stay in memory until it is committed. When the process is killed, what
 * was committed is there; when power is lost, the database is whole, and has what was synced. */
static bool set_up(struct journal *journal, const char *path)
{
    int chunk_bytes = CHUNK_BYTES;
    bool is_new = false;
    if (!recognise(journal, path, &is_new) || !check(journal, path))
        return false;
    journal_log_examine(journal, path);
    if (!execute(journal, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                          "PRAGMA journal_size_limit = 16777216;"
                          "PRAGMA synchronous = NORMAL;"
                          "PRAGMA cache_spill = OFF; PRAGMA cache_size = -16384") ||
        !execute(journal, "BEGIN IMMEDIATE"))
        return complain_of(journal, path);
    sqlite3_wal_hook(journal->db, on_commit, journal);
    (void)sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk_bytes);
    return ((!is_new || make_tables(journal)) && execute(journal, schema_added) &&
            execute(journal, "COMMIT") && read_marks(journal) &&
            ask(journal, "PRAGMA page_size", &journal->page_bytes) &&
            ask(journal, "PRAGMA page_count", &journal->pages) &&
            sql_prepare(journal) == SQLITE_OK) ||
           complain_of(journal, path);
}

static bool open_files(struct journal *journal, const struct journal_settings *settings)
{
    char path[JOURNAL_PATH_BYTES];
    if (!make_folder(settings->data_dir) || !lock_folder(journal, settings->data_dir))
        return false;
    int fd = make_file(settings->data_dir, "journal.db", path);
    if (fd < 0)
        return false;
    bool is_ours = is_database(fd, path);
    close(fd);
    if (!is_ours)
        return false;
    sync_folder(settings->data_dir);
    if (sqlite3_open_v2(path, &journal->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return complain_of(journal, path);
    return set_up(journal, path) && disk_open(&journal->disk, path, settings->fsync);
}

struct journal *journal_open(const struct journal_settings *settings)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        log_error("the journal cannot be opened", log_system_error(ENOMEM));
        return NULL;
    }
    journal->lock_fd = journal->disk.log_fd = -1;
    journal->shipped = settings->shipped;
    journal->bytes_max = settings->bytes_max;
    if (!open_files(journal, settings)) {
        journal_close(journal);
        return NULL;
    }
    journal->committed = journal->now;
    return journal;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    disk_close(&journal->disk);
    sql_free(journal);
    CHECK(sqlite3_close(journal->db) == SQLITE_OK); /* and brings all into the database */
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    free(journal);
}
