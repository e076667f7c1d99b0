/* The token that a request presents, in whichever place. */
#include "net/http/token.h"

#include "tests/unit/test.h"

static char room[1024];
static struct str token;

/* Reads a request for `target` with these header lines; returns the refusal's status. */
static int find(const char *target, const char *lines)
{
    static char request[2048];
    struct head head;
    int len =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, lines);
    EXPECT(head_read(&head, (struct str){request, (size_t)len}));
    EXPECT(head_fault(&head) == NULL);
    EXPECT(head.query.len <= sizeof room);
    struct refusal refusal = token_find(&head, room, &token);
    EXPECT((refusal.status == 0) == (refusal.reason.len == 0));
    return refusal.status;
}

TEST(in_each_place)
{
    EXPECT_EQ_INT(find("/game", "Authorization: Bearer a.b-c_\r\n"), 0);
    EXPECT_EQ_STR(token, "a.b-c_");
    EXPECT_EQ_INT(find("/game", "authorization:   bEaReR   a\r\n"), 0);
    EXPECT_EQ_STR(token, "a");
    EXPECT_EQ_INT(find("/game", "Sec-WebSocket-Protocol: x, bearer.a.b\r\n"), 0);
    EXPECT_EQ_STR(token, "a.b");
    EXPECT_EQ_INT(find("/game", "Sec-WebSocket-Protocol: x\r\nSec-WebSocket-Protocol:bearer.a\r\n"),
                  0);
    EXPECT_EQ_STR(token, "a");
    EXPECT_EQ_INT(find("/game?token=a", ""), 0);
    EXPECT_EQ_STR(token, "a");
    EXPECT_EQ_INT(find("http://a/game?x=1&token=a.b&y", ""), 0);
    EXPECT_EQ_STR(token, "a.b");
}

TEST(none)
{
    static const char *const targets[] = {"/game",           "/game?",        "/game?token",
                                          "/game?token=",    "/game?Token=a", "/game?xtoken=a",
                                          "/game?x=token=a", "/game?&&=&",    "/token=a"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        EXPECT_EQ_INT(find(targets[i], ""), 0);
        EXPECT_EQ_INT(token.len, 0);
    }
    static const char *const lines[] = {
        "Authorization: Basic a\r\n",           "Authorization: Bearer\r\n",
        "Authorization: Bearera\r\n",           "Authorization:\r\n",
        "Sec-WebSocket-Protocol: bearer\r\n",   "Sec-WebSocket-Protocol: bearer.\r\n",
        "Sec-WebSocket-Protocol: xbearer.a\r\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        EXPECT_EQ_INT(find("/game", lines[i]), 0);
        EXPECT_EQ_INT(token.len, 0);
    }
}

TEST(percent_signs)
{
    EXPECT_EQ_INT(find("/game?token=a%2Eb%2e%41", ""), 0);
    EXPECT_EQ_STR(token, "a.b.A");
    EXPECT_EQ_INT(find("/game?token=%", ""), 0);
    EXPECT_EQ_STR(token, "%");
    EXPECT_EQ_INT(find("/game?token=%4", ""), 0);
    EXPECT_EQ_STR(token, "%4");
    EXPECT_EQ_INT(find("/game?token=%4g%g4%%41", ""), 0);
    EXPECT_EQ_STR(token, "%4g%g4%A");
}

TEST(one_token_in_several_places)
{
    EXPECT_EQ_INT(find("/game?token=a&token=%61",
                       "Authorization: Bearer a\r\nSec-WebSocket-Protocol: bearer.a\r\n"),
                  0);
    EXPECT_EQ_STR(token, "a");
}

TEST(two_different_tokens)
{
    EXPECT_EQ_INT(find("/game?token=b", "Authorization: Bearer a\r\n"), 400);
    EXPECT_EQ_INT(find("/game?token=a&token=b", ""), 400);
    EXPECT_EQ_INT(find("/game?token=a", "Sec-WebSocket-Protocol: bearer.b\r\n"), 400);
    EXPECT_EQ_INT(find("/game", "Sec-WebSocket-Protocol: bearer.a, bearer.a\r\n"), 400);
    EXPECT_EQ_INT(find("/game", "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n"), 400);
}
