/* reserve.h: zeroed memory of which only the touched pages are taken.
 *
 * Pools are sized for the most that may ever be needed; what has not been used yet costs address
 * space only. */
#ifndef PARLEY_BASE_RESERVE_H
#define PARLEY_BASE_RESERVE_H

#include <stddef.h>

/* NULL when the system refuses. Aligned to a page. */
void *reserve_new(size_t bytes) __attribute__((warn_unused_result));
/* `bytes` as given to reserve_new; NULL is fine. */
void reserve_free(void *memory, size_t bytes);

#endif
