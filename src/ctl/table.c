#include "ctl/table.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <string.h>

/* Characters of a text that are shown; of one that is shown whole. */
enum { SHOWN_MAX = 40, WHOLE_MAX = 200 };

/* Whether a byte begins a character of UTF-8. */
static bool is_first(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* Code points, which most of the time are as wide as a column. */
static uint32_t width_of(const char *text)
{
    uint32_t width = 0;
    for (; *text != '\0'; text++)
        width += is_first(*text) ? 1 : 0;
    return width;
}

/* The control characters of ASCII and of Latin-1 (U+0080 to U+009F). */
static bool is_control(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7F || (first == 0xC2 && (unsigned char)at[1] < 0xA0);
}

static void show_text(const char *text, uint32_t shown_max, char cell[CELL_BYTES])
{
    size_t len = 0;
    uint32_t shown = 0;
    for (; *text != '\0'; text++) {
        bool is_full = len + sizeof "…" >= CELL_BYTES;
        if (is_full || (is_first(*text) && shown++ == shown_max))
            break;
        if (is_control(text)) {
            cell[len++] = '?';
            text += (unsigned char)*text == 0xC2 ? 1 : 0;
        } else {
            cell[len++] = *text;
        }
    }
    snprintf(cell + len, CELL_BYTES - len, "%s", *text != '\0' ? "…" : "");
}

static void show_seconds(double seconds, char cell[CELL_BYTES])
{
    uint64_t s = (uint64_t)seconds;
    unsigned days = (unsigned)(s / 86400), hours = (unsigned)(s / 3600 % 24);
    unsigned minutes = (unsigned)(s / 60 % 60);
    if (days > 0)
        snprintf(cell, CELL_BYTES, "%ud %uh", days, hours);
    else if (hours > 0)
        snprintf(cell, CELL_BYTES, "%uh %um", hours, minutes);
    else if (minutes > 0)
        snprintf(cell, CELL_BYTES, "%um %us", minutes, (unsigned)(s % 60));
    else
        snprintf(cell, CELL_BYTES, "%us", (unsigned)s);
}

static void show_bytes(double bytes, char cell[CELL_BYTES])
{
    if (bytes < 1024)
        snprintf(cell, CELL_BYTES, "%.0f B", bytes);
    else if (bytes < 1024 * 1024)
        snprintf(cell, CELL_BYTES, "%.1f KiB", bytes / 1024);
    else
        snprintf(cell, CELL_BYTES, "%.1f MiB", bytes / (1024 * 1024));
}

void table_cell(const cJSON *entry, const struct column *column, char cell[CELL_BYTES])
{
    const cJSON *value = cJSON_GetObjectItem(entry, column->member);
    if (cJSON_IsString(value))
        show_text(cJSON_GetStringValue(value), column->kind == COLUMN_LINE ? WHOLE_MAX : SHOWN_MAX,
                  cell);
    else if (!cJSON_IsNumber(value))
        snprintf(cell, CELL_BYTES, "-");
    else if (column->kind == COLUMN_SECONDS)
        show_seconds(cJSON_GetNumberValue(value), cell);
    else if (column->kind == COLUMN_BYTES)
        show_bytes(cJSON_GetNumberValue(value), cell);
    else
        snprintf(cell, CELL_BYTES, "%.0f", cJSON_GetNumberValue(value));
}

/* Texts begin, numbers end in one line; nothing follows the last cell. */
static void print_cell(const char *cell, const struct column *column, uint32_t width, bool is_last)
{
    int room = (int)(width - width_of(cell));
    if (column->kind != COLUMN_TEXT && column->kind != COLUMN_LINE)
        printf("%*s%s", room, "", cell);
    else
        printf("%s%*s", cell, is_last ? 0 : room, "");
    fputs(is_last ? "\n" : "  ", stdout);
}

void table_init(struct table *table, const struct column *columns, uint32_t count)
{
    *table = (struct table){.columns = columns, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t title = width_of(columns[i].title);
        table->widths[i] = title > columns[i].width ? title : columns[i].width;
    }
}

void table_fit(struct table *table, const cJSON *entry)
{
    char cell[CELL_BYTES];
    for (uint32_t i = 0; i < table->count; i++) {
        table_cell(entry, &table->columns[i], cell);
        uint32_t width = width_of(cell);
        table->widths[i] = width > table->widths[i] ? width : table->widths[i];
    }
}

void table_titles(const struct table *table)
{
    for (uint32_t i = 0; i < table->count; i++)
        print_cell(table->columns[i].title, &table->columns[i], table->widths[i],
                   i + 1 == table->count);
}

void table_row(const struct table *table, const cJSON *entry)
{
    char cell[CELL_BYTES];
    for (uint32_t i = 0; i < table->count; i++) {
        table_cell(entry, &table->columns[i], cell);
        print_cell(cell, &table->columns[i], table->widths[i], i + 1 == table->count);
    }
}

void table_print(const cJSON *entries, const struct column *columns, uint32_t count)
{
    struct table table;
    const cJSON *entry;
    table_init(&table, columns, count);
    cJSON_ArrayForEach(entry, entries) table_fit(&table, entry);
    table_titles(&table);
    cJSON_ArrayForEach(entry, entries) table_row(&table, entry);
}
