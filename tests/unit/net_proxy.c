/* The header of the PROXY protocol. */
#include "net/proxy.h"

#include "tests/unit/test.h"

static enum proxy_result read_bytes(const char *bytes, size_t len, size_t *header_len,
                                    struct ip *client)
{
    *header_len = 0;
    *client = (struct ip){{0}};
    return proxy_read((struct str){bytes, len}, header_len, client);
}

/* A whole header, with input behind it and without, and every part of it. */
static void expect_header(const char *bytes, size_t len, enum proxy_result result,
                          const char *expected)
{
    char input[PROXY_BYTES_MAX + 16], text[IP_TEXT_BYTES];
    size_t header_len;
    struct ip client;
    for (size_t part = 0; part < len; part++)
        EXPECT_EQ_INT(read_bytes(bytes, part, &header_len, &client), PROXY_MORE);
    memcpy(input, bytes, len);
    memcpy(input + len, "GET /\r\n", 7);
    for (size_t more = 0; more <= 7; more++) {
        EXPECT_EQ_INT(read_bytes(input, len + more, &header_len, &client), result);
        EXPECT_EQ_INT(header_len, len);
        if (result == PROXY_CLIENT)
            EXPECT_EQ_STR(ip_print(&client, text), expected);
    }
}

static void expect_line(const char *line, enum proxy_result result, const char *client)
{
    expect_header(line, strlen(line), result, client);
}

static enum proxy_result read_text(const char *text)
{
    size_t len;
    struct ip client;
    return read_bytes(text, strlen(text), &len, &client);
}

TEST(lines)
{
    expect_line("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", PROXY_CLIENT, "192.0.2.1");
    expect_line("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", PROXY_CLIENT,
                "255.255.255.255");
    expect_line("PROXY TCP6 2001:db8::1 ::1 0 443\r\n", PROXY_CLIENT, "2001:db8::1");
    expect_line("PROXY UNKNOWN\r\n", PROXY_OWN, NULL);
    expect_line("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", PROXY_OWN, NULL);
    char longest[108];
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "PROXY UNKNOWN ", 14);
    memcpy(longest + 105, "\r\n", 2);
    expect_header(longest, 107, PROXY_OWN, NULL);
}

TEST(wrong_lines)
{
    static const char *const wrong[] = {
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP5 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY tcp4 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 \r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1 -1 2\r\n",
        "PROXY TCP4 192.0.2.1 10.0.0.1  2\r\n",
        "PROXY TCP4 192.0.2 10.0.0.1 1 2\r\n",
        "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n",
        "PROXY TCP6 2001:db8::1 10.0.0.1 1 2\r\n",
        "PROXYTCP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n",
        "GET / HTTP/1.1\r\n",
        "\r\n\r\nx",
        "\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT_EQ_INT(read_text(wrong[i]), PROXY_WRONG);
    char endless[107];
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "PROXY UNKNOWN ", 14);
    size_t len;
    struct ip client;
    EXPECT_EQ_INT(read_bytes(endless, 106, &len, &client), PROXY_MORE);
    EXPECT_EQ_INT(read_bytes(endless, 107, &len, &client), PROXY_WRONG);
}

/* A header of version 2 with these bytes at 12 and 13, and so many behind the 16. */
static size_t binary(char out[PROXY_BYTES_MAX + 16], uint8_t command, uint8_t family, size_t rest)
{
    static const char addresses[] = "\xc0\x00\x02\x07\x0a\x00\x00\x01\x12\x34\x01\xbb";
    memset(out, 0, PROXY_BYTES_MAX + 16);
    memcpy(out, "\r\n\r\n\0\r\nQUIT\n", 12);
    out[12] = (char)command;
    out[13] = (char)family;
    out[14] = (char)(rest >> 8);
    out[15] = (char)rest;
    memcpy(out + 16, addresses, rest < 12 ? rest : 12);
    return 16 + rest;
}

TEST(binary_headers)
{
    char bytes[PROXY_BYTES_MAX + 16];
    expect_header(bytes, binary(bytes, 0x21, 0x11, 12), PROXY_CLIENT, "192.0.2.7");
    expect_header(bytes, binary(bytes, 0x21, 0x11, 300), PROXY_CLIENT, "192.0.2.7");
    expect_header(bytes, binary(bytes, 0x21, 0x21, 36), PROXY_CLIENT, "c000:207:a00:1:1234:1bb::");
    expect_header(bytes, binary(bytes, 0x20, 0x00, 0), PROXY_OWN, NULL);
    expect_header(bytes, binary(bytes, 0x20, 0x11, 12), PROXY_OWN, NULL);
    expect_header(bytes, binary(bytes, 0x21, 0x00, 0), PROXY_OWN, NULL);
    expect_header(bytes, binary(bytes, 0x21, 0x31, 216), PROXY_OWN, NULL);
    expect_header(bytes, binary(bytes, 0x21, 0x11, PROXY_BYTES_MAX - 16), PROXY_CLIENT,
                  "192.0.2.7");
}

TEST(wrong_binary_headers)
{
    static const struct {
        uint8_t command, family;
        uint16_t rest;
    } wrong[] = {
        {0x11, 0x11, 12},    {0x22, 0x11, 12},  {0x31, 0x11, 12},
        {0x21, 0x41, 12},    {0x21, 0x13, 12},  {0x21, 0x11, 11},
        {0x21, 0x21, 35},    {0x21, 0x31, 215}, {0x21, 0x11, PROXY_BYTES_MAX - 15},
        {0x21, 0x11, 65535}, {0x00, 0x00, 0},
    };
    char bytes[PROXY_BYTES_MAX + 16];
    size_t len;
    struct ip client;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        binary(bytes, wrong[i].command, wrong[i].family, wrong[i].rest);
        EXPECT_EQ_INT(read_bytes(bytes, 16, &len, &client), PROXY_WRONG);
    }
}
