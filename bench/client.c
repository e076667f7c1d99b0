#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SCRATCH_BYTES = 65536, RESPONSE_MAX = 4096, OPEN_TIMEOUT_S = 10 };
enum { OPCODE_TEXT = 0x1, OPCODE_CLOSE = 0x8, OPCODE_PING = 0x9, OPCODE_PONG = 0xa };

/* Every connection's input passes through here: the program has one thread. */
static uint8_t scratch[SCRATCH_BYTES];

/* A frame from the server as it lies in a buffer. */
struct incoming {
    uint8_t opcode;
    uint8_t *payload;
    size_t payload_len;
    size_t len; /* header and payload; 0: not yet complete */
};

void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bench_load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void client_open(struct client *client, const struct client_target *target, uint32_t number)
{
    *client = (struct client){.number = number, .mask = target->masked ? 0x9e3779b9u ^ number : 0};
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        fail("connection %u: no socket: %s (raise ulimit -n?)", number, strerror(errno));
    int on = 1;
    struct timeval timeout = {.tv_sec = OPEN_TIMEOUT_S};
    if (setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0)
        fail("connection %u: socket options: %s", number, strerror(errno));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = target->port, .sin_addr.s_addr = target->address};
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connection %u: cannot connect: %s", number, strerror(errno));

    /* The key of RFC 6455, 1.3, so that the expected answer is known. */
    char request[512];
    int len = snprintf(request, sizeof request,
                       "GET %s HTTP/1.1\r\n"
                       "Host: 127.0.0.1:%u\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "\r\n",
                       target->path, ntohs(target->port));
    if (len < 0 || (size_t)len >= sizeof request)
        fail("path too long");
    client_send(client, (const uint8_t *)request, (size_t)len);
}

/* Appends what arrives to `buffer`; blocking. */
static size_t receive_more(const struct client *client, uint8_t *buffer, size_t len,
                           size_t capacity)
{
    if (len == capacity)
        fail("connection %u: more than %zu bytes and still not complete", client->number, capacity);
    ssize_t n = recv(client->fd, buffer + len, capacity - len, 0);
    if (n < 0)
        fail("connection %u: %s", client->number,
             errno == EAGAIN ? "no answer in time" : strerror(errno));
    if (n == 0)
        fail("connection %u: closed by the server", client->number);
    return len + (size_t)n;
}

static void keep_rest(struct client *client, const uint8_t *bytes, size_t len)
{
    if (len > CLIENT_HEADER_MAX + CLIENT_PAYLOAD_MAX)
        fail("connection %u: a frame of more than %d bytes", client->number, CLIENT_PAYLOAD_MAX);
    if (len > 0 && client->rest == NULL) {
        client->rest = malloc(CLIENT_HEADER_MAX + CLIENT_PAYLOAD_MAX);
        if (client->rest == NULL)
            fail("out of memory");
    }
    if (len > 0)
        memmove(client->rest, bytes, len);
    client->rest_len = (uint32_t)len;
}

void client_await_upgrade(struct client *client, const struct client_target *target)
{
    uint8_t response[RESPONSE_MAX + 1];
    size_t len = 0;
    const char *end = NULL;
    while (end == NULL) {
        len = receive_more(client, response, len, RESPONSE_MAX);
        response[len] = 0;
        end = strstr((char *)response, "\r\n\r\n");
    }
    if (strncmp((char *)response, "HTTP/1.1 101 ", 13) != 0)
        fail("connection %u: not upgraded: %.60s", client->number, (char *)response);
    if (strstr((char *)response, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == NULL)
        fail("connection %u: upgraded with a wrong Sec-WebSocket-Accept", client->number);
    const uint8_t *frames = (const uint8_t *)end + 4;
    keep_rest(client, frames, len - (size_t)(frames - response));
    char greeting[CLIENT_PAYLOAD_MAX];
    if (target->greeted)
        client_receive(client, greeting);
}

void client_close(struct client *client)
{
    close(client->fd);
    free(client->rest);
    *client = (struct client){.fd = -1};
}

/* xorshift32: the keys only have to differ. */
static uint32_t next_mask(struct client *client)
{
    client->mask ^= client->mask << 13;
    client->mask ^= client->mask >> 17;
    client->mask ^= client->mask << 5;
    return client->mask;
}

static size_t write_frame(struct client *client, uint8_t opcode, uint8_t *out, struct str payload)
{
    if (payload.len > CLIENT_PAYLOAD_MAX)
        fail("a payload of %zu bytes", payload.len);
    size_t header = 2;
    out[0] = (uint8_t)(0x80 | opcode);
    if (payload.len < 126) {
        out[1] = (uint8_t)(0x80 | payload.len);
    } else {
        out[1] = 0x80 | 126;
        out[2] = (uint8_t)(payload.len >> 8);
        out[3] = (uint8_t)payload.len;
        header = 4;
    }
    uint32_t key = next_mask(client);
    memcpy(out + header, &key, 4);
    uint8_t *to = out + header + 4;
    memcpy(to, payload.base, payload.len);
    if (key != 0) {
        const uint8_t *mask = out + header;
        for (size_t i = 0; i < payload.len; i++)
            to[i] ^= mask[i % 4];
    }
    return header + 4 + payload.len;
}

size_t client_frame(struct client *client, uint8_t *out, struct str payload)
{
    return write_frame(client, OPCODE_TEXT, out, payload);
}

void client_send(const struct client *client, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(client->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        fail("connection %u: cannot send: %s", client->number,
             errno == EAGAIN ? "the server has fallen behind" : strerror(errno));
    if ((size_t)n != len)
        fail("connection %u: cannot send: the server has fallen behind", client->number);
}

void client_say(struct client *client, struct str payload)
{
    uint8_t frame[CLIENT_HEADER_MAX + CLIENT_PAYLOAD_MAX];
    client_send(client, frame, client_frame(client, frame, payload));
}

static struct incoming parse(const struct client *client, uint8_t *bytes, size_t len)
{
    struct incoming frame = {0};
    if (len < 2)
        return frame;
    size_t header = 2, payload = bytes[1];
    if ((bytes[0] & 0xf0) != 0x80 || payload > 126)
        fail("connection %u: frame header %02x %02x", client->number, bytes[0], bytes[1]);
    if (payload == 126) {
        if (len < 4)
            return frame;
        header = 4;
        payload = (size_t)bytes[2] << 8 | bytes[3];
    }
    if (len - header < payload)
        return frame;
    frame = (struct incoming){
        .opcode = bytes[0] & 0x0f,
        .payload = bytes + header,
        .payload_len = payload,
        .len = header + payload,
    };
    return frame;
}

/* True when it was a control frame, and has been dealt with. */
static bool take_control(struct client *client, const struct incoming *frame)
{
    if (frame->opcode == OPCODE_TEXT)
        return false;
    if (frame->opcode == OPCODE_CLOSE && frame->payload_len >= 2)
        fail("connection %u: the server closed it: %d %.*s", client->number,
             frame->payload[0] << 8 | frame->payload[1], (int)frame->payload_len - 2,
             (char *)frame->payload + 2);
    if (frame->opcode != OPCODE_PING)
        fail("connection %u: unexpected frame of opcode %d", client->number, frame->opcode);
    uint8_t pong[CLIENT_HEADER_MAX + 125];
    struct str payload = {(char *)frame->payload, frame->payload_len};
    client_send(client, pong, write_frame(client, OPCODE_PONG, pong, payload));
    return true;
}

struct str client_receive(struct client *client, char into[CLIENT_PAYLOAD_MAX])
{
    uint8_t buffer[2 * (CLIENT_HEADER_MAX + CLIENT_PAYLOAD_MAX)];
    size_t len = client->rest_len;
    if (len > 0)
        memcpy(buffer, client->rest, len);
    for (;;) {
        struct incoming frame = parse(client, buffer, len);
        if (frame.len == 0) {
            len = receive_more(client, buffer, len, sizeof buffer);
            continue;
        }
        bool control = take_control(client, &frame);
        if (!control)
            memcpy(into, frame.payload, frame.payload_len);
        len -= frame.len;
        memmove(buffer, buffer + frame.len, len);
        if (!control) {
            keep_rest(client, buffer, len);
            return (struct str){into, frame.payload_len};
        }
    }
}

void client_read(struct client *client,
                 void (*each)(void *context, struct client *client, struct str payload),
                 void *context)
{
    size_t len = client->rest_len, at = 0;
    if (len > 0)
        memcpy(scratch, client->rest, len);
    ssize_t n = recv(client->fd, scratch + len, sizeof scratch - len, MSG_DONTWAIT);
    if (n == 0)
        fail("connection %u: closed by the server", client->number);
    if (n < 0) {
        if (errno == EAGAIN)
            return;
        fail("connection %u: %s", client->number, strerror(errno));
    }
    len += (size_t)n;
    for (;;) {
        struct incoming frame = parse(client, scratch + at, len - at);
        if (frame.len == 0)
            break;
        if (!take_control(client, &frame))
            each(context, client, (struct str){(char *)frame.payload, frame.payload_len});
        at += frame.len;
    }
    keep_rest(client, scratch + at, len - at);
}
