/* ip.h: addresses and ranges of addresses, IPv4 and IPv6 alike. Pure. */
#ifndef PARLEY_BASE_IP_H
#define PARLEY_BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* In network order; an IPv4 address as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
struct ip {
    uint8_t bytes[16];
};

struct ip_range {
    struct ip first;
    uint8_t bits; /* of the prefix, 0 to 128; of IPv4, at least IP_V4_BITS */
};

enum { IP_V4_BITS = 96 };    /* that come before an IPv4 address's own */
enum { IP_TEXT_BYTES = 46 }; /* with the terminating zero */

struct ip ip_v4(const uint8_t bytes[4]);
bool ip_is_v4(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);

/* A numeric address such as 192.0.2.1 or 2001:db8::1. */
bool ip_parse(struct str text, struct ip *ip) __attribute__((warn_unused_result));
/* An address, or one with the length of a prefix: 10.0.0.0/8, fd00::/8. */
bool ip_range_parse(struct str text, struct ip_range *range) __attribute__((warn_unused_result));
bool ip_in_range(const struct ip *ip, const struct ip_range *range);

/* As people write it. */
struct str ip_print(const struct ip *ip, char text[IP_TEXT_BYTES]);

#endif
