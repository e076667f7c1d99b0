/* closes.h: how the server ends a WebSocket: the code and the reason of its Close frame.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Constants; any thread. */
#ifndef PARLEY_GENERATED_CLOSES_H
#define PARLEY_GENERATED_CLOSES_H

#include <stdint.h>

#include "base/str.h"

enum close_name {
    /* Nothing is wrong with what the client did; it may come again. */
    CLOSE_STOPPING, /* 1001, the server is stopping */
    CLOSE_SILENT,   /* 1001, nothing was heard for too long */
    /* The client's frames are not those of RFC 6455. */
    CLOSE_RESERVED_BIT,            /* 1002, reserved bit set */
    CLOSE_UNKNOWN_FRAME,           /* 1002, unknown opcode */
    CLOSE_CONTROL_FRAGMENTED,      /* 1002, control frame in fragments */
    CLOSE_CONTINUATION_OF_NOTHING, /* 1002, continuation of no message */
    CLOSE_MESSAGE_INSIDE_MESSAGE,  /* 1002, new message inside a fragmented message */
    CLOSE_NOT_MASKED,              /* 1002, frame not masked */
    CLOSE_CONTROL_TOO_LONG,        /* 1002, control frame over 125 bytes */
    CLOSE_CLOSE_CODE_SHORT,        /* 1002, close code of one byte */
    CLOSE_CLOSE_CODE_INVALID,      /* 1002, invalid close code */
    CLOSE_LENGTH_NOT_SHORTEST,     /* 1002, length not in its shortest form */
    CLOSE_LENGTH_TOO_GREAT,        /* 1002, length over 63 bits */
    /* A text is not UTF-8. */
    CLOSE_TEXT_NOT_UTF8,   /* 1007, text not UTF-8 */
    CLOSE_REASON_NOT_UTF8, /* 1007, close reason not UTF-8 */
    /* The client does what it must not; to do the same again ends the same way. */
    CLOSE_TOO_MANY_INVALID,   /* 1008, too many invalid messages */
    CLOSE_TOO_MANY_GUESSES,   /* 1008, too many wrong guesses */
    CLOSE_TOO_MANY_MESSAGES,  /* 1008, too many messages */
    CLOSE_TOO_MANY_CONTROLS,  /* 1008, too many control frames */
    CLOSE_TOO_MANY_FRAGMENTS, /* 1008, message in too many fragments */
    CLOSE_NOT_IDENTIFIED,     /* 1008, not identified in time */
    CLOSE_DISCONNECTED,       /* 1008, disconnected by the server's administrator */
    /* A message is longer than frame_bytes_max. */
    CLOSE_MESSAGE_TOO_BIG, /* 1009, message too big */
    /* The server failed. */
    CLOSE_OUT_OF_MEMORY, /* 1011, out of memory */
    /* The client may come again after some seconds. */
    CLOSE_READING_TOO_SLOWLY, /* 1013, reading too slowly */
    CLOSE_SERVER_FULL,        /* 1013, the server is full */
    CLOSE_SERVER_BUSY,        /* 1013, the server is busy */
    CLOSE_MEMORY_SHORT,       /* 1013, the server is short of memory */
    /* What the client proved does not hold any more; it may come again with a new token. */
    CLOSE_TOKEN_EXPIRED, /* 3000, token expired */
    CLOSES,
};

struct close_said {
    uint16_t code; /* RFC 6455, 7.4, and IANA's registry */
    struct str reason;
};

extern const struct close_said close_said[CLOSES];

#endif
