#include "json/number.h"

#include <stdlib.h>

/* Exponents are cut off here: far beyond what a double or a uint64_t can hold, whatever the
 * digits of a text that fits into memory. */
enum { EXPONENT_MAX = 1 << 30 };

/* digits * 10^exponent, without the zeros at either end of the digits. */
struct decimal {
    bool negative;
    bool exact; /* the digits fit into 64 bits */
    uint64_t digits;
    int64_t exponent;
};

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int64_t read_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    int64_t exponent = 0;

    if (*at == '-' || *at == '+')
        at++;
    for (; at < end; at++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*at - '0');
    return negative ? -exponent : exponent;
}

static struct decimal read_decimal(struct str text)
{
    const char *at = text.base, *end = text.base + text.len;
    struct decimal decimal = {.negative = *at == '-', .exact = true};
    bool fraction = false;
    int64_t zeros = 0; /* met since the last other digit, not yet part of `digits` */

    for (at += decimal.negative; at < end; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        if (!is_digit(*at)) {
            decimal.exponent += read_exponent(at + 1, end);
            break;
        }
        decimal.exponent -= fraction;
        zeros++;
        if (*at == '0')
            continue;
        for (; zeros > 0; zeros--)
            decimal.exact &= !__builtin_mul_overflow(decimal.digits, 10u, &decimal.digits);
        decimal.exact &=
            !__builtin_add_overflow(decimal.digits, (uint64_t)(*at - '0'), &decimal.digits);
    }
    decimal.exponent += zeros;
    return decimal;
}

double number_double(struct str text)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal decimal = read_decimal(text);
    double value = (double)decimal.digits;

    /* Both factors are exact in a double, so one rounding is all there is. */
    if (!decimal.exact || decimal.digits > 1ull << 53 || decimal.exponent < -22 ||
        decimal.exponent > 22)
        return strtod(text.base, NULL);
    if (decimal.exponent < 0)
        value /= powers[-decimal.exponent];
    else
        value *= powers[decimal.exponent];
    return decimal.negative ? -value : value;
}

bool number_u64(struct str text, uint64_t *value)
{
    struct decimal decimal = read_decimal(text);

    *value = decimal.digits;
    if (*value == 0 && decimal.exact)
        return true;
    if (!decimal.exact || decimal.negative || decimal.exponent < 0)
        return false;
    for (; decimal.exponent > 0; decimal.exponent--)
        if (__builtin_mul_overflow(*value, 10u, value))
            return false;
    return true;
}
