/* table.h: lists as tables that people like to read, on standard output.
 *
 * Names are whatever clients chose: what could steer a terminal is shown as '?', and what is long
 * is cut. */
#ifndef PARLEY_CTL_TABLE_H
#define PARLEY_CTL_TABLE_H

#include <stdint.h>
#include <stdio.h>

struct cJSON;

enum column_kind {
    COLUMN_TEXT,
    COLUMN_LINE, /* a text that is shown whole: the last column */
    COLUMN_NUMBER,
    COLUMN_SECONDS,
    COLUMN_BYTES
};

struct column {
    const char *title;
    const char *member; /* of the entry */
    enum column_kind kind;
    uint32_t width; /* at least, in characters */
};

enum { CELL_BYTES = 256, COLUMNS_MAX = 16 };

/* Columns grow with what is to stand in them. */
struct table {
    const struct column *columns;
    uint32_t count;
    uint32_t widths[COLUMNS_MAX];
};

void table_init(struct table *table, const struct column *columns, uint32_t count);
/* Makes room for an entry that is going to be printed. */
void table_fit(struct table *table, const struct cJSON *entry);
void table_titles(const struct table *table);
void table_row(const struct table *table, const struct cJSON *entry);
/* All at once: a line for the titles, and one for each entry of the array. */
void table_print(const struct cJSON *entries, const struct column *columns, uint32_t count);
/* One value as a cell shows it; "-" when it is null or absent. */
void table_cell(const struct cJSON *entry, const struct column *column, char cell[CELL_BYTES]);

#endif
