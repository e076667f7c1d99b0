#include "json/number.h"

#include <stdlib.h>

/* Exponents are cut off here: far beyond what a double or a uint64_t can hold, whatever the
 * digits of a text that fits into memory. */
enum { EXPONENT_MAX = 1 << 30 };

/* digits * 10^exponent. */
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

/* Of any length, with or without an exponent. */
static struct decimal read_long(const char *at, const char *end)
{
    struct decimal decimal = {.exact = true};
    bool fraction = false;
    int64_t zeros = 0; /* met since the last other digit, not yet part of `digits` */

    for (; at < end; at++) {
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

static struct decimal read_decimal(struct str text)
{
    enum { DIGITS_MAX = 19 }; /* that fit into 64 bits, whichever they are */
    const char *at = text.base, *end = text.base + text.len, *start, *point = NULL;
    struct decimal decimal = {.exact = true};
    bool negative = *at == '-';

    start = at += negative;
    if (end - at <= DIGITS_MAX) {
        for (; at < end && (is_digit(*at) || *at == '.'); at++)
            if (*at == '.')
                point = at;
            else
                decimal.digits = decimal.digits * 10 + (uint64_t)(*at - '0');
        decimal.exponent = point ? point + 1 - end : 0;
    }
    if (at < end)
        decimal = read_long(start, end);
    decimal.negative = negative;
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
    if (!decimal.exact)
        return false;
    if (*value == 0)
        return true;
    if (decimal.negative)
        return false;
    for (; decimal.exponent < 0; decimal.exponent++) {
        if (*value % 10 != 0)
            return false;
        *value /= 10;
    }
    for (; decimal.exponent > 0; decimal.exponent--)
        if (__builtin_mul_overflow(*value, 10u, value))
            return false;
    return true;
}
