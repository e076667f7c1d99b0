/* The head of a request, and what is refused because two servers could understand it differently.
 */
#include "net/http/head.h"

#include "tests/unit/test.h"

static struct str text(const char *from)
{
    return (struct str){from, strlen(from)};
}

static struct head read_all(const char *from)
{
    struct head head;
    EXPECT(head_read(&head, text(from)));
    return head;
}

static const char *fault(const char *from)
{
    struct head head = read_all(from);
    return head_fault(&head);
}

TEST(what_a_request_says)
{
    struct head head = read_all("GET /chat?x=1?y HTTP/1.1\r\nHost: a.example:8080\r\n"
                                "If-None-Match: \"1\"\r\n\r\nrest");
    EXPECT_EQ_STR(head.method, "GET");
    EXPECT_EQ_STR(head.path, "/chat");
    EXPECT_EQ_STR(head.query, "x=1?y");
    EXPECT(head.http_1_1);
    EXPECT_EQ_STR(head.host, "a.example:8080");
    EXPECT_EQ_INT(head.hosts, 1);
    EXPECT(!head.upgrade_websocket);
    EXPECT_EQ_INT(head.len, strlen("GET /chat?x=1?y HTTP/1.1\r\nHost: a.example:8080\r\n"
                                   "If-None-Match: \"1\"\r\n\r\n"));
    EXPECT(head_fault(&head) == NULL);
}

TEST(names_in_any_case_and_values_without_white_space)
{
    struct head head = read_all("GET / HTTP/1.1\nhOsT:\t a \t\nsec-WEBSOCKET-key:k\n"
                                "SEC-websocket-version: 13\nORIGIN: http://a\n\n");
    EXPECT_EQ_STR(head.host, "a");
    EXPECT_EQ_STR(head.key, "k");
    EXPECT_EQ_STR(head.version, "13");
    EXPECT_EQ_STR(head.origin, "http://a");
}

TEST(tokens_in_lists_over_several_headers)
{
    struct head head = read_all("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n"
                                "Upgrade: h2c, WebSocket\r\nConnection: foo , UPGRADE,\r\n\r\n");
    EXPECT(head.upgrade_websocket);
    EXPECT(head.connection_upgrade);
    head = read_all("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websockets\r\n"
                    "Connection: no-upgrade\r\n\r\n");
    EXPECT(!head.upgrade_websocket);
    EXPECT(!head.connection_upgrade);
}

TEST(an_incomplete_head_is_not_read)
{
    const char *whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct head head;
    for (size_t len = 0; len < strlen(whole); len++)
        EXPECT(!head_read(&head, (struct str){whole, len}));
    EXPECT(head_read(&head, text(whole)));
}

TEST(one_empty_line_may_come_first)
{
    struct head head = read_all("\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ_STR(head.path, "/x");
    EXPECT(head_fault(&head) == NULL);
}

TEST(a_target_in_absolute_form)
{
    struct head head = read_all("GET http://a:1/chat?x HTTP/1.1\r\nHost: b\r\n\r\n");
    EXPECT_EQ_STR(head.path, "/chat");
    EXPECT_EQ_STR(head.host, "a:1");
    EXPECT(head_fault(&head) == NULL);
    head = read_all("GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ_STR(head.path, "/");
    head = read_all("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ_STR(head.path, "/");
    EXPECT(fault("GET http://a/ HTTP/1.1\r\n\r\n") != NULL); /* Host is still needed */
    EXPECT(fault("GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n") != NULL);
}

TEST(exactly_one_host)
{
    EXPECT(fault("GET / HTTP/1.1\r\nX: y\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.0\r\nX: y\r\n\r\n") == NULL); /* HTTP/1.0 has none */
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n") == NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n") == NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a:\r\n\r\n") == NULL); /* RFC 3986, 3.2.3 */
    EXPECT(fault("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: [::1]80\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n") != NULL);
}

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

TEST(a_length_that_is_beyond_doubt)
{
    EXPECT(fault(POST "Content-Length: 5\r\n\r\n") == NULL);
    struct head head = read_all(POST "Content-Length: 9999999999999999999\r\n\r\n");
    EXPECT(head_fault(&head) == NULL);
    EXPECT(head_content_length(&head) == 9999999999999999999u);
    EXPECT(fault(POST "Content-Length: 10000000000000000000\r\n\r\n") != NULL);
    EXPECT(fault(POST "Transfer-Encoding: chunked\r\n\r\n") == NULL);
    EXPECT(fault(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length: 5, 5\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length: +5\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length: 0x5\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length:\r\n\r\n") != NULL);
    EXPECT(fault(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") != NULL);
    EXPECT(fault(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n") != NULL);
    EXPECT(fault(POST "Transfer-Encoding: a\r\nTransfer-Encoding: chunked\r\n\r\n") != NULL);
    EXPECT(fault("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") != NULL);
}

TEST(lines_that_are_no_headers)
{
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\n Host: a\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n") != NULL);
    EXPECT(fault("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n") != NULL);
}
