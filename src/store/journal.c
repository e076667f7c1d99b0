#include "store/journal.h"

#include "store/journal_state.h"

enum {
    PRUNED_AT_ONCE = 256, /* entries, and rooms, of one step */
    PRUNE_STEPS_MAX = 32  /* of one transaction: more than it adds */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The oldest make room. */

/* Bytes that are in use; false when SQLite fails. */
static bool measure(struct journal *journal, uint64_t *bytes)
{
    if (sql_step(journal, COUNT_PAGES) != SQLITE_ROW)
        return false;
    journal->pages = sql_number(journal, COUNT_PAGES, 0);
    sql_reset(journal, COUNT_PAGES);
    if (sql_step(journal, COUNT_FREE_PAGES) != SQLITE_ROW)
        return false;
    *bytes = (journal->pages - sql_number(journal, COUNT_FREE_PAGES, 0)) * journal->page_bytes;
    sql_reset(journal, COUNT_FREE_PAGES);
    return true;
}

/* When the entry of this number was said; the end of time when there is none. */
static bool moment_of(struct journal *journal, uint64_t number, uint64_t *at_ns)
{
    *at_ns = INT64_MAX;
    sql_bind_number(journal, ENTRY_MOMENT, 1, number);
    int result = sql_step(journal, ENTRY_MOMENT);
    if (result == SQLITE_ROW) {
        *at_ns = sql_number(journal, ENTRY_MOMENT, 0);
        sql_reset(journal, ENTRY_MOMENT);
    }
    return result == SQLITE_ROW || result == SQLITE_DONE;
}

/* The oldest entries, and rooms that were last active before all entries that stay. */
static bool prune_some(struct journal *journal, uint32_t *deleted)
{
    struct journal_marks *marks = &journal->now;
    uint64_t end =
        journal->shipped && marks->unshipped < marks->next ? marks->unshipped : marks->next;
    uint64_t first = marks->first < end ? least(marks->first + PRUNED_AT_ONCE, end) : marks->first;
    uint64_t before_ns;
    *deleted = (uint32_t)(first - marks->first);
    if (*deleted > 0) {
        sql_bind_number(journal, DELETE_ENTRIES, 1, first);
        if (!sql_run(journal, DELETE_ENTRIES))
            return false;
        marks->first = first;
    }
    if (!moment_of(journal, first, &before_ns))
        return false;
    sql_bind_number(journal, DELETE_ROOMS, 1, before_ns);
    sql_bind_number(journal, DELETE_ROOMS, 2, journal->shipped);
    sql_bind_number(journal, DELETE_ROOMS, 3, PRUNED_AT_ONCE);
    if (!sql_run(journal, DELETE_ROOMS))
        return false;
    *deleted += (uint32_t)sqlite3_changes(journal->db);
    return true;
}

static bool prune(struct journal *journal)
{
    uint64_t bytes;
    uint32_t deleted = 1;
    for (uint32_t i = 0; i < PRUNE_STEPS_MAX && deleted > 0; i++) {
        if (!measure(journal, &bytes))
            return false;
        if (bytes <= journal->bytes_max)
            break;
        if (!prune_some(journal, &deleted))
            return false;
    }
    journal->full = deleted == 0;
    return true;
}

/* Transactions. */

bool journal_begin(struct journal *journal)
{
    journal->confined = false;
    return sql_run(journal, BEGIN) && prune(journal);
}

/* Left to itself, SQLite looks for room for new pages when it brings them from its log into the
 * database: on a disk that is full by then, the log could never be emptied, nor written. So there
 * is room for them before they are in the log. */
static bool reserve(struct journal *journal)
{
    uint64_t in_use;
    if (!measure(journal, &in_use))
        return false;
    sqlite3_int64 bytes = (sqlite3_int64)(journal->pages * journal->page_bytes);
    journal->confined =
        sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_SIZE_HINT, &bytes) != SQLITE_OK;
    return !journal->confined;
}

bool journal_commit(struct journal *journal)
{
    /* What this transaction has marked as shipped can make room. */
    if ((journal->full && !prune(journal)) || !reserve(journal) || !sql_run(journal, COMMIT))
        return false;
    journal->committed = journal->now;
    disk_sync(&journal->disk);
    return true;
}

void journal_rollback(struct journal *journal)
{
    if (sqlite3_get_autocommit(journal->db) == 0)
        (void)sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    journal->now = journal->committed;
}

const char *journal_error(const struct journal *journal)
{
    return journal->confined ? "the disk has no room for it to grow" : sqlite3_errmsg(journal->db);
}

bool journal_is_full(const struct journal *journal)
{
    return journal->full;
}

/* Orders. */

static enum journal_result result_of(bool done)
{
    return done ? JOURNAL_OK : JOURNAL_FAILED;
}

static enum journal_result add_room(struct journal *journal, const struct store_order *order)
{
    if (journal->full)
        return JOURNAL_FULL;
    sql_bind_text(journal, ADD_ROOM, 1, order->room_id);
    sql_bind_number(journal, ADD_ROOM, 2, order->at_ns);
    sql_bind_number(journal, ADD_ROOM, 3, order->players);
    return result_of(sql_run(journal, ADD_ROOM));
}

static enum journal_result touch_room(struct journal *journal, const struct store_order *order)
{
    sql_bind_text(journal, TOUCH_ROOM, 1, order->room_id);
    sql_bind_number(journal, TOUCH_ROOM, 2, order->at_ns);
    sql_bind_number(journal, TOUCH_ROOM, 3, order->players);
    if (!sql_run(journal, TOUCH_ROOM))
        return JOURNAL_FAILED;
    return sqlite3_changes(journal->db) > 0 ? JOURNAL_OK : add_room(journal, order);
}

/* The number of the order's room, which is made when there is none. */
static enum journal_result find_room(struct journal *journal, const struct store_order *order,
                                     uint64_t *number)
{
    sql_bind_text(journal, FIND_ROOM, 1, order->room_id);
    int result = sql_step(journal, FIND_ROOM);
    if (result == SQLITE_ROW) {
        *number = sql_number(journal, FIND_ROOM, 0);
        sql_reset(journal, FIND_ROOM);
        return JOURNAL_OK;
    }
    if (result != SQLITE_DONE)
        return JOURNAL_FAILED;
    enum journal_result added = add_room(journal, order);
    *number = (uint64_t)sqlite3_last_insert_rowid(journal->db);
    return added;
}

static enum journal_result add_entry(struct journal *journal, const struct store_order *order)
{
    uint64_t room = 0;
    if (journal->full)
        return JOURNAL_FULL;
    enum journal_result found = find_room(journal, order, &room);
    if (found != JOURNAL_OK)
        return found;
    sql_bind_number(journal, ADD_ENTRY, 1, journal->now.next);
    sql_bind_number(journal, ADD_ENTRY, 2, room);
    sql_bind_number(journal, ADD_ENTRY, 3, order->at_ns);
    sql_bind_text(journal, ADD_ENTRY, 4, order->id);
    sql_bind_text(journal, ADD_ENTRY, 5, order->client_id);
    sql_bind_text(journal, ADD_ENTRY, 6, order->name);
    sql_bind_text(journal, ADD_ENTRY, 7, order->text);
    if (!sql_run(journal, ADD_ENTRY))
        return JOURNAL_FAILED;
    journal->now.next++;
    return JOURNAL_OK;
}

static enum journal_result change_key(struct journal *journal, enum statement how,
                                      const struct store_order *order)
{
    sql_bind_text(journal, how, 1, order->room_id);
    sql_bind_text(journal, how, 2, order->client_id);
    return result_of(sql_run(journal, how));
}

enum journal_result journal_apply(struct journal *journal, const struct store_order *order)
{
    switch (order->kind) {
    case STORE_ENTRY:
        return add_entry(journal, order);
    case STORE_ROOM:
        return touch_room(journal, order);
    case STORE_STATE:
        return change_key(journal, NOTE_KEY, order);
    case STORE_GONE:
        return change_key(journal, FORGET_KEY, order);
    case STORE_RECALL:
        break;
    }
    return JOURNAL_OK;
}

static bool mark_entry(struct journal *journal, const struct store_order *order)
{
    journal->now.unshipped = order->ticket + 1;
    sql_bind_number(journal, MARK_ENTRIES, 1, journal->now.unshipped);
    return sql_run(journal, MARK_ENTRIES);
}

static bool take_back(struct journal *journal, const struct store_order *order)
{
    sql_bind_number(journal, TAKE_BACK, 1, order->ticket);
    if (!sql_run(journal, TAKE_BACK))
        return false;
    journal->now.set_aside -= (uint64_t)sqlite3_changes(journal->db);
    return true;
}

bool journal_mark(struct journal *journal, const struct store_order *order)
{
    if (order->kind == STORE_ENTRY)
        return order->ticket < journal->now.unshipped ? take_back(journal, order)
                                                      : mark_entry(journal, order);
    sql_bind_text(journal, MARK_ROOM, 1, order->room_id);
    sql_bind_number(journal, MARK_ROOM, 2, order->at_ns);
    sql_bind_number(journal, MARK_ROOM, 3, order->players);
    return sql_run(journal, MARK_ROOM);
}

static bool note_reason(struct journal *journal, enum statement how,
                        const struct store_order *order)
{
    sql_bind_number(journal, how, 1, order->ticket);
    sql_bind_text(journal, how, 2, order->text);
    return sql_run(journal, how);
}

bool journal_set_aside(struct journal *journal, const struct store_order *order)
{
    if (!note_reason(journal, SET_ASIDE_AGAIN, order))
        return false;
    if (sqlite3_changes(journal->db) == 0) {
        if (!note_reason(journal, SET_ASIDE, order))
            return false;
        journal->now.set_aside += (uint64_t)sqlite3_changes(journal->db);
    }
    return order->ticket < journal->now.unshipped || mark_entry(journal, order);
}

bool journal_is_in_place(const struct journal *journal)
{
    int moved = 0;
    return sqlite3_file_control(journal->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK ||
           moved == 0;
}

struct journal_facts journal_facts(const struct journal *journal)
{
    const struct journal_marks *marks = &journal->committed;
    uint64_t unshipped = marks->unshipped > marks->first ? marks->unshipped : marks->first;
    return (struct journal_facts){
        .entries = marks->next - marks->first,
        .unshipped = journal->shipped ? marks->next - unshipped : 0,
        .set_aside = marks->set_aside,
        .file_bytes = (journal->pages + journal->log_pages) * journal->page_bytes,
        .errors =
            journal->errors + atomic_load_explicit(&journal->disk.errors, memory_order_relaxed),
        .damaged = journal->damaged,
        .unconfirmed_ms = atomic_load(&journal->disk.unconfirmed_ms),
        .disk_error = atomic_load(&journal->disk.error),
    };
}
