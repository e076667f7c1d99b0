/* api.h: what is answered over HTTP after asking the store: rooms and history.
 *
 * A request waits in a list of its worker, without blocking it, until the store's answer comes as a
 * letter or its time is over. A client that goes away meanwhile is noticed when it is answered. */
#ifndef PARLEY_NET_HTTP_API_H
#define PARLEY_NET_HTTP_API_H

#include <stdint.h>

#include "base/arena.h"
#include "net/h2o.h"

struct ask;
struct head;
struct http_route;
struct store_letter;
struct worker;

/* A worker's requests that wait, the oldest first: all may wait equally long. */
struct asks {
    struct ask *first, *last;
    uint32_t count;
    size_t bytes;       /* of answers that are being sent */
    uint64_t tickets;   /* given out */
    struct arena arena; /* for the body that is being read */
};

/* 0 or -errno. */
int api_init(struct worker *worker) __attribute__((warn_unused_result));
void api_clear(struct worker *worker);

/* Each answers a request for its route, perhaps later. */
void api_rooms(struct worker *worker, h2o_req_t *request, const struct http_route *route,
               const struct head *head);
void api_history(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                 const struct head *head);

/* The store's answer, which is taken. */
void api_answered(struct worker *worker, struct store_letter *letter);
/* Answers those that have waited too long; returns when the next one has, UINT64_MAX for never. */
uint64_t api_run(struct worker *worker);
/* Answers all that wait: the server stops. */
void api_drop(struct worker *worker);

#endif
