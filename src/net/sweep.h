/* sweep.h: what is done now and then for each of a worker's connections: the silent are pinged and
 * ended, what waits for the slow is counted. */
#ifndef PARLEY_NET_SWEEP_H
#define PARLEY_NET_SWEEP_H

struct worker;

/* Called a few times per interval of silence, at least about once a second. */
void sweep_connections(struct worker *worker);

#endif
