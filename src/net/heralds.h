/* heralds.h: connections of trusted proxies that have not said yet whose they are: with
 * --proxy-protocol, each begins with a header that says so (proxy.h).
 *
 * They wait in our own loop, for as long as a request's head may take, and become guests. */
#ifndef PARLEY_NET_HERALDS_H
#define PARLEY_NET_HERALDS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/guests.h"
#include "net/listener.h"

struct herald;

/* In the order of their coming, which is the one in which their time is up. */
struct heralds {
    struct herald *first, *last;
};

/* Whether proxies that come by this port begin so. */
bool heralds_expected(const struct worker *worker, enum listener_name port);
/* Takes the descriptor. */
void heralds_enter(struct worker *worker, const struct arrival *arrival);
/* Closes those whose time is up; when the next one's is (monotonic), UINT64_MAX for never. */
uint64_t heralds_run(struct worker *worker);
/* Closes all. */
void heralds_drop(struct worker *worker);

#endif
