/* Room codes: their numbers, and upper case. */
#include "chat/code.h"
#include "tests/unit/test.h"

static struct str upper(const char *text)
{
    static char memory[512];
    return code_upper(TEST_STR(text), memory);
}

TEST(codes_are_numbers_below_36_to_the_6th)
{
    char text[CODE_LEN];
    uint32_t code = 1;
    EXPECT(code_parse(STR("000000"), &code));
    EXPECT_EQ_INT(code, 0);
    EXPECT(code_parse(STR("ZZZZZZ"), &code));
    EXPECT_EQ_INT(code, CODES - 1);
    for (uint32_t i = 0; i < CODES - 1000003; i += 1000003) {
        code_format(i, text);
        REQUIRE(code_parse((struct str){text, CODE_LEN}, &code));
        REQUIRE(code == i);
    }
}

TEST(other_forms_are_no_codes)
{
    static const char *const texts[] = {"",       "ABC12",   "ABC1234", "abc123", "ABC 12",
                                        "ABC-12", "ABC12\n", "ÄBC12",   "ÄBC123", "ABC12/",
                                        "ABC12:", "ABC12@",  "ABC12["};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint32_t code;
        if (!EXPECT(!code_parse(TEST_STR(texts[i]), &code)))
            printf("    %s\n", texts[i]);
    }
    uint32_t code;
    EXPECT(!code_parse(((struct str){"ABC\00012", 6}), &code));
    EXPECT(!code_parse(((struct str){NULL, 0}), &code));
}

TEST(ascii_is_upper_cased)
{
    EXPECT_EQ_STR(upper("abcxyz019"), "ABCXYZ019");
    EXPECT_EQ_STR(upper("`a{z@[ \x01\x7f"), "`A{Z@[ \x01\x7f");
    EXPECT_EQ_STR(upper(""), "");
}

TEST(letters_of_the_common_scripts_are_upper_cased)
{
    EXPECT_EQ_STR(upper("àéîõüÿœžłŉ"), "ÀÉÎÕÜŸŒŽŁŉ");
    EXPECT_EQ_STR(upper("÷×"), "÷×");
    EXPECT_EQ_STR(upper("αβγςσωάέήίόύώ"), "ΑΒΓΣΣΩΆΈΉΊΌΎΏ");
    EXPECT_EQ_STR(upper("абвгдеёжзюяіїў"), "АБВГДЕЁЖЗЮЯІЇЎ");
    EXPECT_EQ_STR(upper("աբգֆ"), "ԱԲԳՖ");
    EXPECT_EQ_STR(upper("ａｂｚ"), "ＡＢＺ");
}

TEST(what_has_no_case_stays)
{
    EXPECT_EQ_STR(upper("안녕 日本 😀 ı"), "안녕 日本 😀 I");
}

TEST(letters_that_become_ascii_can_make_a_code)
{
    uint32_t code;
    EXPECT_EQ_STR(upper("straß1"), "STRASS1");
    EXPECT_EQ_STR(upper("ſıﬁx"), "SIFIX");
    EXPECT_EQ_STR(upper("ﬀﬂﬃﬄﬅﬆ"), "FFFLFFIFFLSTST");
    EXPECT(code_parse(upper("ﬃ12ß"), &code) == false);
    EXPECT(code_parse(upper("ﬃ1ß"), &code));
}
