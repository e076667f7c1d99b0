/* server_process.h: the server's own code with a service of the test's, in a process of its own,
 * and a client that speaks to it over a real socket. */
#ifndef PARLEY_TESTS_UNIT_SERVER_PROCESS_H
#define PARLEY_TESTS_UNIT_SERVER_PROCESS_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "net/server.h"
#include "tests/unit/line_codec.h"
#include "tests/unit/test.h"

struct server_process {
    pid_t pid;
    struct sockaddr_in address;
};

/* What the server needs to be told. */
static inline struct config server_config(uint16_t port)
{
    return (struct config){
        .host = "127.0.0.1",
        .port = port,
        .workers = 2,
        .connections_max = 64,
        .connections_per_address_max = 64,
        .header_bytes_max = 8192,
        .header_timeout_ms = 5000,
        .idle_timeout_ms = 60000,
        .close_timeout_ms = 2000,
        .shutdown_timeout_ms = 5000,
        .egress_messages_max = 4096,
        .egress_bytes_max = 1 << 20,
        .strikes_max = 10,
        .strikes_refill_ms = 100,
        .guesses_max = 10,
        .guesses_refill_ms = 100,
    };
}

/* Runs a server whose only service speaks lines, at /, until it is stopped; `store` may be NULL. */
static inline int server_serve(const struct config *config, const struct service *service,
                               const struct store_link *store)
{
    const struct hub_binding binding = {.service = service, .codec = &line_codec};
    static const struct server_route route = {STR_INIT("/"), 0};
    const struct server_setup setup = {
        .config = config,
        .bindings = &binding,
        .bindings_count = 1,
        .store = store,
        .routes = &route,
        .routes_count = 1,
        .version = STR_INIT("test"),
        .message_bytes_max = LINE_BYTES_MAX,
        .fragments_max = 16,
    };
    return server_run(&setup);
}

/* A port that was free a moment ago. */
static inline uint16_t server_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(bind(fd, (struct sockaddr *)&address, len) == 0);
    EXPECT(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static inline struct server_process server_start(int (*serve)(uint16_t port))
{
    struct server_process server = {0};
    uint16_t port = server_free_port();
    server.address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server.pid = fork();
    if (server.pid == 0) {
        log_start(LOG_WARN, LOG_TEXT);
        exit(serve(port)); /* with what sanitizers say of it */
    }
    return server;
}

/* Waits for the end of one that was told to stop. */
static inline void server_wait(const struct server_process *server)
{
    int status = -1;
    EXPECT(waitpid(server->pid, &status, 0) == server->pid);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline void server_stop(const struct server_process *server)
{
    EXPECT(kill(server->pid, SIGTERM) == 0);
    server_wait(server);
}

static inline void client_read(int fd, char *out, size_t len)
{
    while (len > 0) {
        ssize_t got = recv(fd, out, len, 0);
        EXPECT(got > 0);
        if (got <= 0)
            return;
        out += got;
        len -= (size_t)got;
    }
}

/* A connection, once the server listens. */
static inline int client_open(const struct server_process *server)
{
    const struct timeval patience = {.tv_sec = 20};
    int fd;
    do {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (const struct sockaddr *)&server->address, sizeof server->address) == 0)
            break;
        close(fd);
    } while (waitpid(server->pid, NULL, WNOHANG) == 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* A WebSocket; its greeting, if there is one, is unread. */
static inline int client_connect(const struct server_process *server)
{
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    int fd = client_open(server);
    EXPECT(send(fd, request, sizeof request - 1, 0) == sizeof request - 1);
    char head[1024] = "";
    for (size_t len = 0; strstr(head, "\r\n\r\n") == NULL && len + 1 < sizeof head; len++)
        client_read(fd, head + len, 1);
    EXPECT(strncmp(head, "HTTP/1.1 101 ", 13) == 0);
    return fd;
}

/* Writes a masked text frame, with a mask of zeros; returns its length. For up to 125 bytes. */
static inline size_t client_frame(char *out, struct str text)
{
    out[0] = (char)0x81;
    out[1] = (char)(0x80 | text.len);
    memset(out + 2, 0, 4);
    memcpy(out + 6, text.base, text.len);
    return 6 + text.len;
}

static inline void client_expect(int fd, const char *expected)
{
    char header[2], text[126] = "";
    client_read(fd, header, 2);
    EXPECT_EQ_INT(header[0], (char)0x81);
    client_read(fd, text, (size_t)header[1] & 127);
    EXPECT_EQ_STR(text, expected);
}

#endif
