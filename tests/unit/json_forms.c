/* json_forms.c: texts that are read again, or whose form is known from another text, give the same
 * trees as plain cJSON. */
#include "json/forms.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "generated/protocol.h"
#include "tests/unit/test.h"
#include "json/number.h"
#include "json/read.h"

enum { ARENA_BYTES = 4 << 20, TEXT_BYTES = 8192, VALUE_BYTES = 16 };

static struct arena arena;
static struct json_reader reader = {.arena = &arena, .not_json = ""};
static uint64_t state = 88172645463325252u;

__attribute__((constructor)) static void set_up(void)
{
    if (arena_init(&arena, ARENA_BYTES) != 0)
        abort();
}

__attribute__((destructor)) static void tear_down(void)
{
    arena_clear(&arena);
}

static uint32_t chance(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % below;
}

static bool same_node(const cJSON *got, const cJSON *want)
{
    struct str text = {got->valuestring, (size_t)got->valueint};

    if (got->type != want->type || !got->next != !want->next || !got->child != !want->child ||
        !got->string != !want->string || (got->string && strcmp(got->string, want->string) != 0))
        return false;
    if (want->type == cJSON_String)
        return text.len == strlen(want->valuestring) &&
               memcmp(text.base, want->valuestring, text.len) == 0;
    return want->type != cJSON_Number || number_double(text) == want->valuedouble;
}

/* Node by node, in the text's order. */
static bool same_tree(const cJSON *got, const cJSON *want)
{
    const cJSON *parents[2][JSON_DEPTH_MAX];
    uint32_t depth = 0;

    for (;;) {
        if (!same_node(got, want))
            return false;
        if (want->child) {
            parents[0][depth] = got;
            parents[1][depth++] = want;
            got = got->child;
            want = want->child;
            continue;
        }
        while (!want->next) {
            if (depth == 0)
                return true;
            got = parents[0][--depth];
            want = parents[1][depth];
        }
        got = got->next;
        want = want->next;
    }
}

/* Reads it twice: at the latest the second time its form is known, if it is one to be kept. */
static bool read_as_cjson(const char *text)
{
    cJSON *want = cJSON_Parse(text);
    bool same = want != NULL;

    for (int i = 0; i < 2 && same; i++) {
        const cJSON *got;

        arena_reset(&arena, 0);
        got = json_read(&reader, (struct str){text, strlen(text)});
        same = got && same_tree(got, want);
    }
    cJSON_Delete(want);
    if (!same)
        printf("for %s\n", text);
    return same;
}

TEST(forms_that_are_alike_are_told_apart)
{
    static const char *const texts[] = {
        "{\"type\":\"chat\",\"content\":\"hello\"}",
        "{\"content\":1.5,\"type\":null}",
        "{\"a\":[1,2],\"b\":{}}",
        "{\"a\":[1,2],\"b\":[]}",
        "{\"a\":[[1],2],\"b\":3}",
        "{\"a\":[1,[2]],\"b\":3}",
        "{\"a\":{\"b\":1},\"c\":2}",
        "{\"a\":{\"b\":1,\"c\":2}}",
        "{\"a\":\"null\",\"b\":\"\\\"\"}", /* a string that stays in the skeleton */
        "{\"a\":\"null\",\"\\u0062\":true}",
        "{\"a\":\"\",\"b\":\"\"}",
        "{\"\":\"\",\"b\":false}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            EXPECT(read_as_cjson(texts[i]) && read_as_cjson(texts[k]));
}

/* A value that is no object or array, or the beginning of one. Returns whether it is that. */
static bool put_value(char **at, uint32_t depth)
{
    static const char *const values[] = {"[",    "{",   "[",     "{",     "\"x\"",
                                         "null", "1.5", "false", "\"\"",  "\"\\n\"",
                                         "true", "-3",  "1e2",   "\"한\""};
    const char *value = values[depth < 4 ? chance(14) : 4 + chance(10)];

    *at += snprintf(*at, VALUE_BYTES, "%s", value);
    return *value == '[' || *value == '{';
}

/* Objects and arrays of any form, with so few members each that their order is kept. */
static void put_text(char *at)
{
    char ends[8];
    uint32_t members[8] = {0};
    uint32_t depth = 0, names = 0;

    *at++ = '{';
    ends[depth++] = '}';
    while (depth > 0) {
        if (chance(4) == 0 || members[depth - 1] == 8) {
            *at++ = ends[--depth];
            continue;
        }
        if (members[depth - 1]++ > 0)
            *at++ = ',';
        if (ends[depth - 1] == '}')
            at += snprintf(at, VALUE_BYTES, "\"n%u\":", names++);
        if (put_value(&at, depth)) {
            ends[depth] = at[-1] == '{' ? '}' : ']';
            members[depth++] = 0;
        }
    }
    *at = '\0';
}

TEST(texts_of_any_form_are_read_as_cjson_reads_them)
{
    static char text[TEXT_BYTES];

    for (int i = 0; i < 20000; i++) {
        put_text(text);
        if (!EXPECT(strlen(text) < TEXT_BYTES && read_as_cjson(text)))
            return;
    }
}

TEST(a_name_given_twice_is_found_in_a_form_that_is_known)
{
    EXPECT(read_as_cjson("{\"a\":{\"x\":1,\"y\":2},\"b\":{\"x\":1,\"y\":2}}"));
    arena_reset(&arena, 0);
    EXPECT(!json_read(&reader, STR("{\"a\":{\"x\":1,\"y\":2},\"a\":{\"z\":1,\"z\":2}}")));
    EXPECT_EQ_STR(reader.reason, "member 'z' given twice");
    EXPECT(!json_read(&reader, STR("{\"a\":{\"x\":1,\"y\":2},\"a\":{\"x\":1,\"y\":2}}")));
    EXPECT_EQ_STR(reader.reason, "member 'a' given twice");
}

#define TEN "[],[],[],[],[],[],[],[],[],[],"

TEST(the_most_nodes_and_the_most_objects_have_room)
{
    static const struct {
        const char *open, *innermost, *close;
    } forms[] = {
        {"[", TEN TEN TEN "[],[],[]", "]"}, /* 48 nodes in 128 bytes */
        {"{\"\":", "{}", "}"},
        {"{\"\":", "[[],[],[]]", "}"},
        {"[", "{}", "]"},
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[FORM_BYTES_MAX + 1];
        size_t depth = JSON_DEPTH_MAX - 1 - (forms[i].innermost[1] == '['), len = 0;

        for (size_t k = 0; k < 2 * depth + 1; k++)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s",
                                    k < depth    ? forms[i].open
                                    : k == depth ? forms[i].innermost
                                                 : forms[i].close);
        EXPECT(read_as_cjson(text));
        EXPECT(forms_find((struct str){text, len}) != NULL);
    }
}

TEST(the_last_two_forms_are_known)
{
    cJSON *root = cJSON_Parse("[null]");
    char skeletons[60][FORM_BYTES_MAX + 1];

    REQUIRE(root != NULL);
    for (size_t i = 0; i < 60; i++) { /* many enough that some share a place */
        memset(skeletons[i], '[', 8 + i);
        skeletons[i][8 + i] = '\0';
    }
    for (size_t i = 0; i < 60; i++)
        for (size_t k = 0; k < 60; k++) {
            forms_note((struct str){skeletons[i], 8 + i}, root);
            forms_note((struct str){skeletons[k], 8 + k}, root);
            EXPECT(forms_find((struct str){skeletons[i], 8 + i}) != NULL);
            EXPECT(forms_find((struct str){skeletons[k], 8 + k}) != NULL);
        }
    cJSON_Delete(root);
}

TEST(only_skeletons_of_a_bounded_length_are_kept)
{
    char skeleton[FORM_BYTES_MAX + 1] = "[";
    cJSON *root;

    for (size_t len = 1; len + 4 < sizeof skeleton; len += 3) /* as many nodes as there can be */
        memcpy(skeleton + len, "[],", 4);
    skeleton[strlen(skeleton) - 1] = ']';
    root = cJSON_Parse(skeleton);
    REQUIRE(root != NULL);
    for (size_t len = 0; len <= FORM_BYTES_MAX + 1; len++) {
        bool kept = len >= FORM_BYTES_MIN && len <= FORM_BYTES_MAX;
        char given[FORM_BYTES_MAX + 1] = {0};

        memcpy(given, skeleton, len <= FORM_BYTES_MAX ? len : FORM_BYTES_MAX);
        forms_note((struct str){given, len}, root);
        EXPECT((forms_find((struct str){given, len}) != NULL) == kept);
    }
    cJSON_Delete(root);
}
