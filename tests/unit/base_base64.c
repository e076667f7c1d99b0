/* Strict Base64: the vectors of RFC 4648, all that is near them, and every length there and back.
 */
#include "base/base64.h"

#include "tests/unit/test.h"

static const struct {
    const char *bytes, *text;
} vectors[] = {/* RFC 4648, 10 */
               {"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};

TEST(the_vectors_of_the_rfc)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t bytes[8];
        char text[16];
        struct str want = TEST_STR(vectors[i].bytes);
        EXPECT(base64_decode(TEST_STR(vectors[i].text), bytes, want.len));
        EXPECT_EQ_STR(((struct str){(const char *)bytes, want.len}), want);
        base64_encode((const uint8_t *)want.base, want.len, text);
        EXPECT_EQ_STR(((struct str){text, BASE64_LEN(want.len)}), vectors[i].text);
    }
}

TEST(only_one_text_stands_for_a_run_of_bytes)
{
    static const struct {
        const char *text;
        size_t len;
    } wrong[] = {
        {"Zg==", 0}, {"Zg==", 2},     {"Zg=", 1},    {"Zg", 1},      {"Zh==", 1}, /* bits left over
                                                                                   */
        {"Zm9=", 2}, {"Zm8", 2},      {"Zm8==", 2},  {"Z===", 1},    {"====", 1}, {"=g==", 1},
        {"Zg=A", 1}, {"Zm=v", 3},     {"Zm9v\n", 3}, {" Zm9", 3},    {"Zm9 ", 3}, {"Zm-v", 3},
        {"Zm_v", 3}, {"Zm9v====", 3}, {"", 1},       {"Zm\x80v", 3}, {"Zm*v", 3},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t bytes[8];
        EXPECT(!base64_decode(TEST_STR(wrong[i].text), bytes, wrong[i].len));
    }
    uint8_t bytes[3];
    EXPECT(!base64_decode((struct str){"Zm\0v", 4}, bytes, 3));
}

TEST(there_and_back_and_nothing_near_it)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ ";
    for (uint32_t round = 0; round < 2000; round++) {
        uint8_t bytes[40], back[40];
        char text[BASE64_LEN(40)];
        size_t len = test_below(41);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)test_below(256);
        base64_encode(bytes, len, text);
        struct str whole = {text, BASE64_LEN(len)};
        EXPECT(base64_decode(whole, back, len));
        EXPECT(memcmp(bytes, back, len) == 0);
        if (len == 0)
            continue;
        /* Another character anywhere: either no text, or that of other bytes. */
        size_t at = test_below((uint32_t)whole.len);
        char other = alphabet[test_below(sizeof alphabet - 1)];
        bool same = text[at] == other;
        text[at] = other;
        EXPECT(same || !base64_decode(whole, back, len) || memcmp(bytes, back, len) != 0);
    }
}
