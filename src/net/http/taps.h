/* taps.h: a worker's part of the traces that are under way: for each a tap of its hub
 * (runtime/tap.h), which errands empty.
 *
 * Whoever asks for a trace names it by a number of their own. The first errand begins it, those
 * that follow bring back what was recorded since; it ends when none has come for a while. */
#ifndef PARLEY_NET_HTTP_TAPS_H
#define PARLEY_NET_HTTP_TAPS_H

#include <stdbool.h>
#include <stdint.h>

struct errand;
struct tap;
struct worker;

/* Traces at one time. */
enum { TAPS_MAX = 4 };

struct taps {
    struct {
        struct tap *tap; /* NULL: a free place */
        uint64_t name, due_ms;
    } list[TAPS_MAX];
};

/* Does this worker's part of an ERRAND_TRACE: each worker may fill an equal share of what room is
 * left. */
void taps_collect(struct worker *worker, struct errand *errand);
/* Ends those that nobody has asked for; admin_due is told when the next one ends. */
void taps_run(struct worker *worker);

#endif
