/* moment.h: moments as text (RFC 3339), to the nanosecond.
 *
 * Pure functions. */
#ifndef PARLEY_GAME_MOMENT_H
#define PARLEY_GAME_MOMENT_H

#include <stdint.h>

enum { MOMENT_LEN = 29 }; /* "2026-11-21T09:32:09.598307486", in UTC; "Z" or an offset follows */

/* Of nanoseconds since 1970. */
void moment_format(uint64_t unix_ns, char text[MOMENT_LEN]);

#endif
