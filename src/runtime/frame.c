#include "runtime/frame.h"

#include <string.h>

#include "base/check.h"

enum { FIN = 0x80, HEADER_MAX = 10 };

static struct frame *allocate(struct spares *spares, uint8_t opcode, size_t len)
{
    if (len > UINT32_MAX)
        return NULL;
    struct frame *frame = spares_take(spares, sizeof *frame + len);
    if (frame != NULL) {
        *frame = (struct frame){.spares = spares,
                                .references = 1,
                                .len = (uint32_t)len,
                                .delivery = DELIVERY_RELIABLE,
                                .opcode = opcode};
    }
    return frame;
}

/* RFC 6455, 5.2: payload lengths up to 125 stand in the second byte, others follow it in 2 or 8
 * bytes, big-endian. Returns the header's length. */
static size_t write_header(uint8_t out[HEADER_MAX], uint8_t opcode, uint64_t len)
{
    out[0] = FIN | opcode;
    if (len <= 125) {
        out[1] = (uint8_t)len;
        return 2;
    }
    size_t bytes = len <= UINT16_MAX ? 2 : 8;
    out[1] = bytes == 2 ? 126 : 127;
    for (size_t i = 0; i < bytes; i++)
        out[2 + i] = (uint8_t)(len >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

struct frame *frame_new(struct spares *spares, uint8_t opcode, size_t len, uint8_t **payload)
{
    uint8_t header[HEADER_MAX];
    size_t header_len = write_header(header, opcode, len);
    struct frame *frame = allocate(spares, opcode, header_len + len);
    if (frame != NULL) {
        memcpy(frame->bytes, header, header_len);
        *payload = frame->bytes + header_len;
    }
    return frame;
}

struct frame *frame_of_wire(struct spares *spares, struct str bytes)
{
    struct frame *frame = allocate(spares, FRAME_TEXT, bytes.len);
    if (frame != NULL && bytes.len > 0)
        memcpy(frame->bytes, bytes.base, bytes.len);
    return frame;
}

void frame_release(struct frame *frame)
{
    CHECK(frame->references > 0);
    if (--frame->references == 0)
        spares_give_back(frame->spares, frame, sizeof *frame + frame->len);
}
