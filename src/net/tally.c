#include "net/tally.h"

/* RFC 9110, 15. */
const uint16_t tally_http_statuses[STATS_HTTP_STATUSES] = {
    101, 200, 204, 304, 400, 401, 403, 404, 405, 408, 413, 415, 426, 429, 431, 500, 503,
};

/* RFC 6455, 7.4.1, and the IANA registry; 1005 stands for a Close without a code. */
const uint16_t tally_close_codes[STATS_CLOSE_CODES] = {
    1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000,
};

/* `counts` has one place more than `numbers`, for all others. */
static void count(stat_count *counts, const uint16_t *numbers, uint32_t numbers_count, int number)
{
    uint32_t i = 0;
    while (i < numbers_count && numbers[i] != number)
        i++;
    stat_add(&counts[i], 1);
}

void tally_http(struct stats *stats, int status)
{
    count(stats->http_answers, tally_http_statuses, STATS_HTTP_STATUSES, status);
}

void tally_close_sent(struct stats *stats, uint16_t code)
{
    count(stats->closes_sent, tally_close_codes, STATS_CLOSE_CODES, code);
}

void tally_close_received(struct stats *stats, uint16_t code)
{
    count(stats->closes_received, tally_close_codes, STATS_CLOSE_CODES, code);
}
