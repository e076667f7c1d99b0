#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/check.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ip ip_v4(const uint8_t bytes[4])
{
    struct ip ip;
    memcpy(ip.bytes, mapped, sizeof mapped);
    memcpy(ip.bytes + sizeof mapped, bytes, 4);
    return ip;
}

bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof mapped) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const uint8_t v6[16] = {[15] = 1};
    return ip_is_v4(ip) ? ip->bytes[12] == 127 : memcmp(ip->bytes, v6, sizeof v6) == 0;
}

bool ip_parse(struct str text, struct ip *ip)
{
    char room[IP_TEXT_BYTES];
    uint8_t v4[4];
    if (text.len == 0 || text.len >= sizeof room || memchr(text.base, '\0', text.len) != NULL)
        return false;
    memcpy(room, text.base, text.len);
    room[text.len] = '\0';
    if (inet_pton(AF_INET, room, v4) == 1) {
        *ip = ip_v4(v4);
        return true;
    }
    return inet_pton(AF_INET6, room, ip->bytes) == 1;
}

/* Up to three digits. */
static bool read_bits(struct str text, uint32_t *bits)
{
    *bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
        *bits = *bits * 10 + (uint32_t)(text.base[i] - '0');
    }
    return text.len >= 1 && text.len <= 3;
}

bool ip_range_parse(struct str text, struct ip_range *range)
{
    const char *slash = text.len > 0 ? memchr(text.base, '/', text.len) : NULL;
    struct str address = {text.base, slash != NULL ? (size_t)(slash - text.base) : text.len};
    if (!ip_parse(address, &range->first))
        return false;
    range->bits = 128;
    if (slash == NULL)
        return true;
    bool is_v4 = memchr(address.base, ':', address.len) == NULL;
    uint32_t bits, bits_max = is_v4 ? 32 : 128;
    if (!read_bits((struct str){slash + 1, text.len - address.len - 1}, &bits) || bits > bits_max)
        return false;
    range->bits = (uint8_t)(128 - bits_max + bits);
    return range->bits >= IP_V4_BITS || !ip_is_v4(&range->first);
}

bool ip_in_range(const struct ip *ip, const struct ip_range *range)
{
    size_t whole = range->bits / 8;
    uint8_t mask = (uint8_t)(0xff00 >> range->bits % 8);
    return memcmp(ip->bytes, range->first.bytes, whole) == 0 &&
           (mask == 0 || ((ip->bytes[whole] ^ range->first.bytes[whole]) & mask) == 0);
}

struct str ip_print(const struct ip *ip, char text[IP_TEXT_BYTES])
{
    bool is_v4 = ip_is_v4(ip);
    const char *printed = inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? ip->bytes + 12 : ip->bytes,
                                    text, IP_TEXT_BYTES);
    CHECK(printed != NULL);
    return (struct str){text, strlen(text)};
}
