/* answer.h: HTTP answers, whole at once: bodies, and refusals with a reason in JSON.
 *
 * Each request gets one answer, from its worker's thread. */
#ifndef PARLEY_NET_HTTP_ANSWER_H
#define PARLEY_NET_HTTP_ANSWER_H

#include "base/str.h"
#include "net/h2o.h"

struct worker;

/* Counts the request as answered with this status, one of those that are answered here. */
void answer_status(h2o_req_t *request, int status);
/* Adds a header to the answer that is to follow; the value must live as long as the request. */
void answer_header(h2o_req_t *request, const char *name, const char *value);
/* A text in the request's memory. */
struct str answer_text(h2o_req_t *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Answers; an empty content type is for statuses without a body. The body must live as long as the
 * request. */
void answer(h2o_req_t *request, int status, struct str content_type, struct str body);
/* As answer, for what no one shall keep. */
void answer_fresh(h2o_req_t *request, struct str content_type, struct str body);
/* Says what is wrong; the connection goes on. */
void answer_refusal(h2o_req_t *request, int status, struct str reason);
/* Says what is wrong, and closes the connection: its client is confused or hostile. */
void answer_and_close(h2o_req_t *request, int status, struct str reason);
/* The same on a bare descriptor, for connections whose request H2O shall not see (again); the
 * caller closes it. */
void answer_bare(struct worker *worker, int fd, int status, struct str reason);

/* Has H2O's own refusals of requests that it could not read say so in our form. */
void answer_own_errors(h2o_pathconf_t *path);

#endif
