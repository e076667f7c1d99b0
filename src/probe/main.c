/* parley-probe: tells by its exit code whether a server lives: parley-probe [PORT [PATH]].
 *
 * For the health checks of containers, whose image has no other HTTP client. Asks 127.0.0.1 over
 * plain HTTP; by default on the server's HTTP_PORT, for /livez. Exit codes: 0 answered with 200; 1
 * anything else, told on standard error. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HTTP_PORT_DEFAULT = 3001, PATIENCE_S = 2, REQUEST_BYTES_MAX = 512 };

static int fail(const char *step)
{
    fprintf(stderr, "parley-probe: %s: %s\n", step, strerror(errno));
    return 1;
}

/* 0 when the text is no port. */
static uint16_t port_of(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    return *text >= '1' && *text <= '9' && *end == '\0' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* A connection to this machine, on which nothing takes longer than PATIENCE_S; or -1. */
static int connect_to(uint16_t port)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads the status line's beginning, which may come in pieces; false when it does not come. */
static bool read_status(int fd, char status[static 13])
{
    size_t have = 0;
    while (have < 12) {
        ssize_t count = recv(fd, status + have, 12 - have, 0);
        if (count == 0)
            errno = ECONNRESET;
        if (count <= 0)
            return false;
        have += (size_t)count;
    }
    status[12] = '\0';
    return true;
}

int main(int argc, char **argv)
{
    const char *asked = argc > 1 ? argv[1] : getenv("HTTP_PORT");
    const char *path = argc > 2 ? argv[2] : "/livez";
    uint16_t port = asked != NULL ? port_of(asked) : HTTP_PORT_DEFAULT;
    char request[REQUEST_BYTES_MAX];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
    if (argc > 3 || port == 0 || path[0] != '/' || len >= (int)sizeof request) {
        fprintf(stderr, "Usage: parley-probe [PORT [/PATH]]\n");
        return 1;
    }
    int fd = connect_to(port);
    if (fd < 0)
        return fail("cannot connect");
    if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
        return fail("cannot ask");
    char status[13];
    if (!read_status(fd, status))
        return fail("no answer");
    close(fd);
    if (memcmp(status, "HTTP/1.1 200", 12) == 0)
        return 0;
    fprintf(stderr, "parley-probe: %s was answered: %s\n", path, status);
    return 1;
}
