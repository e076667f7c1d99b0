/* udp.h: sockets that share a UDP port, and many datagrams per system call.
 *
 * A struct udp_inbox or a struct relay_outbox is used by one thread. */
#ifndef PARLEY_NET_UDP_H
#define PARLEY_NET_UDP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "media/relay.h"

/* Datagrams that are taken at once. */
enum { UDP_INBOX_MAX = 64 };

/* Opens `count` sockets on `host` (numeric) and *port; port 0 is replaced by the one the kernel
 * chose. Datagrams of one SSRC come to one socket. 0 or -errno, then none is open. */
int udp_open(const char *host, uint16_t *port, uint32_t count, int *fds)
    __attribute__((warn_unused_result));

/* Whether a datagram sent to `host`, a name or an address, comes in at one of the sockets; another
 * one that comes in meanwhile is lost. Waits for it for up to `wait_ms`. */
bool udp_reaches(const char *host, uint16_t port, const int *fds, uint32_t count, int wait_ms);

struct udp_inbox {
    struct mmsghdr headers[UDP_INBOX_MAX];
    struct iovec vectors[UDP_INBOX_MAX];
    struct relay_address from[UDP_INBOX_MAX];
    uint8_t bytes[UDP_INBOX_MAX][RELAY_IN_BYTES_MAX + 1]; /* one more shows what is too long */
};

void udp_inbox_init(struct udp_inbox *inbox);
/* Waits for a datagram, for at most what the socket's timeout is, and takes those that are there.
 * Returns how many: from[i], bytes[i], and headers[i].msg_len hold them. */
uint32_t udp_receive(int fd, struct udp_inbox *inbox);

struct udp_sender {
    struct mmsghdr headers[RELAY_OUTBOX_MAX];
    struct iovec vectors[RELAY_OUTBOX_MAX];
};

void udp_sender_init(struct udp_sender *sender);
/* Sends what is in the outbox and empties it; never waits. Returns how many the system did not
 * take. */
uint32_t udp_send(int fd, struct udp_sender *sender, struct relay_outbox *outbox);

#endif
