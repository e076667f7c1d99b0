/* jwt.h: which signed tokens (JSON Web Tokens, RFC 7519) are good: one key, one algorithm, and
 * rules for what they say.
 *
 * Made once and never changed after: any thread may ask, at the same time. A question is pure
 * computation: about 8 us with a secret, 30 us with an RSA key of 2048 bits, 90 us with one on
 * P-256. libjwt reads tokens, and checks those by a secret; signatures by a public key are
 * OpenSSL's part, with the key read once, where libjwt 1.10 would read its PEM for each token (400
 * us). Neither keys nor tokens are ever logged. */
#ifndef PARLEY_STORE_JWT_H
#define PARLEY_STORE_JWT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    JWT_TOKEN_BYTES_MAX = 8192, /* longer ones are refused unread */
    JWT_PEM_BYTES_MAX = 16384,
    JWT_SECRET_BYTES_MIN = 32 /* shorter ones are warned about (RFC 7518, 3.2) */
};

/* A token's iss, if it has one, when no issuer is demanded. */
#define JWT_ISSUER_DEFAULT "https://auth.signite.com"

struct jwt_settings {
    struct str secret;      /* HS256; empty when there is a public key */
    const char *public_key; /* PEM or the name of a file that holds it, NULL when there is a secret:
                               RS256 for an RSA key, ES256 for one on P-256 */
    const char *issuer;     /* iss must be there and be this; NULL: JWT_ISSUER_DEFAULT or none */
    const char *audience;   /* aud must be or contain this; NULL: it is not looked at */
};

struct jwt_rules;

/* NULL, and a log line that says why, when the key cannot be used. The texts are copied. */
struct jwt_rules *jwt_rules_new(const struct jwt_settings *settings)
    __attribute__((warn_unused_result));
void jwt_rules_free(struct jwt_rules *rules); /* or NULL */

/* Whether the token is signed with the key, by the key's algorithm and no other, and holds now: exp
 * is there, an integer, and ahead; nbf, if there, is not; iss and aud are as the settings demand;
 * sub is `subject`, unless that is NULL. There is no leeway for clocks that differ. `expires_ms`
 * (Unix time; may be NULL) is when it ends. */
bool jwt_rules_accept(const struct jwt_rules *rules, struct str token, const struct str *subject,
                      uint64_t wall_ms, uint64_t *expires_ms) __attribute__((warn_unused_result));

#endif
