#include "store/jwt.h"

#include <jwt.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "tests/unit/test.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define GOOD "\"sub\":\"u1\",\"exp\":1800000060"

static const uint64_t now_ms = 1800000000999;
static const struct jwt_settings by_secret = {.secret = STR_INIT(SECRET)};

/* A token with these claims, without their braces; of memory that the next one takes. */
static struct str sign_with(jwt_alg_t algorithm, const char *key, const char *claims)
{
    static char token[16384];
    char json[9000];
    jwt_t *jwt;
    snprintf(json, sizeof(json), "{%s}", claims);
    int wrong =
        jwt_new(&jwt) | jwt_add_grants_json(jwt, json) |
        jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key == NULL ? 0 : (int)strlen(key));
    char *text = wrong != 0 ? NULL : jwt_encode_str(jwt);
    jwt_free(jwt);
    EXPECT(text != NULL);
    snprintf(token, sizeof(token), "%s", text == NULL ? "" : text);
    free(text);
    return (struct str){token, strlen(token)};
}

static struct str sign(const char *claims)
{
    return sign_with(JWT_ALG_HS256, SECRET, claims);
}

static bool accepts(const struct jwt_settings *settings, struct str token)
{
    struct jwt_rules *rules = jwt_rules_new(settings);
    bool accepted =
        EXPECT(rules != NULL) && jwt_rules_accept(rules, token, &STR("u1"), now_ms, NULL);
    jwt_rules_free(rules);
    return accepted;
}

TEST(a_good_token)
{
    struct jwt_rules *rules = jwt_rules_new(&by_secret);
    struct str token = sign(GOOD);
    uint64_t expires_ms = 0;
    EXPECT(jwt_rules_accept(rules, token, &STR("u1"), now_ms, &expires_ms));
    EXPECT(expires_ms == 1800000060000);
    EXPECT(jwt_rules_accept(rules, token, NULL, now_ms, NULL)); /* whoever it is */
    EXPECT(jwt_rules_accept(rules, token, &STR("u1"), 1800000059999, NULL));
    EXPECT(!jwt_rules_accept(rules, token, &STR("u1"), 1800000060000, NULL));
    EXPECT(!jwt_rules_accept(rules, token, &STR("u2"), now_ms, NULL));
    EXPECT(!jwt_rules_accept(rules, token, &STR("u"), now_ms, NULL));
    EXPECT(!jwt_rules_accept(rules, token, &STR("u1\0"), now_ms, NULL));
    EXPECT(!jwt_rules_accept(rules, token, &STR(""), now_ms, NULL));
    jwt_rules_free(rules);
}

TEST(what_claims_must_say)
{
    static const struct {
        const char *claims;
        bool accepted;
    } cases[] = {
        {GOOD, true},
        {GOOD ",\"iat\":1,\"name\":\"\\ud83d\\ude00\",\"roles\":[{}]", true},
        {"\"sub\":\"u1\",\"exp\":9223372036854775807", true},
        {GOOD ",\"nbf\":1800000000", true},
        {GOOD ",\"nbf\":-1", true},
        {GOOD ",\"nbf\":1800000001", false},
        {GOOD ",\"nbf\":1.5", false},
        {GOOD ",\"nbf\":\"1\"", false},
        {GOOD ",\"nbf\":null", false},
        {"\"sub\":\"u1\"", false},
        {"\"sub\":\"u1\",\"exp\":1800000000", false},
        {"\"sub\":\"u1\",\"exp\":0", false},
        {"\"sub\":\"u1\",\"exp\":-1", false},
        {"\"sub\":\"u1\",\"exp\":1800000060.0", false},
        {"\"sub\":\"u1\",\"exp\":1e18", false},
        {"\"sub\":\"u1\",\"exp\":\"1800000060\"", false},
        {"\"sub\":\"u1\",\"exp\":true", false},
        {"\"sub\":\"u1\",\"exp\":null", false},
        {"\"exp\":1800000060", false},
        {"\"exp\":1800000060,\"sub\":1", false},
        {"\"exp\":1800000060,\"sub\":[\"u1\"]", false},
        {"\"exp\":1800000060,\"sub\":\"U1\"", false},
        {GOOD ",\"iss\":\"https://auth.signite.com\"", true},
        {GOOD ",\"iss\":\"https://auth.signite.com/\"", false},
        {GOOD ",\"iss\":5", false},
        {GOOD ",\"iss\":null", false},
        {GOOD ",\"aud\":\"anyone\"", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!EXPECT(accepts(&by_secret, sign(cases[i].claims)) == cases[i].accepted)) {
            printf("%s\n", cases[i].claims);
        }
    }
}

TEST(an_issuer_and_an_audience_that_are_demanded)
{
    struct jwt_settings settings = by_secret;
    settings.issuer = "https://id.example";
    EXPECT(accepts(&settings, sign(GOOD ",\"iss\":\"https://id.example\"")));
    EXPECT(!accepts(&settings, sign(GOOD)));
    EXPECT(!accepts(&settings, sign(GOOD ",\"iss\":\"https://auth.signite.com\"")));
    EXPECT(!accepts(&settings, sign(GOOD ",\"iss\":[\"https://id.example\"]")));
    settings = by_secret;
    settings.audience = "parley";
    EXPECT(accepts(&settings, sign(GOOD ",\"aud\":\"parley\"")));
    EXPECT(accepts(&settings, sign(GOOD ",\"aud\":[\"other\",\"parley\"]")));
    EXPECT(!accepts(&settings, sign(GOOD ",\"aud\":\"parley2\"")));
    EXPECT(!accepts(&settings, sign(GOOD ",\"aud\":[\"other\",5,[\"parley\"]]")));
    EXPECT(!accepts(&settings, sign(GOOD ",\"aud\":[]")));
    EXPECT(!accepts(&settings, sign(GOOD)));
}

TEST(other_keys_and_algorithms)
{
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_HS256, SECRET "0", GOOD)));
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_HS256, "1" SECRET, GOOD)));
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_HS384, SECRET, GOOD)));
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_HS512, SECRET, GOOD)));
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_NONE, NULL, GOOD)));
}

TEST(what_must_be_understood_is_not)
{
    jwt_t *jwt;
    REQUIRE(jwt_new(&jwt) == 0);
    REQUIRE(jwt_add_grants_json(jwt, "{" GOOD "}") == 0);
    REQUIRE(jwt_add_headers_json(jwt, "{\"crit\":[\"b64\"],\"b64\":true}") == 0);
    REQUIRE(jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)SECRET, sizeof(SECRET) - 1) ==
            0);
    char *token = jwt_encode_str(jwt);
    EXPECT(!accepts(&by_secret, (struct str){token, strlen(token)}));
    free(token);
    jwt_free(jwt);
}

/* Refuses all that differ from a good token in a bit, in their length or in what stands behind. */
static void expect_intact(const struct jwt_settings *settings, struct str token)
{
    struct jwt_rules *rules = jwt_rules_new(settings);
    char damaged[1024];
    REQUIRE(rules != NULL && token.len + 8 < sizeof(damaged));
    EXPECT(jwt_rules_accept(rules, token, NULL, now_ms, NULL));
    for (size_t len = 0; len < token.len; len++) {
        EXPECT(!jwt_rules_accept(rules, (struct str){token.base, len}, NULL, now_ms, NULL));
    }
    for (size_t i = 0; i < token.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(damaged, token.base, token.len);
            damaged[i] = (char)(damaged[i] ^ (1 << bit));
            EXPECT(!jwt_rules_accept(rules, (struct str){damaged, token.len}, NULL, now_ms, NULL));
        }
    }
    static const char *const tails[] = {"=", "A", ".", " ", "\n", ".e30", "AAAA"};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        int len = snprintf(damaged, sizeof(damaged), "%s%s", token.base, tails[i]);
        EXPECT(!jwt_rules_accept(rules, (struct str){damaged, (size_t)len}, NULL, now_ms, NULL));
    }
    memcpy(damaged, token.base, token.len + 1); /* a NUL, and the rest would be left out */
    EXPECT(!jwt_rules_accept(rules, (struct str){damaged, token.len + 1}, NULL, now_ms, NULL));
    jwt_rules_free(rules);
}

TEST(damaged_tokens)
{
    expect_intact(&by_secret, sign(GOOD));
}

TEST(long_tokens)
{
    char claims[8000];
    static const struct {
        int filler;
        bool accepted;
    } cases[] = {{6000, true}, {6200, false}};
    for (size_t i = 0; i < 2; i++) {
        snprintf(claims, sizeof(claims), GOOD ",\"x\":\"%0*d\"", cases[i].filler, 0);
        struct str token = sign(claims);
        EXPECT((token.len <= JWT_TOKEN_BYTES_MAX) == cases[i].accepted);
        EXPECT(accepts(&by_secret, token) == cases[i].accepted);
    }
}

/* Public keys */

struct pair {
    char private[4096], public[4096];
};

static void keep(BIO *bio, char text[4096])
{
    int len = BIO_read(bio, text, 4095);
    text[len < 0 ? 0 : len] = '\0';
    BIO_free(bio);
}

static struct pair make_pair(EVP_PKEY *key)
{
    struct pair pair;
    BIO *private = BIO_new(BIO_s_mem());
    BIO *public = BIO_new(BIO_s_mem());
    EXPECT(PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) == 1);
    EXPECT(PEM_write_bio_PUBKEY(public, key) == 1);
    keep(private, pair.private);
    keep(public, pair.public);
    EVP_PKEY_free(key);
    return pair;
}

TEST(tokens_by_public_key)
{
    struct pair rsa = make_pair(EVP_RSA_gen(2048));
    struct pair other = make_pair(EVP_RSA_gen(2048));
    struct pair ec = make_pair(EVP_EC_gen("P-256"));
    const struct jwt_settings by_rsa = {.public_key = rsa.public};
    const struct jwt_settings by_ec = {.public_key = ec.public};
    EXPECT(accepts(&by_rsa, sign_with(JWT_ALG_RS256, rsa.private, GOOD)));
    EXPECT(accepts(&by_ec, sign_with(JWT_ALG_ES256, ec.private, GOOD)));
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_RS256, other.private, GOOD)));
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_RS512, rsa.private, GOOD)));
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_ES256, ec.private, GOOD)));
    EXPECT(!accepts(&by_ec, sign_with(JWT_ALG_RS256, rsa.private, GOOD)));
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_NONE, NULL, GOOD)));
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_RS256, rsa.private, GOOD)));
    /* Everybody knows the public key: as a secret it must not do. */
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_HS256, rsa.public, GOOD)));
    EXPECT(!accepts(&by_ec, sign_with(JWT_ALG_HS256, ec.public, GOOD)));
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_RS256, rsa.private, "\"sub\":\"u1\",\"exp\":1")));
}

TEST(damaged_tokens_by_public_key)
{
    struct pair rsa = make_pair(EVP_RSA_gen(2048));
    struct pair ec = make_pair(EVP_EC_gen("P-256"));
    const struct jwt_settings by_rsa = {.public_key = rsa.public};
    const struct jwt_settings by_ec = {.public_key = ec.public};
    expect_intact(&by_rsa, sign_with(JWT_ALG_RS256, rsa.private, GOOD));
    for (uint32_t i = 0; i < 8; i++) /* their numbers begin with any bits */
        expect_intact(&by_ec, sign_with(JWT_ALG_ES256, ec.private, GOOD));
}

/* As RFC 7515, 2 has it. */
static size_t base64url(const void *bytes, size_t len, char *text)
{
    base64_encode(bytes, len, text);
    size_t text_len = (4 * len + 2) / 3;
    for (size_t i = 0; i < text_len; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    return text_len;
}

/* Signed as RS256 has it, whatever the header says. */
static struct str sign_under(const char *header, const char *private)
{
    static char token[2048];
    uint8_t signature[256];
    size_t signature_len = sizeof(signature);
    size_t len = base64url(header, strlen(header), token);
    token[len++] = '.';
    len += base64url("{" GOOD "}", strlen("{" GOOD "}"), token + len);
    BIO *bio = BIO_new_mem_buf(private, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EXPECT(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    EXPECT(EVP_DigestSign(context, signature, &signature_len, (const uint8_t *)token, len) == 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(bio);
    token[len++] = '.';
    len += base64url(signature, signature_len, token + len);
    return (struct str){token, len};
}

TEST(the_header_names_the_algorithm)
{
    struct pair rsa = make_pair(EVP_RSA_gen(2048));
    const struct jwt_settings by_rsa = {.public_key = rsa.public};
    static const struct {
        const char *header;
        bool accepted;
    } cases[] = {
        {"{\"alg\":\"RS256\"}", true},
        {"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"1\"}", true},
        {"{\"alg\":\"none\"}", false},
        {"{\"alg\":\"HS256\"}", false},
        {"{\"alg\":\"ES256\"}", false},
        {"{\"alg\":\"RS512\"}", false},
        {"{\"alg\":\"rs256\"}", false},
        {"{\"alg\":\"RS256\",\"crit\":[\"b64\"]}", false},
        {"{\"alg\":[\"RS256\"]}", false},
        {"{\"alg\":null}", false},
        {"{}", false},
        {"[\"RS256\"]", false},
        {"\"RS256\"", false},
        {"{\"alg\":\"RS256\"} ", true},
        {"{\"alg\":\"RS256\"}}", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!EXPECT(accepts(&by_rsa, sign_under(cases[i].header, rsa.private)) ==
                    cases[i].accepted)) {
            printf("%s\n", cases[i].header);
        }
    }
}

/* OpenSSL keeps what went wrong for the thread, where TLS looks too (H2O clears it before). */
TEST(a_refused_token_leaves_no_error_behind)
{
    struct pair rsa = make_pair(EVP_RSA_gen(2048));
    struct pair other = make_pair(EVP_RSA_gen(2048));
    struct pair ec = make_pair(EVP_EC_gen("P-256"));
    const struct jwt_settings by_rsa = {.public_key = rsa.public};
    EXPECT(!accepts(&by_secret, sign_with(JWT_ALG_RS256, rsa.private, GOOD)));
    EXPECT(ERR_peek_error() == 0);
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_RS256, other.private, GOOD)));
    EXPECT(ERR_peek_error() == 0);
    EXPECT(!accepts(&by_rsa, sign_with(JWT_ALG_ES256, ec.private, GOOD)));
    EXPECT(ERR_peek_error() == 0);
}

/* The signatures' r and s begin with zeros now and then, which DER leaves out. */
TEST(many_signatures)
{
    enum { TOKENS = 600 };
    struct pair ec = make_pair(EVP_EC_gen("P-256"));
    const struct jwt_settings by_ec = {.public_key = ec.public};
    char claims[128];
    for (uint32_t i = 0; i < TOKENS; i++) {
        snprintf(claims, sizeof(claims), GOOD ",\"number\":%u", i);
        EXPECT(accepts(&by_ec, sign_with(JWT_ALG_ES256, ec.private, claims)));
    }
}

TEST(a_public_key_in_a_file)
{
    struct pair ec = make_pair(EVP_EC_gen("P-256"));
    char name[] = "/tmp/parley-jwt-XXXXXX";
    int file = mkstemp(name);
    REQUIRE(file >= 0);
    REQUIRE(write(file, ec.public, strlen(ec.public)) == (ssize_t)strlen(ec.public));
    close(file);
    const struct jwt_settings settings = {.public_key = name};
    EXPECT(accepts(&settings, sign_with(JWT_ALG_ES256, ec.private, GOOD)));
    unlink(name);
    EXPECT(jwt_rules_new(&settings) == NULL);
}

TEST(keys_that_will_not_do)
{
    struct pair small = make_pair(EVP_RSA_gen(1024));
    struct pair p384 = make_pair(EVP_EC_gen("P-384"));
    struct pair koblitz = make_pair(EVP_EC_gen("secp256k1"));
    struct pair ed = make_pair(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    const char *const keys[] = {
        small.public, p384.public, koblitz.public,
        ed.public,    ed.private,  "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "/dev/null",  "/dev/zero", "",
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct jwt_settings settings = {.public_key = keys[i]};
        EXPECT(jwt_rules_new(&settings) == NULL);
    }
    const struct jwt_settings nothing = {.secret = STR_INIT("")};
    EXPECT(jwt_rules_new(&nothing) == NULL);
}
