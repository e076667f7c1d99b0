/* frame.h: one encoded WebSocket frame, shared by all its receivers on one worker.
 *
 * Counted references, not atomic: a frame never leaves its worker. */
#ifndef PARLEY_RUNTIME_FRAME_H
#define PARLEY_RUNTIME_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "json/codec.h"

struct frame {
    uint32_t references;
    uint32_t len;     /* of bytes: header and payload, ready for the wire */
    uint64_t key;     /* DELIVERY_LATEST: hash of service, event and key; 0 otherwise */
    uint8_t delivery; /* enum delivery */
    uint8_t opcode;   /* RFC 6455, 5.2 */
    uint8_t bytes[];
};

/* A frame of one unmasked, unfragmented message with room for `len` payload bytes; *payload is
 * where they go. One reference, the caller's. NULL when memory is short. */
struct frame *frame_new(uint8_t opcode, size_t len, uint8_t **payload)
    __attribute__((warn_unused_result));
static inline struct frame *frame_keep(struct frame *frame)
{
    frame->references++;
    return frame;
}
void frame_release(struct frame *frame);

#endif
