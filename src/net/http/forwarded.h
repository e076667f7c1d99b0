/* forwarded.h: whom a proxy says a request is from: X-Forwarded-For, or without it, Forwarded
 * (RFC 7239). Pure.
 *
 * Each proxy on the way adds the address that it was connected to from at the right, so what our
 * own ones say stands there, and what a client may have made up, left of it. */
#ifndef PARLEY_NET_HTTP_FORWARDED_H
#define PARLEY_NET_HTTP_FORWARDED_H

#include "base/ip.h"
#include "net/admission.h"
#include "net/http/head.h"

/* The rightmost address that is no trusted proxy's, or the leftmost of all when all are. False when
 * there is none, or when it is hidden or not an address. */
bool forwarded_client(const struct head *head, const struct admission *admission,
                      struct ip *client);

#endif
