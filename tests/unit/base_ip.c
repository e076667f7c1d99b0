/* Addresses and ranges of them. */
#include "base/ip.h"

#include "tests/unit/test.h"

static struct str text(const char *from)
{
    return (struct str){from, strlen(from)};
}

static struct ip ip(const char *from)
{
    struct ip result;
    EXPECT(ip_parse(text(from), &result));
    return result;
}

static bool lies_in(const char *address, const char *range)
{
    struct ip_range parsed;
    struct ip parsed_ip = ip(address);
    EXPECT(ip_range_parse(text(range), &parsed));
    return ip_in_range(&parsed_ip, &parsed);
}

TEST(what_is_an_address)
{
    static const char *const wrong[] = {
        "",      "1",         "1.2.3", "1.2.3.4 ", "1.2.3.256", "1.2.3.4.5", "a.b.c.d",
        "[::1]", "1.2.3.4:5", ":::",   "::1%lo",   "unknown",   "_hidden1",  "01.2.3.4"};
    struct ip result;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT(!ip_parse(text(wrong[i]), &result));
    EXPECT(!ip_parse((struct str){"1.2.3.4\0", 8}, &result));
    EXPECT(!ip_parse((struct str){"::1\0", 4}, &result));
}

TEST(printed_as_people_write_it)
{
    static const char *const same[] = {"192.0.2.1", "::1", "2001:db8::5", "0.0.0.0", "::"};
    char room[IP_TEXT_BYTES];
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct ip parsed = ip(same[i]);
        EXPECT_EQ_STR(ip_print(&parsed, room), same[i]);
    }
    struct ip mapped = ip("::ffff:192.0.2.1");
    EXPECT_EQ_STR(ip_print(&mapped, room), "192.0.2.1");
    struct ip longest = ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
    EXPECT_EQ_STR(ip_print(&longest, room), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe");
}

TEST(loopback)
{
    static const char *const yes[] = {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"};
    static const char *const no[] = {"128.0.0.1", "::2", "::", "0.0.0.0", "7f00::1"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        struct ip parsed = ip(yes[i]);
        EXPECT(ip_is_loopback(&parsed));
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        struct ip parsed = ip(no[i]);
        EXPECT(!ip_is_loopback(&parsed));
    }
}

TEST(ranges)
{
    EXPECT(lies_in("10.1.2.3", "10.0.0.0/8"));
    EXPECT(!lies_in("11.1.2.3", "10.0.0.0/8"));
    EXPECT(lies_in("10.1.2.3", "10.1.2.3"));
    EXPECT(!lies_in("10.1.2.4", "10.1.2.3"));
    EXPECT(lies_in("10.1.2.3", "10.1.2.2/31"));
    EXPECT(!lies_in("10.1.2.4", "10.1.2.2/31"));
    EXPECT(lies_in("172.31.9.9", "172.16.0.0/12"));
    EXPECT(!lies_in("172.32.0.0", "172.16.0.0/12"));
    EXPECT(lies_in("203.0.113.9", "0.0.0.0/0"));
    EXPECT(!lies_in("2001:db8::1", "0.0.0.0/0"));
    EXPECT(lies_in("2001:db8::1", "::/0"));
    EXPECT(lies_in("fd12::1", "fd00::/8"));
    EXPECT(!lies_in("fe80::1", "fd00::/8"));
    EXPECT(lies_in("::1", "::1/128"));
    EXPECT(lies_in("::ffff:10.0.0.1", "10.0.0.0/24"));
}

TEST(what_is_no_range)
{
    static const char *const wrong[] = {"",       "/",          "/8",          "10.0.0.0/",
                                        "10/8",   "10.0.0.0/x", "::/129",      "10.0.0.0/33",
                                        "::/-1",  "::/0128",    "::/1/2",      "10.0.0.0/8 ",
                                        "::/1 2", "unknown",    "10.0.0.0/+8", "::ffff:0:0/95"};
    struct ip_range range;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT(!ip_range_parse(text(wrong[i]), &range));
}
