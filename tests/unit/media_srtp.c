/* The suites against the vectors of RFC 3711 and RFC 7714, and, packet by packet, against libsrtp2:
 * losses, reordering, replays, roll-over, forgeries. */
#include <openssl/evp.h>

#include "media/srtp.h"
#include "tests/unit/srtp_peer.h"
#include "tests/unit/test.h"

enum { PACKET_MAX = 1500 };

static struct srtp_crypto crypto;

static size_t unhex(const char *text, uint8_t *out)
{
    size_t len = 0;
    for (; text[0] != '\0'; text += text[0] == ' ' ? 1 : 2) {
        unsigned value;
        if (text[0] != ' ' && sscanf(text, "%2x", &value) == 1)
            out[len++] = (uint8_t)value;
    }
    return len;
}

static void expect_bytes(const uint8_t *got, const char *want_hex, size_t want_len)
{
    uint8_t want[PACKET_MAX];
    EXPECT_EQ_INT(unhex(want_hex, want), want_len);
    EXPECT(memcmp(got, want, want_len) == 0);
}

/* A transform with given session keys, as the vectors have them. */
static void set_session_keys(struct srtp_transform *transform, enum media_suite suite, bool seals,
                             const char *key_hex, const char *salt_hex)
{
    uint8_t key[16];
    REQUIRE(unhex(key_hex, key) == sizeof key);
    unhex(salt_hex, transform->salt);
    transform->cipher = EVP_CIPHER_CTX_new();
    REQUIRE(EVP_CipherInit_ex2(transform->cipher,
                               suite == MEDIA_AEAD_AES_128_GCM ? crypto.gcm : crypto.ctr, key, NULL,
                               seals, NULL) == 1);
}

static void encrypt_block(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len;
    EXPECT(EVP_EncryptInit_ex2(context, EVP_aes_128_ecb(), key, NULL, NULL) == 1);
    EXPECT(EVP_EncryptUpdate(context, out, &len, in, 16) == 1 && len == 16);
    EVP_CIPHER_CTX_free(context);
}

TEST(set_up)
{
    REQUIRE(srtp_crypto_init(&crypto));
    REQUIRE(srtp_init() == srtp_err_status_ok);
}

/* RFC 3711, B.2: the key stream of AES-CM. */
TEST(counter_mode_vector)
{
    struct srtp_keys keys = {.suite = MEDIA_AES_CM_128_HMAC_SHA1_80};
    uint8_t clear[12 + 0xff02 * 16], *sealed = calloc(1, sizeof clear + 16);
    memset(clear, 0, sizeof clear);
    clear[0] = 0x80;
    REQUIRE(sealed != NULL);
    set_session_keys(&keys.rtp, keys.suite, true, "2B7E151628AED2A6ABF7158809CF4F3C",
                     "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
    const OSSL_PARAM digest[] = {OSSL_PARAM_construct_utf8_string("digest", (char[]){"SHA1"}, 0),
                                 OSSL_PARAM_END};
    keys.rtp.mac = EVP_MAC_CTX_new(crypto.hmac);
    REQUIRE(EVP_MAC_init(keys.rtp.mac, clear, 20, digest) == 1);
    struct rtp_packet packet = rtp_look(clear, sizeof clear);
    srtp_seal(&keys, &packet, 0, clear, sizeof clear, sealed);
    expect_bytes(sealed + 12,
                 "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                 "41E95B3BB0A2E8DD477901E4FCA894C0",
                 48);
    expect_bytes(sealed + 12 + 0xfeff * 16,
                 "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE"
                 "6A2CC3787889374FBEB4C81B17BA6C44",
                 48);
    free(sealed);
    srtp_keys_clear(&keys);
}

/* RFC 3711, B.3: key derivation. */
TEST(key_derivation_vector)
{
    struct srtp_keys keys;
    uint8_t master[30], key[16], iv[16] = {0}, block[16], clear[12 + 16] = {0x80}, sealed[64];
    unhex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6", master);
    REQUIRE(srtp_keys_init(&keys, &crypto, MEDIA_AES_CM_128_HMAC_SHA1_80, master, SRTP_SEALS));
    expect_bytes(keys.rtp.salt, "30CBBC08863D8C85D49DB34A9AE1", 14);
    /* The cipher's key shows by its key stream, */
    unhex("C61E7A93744F39EE10734AFE3FF7A087", key);
    struct rtp_packet packet = rtp_look(clear, sizeof clear);
    EXPECT_EQ_INT(srtp_seal(&keys, &packet, 0, clear, sizeof clear, sealed), 12 + 16 + 10);
    memcpy(iv, keys.rtp.salt, 14);
    encrypt_block(key, iv, block);
    EXPECT(memcmp(sealed + 12, block, 16) == 0);
    /* the hash's by the tag, over the packet and the roll-over counter. */
    uint8_t mac_key[20], tag[20];
    size_t tag_len;
    unhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", mac_key);
    memset(sealed + 40, 0, 4);
    memmove(sealed + 44, sealed + 28, 10);
    memset(sealed + 28, 0, 4);
    EXPECT(EVP_Q_mac(NULL, "HMAC", NULL, "SHA1", NULL, mac_key, sizeof mac_key, sealed, 32, tag,
                     sizeof tag, &tag_len) != NULL);
    EXPECT(memcmp(tag, sealed + 44, 10) == 0);
    srtp_keys_clear(&keys);
}

/* RFC 7714, 16.1 and 17.1. */
static const char *const gcm_key = "000102030405060708090a0b0c0d0e0f";
static const char *const gcm_salt = "517569642070726f2071756f";
static const char *const rtp_clear =
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"
    "61727465 73207472 6573";
static const char *const rtp_sealed =
    "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a"
    "51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce";
static const char *const rtcp_clear =
    "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef"
    "deadbeef deadbeef deadbeef";
static const char *const rtcp_sealed =
    "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda"
    "4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4";

TEST(gcm_vectors)
{
    struct srtp_keys seals = {.suite = MEDIA_AEAD_AES_128_GCM}, opens = seals;
    set_session_keys(&seals.rtp, seals.suite, true, gcm_key, gcm_salt);
    set_session_keys(&seals.rtcp, seals.suite, true, gcm_key, gcm_salt);
    set_session_keys(&opens.rtp, opens.suite, false, gcm_key, gcm_salt);
    set_session_keys(&opens.rtcp, opens.suite, false, gcm_key, gcm_salt);
    uint8_t clear[128], sealed[128];
    size_t len = unhex(rtp_clear, clear);
    struct rtp_packet packet = rtp_look(clear, len);
    size_t sealed_len = srtp_seal(&seals, &packet, packet.sequence, clear, len, sealed);
    expect_bytes(sealed, rtp_sealed, sealed_len);
    EXPECT(srtp_open(&opens, &packet, packet.sequence, sealed, &sealed_len));
    expect_bytes(sealed, rtp_clear, sealed_len);

    uint32_t index;
    len = unhex(rtcp_clear, clear);
    sealed_len = srtcp_seal(&seals, 0x5d4, clear, len, sealed);
    expect_bytes(sealed, rtcp_sealed, sealed_len);
    REQUIRE(srtcp_index(opens.suite, sealed, sealed_len, &index));
    EXPECT_EQ_INT(index, 0x5d4);
    EXPECT(srtcp_open(&opens, index, sealed, &sealed_len));
    expect_bytes(sealed, rtcp_clear, sealed_len);
    srtp_keys_clear(&seals);
    srtp_keys_clear(&opens);
}

/* The window. */

TEST(the_window_remembers_128_indices)
{
    struct srtp_window window = {0};
    EXPECT_EQ_INT(srtp_window_look(&window, 1000), SRTP_FRESH);
    srtp_window_mark(&window, 1000);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000), SRTP_REPLAYED);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000 - 127), SRTP_FRESH);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000 - 128), SRTP_LATE);
    srtp_window_mark(&window, 1000 - 127);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000 - 127), SRTP_REPLAYED);
    srtp_window_mark(&window, 1001);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000 - 127), SRTP_LATE);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000), SRTP_REPLAYED);
    srtp_window_mark(&window, 1000 + 63);
    EXPECT_EQ_INT(srtp_window_look(&window, 1000), SRTP_REPLAYED);
    srtp_window_mark(&window, 1001 + 127);
    EXPECT_EQ_INT(srtp_window_look(&window, 1001), SRTP_REPLAYED);
    EXPECT_EQ_INT(srtp_window_look(&window, 1002), SRTP_FRESH);
    srtp_window_mark(&window, 100000);
    EXPECT_EQ_INT(srtp_window_look(&window, 100000 - 127), SRTP_FRESH);
}

TEST(the_window_agrees_with_a_list)
{
    for (int run = 0; run < 20; run++) {
        struct srtp_window window = {0};
        bool seen[4000] = {false};
        uint32_t newest = test_below(200);
        srtp_window_mark(&window, newest);
        seen[newest] = true;
        for (int i = 0; i < 2000; i++) {
            uint32_t index = newest + test_below(i % 50 == 0 ? 200 : 4) + 1;
            if (test_below(2) == 0)
                index = newest < 160 ? test_below(newest + 1) : newest - test_below(160);
            if (index >= 4000)
                break;
            bool late = index + SRTP_WINDOW_PACKETS <= newest;
            EXPECT_EQ_INT(srtp_window_look(&window, index), late          ? SRTP_LATE
                                                            : seen[index] ? SRTP_REPLAYED
                                                                          : SRTP_FRESH);
            if (!late && !seen[index]) {
                srtp_window_mark(&window, index);
                seen[index] = true;
                newest = index > newest ? index : newest;
            }
        }
    }
}

/* RFC 3711, appendix A. */
static bool estimate_by_the_book(uint64_t newest, uint16_t sequence, uint64_t *index)
{
    int64_t roc = (int64_t)(newest >> 16), s_l = (int64_t)(newest & 0xffff), v;
    if (s_l < 32768)
        v = sequence - s_l > 32768 ? roc - 1 : roc;
    else
        v = s_l - 32768 > sequence ? roc + 1 : roc;
    *index = (uint64_t)v * 65536 + sequence;
    return v >= 0 && v < INT64_C(1) << 32;
}

TEST(the_estimate_is_the_one_of_the_book)
{
    static const uint64_t rounds[] = {0, 1, 2, UINT64_C(0xffffffff)};
    static const uint16_t edges[] = {0, 1, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff};
    for (size_t round = 0; round < 4; round++) {
        for (int i = 0; i < 20000; i++) {
            bool on_edges = i < 64;
            uint16_t from = on_edges ? edges[i / 8] : (uint16_t)test_below(65536);
            uint16_t to = on_edges ? edges[i % 8] : (uint16_t)test_below(65536);
            struct srtp_window window = {.started = true, .newest = rounds[round] << 16 | from};
            uint64_t got = 0, want = 0;
            bool exists = estimate_by_the_book(window.newest, to, &want);
            EXPECT_EQ_INT(srtp_estimate(&window, to, &got), exists);
            EXPECT(!exists || got == want);
        }
    }
    const struct srtp_window empty = {0};
    uint64_t first;
    EXPECT(srtp_estimate(&empty, 65535, &first) && first == 65535);
}

/* libsrtp2 as the oracle. */

/* Ours and theirs, all with one master key. */
struct pair {
    enum media_suite suite;
    struct srtp_keys seals, opens;
    struct srtp_window rtp, rtcp; /* of what was opened */
    srtp_t oracle_seals, oracle_opens;
    uint32_t sealed_alike, opened_alike; /* packets */
};

static void pair_init(struct pair *pair, enum media_suite suite)
{
    uint8_t master[30];
    for (size_t i = 0; i < sizeof master; i++)
        master[i] = (uint8_t)test_below(256);
    *pair = (struct pair){.suite = suite};
    EXPECT(srtp_keys_init(&pair->seals, &crypto, suite, master, SRTP_SEALS));
    EXPECT(srtp_keys_init(&pair->opens, &crypto, suite, master, SRTP_OPENS));
    pair->oracle_seals = srtp_peer_session(suite, master, ssrc_any_outbound);
    pair->oracle_opens = srtp_peer_session(suite, master, ssrc_any_inbound);
}

static void pair_clear(struct pair *pair)
{
    srtp_keys_clear(&pair->seals);
    srtp_keys_clear(&pair->opens);
    srtp_dealloc(pair->oracle_seals);
    srtp_dealloc(pair->oracle_opens);
}

static size_t random_rtp(uint8_t *bytes, uint16_t sequence, uint32_t ssrc)
{
    uint8_t csrcs = (uint8_t)(test_below(3) == 0 ? test_below(16) : 0);
    size_t len = 12 + (size_t)csrcs * 4;
    for (size_t i = 0; i < PACKET_MAX; i++)
        bytes[i] = (uint8_t)test_below(256);
    bytes[0] = 0x80 | csrcs;
    bytes[1] = (uint8_t)test_below(128);
    rtp_put_u16(bytes + 2, sequence);
    rtp_put_u32(bytes + 8, ssrc);
    if (test_below(3) == 0) {
        uint16_t words = (uint16_t)test_below(20);
        bytes[0] |= 0x10;
        rtp_put_u16(bytes + len + 2, words);
        len += 4 + (size_t)words * 4;
    }
    return len + test_below(test_below(4) == 0 ? 1000 : 200);
}

/* One packet, protected by libsrtp2, perhaps damaged on its way, opened by both. */
static void compare_rtp(struct pair *pair, const uint8_t *clear, size_t clear_len, uint64_t index,
                        bool damaged)
{
    uint8_t theirs[PACKET_MAX + 64], ours[PACKET_MAX + 64];
    struct rtp_packet packet = rtp_look(clear, clear_len);
    int len = (int)clear_len;
    memcpy(theirs, clear, clear_len);
    size_t our_len = srtp_seal(&pair->seals, &packet, index, clear, clear_len, ours);
    /* libsrtp2 does not seal what lies behind its own window. */
    if (srtp_protect(pair->oracle_seals, theirs, &len) == srtp_err_status_ok) {
        EXPECT_EQ_INT(our_len, len);
        EXPECT(memcmp(ours, theirs, our_len) == 0);
        pair->sealed_alike++;
    }
    len = (int)our_len;

    if (damaged)
        ours[test_below(2) == 0 ? 12 + test_below((uint32_t)our_len - 12) : 4] ^=
            (uint8_t)(1u << test_below(8));
    memcpy(theirs, ours, our_len);
    packet = rtp_look(ours, our_len);
    uint64_t estimated;
    bool opened = packet.kind == RTP_MEDIA &&
                  our_len >= packet.header_len + srtp_expansion(pair->suite) &&
                  srtp_estimate(&pair->rtp, packet.sequence, &estimated) &&
                  srtp_window_look(&pair->rtp, estimated) == SRTP_FRESH &&
                  srtp_open(&pair->opens, &packet, estimated, ours, &our_len);
    EXPECT_EQ_INT(opened, srtp_unprotect(pair->oracle_opens, theirs, &len) == srtp_err_status_ok);
    if (opened) {
        EXPECT(!damaged);
        EXPECT(estimated == index);
        pair->opened_alike++;
        srtp_window_mark(&pair->rtp, estimated);
        EXPECT_EQ_INT(our_len, len);
        EXPECT_EQ_INT(our_len, clear_len);
        EXPECT(memcmp(ours, clear, our_len) == 0 && memcmp(theirs, clear, our_len) == 0);
    }
}

/* Losses, reordering beyond the window, repeats, damage, and several roll-overs. */
static void run_rtp(enum media_suite suite, uint32_t packets)
{
    struct pair pair;
    pair_init(&pair, suite);
    uint64_t newest = test_below(65536);
    for (uint32_t i = 0; i < packets && test_failures == 0; i++) {
        uint64_t index = newest;
        switch (test_below(8)) {
        case 0:
            index -= newest < 200 ? 0 : test_below(200);
            break;
        case 1:
            index += test_below(2000);
            break;
        default:
            index++;
            break;
        }
        newest = index > newest ? index : newest;
        uint8_t clear[PACKET_MAX + 64];
        size_t len = random_rtp(clear, (uint16_t)index, 0x1234);
        compare_rtp(&pair, clear, len, index, test_below(10) == 0);
    }
    EXPECT(newest > UINT64_C(3) << 16);
    EXPECT(pair.sealed_alike > packets * 9 / 10 && pair.opened_alike > packets * 7 / 10);
    pair_clear(&pair);
}

TEST(rtp_with_counter_mode_agrees_with_libsrtp2)
{
    run_rtp(MEDIA_AES_CM_128_HMAC_SHA1_80, 4000);
}

TEST(rtp_with_gcm_agrees_with_libsrtp2)
{
    run_rtp(MEDIA_AEAD_AES_128_GCM, 4000);
}

static size_t random_rtcp(uint8_t *bytes, uint32_t ssrc)
{
    uint16_t words = (uint16_t)(1 + test_below(40));
    for (size_t i = 0; i < PACKET_MAX; i++)
        bytes[i] = (uint8_t)test_below(256);
    bytes[0] = 0x80;
    bytes[1] = (uint8_t)(200 + test_below(5));
    rtp_put_u16(bytes + 2, words);
    rtp_put_u32(bytes + 4, ssrc);
    return ((size_t)words + 1) * 4;
}

/* libsrtp2 counts its packets from 1; ours are sealed with the same index. */
static void run_rtcp(enum media_suite suite)
{
    struct pair pair;
    uint8_t kept[PACKET_MAX];
    size_t kept_len = 0;
    pair_init(&pair, suite);
    for (uint32_t index = 1; index < 1500 && test_failures == 0; index++) {
        uint8_t clear[PACKET_MAX], theirs[PACKET_MAX], ours[PACKET_MAX + SRTCP_EXPANSION_MAX];
        size_t clear_len = random_rtcp(clear, 99);
        int len = (int)clear_len;
        memcpy(theirs, clear, clear_len);
        REQUIRE(srtp_protect_rtcp(pair.oracle_seals, theirs, &len) == srtp_err_status_ok);
        size_t our_len = srtcp_seal(&pair.seals, index, clear, clear_len, ours);
        REQUIRE(our_len == (size_t)len && memcmp(ours, theirs, our_len) == 0);
        if (test_below(10) == 0) { /* held back, or repeated, for a long time */
            memcpy(ours, kept, kept_len);
            our_len = kept_len;
        }
        if (test_below(30) == 0) {
            memcpy(kept, theirs, (size_t)len);
            kept_len = (size_t)len;
        }
        bool damaged = test_below(10) == 0 && our_len > 0;
        if (damaged)
            ours[8 + test_below((uint32_t)our_len - 8)] ^= (uint8_t)(1u << test_below(8));
        memcpy(theirs, ours, our_len);
        len = (int)our_len;
        uint32_t found;
        bool opened = srtcp_index(suite, ours, our_len, &found) &&
                      srtp_window_look(&pair.rtcp, found) == SRTP_FRESH &&
                      srtcp_open(&pair.opens, found, ours, &our_len);
        EXPECT_EQ_INT(opened,
                      srtp_unprotect_rtcp(pair.oracle_opens, theirs, &len) == srtp_err_status_ok);
        if (opened) {
            EXPECT(!damaged);
            srtp_window_mark(&pair.rtcp, found);
            EXPECT_EQ_INT(our_len, len);
            EXPECT(memcmp(ours, theirs, our_len) == 0);
        }
    }
    pair_clear(&pair);
}

TEST(rtcp_with_counter_mode_agrees_with_libsrtp2)
{
    run_rtcp(MEDIA_AES_CM_128_HMAC_SHA1_80);
}

TEST(rtcp_with_gcm_agrees_with_libsrtp2)
{
    run_rtcp(MEDIA_AEAD_AES_128_GCM);
}

/* Cut anywhere, nothing opens, and nothing behind the end is read (the sanitizers look). */
TEST(truncated_packets_do_not_open)
{
    for (enum media_suite suite = 0; suite < MEDIA_SUITES; suite++) {
        struct pair pair;
        uint8_t clear[PACKET_MAX], sealed[PACKET_MAX + SRTCP_EXPANSION_MAX];
        pair_init(&pair, suite);
        size_t len = random_rtp(clear, 7, 1);
        struct rtp_packet packet = rtp_look(clear, len);
        size_t sealed_len = srtp_seal(&pair.seals, &packet, 7, clear, len, sealed);
        for (size_t cut = packet.header_len; cut < sealed_len; cut++) {
            uint8_t *exact = malloc(cut);
            size_t exact_len = cut;
            memcpy(exact, sealed, cut);
            EXPECT(!srtp_open(&pair.opens, &packet, 7, exact, &exact_len));
            free(exact);
        }
        len = random_rtcp(clear, 1);
        sealed_len = srtcp_seal(&pair.seals, 7, clear, len, sealed);
        for (size_t cut = 8; cut < sealed_len; cut++) {
            uint8_t *exact = malloc(cut);
            size_t exact_len = cut;
            uint32_t index;
            memcpy(exact, sealed, cut);
            EXPECT(!srtcp_index(suite, exact, cut, &index) ||
                   !srtcp_open(&pair.opens, index, exact, &exact_len));
            free(exact);
        }
        pair_clear(&pair);
    }
}

TEST(rtcp_that_is_not_encrypted_is_refused)
{
    struct pair pair;
    uint8_t clear[PACKET_MAX], sealed[PACKET_MAX + SRTCP_EXPANSION_MAX];
    uint32_t index;
    for (enum media_suite suite = 0; suite < MEDIA_SUITES; suite++) {
        pair_init(&pair, suite);
        size_t len = random_rtcp(clear, 1);
        len = srtcp_seal(&pair.seals, 3, clear, len, sealed);
        EXPECT(srtcp_index(suite, sealed, len, &index) && index == 3);
        sealed[len - 4 - (suite == MEDIA_AEAD_AES_128_GCM ? 0 : 10)] &= 0x7f;
        EXPECT(!srtcp_index(suite, sealed, len, &index));
        pair_clear(&pair);
    }
}

TEST(clean_up)
{
    srtp_crypto_clear(&crypto);
    EXPECT_EQ_INT(srtp_shutdown(), srtp_err_status_ok);
}
