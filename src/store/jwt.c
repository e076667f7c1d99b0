#include "store/jwt.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/log.h"

/* OpenSSL checks signatures by RSA keys of so many bits at most, and signatures have as many. */
enum { RSA_BITS_MIN = 2048, RSA_BITS_MAX = 16384, SIGNATURE_BYTES_MAX = RSA_BITS_MAX / 8 };

/* Of ES256 (RFC 7518, 3.4): two numbers. */
enum { NUMBER_BYTES = 32, ES256_BYTES = 2 * NUMBER_BYTES };

struct jwt_rules {
    jwt_alg_t algorithm;
    EVP_PKEY *public_key;  /* or NULL, and then */
    unsigned char *secret; /* never empty: without a key, libjwt takes unsigned tokens */
    int secret_len;
    char *issuer, *audience; /* or NULL */
};

static bool set_secret(struct jwt_rules *rules, struct str secret);
static bool set_public_key(struct jwt_rules *rules, const char *pem_or_name);
static bool copy_text(char **copy, const char *text);
static bool is_compact(struct str token);
static bool is_signed(const struct jwt_rules *rules, struct str token);
static json_t *verified_claims(const struct jwt_rules *rules, struct str token);
static bool claims_hold(const struct jwt_rules *rules, const json_t *claims,
                        const struct str *subject, uint64_t wall_ms, uint64_t *expires_ms);

struct jwt_rules *jwt_rules_new(const struct jwt_settings *settings)
{
    struct jwt_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        log_error("cannot check tokens", log_system_error(ENOMEM));
        return NULL;
    }
    bool usable = settings->public_key != NULL ? set_public_key(rules, settings->public_key)
                                               : set_secret(rules, settings->secret);
    if (usable && (!copy_text(&rules->issuer, settings->issuer) ||
                   !copy_text(&rules->audience, settings->audience))) {
        log_error("cannot check tokens", log_system_error(ENOMEM));
        usable = false;
    }
    if (!usable) {
        jwt_rules_free(rules);
        return NULL;
    }
    return rules;
}

void jwt_rules_free(struct jwt_rules *rules)
{
    if (rules != NULL) {
        EVP_PKEY_free(rules->public_key);
        free(rules->secret);
        free(rules->issuer);
        free(rules->audience);
        free(rules);
    }
}

bool jwt_rules_accept(const struct jwt_rules *rules, struct str token, const struct str *subject,
                      uint64_t wall_ms, uint64_t *expires_ms)
{
    bool readable = is_compact(token) && (rules->public_key == NULL || is_signed(rules, token));
    json_t *claims = readable ? verified_claims(rules, token) : NULL;
    bool accepted = claims != NULL && claims_hold(rules, claims, subject, wall_ms, expires_ms);
    json_decref(claims);
    ERR_clear_error(); /* OpenSSL keeps them for the thread's next user, which may be TLS */
    return accepted;
}

/* The key */

static bool copy_text(char **copy, const char *text)
{
    *copy = text == NULL ? NULL : strdup(text);
    return text == NULL || *copy != NULL;
}

static bool set_secret(struct jwt_rules *rules, struct str secret)
{
    if (secret.len == 0 || secret.len > JWT_PEM_BYTES_MAX) {
        log_error("the tokens' secret is empty or too long");
        return false;
    }
    if (secret.len < JWT_SECRET_BYTES_MIN)
        log_warn("the tokens' secret is short, which makes it easier to guess",
                 log_number("bytes", (int64_t)secret.len),
                 log_number("bytes_wanted", JWT_SECRET_BYTES_MIN));
    rules->algorithm = JWT_ALG_HS256;
    rules->secret = malloc(secret.len);
    rules->secret_len = (int)secret.len;
    if (rules->secret == NULL) {
        log_error("cannot check tokens", log_system_error(ENOMEM));
        return false;
    }
    memcpy(rules->secret, secret.base, secret.len);
    return true;
}

/* NULL when it is no public key. */
static EVP_PKEY *read_key(struct str pem)
{
    BIO *bio = pem.len > JWT_PEM_BYTES_MAX ? NULL : BIO_new_mem_buf(pem.base, (int)pem.len);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

/* The one algorithm for this key; JWT_ALG_NONE when it will not do. */
static jwt_alg_t algorithm_of(const EVP_PKEY *key)
{
    char curve[32];
    if (key != NULL && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN &&
        EVP_PKEY_get_bits(key) <= RSA_BITS_MAX) {
        return JWT_ALG_RS256; /* RFC 7518, 3.3: 2048 bits at least */
    }
    if (key != NULL && EVP_PKEY_is_a(key, "EC") &&
        EVP_PKEY_get_group_name(key, curve, sizeof curve, NULL) == 1 &&
        strcmp(curve, "prime256v1") == 0) {
        return JWT_ALG_ES256; /* which is P-256 only: RFC 7518, 3.4 */
    }
    return JWT_ALG_NONE;
}

static bool set_public_key(struct jwt_rules *rules, const char *pem_or_name)
{
    char text[JWT_PEM_BYTES_MAX + 1];
    struct str pem = {pem_or_name, strlen(pem_or_name)};
    bool is_name = strstr(pem_or_name, "-----BEGIN") == NULL;
    if (is_name) {
        FILE *file = fopen(pem_or_name, "re");
        if (file == NULL) {
            log_error("cannot read the tokens' public key", log_string("file", pem_or_name),
                      log_system_error(errno));
            return false;
        }
        pem = (struct str){text, fread(text, 1, sizeof text, file)};
        fclose(file);
    }
    rules->public_key = read_key(pem);
    rules->algorithm = algorithm_of(rules->public_key);
    if (rules->algorithm == JWT_ALG_NONE) {
        log_error("cannot use the tokens' public key",
                  log_string("key", is_name ? pem_or_name : "given as text"),
                  log_text("advice", STR("PEM with BEGIN PUBLIC KEY, RSA of 2048 bits or more, or "
                                         "EC on P-256")));
        return false;
    }
    return true;
}

/* The token */

/* The value of a character of base64url (RFC 4648, 5); -1 for others. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Three parts in base64url as RFC 7515, 2 has it: no padding, no white space, and the last
 * character without stray bits, so that there is one text for each token. libjwt is laxer. */
static bool is_compact(struct str token)
{
    uint32_t parts = 1;
    size_t len = 0; /* of the part */
    int last = 0;
    if (token.len == 0 || token.len > JWT_TOKEN_BYTES_MAX)
        return false;
    for (size_t i = 0; i <= token.len; i++) {
        if (i < token.len && token.base[i] != '.') {
            last = sextet(token.base[i]);
            len++;
            if (last < 0)
                return false;
            continue;
        }
        bool stray = (len % 4 == 2 && (last & 15) != 0) || (len % 4 == 3 && (last & 3) != 0);
        if (len == 0 || len % 4 == 1 || stray)
            return false;
        parts += i < token.len;
        len = 0;
    }
    return parts == 3;
}

/* The bytes of a text in base64url; false unless they are so many. */
static bool decode(struct str text, uint8_t *bytes, size_t len)
{
    char standard[BASE64_LEN(SIGNATURE_BYTES_MAX)];
    if (len > SIGNATURE_BYTES_MAX || text.len != (4 * len + 2) / 3)
        return false;
    memset(standard, '=', sizeof standard);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.base[i];
        standard[i] = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    return base64_decode((struct str){standard, BASE64_LEN(len)}, bytes, len);
}

/* The two numbers of an ES256 signature as OpenSSL wants them, in DER; their length, or 0. */
static size_t der_of(const uint8_t numbers[ES256_BYTES], uint8_t der[SIGNATURE_BYTES_MAX])
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers, NUMBER_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(numbers + NUMBER_BYTES, NUMBER_BYTES, NULL);
    if (signature == NULL || ECDSA_SIG_set0(signature, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(signature);
        return 0;
    }
    int len = i2d_ECDSA_SIG(signature, &der); /* at most 72 bytes */
    ECDSA_SIG_free(signature);
    return len > 0 ? (size_t)len : 0;
}

/* Whether the private key has signed the token, which is compact. libjwt could say, but reads the
 * PEM anew each time. */
static bool is_signed(const struct jwt_rules *rules, struct str token)
{
    uint8_t bytes[SIGNATURE_BYTES_MAX], der[SIGNATURE_BYTES_MAX];
    bool es256 = rules->algorithm == JWT_ALG_ES256;
    size_t len = es256 ? ES256_BYTES : (size_t)EVP_PKEY_get_size(rules->public_key);
    const char *dot = memrchr(token.base, '.', token.len);
    size_t signed_len = (size_t)(dot - token.base);
    if (!decode((struct str){dot + 1, token.len - signed_len - 1}, bytes, len))
        return false;
    size_t der_len = es256 ? der_of(bytes, der) : 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, rules->public_key) == 1 &&
                EVP_DigestVerify(context, es256 ? der : bytes, es256 ? der_len : len,
                                 (const uint8_t *)token.base, signed_len) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* What the token claims, if it is for our algorithm; NULL for any other. Its signature is right if
 * it is by a public key, and is looked at here if it is by a secret. */
static json_t *verified_claims(const struct jwt_rules *rules, struct str token)
{
    char text[JWT_TOKEN_BYTES_MAX + 1];
    memcpy(text, token.base, token.len);
    text[token.len] = '\0';
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, text, rules->secret, rules->secret_len) != 0)
        return NULL;
    json_t *claims = NULL;
    /* The token chose how libjwt read the secret, if at all: by any other algorithm, it proves
     * nothing. And "crit" names what must be understood (RFC 7515, 4.1.11): there is nothing that
     * we would. */
    const char *algorithm = jwt_get_header(jwt, "alg");
    char *critical = jwt_get_headers_json(jwt, "crit");
    if (algorithm != NULL && strcmp(algorithm, jwt_alg_str(rules->algorithm)) == 0 &&
        critical == NULL) {
        char *json = jwt_get_grants_json(jwt, NULL);
        claims = json == NULL ? NULL : json_loads(json, JSON_REJECT_DUPLICATES, NULL);
        free(json);
    }
    free(critical);
    jwt_free(jwt);
    return claims;
}

static bool is_text(const json_t *value, struct str text)
{
    return json_is_string(value) &&
           str_equal((struct str){json_string_value(value), json_string_length(value)}, text);
}

static struct str terminated(const char *text)
{
    return (struct str){text, strlen(text)};
}

/* RFC 7519, 4.1.3: a text, or a list of them. */
static bool names_audience(const json_t *aud, struct str audience)
{
    if (!json_is_array(aud))
        return is_text(aud, audience);
    for (size_t i = 0; i < json_array_size(aud); i++) {
        if (is_text(json_array_get(aud, i), audience))
            return true;
    }
    return false;
}

static bool issuer_holds(const struct jwt_rules *rules, const json_t *iss)
{
    if (rules->issuer == NULL)
        return iss == NULL || is_text(iss, STR(JWT_ISSUER_DEFAULT));
    return is_text(iss, terminated(rules->issuer));
}

static bool claims_hold(const struct jwt_rules *rules, const json_t *claims,
                        const struct str *subject, uint64_t wall_ms, uint64_t *expires_ms)
{
    const json_t *exp = json_object_get(claims, "exp");
    const json_t *nbf = json_object_get(claims, "nbf");
    int64_t now = (int64_t)(wall_ms / 1000);
    int64_t ends = json_integer_value(exp); /* 0 when it is not an integer */
    if (ends <= now || (nbf != NULL && (!json_is_integer(nbf) || json_integer_value(nbf) > now)))
        return false;
    if (!issuer_holds(rules, json_object_get(claims, "iss")) ||
        (rules->audience != NULL &&
         !names_audience(json_object_get(claims, "aud"), terminated(rules->audience))) ||
        (subject != NULL && !is_text(json_object_get(claims, "sub"), *subject)))
        return false;
    if (expires_ms != NULL)
        *expires_ms = ends > INT64_MAX / 1000 ? UINT64_MAX : (uint64_t)ends * 1000;
    return true;
}
