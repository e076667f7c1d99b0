/* parley-probe: tells by its exit code whether a server lives: parley-probe [PORT [PATH]].
 *
 * For the health checks of containers, whose image has no other HTTP client. It reads the settings
 * that it shares with the server (the environment, and a configuration file that PARLEY_CONFIG
 * names), and asks where they say, over TLS when they say so; by default for /livez. Exit codes: 0
 * answered with 200; 1 anything else, told on standard error. */
#include <errno.h>
#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "config.h"

enum { PATIENCE_S = 2, REQUEST_BYTES_MAX = 512, STATUS_BYTES = 12 };

static int fail(const char *step)
{
    unsigned long error = ERR_get_error();
    const char *reason = error != 0 ? ERR_reason_error_string(error) : NULL;
    fprintf(stderr, "parley-probe: %s: %s\n", step, reason != NULL ? reason : strerror(errno));
    return 1;
}

/* 0 when the text is no port. */
static uint16_t port_of(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    return *text >= '1' && *text <= '9' && *end == '\0' && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* A port that serves /livez; 0 when the kernel has chosen it. */
static uint16_t port_set(const struct config *config)
{
    return config->http_port_on && config->http_port != 0 ? config->http_port : config->port;
}

/* A connection to the server, on which nothing takes longer than PATIENCE_S; or -1. */
static int connect_to(const char *host, uint16_t port)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    bool everywhere = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    struct addrinfo *address;
    char service[6];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    if (getaddrinfo(everywhere ? "127.0.0.1" : host, service, &numeric, &address) != 0)
        return -1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 &&
                     setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
                     setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
                     connect(fd, address->ai_addr, address->ai_addrlen) == 0;
    freeaddrinfo(address);
    if (connected || fd < 0)
        return fd;
    close(fd);
    return -1;
}

/* What is written to and read from the connection, which it takes. With TLS nobody's certificate is
 * looked at: whether the server lives is the question, and no secret goes over. NULL: no memory. */
static BIO *open_channel(int fd, bool tls)
{
    BIO *channel = BIO_new_socket(fd, BIO_CLOSE);
    if (!tls || channel == NULL)
        return channel;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    BIO *secure = context != NULL ? BIO_new_ssl(context, 1) : NULL;
    SSL_CTX_free(context); /* which the BIO has a share of */
    return secure != NULL ? BIO_push(secure, channel) : NULL;
}

/* Reads the status line's beginning, which may come in pieces; false when it does not come. */
static bool read_status(BIO *channel, char status[static STATUS_BYTES + 1])
{
    int have = 0;
    while (have < STATUS_BYTES) {
        errno = ECONNRESET; /* unless the system says something else */
        int count = BIO_read(channel, status + have, STATUS_BYTES - have);
        if (count <= 0)
            return false;
        have += count;
    }
    status[STATUS_BYTES] = '\0';
    return true;
}

/* Returns the exit code. */
static int ask_on(BIO *channel, const char *path, struct str request)
{
    char status[STATUS_BYTES + 1];
    errno = ECONNRESET; /* unless the system says something else */
    if (BIO_write(channel, request.base, (int)request.len) != (int)request.len)
        return fail("cannot ask");
    if (!read_status(channel, status))
        return fail("no answer");
    if (memcmp(status, "HTTP/1.1 200", STATUS_BYTES) == 0)
        return 0;
    fprintf(stderr, "parley-probe: %s was answered: %s\n", path, status);
    return 1;
}

static int ask(const struct config *config, uint16_t port, const char *path, struct str request)
{
    int fd = connect_to(config->host, port);
    if (fd < 0)
        return fail("cannot connect");
    BIO *channel = open_channel(fd, config->tls_cert != NULL);
    if (channel == NULL)
        return fail("cannot use TLS");
    int result = ask_on(channel, path, request);
    BIO_free_all(channel);
    return result;
}

int main(int argc, char **argv)
{
    struct config config;
    signal(SIGPIPE, SIG_IGN);
    int result = 1;
    if (config_read(&config, 1, argv, stdout, stderr) == CONFIG_RUN) {
        const char *path = argc > 2 ? argv[2] : "/livez";
        uint16_t port = argc > 1 ? port_of(argv[1]) : port_set(&config);
        char request[REQUEST_BYTES_MAX];
        int len = snprintf(request, sizeof request,
                           "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
        if (argc > 3 || port == 0 || path[0] != '/' || len >= (int)sizeof request)
            fprintf(stderr, "Usage: parley-probe [PORT [/PATH]]\n");
        else
            result = ask(&config, port, path, (struct str){request, (size_t)len});
    }
    config_clear(&config);
    return result;
}
