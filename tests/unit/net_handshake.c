/* Which requests become a WebSocket, and what the others are told. */
#include "net/http/handshake.h"

#include <stdio.h>

#include "tests/unit/test.h"

/* The sample of RFC 6455, 1.2, line by line. */
static const char *const sample[] = {
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: http://server.example.com",
    "Sec-WebSocket-Version: 13",
};
enum { SAMPLE_LINES = sizeof sample / sizeof sample[0], HOST = 1, CONNECTION = 3, KEY = 4 };
enum { REQUEST = 0, UPGRADE = 2, ORIGIN = 5, VERSION = 6 };

static const struct handshake_policy same_host = {NULL, 0};

/* The status for the sample with one line replaced; NULL leaves the line out. */
static int status_with(size_t line, const char *replacement, const struct handshake_policy *policy)
{
    char request[1024] = "";
    size_t len = 0;
    for (size_t i = 0; i < SAMPLE_LINES; i++) {
        const char *text = i == line ? replacement : sample[i];
        if (text != NULL)
            len += (size_t)snprintf(request + len, sizeof request - len, "%s\r\n", text);
    }
    len += (size_t)snprintf(request + len, sizeof request - len, "\r\n");
    struct head head;
    EXPECT(head_read(&head, (struct str){request, len}));
    struct refusal refusal = handshake_check(&head, policy);
    EXPECT((refusal.status == 0) == (refusal.reason.len == 0));
    return refusal.status;
}

static int status(size_t line, const char *replacement)
{
    return status_with(line, replacement, &same_host);
}

TEST(the_sample_of_the_rfc)
{
    EXPECT_EQ_INT(status(SAMPLE_LINES, NULL), 0);
}

TEST(the_request_line)
{
    EXPECT_EQ_INT(status(REQUEST, "POST /chat HTTP/1.1"), 400);
    EXPECT_EQ_INT(status(REQUEST, "HEAD /chat HTTP/1.1"), 400);
    EXPECT_EQ_INT(status(REQUEST, "GET /chat HTTP/1.0"), 400);
    EXPECT_EQ_INT(status(REQUEST, "GET /chat HTTP/2.0"), 400);
    EXPECT_EQ_INT(status(REQUEST, "get /chat HTTP/1.1"), 400);
}

TEST(upgrade_and_connection)
{
    EXPECT_EQ_INT(status(UPGRADE, NULL), 426);
    EXPECT_EQ_INT(status(UPGRADE, "Upgrade: h2c"), 426);
    EXPECT_EQ_INT(status(UPGRADE, "Upgrade: WebSocket"), 0);
    EXPECT_EQ_INT(status(CONNECTION, NULL), 400);
    EXPECT_EQ_INT(status(CONNECTION, "Connection: keep-alive"), 400);
    EXPECT_EQ_INT(status(CONNECTION, "Connection: keep-alive, upgrade"), 0);
}

TEST(the_version)
{
    EXPECT_EQ_INT(status(VERSION, NULL), 426);
    EXPECT_EQ_INT(status(VERSION, "Sec-WebSocket-Version: 8"), 426);
    EXPECT_EQ_INT(status(VERSION, "Sec-WebSocket-Version: 013"), 426);
    EXPECT_EQ_INT(status(VERSION, "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13"), 400);
}

TEST(the_key)
{
    EXPECT_EQ_INT(status(KEY, NULL), 400);
    EXPECT_EQ_INT(status(KEY, "Sec-WebSocket-Key:"), 400);
    EXPECT_EQ_INT(status(KEY, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"), 400);
    EXPECT_EQ_INT(status(KEY, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q=="), 400);
    EXPECT_EQ_INT(status(KEY, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
                  400);
}

TEST(no_body)
{
    EXPECT_EQ_INT(status(HOST, "Host: server.example.com\r\nContent-Length: 5"), 400);
    EXPECT_EQ_INT(status(HOST, "Host: server.example.com\r\nTransfer-Encoding: chunked"), 400);
    EXPECT_EQ_INT(status(HOST, "Host: server.example.com\r\nContent-Length: 0"), 0);
}

TEST(an_origin_from_the_same_host)
{
    EXPECT_EQ_INT(status(ORIGIN, NULL), 0); /* not a browser */
    EXPECT_EQ_INT(status(ORIGIN, "Origin: https://server.example.com"), 0);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: https://SERVER.example.com:443"), 0);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://server.example.com:80"), 0);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://server.example.com:8080"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://server.example.com.evil.example"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://example.com"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: null"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin:"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: ftp://server.example.com"), 403);
    EXPECT_EQ_INT(status(ORIGIN, "Origin: http://server.example.com\r\n"
                                 "Origin: http://server.example.com"),
                  400);
}

TEST(an_origin_from_a_list)
{
    const struct str allowed[] = {STR_INIT("https://a.example"), STR_INIT("http://b.example:81")};
    const struct handshake_policy policy = {allowed, 2};
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: https://a.example", &policy), 0);
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: HTTP://b.example:81", &policy), 0);
    EXPECT_EQ_INT(status_with(ORIGIN, NULL, &policy), 0);
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: http://a.example", &policy), 403);
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: http://b.example", &policy), 403);
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: http://server.example.com", &policy), 403);
}

TEST(any_origin)
{
    const struct str all = STR_INIT("*");
    const struct handshake_policy policy = {&all, 1};
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: http://evil.example", &policy), 0);
    EXPECT_EQ_INT(status_with(ORIGIN, "Origin: null", &policy), 0);
}
