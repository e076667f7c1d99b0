/* What the journal finds again. */
#include "store/journal_state.h"

enum { ROOMS_OF_BATCH = 4 }; /* of what is shipped at once, one in so many may be a room */

/* Copies the texts of the row that an order borrows; false when there is no place. */
static bool keep(struct journal_list *list, struct store_order order)
{
    struct str *texts[] = {&order.room_id, &order.id, &order.client_id, &order.name, &order.text};
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_copy(list->arena, *texts[i]);
        if (texts[i]->base == NULL && texts[i]->len > 0)
            return false;
    }
    list->orders[list->count++] = order;
    return true;
}

typedef struct store_order row_reader(const struct journal *journal, enum statement which);

static struct store_order entry_of(const struct journal *journal, enum statement which)
{
    return (struct store_order){.kind = STORE_ENTRY,
                                .ticket = sql_number(journal, which, 0),
                                .room_id = sql_text(journal, which, 1),
                                .at_ns = sql_number(journal, which, 2),
                                .id = sql_text(journal, which, 3),
                                .client_id = sql_text(journal, which, 4),
                                .name = sql_text(journal, which, 5),
                                .text = sql_text(journal, which, 6)};
}

static struct store_order room_of(const struct journal *journal, enum statement which)
{
    return (struct store_order){.kind = STORE_ROOM,
                                .room_id = sql_text(journal, which, 0),
                                .ticket = sql_number(journal, which, 1),
                                .at_ns = sql_number(journal, which, 2),
                                .players = (uint32_t)sql_number(journal, which, 3)};
}

static struct store_order key_of(const struct journal *journal, enum statement which)
{
    return (struct store_order){.kind = STORE_GONE,
                                .room_id = sql_text(journal, which, 0),
                                .client_id = sql_text(journal, which, 1)};
}

/* Appends the rows of a statement whose parameters are bound. */
static bool read_rows(struct journal *journal, enum statement which, row_reader *reader,
                      struct journal_list *list)
{
    int result;
    while ((result = sql_step(journal, which)) == SQLITE_ROW) {
        if (!keep(list, reader(journal, which))) {
            sql_reset(journal, which);
            return true;
        }
    }
    return result == SQLITE_DONE;
}

static void reverse(struct journal_list *list)
{
    for (uint32_t i = 0; i < list->count / 2; i++) {
        struct store_order order = list->orders[i];
        list->orders[i] = list->orders[list->count - 1 - i];
        list->orders[list->count - 1 - i] = order;
    }
}

bool journal_read_entries(struct journal *journal, struct str room_id, uint32_t max,
                          struct journal_list *list)
{
    list->count = 0;
    sql_bind_text(journal, LAST_ENTRIES, 1, room_id);
    sql_bind_number(journal, LAST_ENTRIES, 2, max);
    bool done = read_rows(journal, LAST_ENTRIES, entry_of, list);
    reverse(list);
    return done;
}

bool journal_read_rooms(struct journal *journal, uint64_t since_ns, uint32_t max,
                        struct journal_list *list)
{
    list->count = 0;
    sql_bind_number(journal, ACTIVE_ROOMS, 1, since_ns);
    sql_bind_number(journal, ACTIVE_ROOMS, 2, max);
    return read_rows(journal, ACTIVE_ROOMS, room_of, list);
}

bool journal_read_crowded(struct journal *journal, uint32_t max, struct journal_list *list)
{
    list->count = 0;
    sql_bind_number(journal, CROWDED_ROOMS, 1, max);
    return read_rows(journal, CROWDED_ROOMS, room_of, list);
}

bool journal_read_unshipped(struct journal *journal, uint32_t max, struct journal_list *list)
{
    list->count = 0;
    sql_bind_number(journal, UNSHIPPED_ROOMS, 1, max / ROOMS_OF_BATCH);
    if (!read_rows(journal, UNSHIPPED_ROOMS, room_of, list))
        return false;
    sql_bind_number(journal, UNSHIPPED_ENTRIES, 1, journal->committed.unshipped);
    sql_bind_number(journal, UNSHIPPED_ENTRIES, 2, max - list->count);
    return read_rows(journal, UNSHIPPED_ENTRIES, entry_of, list);
}

bool journal_read_set_aside(struct journal *journal, uint64_t after, uint32_t max,
                            struct journal_list *list)
{
    list->count = 0;
    sql_bind_number(journal, THOSE_SET_ASIDE, 1, after);
    sql_bind_number(journal, THOSE_SET_ASIDE, 2, max);
    return read_rows(journal, THOSE_SET_ASIDE, entry_of, list);
}

bool journal_read_noted(struct journal *journal, uint64_t skip, uint32_t max,
                        struct journal_list *list)
{
    list->count = 0;
    sql_bind_number(journal, NOTED_KEYS, 1, skip);
    sql_bind_number(journal, NOTED_KEYS, 2, max);
    return read_rows(journal, NOTED_KEYS, key_of, list);
}

bool journal_knows_room(struct journal *journal, struct str room_id)
{
    sql_bind_text(journal, FIND_ROOM, 1, room_id);
    bool found = sql_step(journal, FIND_ROOM) == SQLITE_ROW;
    sql_reset(journal, FIND_ROOM);
    return found;
}
