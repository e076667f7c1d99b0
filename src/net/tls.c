#include "net/tls.h"

#include <openssl/err.h>
#include <stdio.h>

#include "base/check.h"

static SSL_CTX *fail(SSL_CTX *tls, const char *what, const char *file, char *why, size_t why_max)
{
    unsigned long error = ERR_get_error();
    const char *text = ERR_reason_error_string(error);
    snprintf(why, why_max, "%s %s: %s", what, file, text != NULL ? text : "unknown error");
    SSL_CTX_free(tls);
    return NULL;
}

/* TLS 1.3's in the order that costs least; a client without AES in hardware says so by asking for
 * ChaCha20 first. */
#define CIPHER_SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

SSL_CTX *tls_new(const char *certificate, const char *key, char *why, size_t why_max)
{
    /* HTTP/2 has no use here: the pages are few, and WebSocket runs over HTTP/1.1. */
    static const h2o_iovec_t protocols[] = {{H2O_STRLIT("http/1.1")}, {NULL, 0}};
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    ERR_clear_error();
    if (tls == NULL)
        return fail(NULL, "cannot set up", "TLS", why, why_max);
    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA);
    CHECK(SSL_CTX_set_ciphersuites(tls, CIPHER_SUITES) == 1);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);         /* 9 KB less per idle connection */
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* tickets do it without memory, */
    SSL_CTX_set_num_tickets(tls, 1); /* one for each connection, which lasts */
    if (SSL_CTX_use_certificate_chain_file(tls, certificate) != 1)
        return fail(tls, "cannot use the certificate in", certificate, why, why_max);
    if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
        return fail(tls, "cannot use the private key in", key, why, why_max);
    if (SSL_CTX_check_private_key(tls) != 1)
        return fail(tls, "the certificate does not belong to the private key in", key, why,
                    why_max);
    h2o_ssl_register_alpn_protocols(tls, protocols);
    return tls;
}

void tls_free(SSL_CTX *tls)
{
    SSL_CTX_free(tls);
}
