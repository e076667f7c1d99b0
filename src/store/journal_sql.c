/* What the journal asks of SQLite. */
#include "base/check.h"
#include "store/journal_state.h"

#define ROOM_COLUMNS "id, created_ns, active_ns, players"

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [COUNT_PAGES] = "PRAGMA page_count",
    [COUNT_FREE_PAGES] = "PRAGMA freelist_count",

    [ADD_ENTRY] = "INSERT INTO entries (number, room, at_ns, id, client_id, username, message)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [ENTRY_MOMENT] = "SELECT at_ns FROM entries WHERE number = ?1",
    [DELETE_ENTRIES] = "DELETE FROM entries WHERE number < ?1",

    [FIND_ROOM] = "SELECT number FROM rooms WHERE id = ?1",
    [ADD_ROOM] = "INSERT INTO rooms (id, created_ns, active_ns, players, unshipped)"
                 " VALUES (?1, ?2, ?2, ?3, 1)",
    [TOUCH_ROOM] = "UPDATE rooms SET active_ns = max(active_ns, ?2), players = ?3, unshipped = 1"
                   " WHERE id = ?1",
    /* ?1: active before; ?2: whether rooms that are not shipped stay; ?3: how many */
    [DELETE_ROOMS] = "DELETE FROM rooms WHERE number IN (SELECT number FROM rooms"
                     " WHERE active_ns < ?1 AND players = 0 AND NOT (unshipped AND ?2)"
                     " AND NOT EXISTS (SELECT 1 FROM entries WHERE room = rooms.number)"
                     " ORDER BY active_ns LIMIT ?3)",

    [NOTE_KEY] = "INSERT OR IGNORE INTO noted (room_id, client_id) VALUES (?1, ?2)",
    [FORGET_KEY] = "DELETE FROM noted WHERE room_id = ?1 AND client_id = ?2",

    [MARK_ENTRIES] = "UPDATE shipping SET unshipped = ?1",
    [MARK_ROOM] = "UPDATE rooms SET unshipped = 0 WHERE id = ?1 AND active_ns = ?2"
                  " AND players = ?3",
    /* ?1: its number; ?2: why */
    [SET_ASIDE] = "INSERT INTO set_aside (number, room_id, at_ns, id, client_id, username,"
                  " message, reason)"
                  " SELECT entries.number, rooms.id, at_ns, entries.id, client_id, username,"
                  " message, ?2 FROM entries JOIN rooms ON rooms.number = room"
                  " WHERE entries.number = ?1",
    [SET_ASIDE_AGAIN] = "UPDATE set_aside SET reason = ?2 WHERE number = ?1",
    [TAKE_BACK] = "DELETE FROM set_aside WHERE number = ?1",

    [LAST_ENTRIES] = "SELECT number, ?1, at_ns, id, client_id, username, message FROM entries"
                     " WHERE room = (SELECT number FROM rooms WHERE id = ?1)"
                     " ORDER BY at_ns DESC, number DESC LIMIT ?2",
    [ACTIVE_ROOMS] = "SELECT " ROOM_COLUMNS " FROM rooms WHERE active_ns > ?1"
                     " ORDER BY active_ns DESC LIMIT ?2",
    [CROWDED_ROOMS] = "SELECT " ROOM_COLUMNS " FROM rooms WHERE players > 0 LIMIT ?1",
    [UNSHIPPED_ENTRIES] = "SELECT entries.number, rooms.id, at_ns, entries.id, client_id,"
                          " username, message"
                          " FROM entries CROSS JOIN rooms ON rooms.number = room"
                          " WHERE entries.number >= ?1 ORDER BY entries.number LIMIT ?2",
    [UNSHIPPED_ROOMS] = "SELECT " ROOM_COLUMNS " FROM rooms WHERE unshipped LIMIT ?1",
    [THOSE_SET_ASIDE] = "SELECT number, room_id, at_ns, id, client_id, username, message"
                        " FROM set_aside WHERE number > ?1 ORDER BY number LIMIT ?2",
    [NOTED_KEYS] = "SELECT room_id, client_id FROM noted ORDER BY room_id, client_id"
                   " LIMIT ?2 OFFSET ?1",
};

int sql_prepare(struct journal *journal)
{
    int result = SQLITE_OK;
    for (uint32_t i = 0; i < STATEMENTS && result == SQLITE_OK; i++)
        result = sqlite3_prepare_v3(journal->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &journal->statements[i], NULL);
    return result;
}

void sql_free(struct journal *journal)
{
    for (uint32_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(journal->statements[i]);
}

void sql_bind_number(struct journal *journal, enum statement which, int place, uint64_t number)
{
    CHECK(sqlite3_bind_int64(journal->statements[which], place, (int64_t)number) == SQLITE_OK);
}

void sql_bind_text(struct journal *journal, enum statement which, int place, struct str text)
{
    CHECK(sqlite3_bind_text(journal->statements[which], place, text.len > 0 ? text.base : "",
                            (int)text.len, SQLITE_STATIC) == SQLITE_OK);
}

int sql_step(struct journal *journal, enum statement which)
{
    int result = sqlite3_step(journal->statements[which]);
    if (result == SQLITE_ROW)
        return result;
    if (result != SQLITE_DONE) {
        journal->errors++;
        journal->damaged = journal->damaged || (result & 0xff) == SQLITE_CORRUPT;
    }
    sqlite3_reset(journal->statements[which]);
    return result;
}

bool sql_run(struct journal *journal, enum statement which)
{
    return sql_step(journal, which) == SQLITE_DONE;
}

void sql_reset(struct journal *journal, enum statement which)
{
    sqlite3_reset(journal->statements[which]);
}

uint64_t sql_number(const struct journal *journal, enum statement which, int column)
{
    return (uint64_t)sqlite3_column_int64(journal->statements[which], column);
}

struct str sql_text(const struct journal *journal, enum statement which, int column)
{
    sqlite3_stmt *statement = journal->statements[which];
    const unsigned char *text = sqlite3_column_text(statement, column);
    return (struct str){(const char *)text, (size_t)sqlite3_column_bytes(statement, column)};
}
