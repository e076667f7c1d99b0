/* check.h: assertions that stay on in release builds.
 *
 * For what only a bug of ours can break; never on input. */
#ifndef PARLEY_BASE_CHECK_H
#define PARLEY_BASE_CHECK_H

/* Prints the place and the condition to standard error, and aborts. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            check_failed(__FILE__, __LINE__, #condition);                                          \
        }                                                                                          \
    } while (0)

_Noreturn void check_failed(const char *file, int line, const char *condition)
    __attribute__((cold));

#endif
