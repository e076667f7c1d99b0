#include "runtime/shape.h"
#include "tests/unit/test.h"

enum { SHAPE_BYTES = 64 };

static struct str shape(const char *text)
{
    static char out[SHAPE_BYTES];
    return (struct str){out, shape_of((struct str){text, strlen(text)}, out, sizeof out)};
}

TEST(values_are_told_by_kind_and_length)
{
    EXPECT_EQ_STR(shape("{\"type\":\"chat\",\"content\":\"hello\"}"), "type:\"4\" content:\"5\"");
    EXPECT_EQ_STR(shape("{\"op\":12,\"d\":{\"at\":[1,[2],{}],\"token\":\"e\\\"J\"}}"),
                  "op:# d:{at:[3] token:\"4\"}");
    EXPECT_EQ_STR(shape(" { \"a\" : true , \"b\" : false , \"c\" : null , \"d\" : -1.5e3 } "),
                  "a:bool b:bool c:null d:#");
    EXPECT_EQ_STR(shape("{\"a\":{\"b\":{\"c\":{\"d\":1}}},\"e\":[]}"), "a:{b:{c:{…}}} e:[0]");
    EXPECT_EQ_STR(shape("{}"), "");
    EXPECT_EQ_STR(shape("{\"a\":{}}"), "a:{}");
    EXPECT_EQ_STR(shape("[{\"a\":1},2]"), "[2]");
    EXPECT_EQ_STR(shape("\"secret\""), "\"6\"");
    EXPECT_EQ_STR(shape("17"), "#");
}

TEST(what_is_no_json_ends_with_a_question_mark)
{
    static const char *const texts[][2] = {
        {"", "?"},
        {"secret", "?"},
        {"{\"a\":secret}", "a:?"},
        {"{\"a\":\"secret}", "a:?"},
        {"{\"a\":\"secret\\", "a:?"},
        {"{\"a\" \"secret\"}", "a?"},
        {"{\"a\":1 \"secret\":2}", "a:#?"},
        {"{\"a\":1,}", "a:#?"},
        {"{\"a\":1]", "a:#?"},
        {"[1}", "[?"},
        {"{\"a\":1}secret", "a:#?"},
        {"truth", "?"},
        {"{secret:1}", "?"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        EXPECT_EQ_STR(shape(texts[i][0]), texts[i][1]);
    }
    EXPECT_EQ_STR(shape("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), "[?"); /* too deep */
}

TEST(only_what_looks_like_a_name_is_shown_of_a_name)
{
    EXPECT_EQ_STR(shape("{\"my secret\":1,\"\":2,\"na\\u006de\":3,\"ok_9\":4}"),
                  "?:# ?:# ?:# ok_9:#");
}

TEST(what_does_not_fit_is_cut)
{
    struct str cut =
        shape("{\"abcdefghijklmnopqrstuvwxyz\":1,\"abcdefghijklmnopqrstuvwxyzabcdefg\":2}");
    EXPECT_EQ_STR(cut, "abcdefghijklmnopqrstuvwxyz:# …");
    struct str text = STR("{\"abc\":[1,2],\"d\":{\"e\":\"f\"},\"g\":\"0123456789\"}");
    struct str whole = STR("abc:[2] d:{e:\"1\"} g:\"10\"");
    for (size_t max = 8; max < SHAPE_BYTES; max++) {
        char out[SHAPE_BYTES];
        size_t len = shape_of(text, out, max);
        EXPECT(len <= max);
        if (max >= whole.len + 3) {
            EXPECT_EQ_STR(((struct str){out, len}), whole);
        } else {
            EXPECT(memcmp(out, whole.base, len - 3) == 0 && memcmp(out + len - 3, "…", 3) == 0);
        }
    }
}

/* Of a message that is cut short or lacks a byte, as of a right one. */
TEST(no_value_is_ever_shown)
{
    static const char whole[] =
        "{\"a\":\"XYZ\",\"b\":[\"X\",{\"c\":\"Y\\\"Z\"}],\"d\":{\"e\":\"ZYX\",\"f\":"
        "{\"g\":\"X\"}},\"h\":789}";
    for (size_t at = 0; at < 2 * sizeof whole; at++) {
        char text[sizeof whole], out[256];
        size_t cut = at / 2 < sizeof whole - 1 ? at / 2 : sizeof whole - 1;
        size_t rest = at % 2 == 0 || cut == sizeof whole - 1 ? 0 : sizeof whole - 2 - cut;
        memcpy(text, whole, cut);
        memcpy(text + cut, whole + cut + 1, rest);
        size_t len = shape_of((struct str){text, cut + rest}, out, sizeof out);
        for (size_t i = 0; i < len; i++) {
            EXPECT((out[i] < 'X' || out[i] > 'Z') && (out[i] < '7' || out[i] > '9'));
        }
    }
}
