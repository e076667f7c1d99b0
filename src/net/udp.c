#include "net/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/check.h"
#include "net/address.h"

_Static_assert(sizeof(struct sockaddr_in6) <= RELAY_ADDRESS_BYTES, "an address fits");

/* For bursts that come while a thread is busy; the system may allow less. */
enum { SOCKET_BUFFER_BYTES = 4 << 20 };
/* How long a thread waits after an error that may come again at once, memory that is short. */
enum { ERROR_WAIT_MS = 1 };
/* How long a thread sleeps at most before it looks at its orders: without datagrams, they only
 * matter for the memory they take. */
enum { RECEIVE_TIMEOUT_MS = 100 };

/* Opening. */

static int bind_socket(const char *host, uint16_t port, bool shared)
{
    union address address;
    socklen_t len;
    int on = 1;
    int error = address_parse(host, port, &address, &len);
    if (error != 0)
        return error;
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if ((!shared || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
        bind(fd, &address.any, len) == 0)
        return fd;
    error = -errno;
    close(fd);
    return error;
}

static int set_options(int fd)
{
    const int bytes = SOCKET_BUFFER_BYTES;
    const struct timeval timeout = {.tv_usec = RECEIVE_TIMEOUT_MS * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0)
        return 0;
    return -errno;
}

/* Which of the `count` sockets, by the SSRC: at offset 8 of RTP, 4 of RTCP (RFC 5761, 4). Loading
 * beyond the end of a datagram gives the first. */
static int steer(int fd, uint32_t count)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 1),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 192, 0, 3),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 223, 2, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0
               ? 0
               : -errno;
}

/* Sockets that share a port would let a second server take half of a first one's datagrams; one
 * that does not share sees whether somebody is there. */
static int check_unused(const char *host, uint16_t port)
{
    int fd = bind_socket(host, port, false);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

int udp_open(const char *host, uint16_t *port, uint32_t count, int *fds)
{
    uint32_t opened = 0;
    int error = check_unused(host, *port);
    while (error == 0 && opened < count) {
        int fd = bind_socket(host, *port, true);
        if (fd < 0) {
            error = fd;
        } else {
            fds[opened++] = fd;
            *port = address_bound_port(fd);
            error = set_options(fd);
        }
    }
    if (error == 0 && count > 1)
        error = steer(fds[0], count);
    while (error != 0 && opened > 0)
        close(fds[--opened]);
    return error;
}

/* Reaching itself. */

enum { PROBE_BYTES = 32 };

/* False when there is none of the family, or it cannot be sent to. */
static bool send_probe(const char *host, uint16_t port, int family,
                       const uint8_t probe[PROBE_BYTES])
{
    char port_text[8];
    struct addrinfo wanted = {.ai_family = family, .ai_socktype = SOCK_DGRAM}, *found;
    if (family == AF_INET6)
        wanted.ai_flags = AI_V4MAPPED | AI_ALL;
    snprintf(port_text, sizeof port_text, "%u", (unsigned)port);
    if (getaddrinfo(host, port_text, &wanted, &found) != 0)
        return false;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_sent =
        fd >= 0 && sendto(fd, probe, PROBE_BYTES, 0, found->ai_addr, found->ai_addrlen) >= 0;
    freeaddrinfo(found);
    if (fd >= 0)
        close(fd);
    return is_sent;
}

/* Takes what has come to the socket; true when it was the probe. */
static bool take_probe(int fd, const uint8_t probe[PROBE_BYTES])
{
    uint8_t bytes[PROBE_BYTES + 1];
    ssize_t len;
    while ((len = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0) {
        if (len == PROBE_BYTES && memcmp(bytes, probe, PROBE_BYTES) == 0)
            return true;
    }
    return false;
}

bool udp_reaches(const char *host, uint16_t port, const int *fds, uint32_t count, int wait_ms)
{
    /* Beginning with 0 it is neither RTP nor RTCP and comes to the first socket or another. */
    uint8_t probe[PROBE_BYTES];
    union address own;
    socklen_t len = sizeof own;
    CHECK(getrandom(probe, sizeof probe, 0) == sizeof probe);
    probe[0] = 0;
    CHECK(getsockname(fds[0], &own.any, &len) == 0);
    if (!send_probe(host, port, own.any.sa_family, probe))
        return false;
    for (int waited_ms = 0; waited_ms <= wait_ms; waited_ms++) {
        for (uint32_t i = 0; i < count; i++) {
            if (take_probe(fds[i], probe))
                return true;
        }
        poll(NULL, 0, 1);
    }
    return false;
}

/* Receiving and sending. */

void udp_inbox_init(struct udp_inbox *inbox)
{
    for (uint32_t i = 0; i < UDP_INBOX_MAX; i++) {
        inbox->vectors[i] = (struct iovec){inbox->bytes[i], sizeof inbox->bytes[i]};
        inbox->headers[i] = (struct mmsghdr){
            .msg_hdr = {.msg_iov = &inbox->vectors[i],
                        .msg_iovlen = 1,
                        .msg_name = inbox->from[i].bytes,
                        .msg_namelen = sizeof inbox->from[i].bytes},
        };
    }
}

uint32_t udp_receive(int fd, struct udp_inbox *inbox)
{
    int count = recvmmsg(fd, inbox->headers, UDP_INBOX_MAX, MSG_WAITFORONE, NULL);
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &inbox->headers[i].msg_hdr;
        inbox->from[i].len = (uint8_t)header->msg_namelen;
        header->msg_namelen = sizeof inbox->from[i].bytes; /* for the next time */
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        poll(NULL, 0, ERROR_WAIT_MS);
    return count > 0 ? (uint32_t)count : 0;
}

void udp_sender_init(struct udp_sender *sender)
{
    for (uint32_t i = 0; i < RELAY_OUTBOX_MAX; i++)
        sender->headers[i] =
            (struct mmsghdr){.msg_hdr = {.msg_iov = &sender->vectors[i], .msg_iovlen = 1}};
}

uint32_t udp_send(int fd, struct udp_sender *sender, struct relay_outbox *outbox)
{
    for (uint32_t i = 0; i < outbox->count; i++) {
        struct relay_datagram *datagram = &outbox->datagrams[i];
        struct msghdr *header = &sender->headers[i].msg_hdr;
        sender->vectors[i] = (struct iovec){datagram->bytes, datagram->len};
        header->msg_name = (void *)(uintptr_t)datagram->to->bytes;
        header->msg_namelen = datagram->to->len;
    }
    uint32_t done = 0, unsent = 0;
    while (done < outbox->count) {
        int count = sendmmsg(fd, sender->headers + done, outbox->count - done, MSG_DONTWAIT);
        if (count > 0) {
            done += (uint32_t)count;
        } else if (errno != EINTR) {
            done++; /* this one cannot be sent */
            unsent++;
        }
    }
    outbox->count = 0;
    return unsent;
}
