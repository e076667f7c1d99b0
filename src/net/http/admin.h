/* admin.h: the admin API: what those who run the server ask it and tell it, over plain HTTP on a
 * port of its own.
 *
 * Without a token it is on the loopback address only, and asks for a Host that names it; requests
 * of pages in browsers, which bear an Origin, are refused in any case. The first worker listens;
 * what others hold is fetched by errands (errand.h), for which a request waits without blocking it.
 */
#ifndef PARLEY_NET_HTTP_ADMIN_H
#define PARLEY_NET_HTTP_ADMIN_H

#include "base/arena.h"
#include "net/h2o.h"
#include "net/http/handshake.h"
#include "net/http/taps.h"

struct errand;
struct head;
struct http_route;
struct worker;

/* Requests that wait at one time; more are refused. */
enum { ADMIN_ASKS_MAX = 16 };

struct admin_ask {
    h2o_req_t *request; /* NULL: a free place */
    const struct http_route *route;
    uint64_t ticket, due_ms;
};

struct admin {
    struct admin_ask asks[ADMIN_ASKS_MAX];
    uint64_t tickets;   /* given out */
    uint64_t due_ms;    /* nothing is to be done before (monotonic) */
    struct arena arena; /* for the body that is being read */
    struct taps taps;
};

/* 0 or -errno. */
int admin_init(struct worker *worker) __attribute__((warn_unused_result));
void admin_clear(struct worker *worker);

/* Why the request may not ask at all; status 0 when it may. */
struct refusal admin_check(struct worker *worker, h2o_req_t *request, const struct head *head);
/* Answers a request for a route of the admin port, perhaps later. */
void admin_serve(struct worker *worker, h2o_req_t *request, const struct http_route *route);
/* An errand has come home: it is taken. */
void admin_answered(struct worker *worker, struct errand *errand);
/* Something is due then. */
void admin_due(struct admin *admin, uint64_t due_ms);
/* Answers those that have waited too long, and ends traces that nobody asks for; returns when there
 * is more to do, UINT64_MAX for never. */
uint64_t admin_run(struct worker *worker);
/* Answers all that wait: the server stops. */
void admin_drop(struct worker *worker);

#endif
