#include "ctl/ask.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* A page of the longest names there can be stays below. */
enum { ANSWER_BYTES_MAX = 4 << 20, REQUEST_BYTES_MAX = 16 * 1024, PATIENCE_S = 10 };

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("parleyctl: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* A connection on which nothing takes longer than PATIENCE_S; -1 when there is none, which was
 * told.
 */
static int connect_to(const struct server_at *server)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    int error = getaddrinfo(server->host, server->port, &wanted, &found);
    if (error != 0) {
        tell("%s: %s", server->host, gai_strerror(error));
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
            connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            error = errno;
            if (fd >= 0)
                close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        tell("no server at %s, port %s: %s", server->host, server->port, strerror(error));
    return fd;
}

static bool send_request(int fd, const struct server_at *server, const char *path, const char *body)
{
    char request[REQUEST_BYTES_MAX];
    bool is_v6 = strchr(server->host, ':') != NULL;
    int len = snprintf(
        request, sizeof request,
        "%s %s HTTP/1.1\r\nHost: %s%s%s:%s\r\nConnection: close\r\n"
        "%s%s%sContent-Length: %zu\r\n\r\n%s",
        body != NULL ? "POST" : "GET", path, is_v6 ? "[" : "", server->host, is_v6 ? "]" : "",
        server->port, server->token != NULL ? "Authorization: Bearer " : "",
        server->token != NULL ? server->token : "", server->token != NULL ? "\r\n" : "",
        body != NULL ? strlen(body) : 0, body != NULL ? body : "");
    if (len >= (int)sizeof request) {
        tell("this is too long");
        return false;
    }
    if (send(fd, request, (size_t)len, MSG_NOSIGNAL) == len)
        return true;
    tell("cannot ask: %s", strerror(errno));
    return false;
}

/* All that comes until the server closes, as a string; NULL when it does not, which was told. */
static char *read_answer(int fd)
{
    char *answer = malloc(ANSWER_BYTES_MAX);
    size_t len = 0;
    ssize_t got = 1;
    while (answer != NULL && got > 0 && len < ANSWER_BYTES_MAX - 1) {
        got = recv(fd, answer + len, ANSWER_BYTES_MAX - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
    }
    if (answer == NULL || got != 0) {
        tell("no answer: %s", answer == NULL || got < 0 ? strerror(errno) : "it is too long");
        free(answer);
        return NULL;
    }
    answer[len] = '\0';
    return answer;
}

/* The body of an answer that is no refusal. */
static cJSON *read_body(const char *answer)
{
    const char *body = strstr(answer, "\r\n\r\n");
    cJSON *value = body != NULL ? cJSON_Parse(body + 4) : NULL;
    if (value == NULL || strncmp(answer, "HTTP/1.1 ", 9) != 0) {
        tell("this is no answer of an admin port");
    } else if (strncmp(answer + 9, "200 ", 4) != 0) {
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(value, "message"));
        tell("%s", message != NULL ? message : "the server refuses");
    } else {
        return value;
    }
    cJSON_Delete(value);
    return NULL;
}

cJSON *ask(const struct server_at *server, const char *path, const cJSON *body)
{
    char *text = body != NULL ? cJSON_PrintUnformatted(body) : NULL;
    int fd = connect_to(server);
    cJSON *value = NULL;
    if (fd >= 0 && send_request(fd, server, path, text)) {
        char *answer = read_answer(fd);
        if (answer != NULL)
            value = read_body(answer);
        free(answer);
    }
    if (fd >= 0)
        close(fd);
    cJSON_free(text);
    return value;
}
