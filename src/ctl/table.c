#include "ctl/table.h"

#include <cjson/cJSON.h>
#include <string.h>

/* Characters of a text that are shown. */
enum { SHOWN_MAX = 40 };

/* Whether a byte begins a character of UTF-8. */
static int is_first(char byte)
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
static int is_control(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7F || (first == 0xC2 && (unsigned char)at[1] < 0xA0);
}

static void show_text(const char *text, char cell[CELL_BYTES])
{
    size_t len = 0;
    uint32_t shown = 0;
    for (; *text != '\0'; text++) {
        if (is_first(*text) && shown++ == SHOWN_MAX)
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
        show_text(cJSON_GetStringValue(value), cell);
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
static void print_cell(const char *cell, const struct column *column, uint32_t width, int is_last)
{
    int room = (int)(width - width_of(cell));
    if (column->kind != COLUMN_TEXT)
        printf("%*s%s", room, "", cell);
    else
        printf("%s%*s", cell, is_last ? 0 : room, "");
    fputs(is_last ? "\n" : "  ", stdout);
}

void table_print(const cJSON *entries, const struct column *columns, uint32_t count)
{
    uint32_t widths[COLUMNS_MAX];
    char cell[CELL_BYTES];
    const cJSON *entry;
    for (uint32_t i = 0; i < count; i++) {
        widths[i] = width_of(columns[i].title);
        cJSON_ArrayForEach(entry, entries)
        {
            table_cell(entry, &columns[i], cell);
            widths[i] = width_of(cell) > widths[i] ? width_of(cell) : widths[i];
        }
    }
    for (uint32_t i = 0; i < count; i++)
        print_cell(columns[i].title, &columns[i], widths[i], i + 1 == count);
    cJSON_ArrayForEach(entry, entries)
    {
        for (uint32_t i = 0; i < count; i++) {
            table_cell(entry, &columns[i], cell);
            print_cell(cell, &columns[i], widths[i], i + 1 == count);
        }
    }
}
