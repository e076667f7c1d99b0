/* address.h: the addresses that sockets are bound to and accept from: IPv4 and IPv6. Any thread. */
#ifndef PARLEY_NET_ADDRESS_H
#define PARLEY_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/ip.h"

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage; /* as much as the kernel may write */
};

/* A numeric address such as 127.0.0.1 or ::1; -EINVAL for anything else. */
int address_parse(const char *host, uint16_t port, union address *address, socklen_t *len)
    __attribute__((warn_unused_result));
/* Without its port; of a socket's peer. */
struct ip address_ip(const union address *address);
/* The port that a bound socket has got. */
uint16_t address_bound_port(int fd);

#endif
