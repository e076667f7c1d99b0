/* sweep.h: what is done now and then for each of a worker's connections: the silent are pinged and
 * ended, what waits for the slow is counted. */
#ifndef PARLEY_NET_SWEEP_H
#define PARLEY_NET_SWEEP_H

#include <stdint.h>

struct connection;
struct worker;

/* Called a few times per interval of silence, at least about once a second. */
void sweep_connections(struct worker *worker);
/* For how long nothing has come from the client. */
uint32_t sweep_silent_ms(const struct connection *connection);

#endif
