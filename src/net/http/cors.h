/* cors.h: which pages of other origins may read what is answered over HTTP (the Fetch standard,
 * 3.2): those of the allowed origins. */
#ifndef PARLEY_NET_HTTP_CORS_H
#define PARLEY_NET_HTTP_CORS_H

#include "net/h2o.h"
#include "net/http/handshake.h"

/* Adds what an answer says about that. */
void cors_begin(h2o_req_t *request, const struct head *head, const struct handshake_policy *policy);
/* Whether a browser asks what a page of another origin may request. */
bool cors_is_preflight(const struct head *head);
/* Answers that; `methods` are the path's. */
void cors_preflight(h2o_req_t *request, const struct head *head,
                    const struct handshake_policy *policy, struct str methods);

#endif
