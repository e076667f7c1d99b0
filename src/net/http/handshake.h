/* handshake.h: whether a request may become a WebSocket (RFC 6455, 4.2). Pure.
 *
 * Called for requests that passed head_fault and whose path speaks WebSocket. */
#ifndef PARLEY_NET_HTTP_SITE_HANDSHAKE_H
#define PARLEY_NET_HTTP_SITE_HANDSHAKE_H

#include "base/str.h"
#include "net/http/head.h"

struct handshake_policy {
    const struct str *origins; /* allowed ones; "*" allows all */
    uint32_t origins_count;    /* 0: only pages from the same host */
};

struct refusal {
    int status;        /* HTTP; 0 when nothing is wrong */
    struct str reason; /* in words, for the body */
};

/* Nothing wrong, or why it is refused. */
struct refusal handshake_check(const struct head *head, const struct handshake_policy *policy);

/* Whether the policy names this origin, or all. */
bool handshake_lists(const struct handshake_policy *policy, struct str origin);

#endif
