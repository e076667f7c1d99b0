/* site.h: what becomes of a request: an answer over HTTP (pages.h, api.h), or a WebSocket. */
#ifndef PARLEY_NET_HTTP_SITE_H
#define PARLEY_NET_HTTP_SITE_H

#include "net/h2o.h"
#include "net/http/pages.h"

struct config;

/* H2O's configuration and the pages, worked out once at start; shared by all workers, read only. */
struct site {
    h2o_globalconf_t config;
    struct pages pages;
};

void site_init(struct site *site, const struct config *config);
void site_clear(struct site *site);

#endif
