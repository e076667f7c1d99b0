#include "game/moment.h"

#include <stdbool.h>

enum { NS_PER_S = 1000000000, S_PER_DAY = 86400, MONTHS = 12 };

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t days_of_year(uint32_t year)
{
    return is_leap(year) ? 366 : 365;
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
    static const uint8_t days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year) ? 1u : 0u);
}

/* As `digits` digits, and what stands behind them. */
static char *put(char *text, uint32_t number, uint32_t digits, char behind)
{
    for (uint32_t i = digits; i > 0; i--) {
        text[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    text[digits] = behind;
    return text + digits + 1;
}

void moment_format(uint64_t unix_ns, char text[MOMENT_LEN])
{
    uint64_t seconds = unix_ns / NS_PER_S;
    uint32_t of_day = (uint32_t)(seconds % S_PER_DAY);
    uint32_t days = (uint32_t)(seconds / S_PER_DAY);
    uint32_t year = 1970, month = 0;
    for (; days >= days_of_year(year); year++)
        days -= days_of_year(year);
    for (; days >= days_of_month(year, month); month++)
        days -= days_of_month(year, month);
    char whole[MOMENT_LEN + 1];
    char *at = put(whole, year, 4, '-');
    at = put(at, month + 1, 2, '-');
    at = put(at, days + 1, 2, 'T');
    at = put(at, of_day / 3600, 2, ':');
    at = put(at, of_day / 60 % 60, 2, ':');
    at = put(at, of_day % 60, 2, '.');
    put(at, (uint32_t)(unix_ns % NS_PER_S), 9, 0);
    for (uint32_t i = 0; i < MOMENT_LEN; i++)
        text[i] = whole[i];
}
