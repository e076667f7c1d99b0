/* table.h: lists as tables that people like to read, on standard output.
 *
 * Names are whatever clients chose: what could steer a terminal is shown as '?', and what is long
 * is cut. */
#ifndef PARLEY_CTL_TABLE_H
#define PARLEY_CTL_TABLE_H

#include <stdint.h>
#include <stdio.h>

struct cJSON;

enum column_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_SECONDS, COLUMN_BYTES };

struct column {
    const char *title;
    const char *member; /* of the entry */
    enum column_kind kind;
};

enum { CELL_BYTES = 256, COLUMNS_MAX = 16 };

/* A line for the titles, and one for each entry of the array. */
void table_print(const struct cJSON *entries, const struct column *columns, uint32_t count);
/* One value as a cell shows it; "-" when it is null or absent. */
void table_cell(const struct cJSON *entry, const struct column *column, char cell[CELL_BYTES]);

#endif
