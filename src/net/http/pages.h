/* pages.h: the page, the documents and the probes: what is answered over HTTP without asking
 * anybody. */
#ifndef PARLEY_NET_HTTP_PAGES_H
#define PARLEY_NET_HTTP_PAGES_H

#include "net/h2o.h"

struct head;
struct http_route;
struct worker;

enum { PAGES_TAG_BYTES = 19, PAGES_DIGEST_BYTES = 45 };

/* Worked out once at start; shared by all workers, read only. */
struct pages {
    /* ETags, with their quotes. */
    char root_tag[PAGES_TAG_BYTES], protocol_tag[PAGES_TAG_BYTES], openapi_tag[PAGES_TAG_BYTES];
    /* base64 of the SHA-256 of the page's <script> and <style>, the only ones that may run. */
    char script_digest[PAGES_DIGEST_BYTES], style_digest[PAGES_DIGEST_BYTES];
};

void pages_init(struct pages *pages);

/* Each answers a request for its route. */
void pages_root(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                const struct head *head);
void pages_protocol(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                    const struct head *head);
void pages_openapi(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                   const struct head *head);
void pages_health(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                  const struct head *head);
void pages_livez(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                 const struct head *head);
void pages_readyz(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                  const struct head *head);
void pages_metrics(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                   const struct head *head);

#endif
