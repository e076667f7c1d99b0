/* tally.h: counting by numbers that have names of their own outside: HTTP statuses and the codes of
 * Close frames. Those that this server uses, or may meet, are counted one by one, all others
 * together, so that the metrics have a fixed set of labels. */
#ifndef PARLEY_NET_TALLY_H
#define PARLEY_NET_TALLY_H

#include "runtime/stats.h"

extern const uint16_t tally_http_statuses[STATS_HTTP_STATUSES];
extern const uint16_t tally_close_codes[STATS_CLOSE_CODES];

/* A request was answered. */
void tally_http(struct stats *stats, int status);
void tally_close_sent(struct stats *stats, uint16_t code);
void tally_close_received(struct stats *stats, uint16_t code);

#endif
