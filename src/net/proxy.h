/* proxy.h: the header of the PROXY protocol, versions 1 and 2, that a proxy sends before anything
 * else on a connection that it passes on. Pure.
 *
 * https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt */
#ifndef PARLEY_NET_PROXY_H
#define PARLEY_NET_PROXY_H

#include <stddef.h>

#include "base/ip.h"

enum { PROXY_BYTES_MAX = 2048 }; /* a header with what proxies add to it; longer ones are wrong */

enum proxy_result {
    PROXY_MORE,   /* it is not complete yet */
    PROXY_CLIENT, /* the connection is this client's */
    PROXY_OWN,    /* it is the proxy's own, or the proxy does not know whose it is */
    PROXY_WRONG
};

/* *len: the header's bytes, when it is complete. Never PROXY_MORE for PROXY_BYTES_MAX bytes. */
enum proxy_result proxy_read(struct str input, size_t *len, struct ip *client);

#endif
