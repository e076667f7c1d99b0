/* floor.c: what the kernel alone costs: a bare epoll program that moves the same bytes as the
 * server with one read and one write, and understands none of them.
 *
 * A client says in the path of its upgrade request what is to be done with its bytes, and how long
 * the frames are in either direction:
 *
 *   /floor/echo/IN/OUT    each IN bytes go back as OUT
 *   /floor/relay/IN/OUT   each IN bytes go as OUT to the partner: connections pair up as they come
 *   /floor/cast/IN/OUT/N  each IN bytes go as OUT to all N of a room; rooms fill up as connections
 *                         come, the first again when all are gone
 *   /floor/room/IN/OUT/N  likewise to the N - 1 others
 *
 * The 101 is always the same one, a greeting of the length of chat's follows in the same write, and
 * clients mask with a key of zero: OUT is a plain frame header, then the IN bytes' payload, cut or
 * filled with spaces. One thread, 127.0.0.1 only, for benchmarks only: it trusts its client.
 *
 *   bench_floor [PORT]    prints the address it listens at; ends with SIGTERM */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PEERS_MAX = 32768, /* by descriptor */
    FRAME_MAX = 4104,
    READ_BYTES = 65536,
    GROWTH_MAX = 4, /* OUT may be this many times IN */
    EVENTS_MAX = 256,
    MASKED_HEADER = 6, /* of a frame below 126 payload bytes (RFC 6455, 5.2); 8 above */
    PLAIN_HEADER = 2   /* likewise; 4 above */
};

enum mode { MODE_NONE, MODE_ECHO, MODE_RELAY, MODE_CAST, MODE_ROOM };

struct peer {
    enum mode mode; /* MODE_NONE until upgraded */
    uint32_t in, out;
    int partner;      /* MODE_RELAY; -1 while alone */
    uint32_t seat;    /* MODE_CAST, MODE_ROOM */
    uint32_t members; /* likewise: of a room */
    uint32_t rest_len;
    uint8_t rest[FRAME_MAX];
};

static struct peer peers[PEERS_MAX];
static int seats[PEERS_MAX]; /* of all rooms, one behind the other: who sits there; -1 for nobody */
static uint32_t seats_used, seats_taken;
static int lonely = -1; /* the relay connection that waits for a partner */

static uint8_t input[FRAME_MAX + READ_BYTES];
static uint8_t output[(FRAME_MAX + READ_BYTES) * GROWTH_MAX];

static void die(const char *what)
{
    fprintf(stderr, "bench_floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put(int fd, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
        return;
    if (n < 0 || (size_t)n != len)
        die("a client that does not read");
}

static void upgrade(int fd, size_t len)
{
    /* RFC 6455, 1.3: the answer to the key that the load generator sends. */
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\n"
                                 "Connection: upgrade\r\n"
                                 "Upgrade: websocket\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                 "\r\n"
                                 "\x81\x47{\"type\":\"connected\",\"client_id\":"
                                 "\"003ad7e2-c896-4bc7-803c-6fa305139233\"}";
    struct peer *peer = &peers[fd];
    char word[8];
    unsigned in, out, members = 0;
    input[len] = 0;
    if (sscanf((char *)input, "GET /floor/%5[a-z]/%u/%u/%u ", word, &in, &out, &members) < 3 ||
        in == 0 || in > FRAME_MAX || out > in * GROWTH_MAX)
        return;
    *peer = (struct peer){.in = in, .out = out, .partner = -1};
    if (strcmp(word, "echo") == 0) {
        peer->mode = MODE_ECHO;
    } else if (strcmp(word, "relay") != 0 && members > 0 && seats_used < PEERS_MAX) {
        peer->mode = strcmp(word, "cast") == 0 ? MODE_CAST : MODE_ROOM;
        peer->members = members;
        peer->seat = seats_used++;
        seats[peer->seat] = fd;
        seats_taken++;
    } else {
        peer->mode = MODE_RELAY;
        peer->partner = lonely;
        if (lonely >= 0)
            peers[lonely].partner = fd;
        lonely = lonely >= 0 ? -1 : fd;
    }
    put(fd, (const uint8_t *)answer, sizeof answer - 1);
}

/* Turns `in` bytes of a client's frame into `out` bytes of a server's. */
static void reframe(uint8_t *to, const uint8_t *from, const struct peer *peer)
{
    size_t long_in = peer->in >= MASKED_HEADER + 126 ? 2 : 0;
    size_t long_out = peer->out >= PLAIN_HEADER + 126 ? 2 : 0;
    size_t has = peer->in - MASKED_HEADER - long_in, wants = peer->out - PLAIN_HEADER - long_out;
    to[0] = 0x81;
    to[1] = long_out ? 126 : (uint8_t)wants;
    if (long_out) {
        to[2] = (uint8_t)(wants >> 8);
        to[3] = (uint8_t)wants;
    }
    to += PLAIN_HEADER + long_out;
    memcpy(to, from + MASKED_HEADER + long_in, has < wants ? has : wants);
    if (has < wants)
        memset(to + has, ' ', wants - has);
}

static void forward(int fd, size_t len)
{
    struct peer *peer = &peers[fd];
    size_t at = 0, out = 0;
    for (; len - at >= peer->in; at += peer->in, out += peer->out)
        reframe(output + out, input + at, peer);
    peer->rest_len = (uint32_t)(len - at);
    memcpy(peer->rest, input + at, len - at);
    if (out == 0)
        return;
    if (peer->mode == MODE_ECHO) {
        put(fd, output, out);
    } else if (peer->mode == MODE_RELAY) {
        if (peer->partner >= 0)
            put(peer->partner, output, out);
    } else {
        uint32_t first = peer->seat / peer->members * peer->members;
        for (uint32_t i = first; i < first + peer->members && i < seats_used; i++) {
            if (seats[i] >= 0 && (seats[i] != fd || peer->mode == MODE_CAST))
                put(seats[i], output, out);
        }
    }
}

static void drop(int fd)
{
    struct peer *peer = &peers[fd];
    if (peer->mode == MODE_RELAY && peer->partner >= 0)
        peers[peer->partner].partner = -1;
    if (lonely == fd)
        lonely = -1;
    if (peer->mode == MODE_CAST || peer->mode == MODE_ROOM) {
        seats[peer->seat] = -1;
        if (--seats_taken == 0)
            seats_used = 0;
    }
    peer->mode = MODE_NONE;
    peer->rest_len = 0;
    close(fd);
}

static void serve(int fd)
{
    struct peer *peer = &peers[fd];
    size_t len = peer->rest_len;
    memcpy(input, peer->rest, len);
    ssize_t n = recv(fd, input + len, READ_BYTES - 1, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        drop(fd);
    else if (peer->mode == MODE_NONE)
        upgrade(fd, len + (size_t)n);
    else
        forward(fd, len + (size_t)n);
}

static void accept_all(int epoll, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN)
            return;
        if (fd < 0 || fd >= PEERS_MAX)
            die("accept");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
            die("epoll_ctl");
    }
}

static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    int listener = listen_on(argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS_MAX];
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
        die("epoll");
    for (;;) {
        int n = epoll_wait(epoll, events, EVENTS_MAX, -1);
        if (n < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                serve(events[i].data.fd);
        }
    }
}
