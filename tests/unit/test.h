/* test.h: the whole test framework: self-registering tests, expectations, a main.
 *
 * Included once by each tests/unit/<name>.c, which is an executable of its own:
 *
 *     #include "tests/unit/test.h"
 *
 *     TEST(a_new_pool_is_empty)
 *     {
 *         EXPECT_EQ_INT(pool_live(&pool), 0);
 *     }
 *
 * A failed EXPECT is reported and the test goes on; a failed REQUIRE ends the test. Prints
 * "N passed, N failed" and exits with 1 when any failed. An argument runs only the tests whose
 * names contain it. */
#ifndef PARLEY_TESTS_UNIT_TEST_H
#define PARLEY_TESTS_UNIT_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

static struct test *test_first, **test_end = &test_first;
static const struct test *test_running;
static uint32_t test_failures; /* expectations of the running test that failed */

static inline void test_register(struct test *test)
{
    *test_end = test;
    test_end = &test->next;
}

/* Registered by a constructor, so in the order of the file. */
#define TEST(title)                                                                                \
    static void test_##title(void);                                                                \
    __attribute__((constructor)) static void test_register_##title(void)                           \
    {                                                                                              \
        static struct test test = {#title, test_##title, NULL};                                    \
        test_register(&test);                                                                      \
    }                                                                                              \
    static void test_##title(void)

static inline bool test_fail(const char *file, int line)
{
    test_failures++;
    printf("%s:%d: %s: ", file, line, test_running != NULL ? test_running->name : "set-up");
    return false;
}

static inline bool test_condition(bool holds, const char *text, const char *file, int line)
{
    if (!holds) {
        test_fail(file, line);
        printf("expected %s\n", text);
    }
    return holds;
}

static inline bool test_equal_int(long long got, long long want, const char *text, const char *file,
                                  int line)
{
    if (got != want) {
        test_fail(file, line);
        printf("%s is %lld (0x%llx), expected %lld (0x%llx)\n", text, got, (unsigned long long)got,
               want, (unsigned long long)want);
    }
    return got == want;
}

static inline bool test_equal_str(struct str got, struct str want, const char *text,
                                  const char *file, int line)
{
    bool equal = str_equal(got, want);
    if (!equal) {
        test_fail(file, line);
        printf("%s is \"%.*s\" (%zu bytes), expected \"%.*s\" (%zu bytes)\n", text, (int)got.len,
               got.base, got.len, (int)want.len, want.base, want.len);
    }
    return equal;
}

static inline struct str test_str_of_text(const char *text)
{
    return (struct str){text, strlen(text)};
}
static inline struct str test_str_of_str(struct str text)
{
    return text;
}
#define TEST_STR(text)                                                                             \
    _Generic((text), struct str                                                                    \
             : test_str_of_str, const char *                                                       \
             : test_str_of_text, char *                                                            \
             : test_str_of_text)(text)

#define EXPECT(condition) test_condition((condition), #condition, __FILE__, __LINE__)
#define EXPECT_EQ_INT(got, want)                                                                   \
    test_equal_int((long long)(got), (long long)(want), #got, __FILE__, __LINE__)
/* Each side a struct str or a C string. */
#define EXPECT_EQ_STR(got, want)                                                                   \
    test_equal_str(TEST_STR(got), TEST_STR(want), #got, __FILE__, __LINE__)
/* What the rest of the test stands on: ends the test (a void function) when it does not hold. */
#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!EXPECT(condition)) {                                                                  \
            return;                                                                                \
        }                                                                                          \
    } while (0)

/* Reproducible pseudo-random numbers in [0, bound), the same in every run of a test. */
static uint64_t test_seed;
static inline uint32_t test_below(uint32_t bound)
{
    test_seed = test_seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((test_seed >> 33) % bound);
}

int main(int argc, char **argv)
{
    uint32_t passed = 0;
    uint32_t failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (const struct test *test = test_first; test != NULL; test = test->next) {
        if (argc > 1 && strstr(test->name, argv[1]) == NULL) {
            continue;
        }
        test_running = test;
        test_failures = 0;
        test_seed = 1;
        test->run();
        if (test_failures == 0) {
            passed++;
        } else {
            failed++;
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0 || passed == 0;
}

#endif
