#include "json/write.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tests/unit/test.h"

static char out[65536];

static struct str written(const char *end)
{
    return (struct str){out, (size_t)(end - out)};
}

TEST(strings_are_escaped_where_they_must_be)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "\"\""},
        {"hello", "\"hello\""},
        {"12345678", "\"12345678\""},
        {"1234567\"", "\"1234567\\\"\""},
        {"\"\\/", "\"\\\"\\\\/\""},
        {"\b\t\n\v\f\r", "\"\\b\\t\\n\\u000b\\f\\r\""},
        {"\001\037 \177", "\"\\u0001\\u001f \177\""},
        {"a\nb\nc\nd\ne\nf\ng", "\"a\\nb\\nc\\nd\\ne\\nf\\ng\""},
        {"\355\225\234\303\251\360\237\230\200", "\"\355\225\234\303\251\360\237\230\200\""},
        {"\342\200\250", "\"\342\200\250\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str text = {cases[i].text, strlen(cases[i].text)};
        EXPECT_EQ_STR(written(write_str(out, text, 100)), cases[i].want);
        EXPECT_EQ_STR(written(write_chars(out, text, 100)), cases[i].want);
    }
}

/* Each character at each place of a text of each length up to 24, read back by cJSON. */
TEST(every_character_comes_back_from_every_place)
{
    for (int c = 1; c < 128; c++)
        for (size_t len = 1; len <= 24; len++)
            for (size_t place = 0; place < len; place++) {
                char text[25];
                cJSON *value;

                memset(text, 'x', len);
                text[len] = '\0';
                text[place] = (char)c;
                *write_str(out, (struct str){text, len}, len) = '\0';
                value = cJSON_Parse(out);
                REQUIRE(value != NULL && strcmp(value->valuestring, text) == 0);
                cJSON_Delete(value);
            }
}

TEST(no_string_takes_more_than_six_bytes_for_one)
{
    char text[100];

    memset(text, 1, sizeof text);
    EXPECT_EQ_INT(written(write_str(out, (struct str){text, sizeof text}, sizeof text)).len, 602);
}

TEST(whole_numbers)
{
    EXPECT_EQ_STR(written(write_u64(out, 0, 0)), "0");
    EXPECT_EQ_STR(written(write_u64(out, 7, 9)), "7");
    EXPECT_EQ_STR(written(write_u64(out, 1000, 1000)), "1000");
    EXPECT_EQ_STR(written(write_u64(out, UINT64_MAX, UINT64_MAX)), "18446744073709551615");
}

TEST(words)
{
    static const struct str words[] = {STR_INIT("open"), STR_INIT("shut")};

    EXPECT_EQ_STR(written(write_word(out, words, 2, 1)), "\"shut\"");
    EXPECT_EQ_STR(written(write_bool(out, true)), "true");
    EXPECT_EQ_STR(written(write_bool(out, false)), "false");
}

TEST(doubles_are_short)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0.0"},
        {-0.0, "-0.0"},
        {1, "1.0"},
        {-1000, "-1000.0"},
        {0.1, "0.1"},
        {0.707, "0.707"},
        {1e14, "100000000000000.0"},
        {1e15, "1e+15"},
        {1e300, "1e+300"},
        {5e-324, "4.94065645841247e-324"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {DBL_MAX, "1.7976931348623157e+308"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT_EQ_STR(written(write_double(out, cases[i].value)), cases[i].want);
}

TEST(doubles_read_back_as_the_same)
{
    uint64_t bits = 88172645463325252u;

    for (int round = 0; round < 100000; round++) {
        double value;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        *write_double(out, value) = '\0';
        REQUIRE(strlen(out) <= NUMBER_TEXT_MAX);
        REQUIRE(strtod(out, NULL) == value);
    }
}

TEST(numbers_are_passed_on_as_they_came)
{
    struct number number = {.value = 1.5, .text_len = 4, .text = "1.50"};

    EXPECT_EQ_STR(written(write_number(out, &number)), "1.50");
    number.text_len = 0;
    EXPECT_EQ_STR(written(write_number(out, &number)), "1.5");
}
