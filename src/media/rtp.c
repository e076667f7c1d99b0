#include "media/rtp.h"

enum { VERSION = 2, VERSION_SHIFT = 6, PADDING_BIT = 0x20, EXTENSION_BIT = 0x10, CSRC_MASK = 0x0f };

/* RFC 5761, 4: the packet types of RTCP; as RTP they would be payload types 64 to 95 with the
 * marker set, which nobody may use beside RTCP. */
enum { CONTROL_TYPE_MIN = 192, CONTROL_TYPE_MAX = 223 };

/* 0 when the packet is shorter than its header says. */
static size_t media_header_len(const uint8_t *bytes, size_t len)
{
    size_t header_len = RTP_HEADER_BYTES + (size_t)(bytes[0] & CSRC_MASK) * 4;
    if ((bytes[0] & EXTENSION_BIT) != 0) {
        if (len < header_len + 4)
            return 0;
        header_len += 4 + (size_t)rtp_get_u16(bytes + header_len + 2) * 4;
    }
    return header_len <= len ? header_len : 0;
}

struct rtp_packet rtp_look(const uint8_t *bytes, size_t len)
{
    struct rtp_packet packet = {.kind = RTP_OTHER};
    if (len < RTCP_HEADER_BYTES || bytes[0] >> VERSION_SHIFT != VERSION)
        return packet;
    if (bytes[1] >= CONTROL_TYPE_MIN && bytes[1] <= CONTROL_TYPE_MAX) {
        packet.kind = RTP_CONTROL;
        packet.ssrc = rtp_get_u32(bytes + 4);
        packet.header_len = RTCP_HEADER_BYTES;
    } else if (len >= RTP_HEADER_BYTES) {
        packet.header_len = media_header_len(bytes, len);
        if (packet.header_len > 0) {
            packet.kind = RTP_MEDIA;
            packet.sequence = rtp_get_u16(bytes + 2);
            packet.ssrc = rtp_get_u32(bytes + 8);
        }
    }
    return packet;
}

bool rtp_is_consistent(const struct rtp_packet *packet, const uint8_t *bytes, size_t len)
{
    if ((bytes[0] & PADDING_BIT) == 0)
        return true;
    size_t payload_len = len - packet->header_len;
    return payload_len > 0 && bytes[len - 1] > 0 && bytes[len - 1] <= payload_len;
}

bool rtcp_is_consistent(const uint8_t *bytes, size_t len)
{
    while (len >= 4 && bytes[0] >> VERSION_SHIFT == VERSION && bytes[1] >= CONTROL_TYPE_MIN &&
           bytes[1] <= CONTROL_TYPE_MAX) {
        size_t packet_len = ((size_t)rtp_get_u16(bytes + 2) + 1) * 4;
        bool padded = (bytes[0] & PADDING_BIT) != 0;
        if (packet_len == len) {
            uint8_t padding = bytes[len - 1];
            return !padded || (padding > 0 && padding % 4 == 0 && padding <= packet_len - 4);
        }
        if (packet_len > len || padded)
            return false;
        bytes += packet_len;
        len -= packet_len;
    }
    return false;
}
