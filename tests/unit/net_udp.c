/* Sockets that share a port: steering by SSRC, taken ports, what cannot be sent. */
#include "net/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "media/rtp.h"
#include "tests/unit/test.h"

enum { SOCKETS = 4 };

static int fds[SOCKETS];
static uint16_t port;
static struct sockaddr_in here;

static void open_all(uint32_t count)
{
    port = 0;
    EXPECT_EQ_INT(udp_open("127.0.0.1", &port, count, fds), 0);
    EXPECT(port != 0);
    here = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void close_all(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        close(fds[i]);
}

/* Which socket a datagram comes to; loopback delivers within the call that sends. */
static uint32_t comes_to(const uint8_t *bytes, size_t len)
{
    uint8_t got[2000];
    uint32_t found = SOCKETS;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT(sendto(fd, bytes, len, 0, (struct sockaddr *)&here, sizeof here) == (ssize_t)len);
    close(fd);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        if (recv(fds[i], got, sizeof got, MSG_DONTWAIT) == (ssize_t)len) {
            EXPECT_EQ_INT(found, SOCKETS);
            EXPECT(memcmp(got, bytes, len) == 0);
            found = i;
        }
    }
    return found;
}

TEST(rtp_and_rtcp_of_an_ssrc_come_to_its_socket)
{
    open_all(SOCKETS);
    for (uint32_t i = 0; i < 200; i++) {
        uint8_t packet[172] = {0x80, (uint8_t)test_below(192)};
        uint32_t ssrc = test_below(UINT32_MAX);
        rtp_put_u32(packet + 4, test_below(UINT32_MAX));
        rtp_put_u32(packet + 8, ssrc);
        EXPECT_EQ_INT(comes_to(packet, 12 + test_below(160)), ssrc % SOCKETS);
        packet[1] = 0x80 | 111; /* with the marker, above RTCP's types */
        EXPECT_EQ_INT(comes_to(packet, sizeof packet), ssrc % SOCKETS);
        packet[1] = (uint8_t)(192 + test_below(32));
        rtp_put_u32(packet + 4, ssrc);
        EXPECT_EQ_INT(comes_to(packet, 8), ssrc % SOCKETS);
    }
    close_all(SOCKETS);
}

TEST(what_is_too_short_comes_to_the_first)
{
    const uint8_t packet[12] = {0x80, 111};
    open_all(SOCKETS);
    for (size_t len = 0; len < 12; len++)
        EXPECT_EQ_INT(comes_to(packet, len), 0);
    close_all(SOCKETS);
}

TEST(a_port_that_is_taken_is_not_shared)
{
    int others[2];
    open_all(2);
    uint16_t taken = port;
    EXPECT_EQ_INT(udp_open("127.0.0.1", &taken, 2, others), -EADDRINUSE);
    close_all(2);
    EXPECT_EQ_INT(udp_open("127.0.0.1", &taken, 2, others), 0);
    close(others[0]);
    close(others[1]);
    EXPECT_EQ_INT(udp_open("localhost", &taken, 1, others), -EINVAL);
    EXPECT_EQ_INT(udp_open("192.0.2.1", &taken, 1, others), -EADDRNOTAVAIL);
}

TEST(it_finds_out_whether_it_reaches_itself)
{
    open_all(2);
    EXPECT(udp_reaches("127.0.0.1", port, fds, 2, 2000));
    EXPECT(udp_reaches("localhost", port, fds, 2, 2000));
    EXPECT(!udp_reaches("127.0.0.1", port == 9 ? 10 : 9, fds, 2, 20));
    EXPECT(!udp_reaches("no such name", port, fds, 2, 20));
    close_all(2);
    port = 0;
    if (udp_open("::", &port, 1, fds) == -EAFNOSUPPORT)
        return; /* a machine without IPv6 */
    EXPECT(udp_reaches("127.0.0.1", port, fds, 1, 2000));
    close_all(1);
}

static void flush(struct relay_outbox *outbox)
{
    outbox->count = 0;
}

TEST(what_cannot_be_sent_does_not_hold_up_the_rest)
{
    static struct relay_outbox outbox = {.flush = flush};
    static struct udp_sender sender;
    static struct udp_inbox inbox;
    struct relay_address good = {.len = sizeof here}, bad = {.len = 3};
    open_all(1);
    memcpy(good.bytes, &here, sizeof here);
    for (uint32_t i = 0; i < 10; i++) {
        struct relay_datagram *datagram = &outbox.datagrams[outbox.count++];
        datagram->to = i % 3 == 0 ? &bad : &good;
        datagram->len = i;
        memset(datagram->bytes, (int)i, i);
    }
    udp_sender_init(&sender);
    EXPECT_EQ_INT(udp_send(fds[0], &sender, &outbox), 4);
    EXPECT_EQ_INT(outbox.count, 0);
    udp_inbox_init(&inbox);
    REQUIRE(udp_receive(fds[0], &inbox) == 6);
    const uint32_t lens[] = {1, 2, 4, 5, 7, 8};
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT_EQ_INT(inbox.headers[i].msg_len, lens[i]);
        EXPECT(inbox.bytes[i][0] == lens[i]);
        EXPECT(inbox.from[i].len == sizeof here &&
               memcmp(inbox.from[i].bytes, &here, sizeof here) == 0);
    }
    EXPECT_EQ_INT(udp_receive(fds[0], &inbox), 0); /* after a tenth of a second */
    close_all(1);
}
