#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* How many of a group's three bytes are there when `len` are left. */
static size_t group_bytes(size_t len)
{
    return len < 3 ? len : 3;
}

bool base64_decode(struct str text, uint8_t *bytes, size_t len)
{
    if (text.len != BASE64_LEN(len))
        return false;
    const char *at = text.base;
    while (len > 0) {
        size_t count = group_bytes(len);
        uint32_t bits = 0;
        for (size_t i = 0; i < 4; i++) {
            /* `count` bytes need one digit more than they are; padding stands for the rest. */
            const char *digit = i <= count ? memchr(digits, at[i], 64) : digits;
            if (digit == NULL || (i > count && at[i] != '='))
                return false;
            bits = bits << 6 | (uint32_t)(digit - digits);
        }
        for (size_t i = 0; i < count; i++)
            *bytes++ = (uint8_t)(bits >> (16 - 8 * i));
        if ((bits & (0xffffffu >> (8 * count))) != 0)
            return false; /* bits that stand for no byte */
        at += 4;
        len -= count;
    }
    return true;
}

void base64_encode(const uint8_t *bytes, size_t len, char *text)
{
    while (len > 0) {
        size_t count = group_bytes(len);
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < count ? bytes[i] : 0u);
        for (size_t i = 0; i < 4; i++)
            *text++ = i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=';
        bytes += count;
        len -= count;
    }
}
