/* client.h: one WebSocket client connection of the load generator, as cheap as it can be.
 *
 * Opening one blocks; so does client_receive. Once the measured part runs, client_read hands out
 * whatever has arrived without waiting. Anything that is not as it should be ends the program with
 * a message: a load generator that goes on after a wrong answer measures nothing. */
#ifndef PARLEY_BENCH_CLIENT_H
#define PARLEY_BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Largest payload of a frame in either direction: the ACK of one who joins a thousand is 40 KiB. */
enum { CLIENT_PAYLOAD_MAX = 65535 };
/* Largest header: a client's frame of up to 65,535 bytes (RFC 6455, 5.2). */
enum { CLIENT_HEADER_MAX = 8 };

struct client {
    int fd;
    uint32_t number;
    uint32_t mask;     /* state of the masking keys' generator; 0: keys are zero */
    uint32_t sent;     /* messages so far; the users' own */
    uint32_t received; /* likewise */
    uint32_t rest_len; /* bytes of a frame that has not arrived whole */
    uint8_t *rest;     /* NULL while there is none */
};

/* Where a client connects, and how. */
struct client_target {
    uint32_t address; /* IPv4, network order */
    uint16_t port;    /* network order */
    const char *path;
    bool masked;  /* false: frames carry a masking key of zero, so that the floor need not unmask */
    bool greeted; /* the server speaks first */
};

/* Prints the message and exits with 1. */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Connects and sends the upgrade request. */
void client_open(struct client *client, const struct client_target *target, uint32_t number);
/* Waits for the 101 and checks it, then for the greeting if there is to be one. */
void client_await_upgrade(struct client *client, const struct client_target *target);
void client_close(struct client *client);

/* Appends one masked text frame to `out`, which has room for CLIENT_HEADER_MAX + len bytes; returns
 * its length. */
size_t client_frame(struct client *client, uint8_t *out, struct str payload);
/* Sends all bytes at once; a socket that does not take them has fallen behind, which is a failure.
 */
void client_send(const struct client *client, const uint8_t *bytes, size_t len);
/* One frame, now. */
void client_say(struct client *client, struct str payload);
/* Waits for one text frame; its payload lies in `into`. */
struct str client_receive(struct client *client, char into[CLIENT_PAYLOAD_MAX]);

/* Reads once, without waiting, and calls `each` for every text message that is complete. Pings are
 * answered. */
void client_read(struct client *client,
                 void (*each)(void *context, struct client *client, struct str payload),
                 void *context);

#endif
