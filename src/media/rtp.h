/* rtp.h: is a datagram RTP or RTCP, and do its lengths agree with each other.
 *
 * Headers are never encrypted, so rtp_look works on protected packets too; what stands behind them
 * (padding, the further packets of a compound) can only be checked once it is in clear. Pure
 * functions over (bytes, len). */
#ifndef PARLEY_MEDIA_RTP_H
#define PARLEY_MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 3550, 5.1 and 6.4: what every packet begins with. */
enum { RTP_HEADER_BYTES = 12, RTCP_HEADER_BYTES = 8 };

enum rtp_kind { RTP_OTHER, RTP_MEDIA, RTP_CONTROL };

struct rtp_packet {
    enum rtp_kind kind;
    uint32_t ssrc;     /* the sender's */
    uint16_t sequence; /* RTP_MEDIA only */
    size_t header_len; /* RTP_MEDIA: with CSRCs and extension; RTP_CONTROL: up to the first SSRC */
};

/* RTP_OTHER when it is neither: another version, or shorter than its own header says. RTP and RTCP
 * come on one port and are told apart by the second byte (RFC 5761, 4). */
struct rtp_packet rtp_look(const uint8_t *bytes, size_t len);

/* Both for packets in clear that rtp_look has taken for their kind. */

/* The padding, if there is one, fits behind the header (RFC 3550, 5.1). */
bool rtp_is_consistent(const struct rtp_packet *packet, const uint8_t *bytes, size_t len);
/* The lengths of the packets of the compound add up, and only the last one is padded (RFC 3550,
 * 6.1, A.2). A compound that does not begin with a report is fine (RFC 5506). */
bool rtcp_is_consistent(const uint8_t *bytes, size_t len);

static inline uint16_t rtp_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}
static inline uint32_t rtp_get_u32(const uint8_t *bytes)
{
    return (uint32_t)rtp_get_u16(bytes) << 16 | rtp_get_u16(bytes + 2);
}
static inline void rtp_put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}
static inline void rtp_put_u32(uint8_t *bytes, uint32_t value)
{
    rtp_put_u16(bytes, (uint16_t)(value >> 16));
    rtp_put_u16(bytes + 2, (uint16_t)value);
}

#endif
