/* frame.h: one encoded WebSocket frame, shared by all its receivers on one worker.
 *
 * Counted references, not atomic: a frame never leaves its worker. Its memory comes from the
 * worker's spares, which must outlive it. */
#ifndef PARLEY_RUNTIME_FRAME_H
#define PARLEY_RUNTIME_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/spares.h"
#include "json/codec.h"

/* RFC 6455, 5.2: those that the egress treats apart. */
enum { FRAME_TEXT = 0x1, FRAME_CLOSE = 0x8, FRAME_PING = 0x9, FRAME_PONG = 0xa };

struct frame {
    union {
        uint64_t key;       /* DELIVERY_LATEST, DELIVERY_SEAL: hash of service and key */
        struct frame *next; /* a Pong, which waits in one queue only: the next Pong there */
    };
    struct spares *spares;
    uint32_t references; /* who holds the last one frees */
    uint32_t len;        /* of bytes: header and payload, ready for the wire */
    uint8_t delivery;    /* enum delivery; DELIVERY_RELIABLE when new */
    uint8_t opcode;      /* RFC 6455, 5.2 */
    uint16_t event;      /* DELIVERY_LATEST: its number in its service */
    uint8_t bytes[];
};

/* A frame of one unmasked, unfragmented message with room for `len` payload bytes; *payload is
 * where they go. One reference, the caller's. NULL when memory is short. */
struct frame *frame_new(struct spares *spares, uint8_t opcode, size_t len, uint8_t **payload)
    __attribute__((warn_unused_result));
/* Bytes that are ready for the wire as they are, header and all: what a moved session had queued.
 */
struct frame *frame_of_wire(struct spares *spares, struct str bytes)
    __attribute__((warn_unused_result));
static inline struct frame *frame_keep(struct frame *frame)
{
    frame->references++;
    return frame;
}
void frame_release(struct frame *frame);

#endif
