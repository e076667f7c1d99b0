#include "media/srtp.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/check.h"

/* Both suites: AES with 128 bits (RFC 3711, 8.2; RFC 7714, 12). */
enum { KEY_BYTES = 16, BLOCK_BYTES = 16 };
/* RFC 3711, 5.2: HMAC-SHA1 with a key of 160 bits, its tag cut to 80. */
enum { MAC_KEY_BYTES = 20, MAC_BYTES = 20, MAC_TAG_BYTES = 10 };
enum { CM_SALT_BYTES = 14 };
/* RFC 7714, 8.1 and 13.1. */
enum { GCM_SALT_BYTES = 12, GCM_IV_BYTES = 12, GCM_TAG_BYTES = 16 };
/* RTCP's index, before it the bit that says that the packet is encrypted (RFC 3711, 3.4). */
enum { INDEX_BYTES = 4 };
#define ENCRYPTED_BIT (UINT32_C(1) << 31)

/* RFC 3711, 4.3.1 and 4.3.2; RTCP's are three higher. */
enum { LABEL_CIPHER, LABEL_MAC, LABEL_SALT, LABELS };

bool srtp_crypto_init(struct srtp_crypto *crypto)
{
    *crypto = (struct srtp_crypto){
        .ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL),
        .gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL),
        .hmac = EVP_MAC_fetch(NULL, "HMAC", NULL),
        .sha1 = EVP_MD_fetch(NULL, "SHA1", NULL),
    };
    if (crypto->ctr != NULL && crypto->gcm != NULL && crypto->hmac != NULL && crypto->sha1 != NULL)
        return true;
    srtp_crypto_clear(crypto);
    return false;
}

void srtp_crypto_clear(struct srtp_crypto *crypto)
{
    EVP_CIPHER_free(crypto->ctr);
    EVP_CIPHER_free(crypto->gcm);
    EVP_MAC_free(crypto->hmac);
    EVP_MD_free(crypto->sha1);
    *crypto = (struct srtp_crypto){0};
}

/* Keys. */

static size_t salt_bytes(enum media_suite suite)
{
    return suite == MEDIA_AEAD_AES_128_GCM ? GCM_SALT_BYTES : CM_SALT_BYTES;
}

/* The key stream of AES-CM under the master key for one label (RFC 3711, 4.3.3). A salt of 96 bits
 * stands in front, with zeros behind it (RFC 7714, 11). */
static bool derive(EVP_CIPHER_CTX *master, const uint8_t *master_salt, size_t salt_len, int label,
                   uint8_t *out, size_t len)
{
    uint8_t block[BLOCK_BYTES] = {0};
    memcpy(block, master_salt, salt_len);
    block[7] ^= (uint8_t)label;
    memset(out, 0, len);
    int written;
    return EVP_EncryptInit_ex2(master, NULL, NULL, block, NULL) == 1 &&
           EVP_EncryptUpdate(master, out, &written, out, (int)len) == 1;
}

static bool mac_init(struct srtp_transform *transform, const struct srtp_crypto *crypto,
                     const uint8_t key[MAC_KEY_BYTES])
{
    char digest[] = "SHA1";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_END};
    transform->mac = EVP_MAC_CTX_new(crypto->hmac);
    return transform->mac != NULL && EVP_MAC_init(transform->mac, key, MAC_KEY_BYTES, params) == 1;
}

static bool cipher_init(struct srtp_transform *transform, const struct srtp_crypto *crypto,
                        enum media_suite suite, const uint8_t key[KEY_BYTES],
                        enum srtp_direction direction)
{
    /* In counter mode both directions are the same. */
    bool seals = direction == SRTP_SEALS || suite != MEDIA_AEAD_AES_128_GCM;
    transform->cipher = EVP_CIPHER_CTX_new();
    return transform->cipher != NULL &&
           EVP_CipherInit_ex2(transform->cipher,
                              suite == MEDIA_AEAD_AES_128_GCM ? crypto->gcm : crypto->ctr, key,
                              NULL, seals, NULL) == 1;
}

static bool transform_init(struct srtp_transform *transform, const struct srtp_crypto *crypto,
                           const struct srtp_keys *keys, EVP_CIPHER_CTX *master,
                           const uint8_t *master_salt, int first_label,
                           enum srtp_direction direction)
{
    size_t salt_len = salt_bytes(keys->suite);
    uint8_t key[KEY_BYTES], mac_key[MAC_KEY_BYTES];
    bool done =
        derive(master, master_salt, salt_len, first_label + LABEL_CIPHER, key, sizeof key) &&
        derive(master, master_salt, salt_len, first_label + LABEL_MAC, mac_key, sizeof mac_key) &&
        derive(master, master_salt, salt_len, first_label + LABEL_SALT, transform->salt,
               salt_len) &&
        cipher_init(transform, crypto, keys->suite, key, direction);
    if (done && keys->suite == MEDIA_AES_CM_128_HMAC_SHA1_80)
        done = mac_init(transform, crypto, mac_key);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(mac_key, sizeof mac_key);
    return done;
}

bool srtp_keys_init(struct srtp_keys *keys, const struct srtp_crypto *crypto,
                    enum media_suite suite, const uint8_t *master, enum srtp_direction direction)
{
    *keys = (struct srtp_keys){.suite = suite};
    const uint8_t *master_salt = master + KEY_BYTES;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool done = context != NULL &&
                EVP_EncryptInit_ex2(context, crypto->ctr, master, NULL, NULL) == 1 &&
                transform_init(&keys->rtp, crypto, keys, context, master_salt, 0, direction) &&
                transform_init(&keys->rtcp, crypto, keys, context, master_salt, LABELS, direction);
    EVP_CIPHER_CTX_free(context);
    if (!done)
        srtp_keys_clear(keys);
    return done;
}

static void transform_clear(struct srtp_transform *transform)
{
    EVP_CIPHER_CTX_free(transform->cipher);
    EVP_MAC_CTX_free(transform->mac);
    OPENSSL_cleanse(transform, sizeof *transform);
}

void srtp_keys_clear(struct srtp_keys *keys)
{
    transform_clear(&keys->rtp);
    transform_clear(&keys->rtcp);
}

/* The two transforms. What OpenSSL is asked for below cannot fail but by a mistake of ours. */

/* RFC 3711, 4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16). */
static void set_cm_iv(EVP_CIPHER_CTX *cipher, const uint8_t salt[CM_SALT_BYTES], uint32_t ssrc,
                      uint64_t index)
{
    uint8_t iv[BLOCK_BYTES] = {0};
    rtp_put_u32(iv + 4, ssrc);
    rtp_put_u32(iv + 8, (uint32_t)(index >> 16));
    rtp_put_u16(iv + 12, (uint16_t)index);
    for (size_t i = 0; i < CM_SALT_BYTES; i++)
        iv[i] ^= salt[i];
    CHECK(EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL) == 1);
}

/* RFC 7714, 8.1 and 9.1: SSRC, roll-over counter and sequence number, or SSRC and RTCP's index,
 * each at its place, XOR the salt: as 48 and as 31 bits the indices stand at the same end. */
static void set_gcm_iv(EVP_CIPHER_CTX *cipher, const uint8_t salt[GCM_SALT_BYTES], uint32_t ssrc,
                       uint64_t index)
{
    uint8_t iv[GCM_IV_BYTES] = {0};
    rtp_put_u32(iv + 2, ssrc);
    rtp_put_u16(iv + 6, (uint16_t)(index >> 32));
    rtp_put_u32(iv + 8, (uint32_t)index);
    for (size_t i = 0; i < GCM_IV_BYTES; i++)
        iv[i] ^= salt[i];
    CHECK(EVP_CipherInit_ex2(cipher, NULL, NULL, iv, -1, NULL) == 1);
}

/* `out` may be `in`, and NULL for data that is only authenticated. */
static void run_cipher(EVP_CIPHER_CTX *cipher, const uint8_t *in, size_t len, uint8_t *out)
{
    int written;
    CHECK(len == 0 || EVP_CipherUpdate(cipher, out, &written, in, (int)len) == 1);
}

/* Over the packet, and behind it the roll-over counter or RTCP's index (RFC 3711, 4.2). */
static void compute_mac(EVP_MAC_CTX *mac, const uint8_t *bytes, size_t len, uint32_t behind,
                        uint8_t tag[MAC_BYTES])
{
    uint8_t last[4];
    size_t tag_len;
    rtp_put_u32(last, behind);
    CHECK(EVP_MAC_init(mac, NULL, 0, NULL) == 1 && EVP_MAC_update(mac, bytes, len) == 1 &&
          EVP_MAC_update(mac, last, sizeof last) == 1 &&
          EVP_MAC_final(mac, tag, &tag_len, MAC_BYTES) == 1);
}

static bool mac_matches(EVP_MAC_CTX *mac, const uint8_t *bytes, size_t len, uint32_t behind,
                        const uint8_t *tag)
{
    uint8_t computed[MAC_BYTES];
    compute_mac(mac, bytes, len, behind, computed);
    return CRYPTO_memcmp(computed, tag, MAC_TAG_BYTES) == 0;
}

/* The tag of what the cipher has just sealed. */
static void get_gcm_tag(EVP_CIPHER_CTX *cipher, uint8_t *tag)
{
    int written;
    CHECK(EVP_CipherFinal_ex(cipher, tag, &written) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, tag) == 1);
}

static bool gcm_tag_matches(EVP_CIPHER_CTX *cipher, uint8_t *tag)
{
    uint8_t nothing[BLOCK_BYTES];
    int written;
    CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag) == 1);
    return EVP_CipherFinal_ex(cipher, nothing, &written) == 1;
}

/* SRTP. */

size_t srtp_expansion(enum media_suite suite)
{
    return suite == MEDIA_AEAD_AES_128_GCM ? GCM_TAG_BYTES : MAC_TAG_BYTES;
}

bool srtp_open(struct srtp_keys *keys, const struct rtp_packet *packet, uint64_t index,
               uint8_t *bytes, size_t *len)
{
    struct srtp_transform *rtp = &keys->rtp;
    if (*len < packet->header_len + srtp_expansion(keys->suite))
        return false;
    size_t clear_len = *len - srtp_expansion(keys->suite);
    size_t payload_len = clear_len - packet->header_len;
    uint8_t *payload = bytes + packet->header_len, *tag = bytes + clear_len;
    if (keys->suite == MEDIA_AEAD_AES_128_GCM) {
        set_gcm_iv(rtp->cipher, rtp->salt, packet->ssrc, index);
        run_cipher(rtp->cipher, bytes, packet->header_len, NULL);
        run_cipher(rtp->cipher, payload, payload_len, payload);
        if (!gcm_tag_matches(rtp->cipher, tag))
            return false;
    } else {
        if (!mac_matches(rtp->mac, bytes, clear_len, (uint32_t)(index >> 16), tag))
            return false;
        set_cm_iv(rtp->cipher, rtp->salt, packet->ssrc, index);
        run_cipher(rtp->cipher, payload, payload_len, payload);
    }
    *len = clear_len;
    return true;
}

size_t srtp_seal(struct srtp_keys *keys, const struct rtp_packet *packet, uint64_t index,
                 const uint8_t *bytes, size_t len, uint8_t *out)
{
    CHECK(index < SRTP_INDEX_END);
    struct srtp_transform *rtp = &keys->rtp;
    const uint8_t *payload = bytes + packet->header_len;
    size_t payload_len = len - packet->header_len;
    memcpy(out, bytes, packet->header_len);
    rtp_put_u16(out + 2, (uint16_t)index);
    if (keys->suite == MEDIA_AEAD_AES_128_GCM) {
        set_gcm_iv(rtp->cipher, rtp->salt, packet->ssrc, index);
        run_cipher(rtp->cipher, out, packet->header_len, NULL);
        run_cipher(rtp->cipher, payload, payload_len, out + packet->header_len);
        get_gcm_tag(rtp->cipher, out + len);
    } else {
        uint8_t tag[MAC_BYTES];
        set_cm_iv(rtp->cipher, rtp->salt, packet->ssrc, index);
        run_cipher(rtp->cipher, payload, payload_len, out + packet->header_len);
        compute_mac(rtp->mac, out, len, (uint32_t)(index >> 16), tag);
        memcpy(out + len, tag, MAC_TAG_BYTES);
    }
    return len + srtp_expansion(keys->suite);
}

/* SRTCP: the tag stands behind the index with AES-CM (RFC 3711, 3.4), before it with GCM (RFC 7714,
 * 9.2). */

size_t srtcp_expansion(enum media_suite suite)
{
    return INDEX_BYTES + srtp_expansion(suite);
}

/* Where the index stands in a protected packet of `len` bytes. */
static size_t index_place(enum media_suite suite, size_t len)
{
    return len - INDEX_BYTES - (suite == MEDIA_AEAD_AES_128_GCM ? 0 : MAC_TAG_BYTES);
}

bool srtcp_index(enum media_suite suite, const uint8_t *bytes, size_t len, uint32_t *index)
{
    if (len < RTCP_HEADER_BYTES + srtcp_expansion(suite))
        return false;
    uint32_t word = rtp_get_u32(bytes + index_place(suite, len));
    *index = word & ~ENCRYPTED_BIT;
    return (word & ENCRYPTED_BIT) != 0;
}

bool srtcp_open(struct srtp_keys *keys, uint32_t index, uint8_t *bytes, size_t *len)
{
    struct srtp_transform *rtcp = &keys->rtcp;
    size_t clear_len = *len - srtcp_expansion(keys->suite);
    size_t payload_len = clear_len - RTCP_HEADER_BYTES;
    size_t place = index_place(keys->suite, *len);
    uint8_t *payload = bytes + RTCP_HEADER_BYTES;
    uint32_t ssrc = rtp_get_u32(bytes + 4);
    if (keys->suite == MEDIA_AEAD_AES_128_GCM) {
        set_gcm_iv(rtcp->cipher, rtcp->salt, ssrc, index);
        run_cipher(rtcp->cipher, bytes, RTCP_HEADER_BYTES, NULL);
        run_cipher(rtcp->cipher, bytes + place, INDEX_BYTES, NULL);
        run_cipher(rtcp->cipher, payload, payload_len, payload);
        if (!gcm_tag_matches(rtcp->cipher, bytes + clear_len))
            return false;
    } else {
        if (!mac_matches(rtcp->mac, bytes, clear_len, index | ENCRYPTED_BIT,
                         bytes + place + INDEX_BYTES))
            return false;
        set_cm_iv(rtcp->cipher, rtcp->salt, ssrc, index);
        run_cipher(rtcp->cipher, payload, payload_len, payload);
    }
    *len = clear_len;
    return true;
}

size_t srtcp_seal(struct srtp_keys *keys, uint32_t index, const uint8_t *bytes, size_t len,
                  uint8_t *out)
{
    CHECK(index < SRTCP_INDEX_END);
    struct srtp_transform *rtcp = &keys->rtcp;
    size_t payload_len = len - RTCP_HEADER_BYTES;
    size_t out_len = len + srtcp_expansion(keys->suite);
    uint8_t *word = out + index_place(keys->suite, out_len);
    uint32_t ssrc = rtp_get_u32(bytes + 4);
    memcpy(out, bytes, RTCP_HEADER_BYTES);
    rtp_put_u32(word, index | ENCRYPTED_BIT);
    if (keys->suite == MEDIA_AEAD_AES_128_GCM) {
        set_gcm_iv(rtcp->cipher, rtcp->salt, ssrc, index);
        run_cipher(rtcp->cipher, out, RTCP_HEADER_BYTES, NULL);
        run_cipher(rtcp->cipher, word, INDEX_BYTES, NULL);
        run_cipher(rtcp->cipher, bytes + RTCP_HEADER_BYTES, payload_len, out + RTCP_HEADER_BYTES);
        get_gcm_tag(rtcp->cipher, out + len);
    } else {
        uint8_t tag[MAC_BYTES];
        set_cm_iv(rtcp->cipher, rtcp->salt, ssrc, index);
        run_cipher(rtcp->cipher, bytes + RTCP_HEADER_BYTES, payload_len, out + RTCP_HEADER_BYTES);
        compute_mac(rtcp->mac, out, len, index | ENCRYPTED_BIT, tag);
        memcpy(word + INDEX_BYTES, tag, MAC_TAG_BYTES);
    }
    return out_len;
}
