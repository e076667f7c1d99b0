#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/check.h"

int address_parse(const char *host, uint16_t port, union address *address, socklen_t *len)
{
    *address = (union address){0};
    if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        *len = sizeof address->v4;
        return 0;
    }
    if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        *len = sizeof address->v6;
        return 0;
    }
    return -EINVAL;
}

struct ip address_ip(const union address *address)
{
    struct ip ip;
    if (address->any.sa_family == AF_INET)
        return ip_v4((const uint8_t *)&address->v4.sin_addr);
    memcpy(ip.bytes, &address->v6.sin6_addr, sizeof ip.bytes);
    return ip;
}

uint16_t address_bound_port(int fd)
{
    union address address;
    socklen_t len = sizeof address;
    CHECK(getsockname(fd, &address.any, &len) == 0);
    return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}
