/* client_frame.h: frames as a client sends them, masked (RFC 6455, 5.2), for those who feed the
 * server's framing. */
#ifndef PARLEY_TESTS_CLIENT_FRAME_H
#define PARLEY_TESTS_CLIENT_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Header and mask of a frame. */
enum { CLIENT_FRAME_HEAD_MAX = 14 };

/* Writes a frame of `len` bytes of payload, which it masks; `first` is the header's first byte.
 * Returns the frame's length, at most CLIENT_FRAME_HEAD_MAX more than the payload's. */
static inline size_t client_frame_write(uint8_t *out, uint8_t first, const uint8_t mask[4],
                                        const void *payload, size_t len)
{
    size_t more = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8; /* bytes that say the length */
    uint8_t *at = out + 2;
    out[0] = first;
    out[1] = (uint8_t)(0x80 | (more == 0 ? len : more == 2 ? 126 : 127));
    for (size_t i = 0; i < more; i++)
        *at++ = (uint8_t)((uint64_t)len >> 8 * (more - 1 - i));
    memcpy(at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++)
        *at++ = ((const uint8_t *)payload)[i] ^ mask[i % 4];
    return (size_t)(at - out);
}

#endif
