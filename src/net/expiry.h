/* expiry.h: connections are closed when the token that they came with has expired, and some time
 * has passed in which a new one might have been presented.
 *
 * In whole seconds, which is what tokens have. A worker knows when the first of its connections is
 * due, and only then looks at all of them: at most once a second. */
#ifndef PARLEY_NET_EXPIRY_H
#define PARLEY_NET_EXPIRY_H

#include <stdint.h>

struct connection;
struct worker;

/* What the connection may is proven until then (Unix time), UINT64_MAX for ever. */
void expiry_set(struct connection *connection, uint64_t expires_ms);
/* The connection has come from another worker. */
void expiry_arrive(struct connection *connection);
/* Ends those that are due, with 3000; returns when to call again (monotonic), UINT64_MAX for never.
 */
uint64_t expiry_run(struct worker *worker);

#endif
