/* http.h: what the server answers over HTTP: health, readiness, metrics, the protocol and the page,
 * and the WebSocket handshake. */
#ifndef PARLEY_NET_HTTP_H
#define PARLEY_NET_HTTP_H

#include "net/h2o.h"

struct config;
struct worker;

enum { SITE_TAG_BYTES = 19, SITE_DIGEST_BYTES = 45 };

/* H2O's configuration, and what is worked out once at start; shared by all workers, read only. */
struct site {
    h2o_globalconf_t config;
    char page_tag[SITE_TAG_BYTES], protocol_tag[SITE_TAG_BYTES]; /* ETags, with their quotes */
    /* base64 of the SHA-256 of the page's <script> and <style>, the only ones that may run. */
    char script_digest[SITE_DIGEST_BYTES], style_digest[SITE_DIGEST_BYTES];
};

void site_init(struct site *site, const struct config *config);
void site_clear(struct site *site);

/* Sends an answer on a bare descriptor, for connections whose request H2O shall not see (again);
 * the caller closes it. */
void http_turn_away(struct worker *worker, int fd, int status, const char *reason);

#endif
