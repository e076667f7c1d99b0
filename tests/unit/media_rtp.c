/* What counts as RTP and RTCP, header by header. */
#include "media/rtp.h"

#include "tests/unit/test.h"

static enum rtp_kind kind(const uint8_t *bytes, size_t len)
{
    return rtp_look(bytes, len).kind;
}

TEST(the_plain_header_is_read)
{
    const uint8_t bytes[] = {0x80, 111, 0x12, 0x34, 0, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef, 7};
    struct rtp_packet packet = rtp_look(bytes, sizeof bytes);
    EXPECT_EQ_INT(packet.kind, RTP_MEDIA);
    EXPECT_EQ_INT(packet.ssrc, 0xdeadbeef);
    EXPECT_EQ_INT(packet.sequence, 0x1234);
    EXPECT_EQ_INT(packet.header_len, 12);
    EXPECT(rtp_is_consistent(&packet, bytes, sizeof bytes));
    EXPECT_EQ_INT(kind(bytes, 12), RTP_MEDIA);
    for (size_t len = 0; len < 12; len++)
        EXPECT_EQ_INT(kind(bytes, len), RTP_OTHER);
}

TEST(only_version_2_is_taken)
{
    uint8_t bytes[12 + 15 * 4 + 4] = {0}; /* room for all CSRCs and an extension */
    for (unsigned first = 0; first < 256; first++) {
        bytes[0] = (uint8_t)first;
        EXPECT_EQ_INT(kind(bytes, sizeof bytes), first >> 6 == 2 ? RTP_MEDIA : RTP_OTHER);
    }
}

TEST(types_192_to_223_are_control)
{
    uint8_t bytes[16] = {0x80};
    for (unsigned type = 0; type < 256; type++) {
        bytes[1] = (uint8_t)type;
        EXPECT_EQ_INT(kind(bytes, sizeof bytes),
                      type >= 192 && type <= 223 ? RTP_CONTROL : RTP_MEDIA);
    }
    bytes[1] = 200;
    bytes[7] = 9;
    EXPECT_EQ_INT(rtp_look(bytes, 8).ssrc, 9);
    EXPECT_EQ_INT(rtp_look(bytes, 8).header_len, 8);
    EXPECT_EQ_INT(kind(bytes, 7), RTP_OTHER);
}

TEST(csrcs_have_to_fit)
{
    uint8_t bytes[12 + 15 * 4] = {0};
    for (uint8_t csrcs = 0; csrcs < 16; csrcs++) {
        bytes[0] = 0x80 | csrcs;
        size_t header_len = 12 + (size_t)csrcs * 4;
        EXPECT_EQ_INT(rtp_look(bytes, header_len).header_len, header_len);
        EXPECT_EQ_INT(kind(bytes, header_len - 1), RTP_OTHER);
    }
}

TEST(the_extension_has_to_fit)
{
    uint8_t bytes[12 + 4 + 4 + 8] = {0x91}; /* one CSRC */
    bytes[19] = 2;                          /* words */
    EXPECT_EQ_INT(rtp_look(bytes, sizeof bytes).header_len, 28);
    for (size_t len = 12; len < sizeof bytes; len++)
        EXPECT_EQ_INT(kind(bytes, len), RTP_OTHER);
    bytes[18] = 0xff;
    EXPECT_EQ_INT(kind(bytes, sizeof bytes), RTP_OTHER);
}

TEST(padding_has_to_fit_the_payload)
{
    uint8_t bytes[12 + 8] = {0xa0};
    struct rtp_packet packet = rtp_look(bytes, sizeof bytes);
    for (unsigned padding = 0; padding < 256; padding++) {
        bytes[19] = (uint8_t)padding;
        EXPECT_EQ_INT(rtp_is_consistent(&packet, bytes, sizeof bytes),
                      padding >= 1 && padding <= 8);
    }
    packet = rtp_look(bytes, 12);
    EXPECT(!rtp_is_consistent(&packet, bytes, 12));
}

TEST(the_packets_of_a_compound_add_up)
{
    uint8_t bytes[] = {0x80, 201, 0, 1, 0, 0, 0, 1,               /* empty report */
                       0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 0, /* one chunk */
                       0xa0, 203, 0, 1, 0, 0, 0, 4};              /* padded */
    EXPECT(rtcp_is_consistent(bytes, sizeof bytes));
    EXPECT(rtcp_is_consistent(bytes, 8));
    EXPECT(rtcp_is_consistent(bytes, 20));
    for (size_t len = 0; len < sizeof bytes; len++)
        EXPECT_EQ_INT(rtcp_is_consistent(bytes, len), len == 8 || len == 20);
    bytes[27] = 3; /* not whole words */
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
    bytes[27] = 0;
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
    bytes[27] = 8; /* more than there is */
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
    bytes[27] = 4;
    bytes[8] |= 0x20; /* padding before the end */
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
    bytes[8] = 0x41; /* another version */
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
    bytes[8] = 0x81;
    bytes[9] = 100; /* not a type of RTCP */
    EXPECT(!rtcp_is_consistent(bytes, sizeof bytes));
}
