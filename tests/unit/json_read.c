#include "json/read.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "tests/unit/json_cases.h"
#include "tests/unit/test.h"
#include "json/number.h"
#include "json/scan.h"

enum { ARENA_BYTES = 16 << 20, TEXT_BYTES = 65536 };

static struct arena arena;
static struct json_reader reader = {.arena = &arena, .not_json = "not JSON: "};

__attribute__((constructor)) static void set_up(void)
{
    if (arena_init(&arena, ARENA_BYTES) != 0)
        abort();
}

__attribute__((destructor)) static void tear_down(void)
{
    arena_clear(&arena);
}

/* In a copy of its exact size, so that a sanitizer sees what is read beside it. */
static const struct cJSON *read_exact(const char *text, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    const struct cJSON *value;

    if (!copy)
        abort();
    memcpy(copy, text, len);
    arena_reset(&arena, 0);
    value = json_read(&reader, (struct str){copy, len});
    free(copy);
    return value;
}

static const struct cJSON *read_text(const char *text)
{
    arena_reset(&arena, 0);
    return json_read(&reader, (struct str){text, strlen(text)});
}

static size_t text_len(const struct text *text)
{
    return text->len > 0 ? text->len : strlen(text->base);
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

TEST(accepts_what_is_json)
{
    for (size_t i = 0; i < COUNT(accepted); i++) {
        const struct cJSON *value = read_exact(accepted[i], strlen(accepted[i]));

        if (!value)
            printf("refused %s: %.*s\n", accepted[i], (int)reader.reason.len, reader.reason.base);
        EXPECT(value != NULL);
    }
}

TEST(refuses_what_is_not_json_and_says_where)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct text *text = &refused[i].text;
        char reason[256];

        snprintf(reason, sizeof reason, "not JSON: %s", refused[i].reason);
        if (!EXPECT(read_exact(text->base, text_len(text)) == NULL))
            printf("accepted %s\n", text->base);
        else if (!EXPECT_EQ_STR(reader.reason, reason))
            printf("for %s\n", text->base);
    }
}

TEST(u_0000_is_refused_where_it_stands)
{
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"{\"a\":1,\"b\":\"x\\u0000\"}", "b must not hold U+0000"},
        {"{\"a\":{\"b\":0},\"c\":{\"d\":[0,{\"e\":[\"\",\"\\n\\u0000\"]}]}}",
         "c.d.e must not hold U+0000"},
        {"{\"a\":{\"b\":0},\"c\":\"\\u0000\"}", "c must not hold U+0000"},
        {"{\"a\":{\"\\u0000\":1}}", "a string must not hold U+0000"},
        {"[[\"\\u0000\"]]", "a string must not hold U+0000"},
        {"\"\\u0000\"", "a string must not hold U+0000"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        reader.is_json = false;
        EXPECT(read_text(cases[i].text) == NULL && reader.is_json);
        EXPECT_EQ_STR(reader.reason, cases[i].reason);
    }
}

/* Whatever the scan accepts, at every cut of every text above, cJSON reads too; what json_read
 * refuses is never a crash. */
TEST(each_beginning_of_a_text_is_refused_or_read)
{
    for (size_t i = 0; i < COUNT(accepted); i++)
        for (size_t len = 0; len <= strlen(accepted[i]); len++)
            if (!read_exact(accepted[i], len))
                EXPECT(reader.reason.len > 0);
    for (size_t i = 0; i < COUNT(refused); i++)
        for (size_t len = 0; len < text_len(&refused[i].text); len++)
            if (!read_exact(refused[i].text.base, len))
                EXPECT(reader.reason.len > 0);
}

TEST(strings_are_unescaped)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "\"\\/\b\f\n\r\t"},
        {"{\"a\":\"\\u00e9\\u0001\\ud55c\\ud83d\\ude00\"}",
         "\303\251\001\355\225\234\360\237\230\200"},
        {"{\"a\":\"\303\251\"}", "\303\251"},
        {"{\"\\u0061\":\"x\"}", "x"},
        {"{\"\":\"y\",\"\\u0062\\n\":\"\\\\\",\"a\":\"z\"}", "z"},
        {"{\"a\":\"\"}", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cJSON *object = read_text(cases[i].text);
        struct str got = STR("");

        REQUIRE(object != NULL);
        EXPECT(json_bytes(json_member(object, "a"), 0, 100, &got));
        EXPECT_EQ_STR(got, cases[i].want);
    }
}

/* Strings with escapes, without, empty ones, and numbers, in turn. */
TEST(each_value_gets_its_own_text)
{
    const struct cJSON *object = read_text(
        " { \"a\" : \"x\\n\" , \"b\" : \"\" , \"c\" : [ 1 , \"\\\"\" , 2 , \"yy\" , \"\" , "
        "\"\\u00e9\" ] , \"\\u0064\" : { \"e\" : true , \"f\" : \"last\" } } ");
    static const char *const items[] = {"1", "\"", "2", "yy", "", "\303\251"};
    const struct cJSON *item;
    struct number number;
    struct str text;

    REQUIRE(object != NULL);
    EXPECT(json_bytes(json_member(object, "a"), 0, 9, &text));
    EXPECT_EQ_STR(text, "x\n");
    EXPECT(json_bytes(json_member(object, "b"), 0, 9, &text));
    EXPECT_EQ_STR(text, "");
    item = json_first(json_member(object, "c"));
    for (size_t i = 0; i < COUNT(items); i++, item = json_next(item)) {
        if (json_number(item, 0, 9, &number))
            text = (struct str){number.text, number.text_len};
        else
            EXPECT(json_bytes(item, 0, 9, &text));
        EXPECT_EQ_STR(text, items[i]);
    }
    EXPECT(item == NULL);
    EXPECT(json_bytes(json_member(json_member(object, "d"), "f"), 0, 9, &text));
    EXPECT_EQ_STR(text, "last");
}

TEST(names_are_case_sensitive)
{
    const struct cJSON *object = read_text("{\"A\":1,\"b\":null}");

    REQUIRE(object != NULL);
    EXPECT(json_member(object, "a") == NULL);
    EXPECT(json_member(object, "A") != NULL);
    EXPECT(json_member(object, "b") != NULL);
    EXPECT(json_optional(object, "b") == NULL);
    EXPECT(json_optional(object, "A") != NULL);
    EXPECT(json_is_null(json_member(object, "b")));
    EXPECT(!json_is_null(NULL));
}

TEST(lengths_are_in_bytes_or_in_characters)
{
    const struct cJSON *object = read_text("{\"a\":\"\355\225\234\\u00e9x\"}"), *value;
    struct str out;

    REQUIRE(object != NULL);
    value = json_member(object, "a");
    EXPECT(json_bytes(value, 6, 6, &out));
    EXPECT(!json_bytes(value, 0, 5, &out));
    EXPECT(!json_bytes(value, 7, 9, &out));
    EXPECT(json_chars(value, 3, 3, &out));
    EXPECT(!json_chars(value, 0, 2, &out));
    EXPECT(!json_chars(value, 4, 9, &out));
    EXPECT(!json_chars(value, 0, 0, &out));
    EXPECT(!json_bytes(object, 0, 9, &out));
    EXPECT(!json_bytes(NULL, 0, 9, &out));
}

TEST(patterns_match_whole_strings)
{
    static const struct json_part color[] = {{1, "##"}, {6, "09AFaf"}};
    static const struct {
        const char *text;
        bool matches;
    } cases[] = {
        {"{\"a\":\"#09afAF\"}", true},
        {"{\"a\":\"#09afA\"}", false},
        {"{\"a\":\"#09afAFF\"}", false},
        {"{\"a\":\"009afAF\"}", false},
        {"{\"a\":\"#09afAG\"}", false},
        {"{\"a\":\"\"}", false},
        {"{\"a\":7}", false},
        {"{\"a\":\"#09afA\303\251\"}", false},
    };
    struct str out;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cJSON *object = read_text(cases[i].text);

        REQUIRE(object != NULL);
        EXPECT_EQ_INT(json_pattern(json_member(object, "a"), color, 2, &out), cases[i].matches);
    }
}

TEST(arrays_and_words)
{
    static const struct str words[] = {STR_INIT("open"), STR_INIT("shut")};
    const struct cJSON *object =
        read_text("{\"a\":[1,2,3],\"b\":\"shut\",\"c\":\"Open\",\"d\":true}");
    uint32_t word = 9;
    bool flag = false;

    REQUIRE(object != NULL);
    EXPECT(json_array(json_member(object, "a"), 3, 3));
    EXPECT(!json_array(json_member(object, "a"), 0, 2));
    EXPECT(!json_array(json_member(object, "a"), 4, 9));
    EXPECT(!json_array(json_member(object, "b"), 0, 9));
    EXPECT(!json_array(NULL, 0, 9));
    EXPECT(json_word(json_member(object, "b"), words, 2, &word));
    EXPECT_EQ_INT(word, 1);
    EXPECT(!json_word(json_member(object, "c"), words, 2, &word));
    EXPECT(!json_word(json_member(object, "d"), words, 2, &word));
    EXPECT(json_bool(json_member(object, "d"), &flag));
    EXPECT(flag);
    EXPECT(!json_bool(json_member(object, "b"), &flag));
}

TEST(whole_numbers_are_exact_or_refused)
{
    static const struct {
        const char *text;
        bool whole;
        uint64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"0.0", true, 0},
        {"0e5", true, 0},
        {"7", true, 7},
        {"1.0", true, 1},
        {"1e2", true, 100},
        {"1.50e1", true, 15},
        {"100e-2", true, 1},
        {"9007199254740993", true, 9007199254740993},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551615.000", true, UINT64_MAX},
        {"1844674407370955161.5e1", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709551620", false, 0},
        {"99999999999999999999999999", false, 0},
        {"1e20", false, 0},
        {"1e300", false, 0},
        {"-1", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"0.9999999999999999999999999", false, 0},
        {"1.00000000000000000000000001", false, 0},
        {"0.0000000000000000000000000000001", false, 0},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 0;
        bool whole = number_u64((struct str){cases[i].text, strlen(cases[i].text)}, &value);

        if (!EXPECT_EQ_INT(whole, cases[i].whole) || (whole && !EXPECT(value == cases[i].value)))
            printf("for %s\n", cases[i].text);
    }
}

TEST(whole_numbers_keep_their_bounds)
{
    const struct cJSON *object = read_text("{\"a\":255,\"b\":256,\"c\":4294967296,\"d\":\"1\"}");
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;

    REQUIRE(object != NULL);
    EXPECT(json_u8(json_member(object, "a"), 0, 255, &u8) && u8 == 255);
    EXPECT(!json_u8(json_member(object, "b"), 0, 255, &u8));
    EXPECT(!json_u8(json_member(object, "a"), 0, 254, &u8));
    EXPECT(!json_u16(json_member(object, "b"), 257, 999, &u16));
    EXPECT(json_u16(json_member(object, "b"), 0, UINT16_MAX, &u16) && u16 == 256);
    EXPECT(!json_u32(json_member(object, "c"), 0, UINT32_MAX, &u32));
    EXPECT(json_u64(json_member(object, "c"), 0, UINT64_MAX, &u64) && u64 == 4294967296);
    EXPECT(!json_u64(json_member(object, "d"), 0, UINT64_MAX, &u64));
    EXPECT(!json_u64(NULL, 0, UINT64_MAX, &u64));
}

TEST(numbers_have_the_value_that_strtod_gives)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "1",
                                        "-1.5",
                                        "0.1",
                                        "0.707",
                                        "123456.789",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "9007199254740992",
                                        "9007199254740993",
                                        "9007199254740993e1",
                                        "123456789012345678",
                                        "1.7976931348623157e308",
                                        "2.2250738585072014e-308",
                                        "4.9e-324",
                                        "2e-324",
                                        "1e-400",
                                        "0.000001",
                                        "1000000000000000000000",
                                        "3.141592653589793238462643383279",
                                        "179769313486231580793728971405301e276",
                                        "0.1e1",
                                        "10.0",
                                        "5e-1"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        double got = number_double((struct str){texts[i], strlen(texts[i])});
        double want = strtod(texts[i], NULL);

        if (!EXPECT(memcmp(&got, &want, sizeof got) == 0))
            printf("%s is %.17g, expected %.17g\n", texts[i], got, want);
    }
}

/* Digits and point by chance, every other time with an exponent, against strtod. */
TEST(random_numbers_have_the_value_that_strtod_gives)
{
    uint64_t state = 88172645463325252u;

    for (int round = 0; round < 200000; round++) {
        char text[64], *exponent;
        uint64_t digits;
        double got, want;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        digits = state >> (state & 63);
        snprintf(text, sizeof text, "%s%llu.%0*llue%d", state & 64 ? "-" : "",
                 (unsigned long long)(digits % 1000000), (int)(state >> 8 & 7) + 1,
                 (unsigned long long)(digits >> 40), (int)(state >> 16 & 63) - 32);
        exponent = strchr(text, 'e');
        if (round % 2 == 0)
            *exponent = '\0';
        got = number_double((struct str){text, strlen(text)});
        want = strtod(text, NULL);
        if (!EXPECT(memcmp(&got, &want, sizeof got) == 0)) {
            printf("%s is %.17g, expected %.17g\n", text, got, want);
            return;
        }
    }
}

TEST(numbers_keep_their_text_wherever_they_stand)
{
    const char *text =
        "{\"x\":[1.50,{\"y\":-2E+3}],\"a\":0.10,\"z\":true,\"b\":"
        "0.12345678901234567890123456789012345,"
        "\"c\":0.12345678901234567890123456789,\"d\":0.123456789012345678901234567890}";
    const struct cJSON *object = read_text(text), *item;
    struct number number;

    REQUIRE(object != NULL);
    item = json_first(json_member(object, "x"));
    EXPECT(json_number(item, 0, 2, &number));
    EXPECT_EQ_STR(((struct str){number.text, number.text_len}), "1.50");
    item = json_member(json_next(item), "y");
    EXPECT(json_number(item, -2000, -2000, &number));
    EXPECT_EQ_STR(((struct str){number.text, number.text_len}), "-2E+3");
    EXPECT(!json_number(item, -1999, 0, &number));
    EXPECT(json_number(json_member(object, "a"), 0, 1, &number));
    EXPECT_EQ_STR(((struct str){number.text, number.text_len}), "0.10");
    EXPECT(json_number(json_member(object, "b"), 0, 1, &number)); /* too long to be kept */
    EXPECT_EQ_INT(number.text_len, 0);
    EXPECT(number.value == 0.12345678901234567890123456789012345);
    EXPECT(json_number(json_member(object, "c"), 0, 1, &number));
    EXPECT_EQ_INT(number.text_len, NUMBER_TEXT_MAX);
    EXPECT(json_number(json_member(object, "d"), 0, 1, &number));
    EXPECT_EQ_INT(number.text_len, 0);
    EXPECT(!json_number(json_member(object, "z"), 0, 1, &number));
}

TEST(reasons_name_the_field_and_the_rule)
{
    const struct cJSON *object = read_text("{\"a\":1}");
    char given[256];

    REQUIRE(object != NULL);
    EXPECT(!json_refuse(&reader, object, "name", "must be a string"));
    EXPECT_EQ_STR(reader.reason, "name must be a string");
    EXPECT(!json_refuse_inside(&reader, "state"));
    EXPECT(!json_refuse_inside(&reader, "outer"));
    EXPECT_EQ_STR(reader.reason, "outer.state.name must be a string");
    EXPECT(!json_refuse(&reader, NULL, "name", "must be a string"));
    EXPECT_EQ_STR(reader.reason, "missing field name");
    EXPECT(!json_refuse_inside(&reader, "state"));
    EXPECT_EQ_STR(reader.reason, "missing field state.name");
    /* A long word is cut between two characters: 64 bytes hold 21 of these. */
    for (int i = 0; i < 80; i++)
        memcpy(given + 3 * i, "\355\225\234", 3);
    EXPECT(!json_refuse_unknown(&reader, "type", (struct str){given, 240}));
    EXPECT_EQ_INT(reader.reason.len, strlen("unknown type ''") + 63);
}

/* Names in an order that a simple search is slow at, the last one twice. */
TEST(many_members_are_compared_fast)
{
    static char text[TEXT_BYTES + 64];
    size_t len = 0;

    text[len++] = '{';
    for (int i = 9999; len < TEXT_BYTES - 32; i--)
        len += (size_t)snprintf(text + len, 32, "\"%d\":%d,", i, i);
    snprintf(text + len, 32, "\"x\":0}");
    EXPECT(read_text(text) != NULL);
    snprintf(text + len, 32, "\"9999\":0}");
    EXPECT(read_text(text) == NULL);
    EXPECT_EQ_STR(reader.reason, "not JSON: member '9999' given twice");
}

TEST(sorting_keeps_every_member)
{
    static char text[4096];
    const struct cJSON *object;
    size_t len = 1;

    text[0] = '{';
    for (int i = 0; i < 100; i++)
        len += (size_t)snprintf(text + len, 32, "%s\"m%d\":%d", i ? "," : "", i * 37 % 100, i);
    snprintf(text + len, 2, "}");
    object = read_text(text);
    REQUIRE(object != NULL);
    for (int i = 0; i < 100; i++) {
        char name[8];
        uint32_t value = 0;

        snprintf(name, sizeof name, "m%d", i * 37 % 100);
        EXPECT(json_u32(json_member(object, name), 0, 99, &value));
        EXPECT_EQ_INT(value, i);
    }
}

/* Every arena that is too small gives an ordinary refusal; the greatest texts fit as promised. */
TEST(a_full_arena_is_an_ordinary_answer)
{
    static char text[TEXT_BYTES];
    static const char *const fills[] = {"1,", "\"\",", "{},", "[],", "\"a\","};
    size_t capacity = arena.capacity;

    for (size_t bytes = 0; bytes < 2000; bytes += 8) {
        arena.capacity = bytes;
        if (!read_text("{\"type\":\"chat\",\"content\":\"hello\",\"x\":[1,2,{\"y\":3}]}"))
            EXPECT(reader.reason.len > 0);
    }
    arena.capacity = capacity;
    for (size_t i = 0; i < COUNT(fills); i++) {
        size_t len = 1, step = strlen(fills[i]);

        text[0] = '[';
        while (len + step + 2 < sizeof text) {
            memcpy(text + len, fills[i], step);
            len += step;
        }
        text[len - 1] = ']';
        arena_reset(&arena, 0);
        EXPECT(json_read(&reader, (struct str){text, len}) != NULL);
        EXPECT(arena.used <= JSON_ARENA_BYTES_PER_BYTE * len);
    }
}

/* In memory of its exact size, so that a sanitizer sees what is written beside it. */
static bool scan_exact(const char *bytes, size_t len)
{
    char *text = calloc(len + SCAN_PADDING, 1);
    struct scan scan = {.text = text,
                        .len = len,
                        .skeleton = malloc(SCAN_SKELETON_MAX(len) + 1),
                        .taken = malloc(SCAN_TAKEN_MAX(len) * sizeof *scan.taken + 1)};
    bool is_json;

    if (!text || !scan.skeleton || !scan.taken)
        abort();
    memcpy(text, bytes, len);
    is_json = scan_text(&scan);
    if (is_json)
        EXPECT(scan.skeleton_len <= SCAN_SKELETON_MAX(len) &&
               scan.taken_count <= SCAN_TAKEN_MAX(len));
    free(scan.taken);
    free(scan.skeleton);
    free(text);
    return is_json;
}

TEST(the_scan_fills_in_no_more_than_it_says)
{
    static const char *const greatest[] = {
        "1", "[1]", "[1,2,3]", "[[1],[2]]", "{\"\":1,\"a\":2}", "[\"\",\"\",1]"};

    for (size_t i = 0; i < COUNT(greatest); i++)
        EXPECT(scan_exact(greatest[i], strlen(greatest[i])));
    for (size_t i = 0; i < COUNT(accepted); i++)
        EXPECT(scan_exact(accepted[i], strlen(accepted[i])));
    for (size_t i = 0; i < COUNT(refused); i++)
        scan_exact(refused[i].text.base, text_len(&refused[i].text));
}

TEST(cjson_works_as_usual_beside_the_reader)
{
    cJSON *root;

    EXPECT(read_text("{}") != NULL);
    root = cJSON_Parse("{\"a\":[1,2,3]}");
    EXPECT(root != NULL);
    EXPECT_EQ_INT(cJSON_GetArraySize(cJSON_GetObjectItem(root, "a")), 3);
    cJSON_Delete(root);
}
