/* readiness.h: how the server is, for those who send clients here. */
#ifndef PARLEY_NET_HTTP_READINESS_H
#define PARLEY_NET_HTTP_READINESS_H

#include "base/str.h"
#include "generated/http_types.h"
#include "runtime/store_link.h"

struct server;
struct worker;

/* Without a store all of it is disabled. */
struct store_status readiness_of_store(const struct server *server);
/* Why no new clients should be sent here; empty when they may. A database that is away is no
 * reason: meanwhile the journal keeps what is said, and servers that left the balancer together
 * would make a fault of the database a fault of everything. */
struct str readiness_fault(const struct worker *worker);
/* The same in one word. */
enum http_state readiness_state(const struct worker *worker);

#endif
