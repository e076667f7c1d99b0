/* head.h: the head of an HTTP/1 request, read from its raw bytes.
 *
 * H2O parses requests too, but keeps the headers that decide about a request's length, its host and
 * its upgrade to itself, and lets ambiguous ones pass. So we read the head once more, and refuse
 * what another server in front of us might have understood differently. Pure; borrows the bytes. */
#ifndef PARLEY_NET_HTTP_SITE_HEAD_H
#define PARLEY_NET_HTTP_SITE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct head {
    size_t len;       /* bytes up to and including the empty line */
    struct str lines; /* all headers, for head_next */
    struct str method;
    struct str authority; /* of a target in absolute form; empty for others */
    struct str path;      /* the request target up to its '?', */
    struct str query;     /* and what follows it */
    bool http_1_1;
    /* The first header of each name, without white space around it; len 0 when absent. */
    struct str host, content_length, key, version, origin, authorization;
    struct str traceparent;
    struct str preflight; /* Access-Control-Request-Method */
    struct str bearer;    /* the first subprotocol that is offered and begins with "bearer." */
    /* How often each appears. */
    uint32_t hosts, content_lengths, transfer_encodings, keys, versions, origins, authorizations;
    uint32_t preflights, bearers, traceparents;
    bool upgrade_websocket;  /* an Upgrade header lists "websocket" */
    bool connection_upgrade; /* a Connection header lists "upgrade" */
    bool folded;             /* a header goes on in a second line (RFC 9112, 5.2) */
    bool malformed;          /* a line that is no header */
};

/* False when the empty line that ends the head is not in `input` yet. */
bool head_read(struct head *head, struct str input);
/* Why the request is to be answered with 400 and the connection closed; NULL when it may pass. */
const char *head_fault(const struct head *head);

/* What a Content-Length that is no fault says; 0 without one. */
uint64_t head_content_length(const struct head *head);

/* Takes lines off *rest, which is head.lines at first, up to the next header of this name; false
 * when there is none. */
bool head_next(struct str *rest, struct str name, struct str *value);

/* Without white space around it. */
struct str head_trimmed(struct str text);
/* ASCII without regard to case. */
bool head_same(struct str a, struct str b);
/* Takes `prefix` off the text, in any case; false when it does not begin so. */
bool head_take_prefix(struct str *text, struct str prefix);
/* Takes what stands before the first `end` off the front of *rest, and the `end` itself; all that
 * is left when there is none. */
struct str head_take_until(struct str *rest, char end);

#endif
