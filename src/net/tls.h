/* tls.h: the TLS side of the server's sockets: certificate, key, and what is allowed. */
#ifndef PARLEY_NET_TLS_H
#define PARLEY_NET_TLS_H

#include <stddef.h>

#include "net/h2o.h"

/* From PEM files: the certificate with its chain, and its key. NULL with a reason in `why`. */
SSL_CTX *tls_new(const char *certificate, const char *key, char *why, size_t why_max);
void tls_free(SSL_CTX *tls);

#endif
