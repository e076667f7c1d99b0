/* websocket.h: RFC 6455 framing as a pure function of bytes: no socket, no clock.
 *
 * Bytes go in as they came from the socket; complete messages and control frames come out through
 * struct ws_sink. A message that lies whole in the input is unmasked in place and handed out
 * without a copy. Between messages a connection keeps nothing (*rx is NULL); in the middle of one
 * it keeps the bytes that have arrived, never more than that in proportion. */
#ifndef PARLEY_NET_WEBSOCKET_H
#define PARLEY_NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum ws_opcode {
    WS_CONTINUATION = 0x0,
    WS_TEXT = 0x1,
    WS_BINARY = 0x2,
    WS_CLOSE = 0x8,
    WS_PING = 0x9,
    WS_PONG = 0xa
};

/* What a Close without a code is taken for (RFC 6455, 7.4.1); never sent. */
enum { WS_CLOSE_NO_STATUS = 1005 };

/* What is kept between reads while a frame or a fragmented message is incomplete. */
struct ws_rx;

enum ws_next {
    WS_GO_ON,
    WS_STOP /* the sink wants no more: the rest of the input is left to the caller (moved, paused,
               closing) */
};

/* Called in the order of the wire. The bytes are only valid during the call, and may be changed by
 * it. When a function says WS_STOP, the parser does not touch the connection's ws_rx any more: it
 * may be freed in the call. */
struct ws_sink {
    enum ws_next (*message)(void *context, enum ws_opcode opcode, uint8_t *bytes,
                            size_t len); /* WS_TEXT (valid UTF-8) or WS_BINARY */
    /* WS_PING, WS_PONG, or WS_CLOSE with its code (WS_CLOSE_NO_STATUS when it has none) and its
     * reason in bytes. */
    enum ws_next (*control)(void *context, enum ws_opcode opcode, uint16_t close_code,
                            const uint8_t *bytes, size_t len);
};

struct ws_limits {
    size_t message_bytes_max; /* a longer message, in one frame or many, fails with 1009, by the
                                 header that says so */
    uint32_t fragments_max;   /* frames of one message, at least 1; more fail with 1008 */
};

struct ws_fed {
    size_t consumed; /* == len unless stopped or failed; what comes after a Close frame is left */
    uint16_t close_code; /* 0, or the connection must be failed with this code (RFC 6455, 7.1.7) */
    struct str reason;   /* for the Close frame, static */
    bool stopped;        /* a sink function said WS_STOP, or a Close frame came: nothing may follow
                            it (RFC 6455, 5.5.1) */
};

/* Feeds bytes from a client (all frames masked). `bytes` are unmasked in place. What the sink is
 * told and how it ends does not depend on how the stream is cut into calls. A frame fails at the
 * byte that breaks a rule. After close_code != 0 feed no more. */
struct ws_fed ws_feed(struct ws_rx **rx, const struct ws_limits *limits, const struct ws_sink *sink,
                      void *context, uint8_t *bytes, size_t len);
void ws_rx_free(struct ws_rx **rx);

/* A connection in the middle of a message changes threads as is: ws_rx is plain memory from malloc.
 */

/* Payload of a Close frame: code and reason, cut to 123 bytes at a character's edge. Returns its
 * length (0 for WS_CLOSE_NO_STATUS). */
size_t ws_write_close(uint8_t out[125], uint16_t code, struct str reason);
/* RFC 6455, 7.4: codes that may appear in a Close frame. */
bool ws_close_code_valid(uint16_t code);
/* RFC 6455, 4.2.2: base64(SHA-1(key + GUID)) of a valid key. */
enum { WS_ACCEPT_BYTES = 28 };
void ws_accept_key(struct str key, char accept[WS_ACCEPT_BYTES]);
/* RFC 6455, 4.2.1: base64 of 16 bytes. */
bool ws_key_valid(struct str key);

#endif
