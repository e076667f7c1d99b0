/* Whom a proxy says a request is from. */
#include "net/http/forwarded.h"

#include "tests/unit/test.h"

static const uint8_t hash_key[16] = {1};

/* What is made of these headers when 10.0.0.0/8 and fd00::/8 are trusted; "" for nothing. */
static struct str client_of(const char *headers)
{
    static char text[IP_TEXT_BYTES];
    struct ip_range proxies[2];
    EXPECT(ip_range_parse(STR("10.0.0.0/8"), &proxies[0]));
    EXPECT(ip_range_parse(STR("fd00::/8"), &proxies[1]));
    const struct admission_limits limits = {.proxies = proxies, .proxies_count = 2};
    struct admission *admission = admission_new(&limits, hash_key, false);
    char request[2048];
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\nX-Forwarded-For: body",
             headers);
    struct head head;
    EXPECT(head_read(&head, (struct str){request, strlen(request)}));
    struct ip client;
    bool known = forwarded_client(&head, admission, &client);
    admission_free(admission);
    return known ? ip_print(&client, text) : STR("");
}

struct example {
    const char *headers, *client;
};

static void check(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!str_equal(client_of(examples[i].headers),
                       (struct str){examples[i].client, strlen(examples[i].client)})) {
            fprintf(stderr, "%s", examples[i].headers);
            EXPECT_EQ_STR(client_of(examples[i].headers), examples[i].client);
        }
}

#define CHECK_ALL(examples) check(examples, sizeof(examples) / sizeof(examples)[0])

TEST(the_rightmost_that_is_no_proxy)
{
    static const struct example examples[] = {
        {"X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"},
        {"x-forwarded-for:192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.1,10.9.9.9\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.0.0.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 10.0.0.3\r\nX-Forwarded-For: 10.0.0.2\r\n", "10.0.0.3"},
        {"X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n", "10.0.0.3"},
        {"X-Forwarded-For: garbage, 192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: , ,192.0.2.1, ,\r\n", "192.0.2.1"},
        {"", ""},
        {"X-Forwarded-For: \r\n", ""},
        {"X-Forwarded-For: ,,\r\n", ""},
    };
    CHECK_ALL(examples);
}

TEST(how_an_address_may_be_written)
{
    static const struct example examples[] = {
        {"X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"},
        {"X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"},
        {"X-Forwarded-For: [2001:db8::1]:443\r\n", "2001:db8::1"},
        {"X-Forwarded-For: 192.0.2.1, fd12::9\r\n", "192.0.2.1"},
        {"X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: \"192.0.2.1\"\r\n", "192.0.2.1"},
        {"Forwarded: for=192.0.2.1\r\n", "192.0.2.1"},
        {"Forwarded: For=\"[2001:db8:cafe::17]:4711\"\r\n", "2001:db8:cafe::17"},
        {"Forwarded: for=192.0.2.1;proto=http;by=203.0.113.43\r\n", "192.0.2.1"},
        {"Forwarded: proto=https; FOR=\"192.0.2.1:80\" ;by=_x\r\n", "192.0.2.1"},
        {"Forwarded: for=6.6.6.6, for=192.0.2.1, for=10.0.0.1\r\n", "192.0.2.1"},
        {"Forwarded: for=6.6.6.6\r\nForwarded: for=192.0.2.1\r\n", "192.0.2.1"},
        {"Forwarded: for=\"192.0.2.1:_port\"\r\n", "192.0.2.1"},
    };
    CHECK_ALL(examples);
}

TEST(what_is_hidden_or_wrong_names_nobody)
{
    static const struct example examples[] = {
        {"X-Forwarded-For: unknown\r\n", ""},
        {"X-Forwarded-For: 192.0.2.1, unknown\r\n", ""},
        {"X-Forwarded-For: 192.0.2.1, unknown, 10.0.0.1\r\n", ""},
        {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: garbage\r\n", ""},
        {"X-Forwarded-For: unknown\r\nX-Forwarded-For: 10.0.0.1\r\n", ""},
        {"X-Forwarded-For: 192.0.2.256\r\n", ""},
        {"X-Forwarded-For: 192.0.2.1:x\r\n", ""},
        {"X-Forwarded-For: [2001:db8::1\r\n", ""},
        {"X-Forwarded-For: [2001:db8::1]x\r\n", ""},
        {"X-Forwarded-For: []\r\n", ""},
        {"X-Forwarded-For: [\r\n", ""},
        {"X-Forwarded-For: \"\r\n", ""},
        {"X-Forwarded-For: 192.0.2.1 192.0.2.2\r\n", ""},
        {"Forwarded: for=unknown\r\n", ""},
        {"Forwarded: for=_gazonk\r\n", ""},
        {"Forwarded: for=192.0.2.1, for=_hidden\r\n", ""},
        {"Forwarded: by=192.0.2.1\r\n", ""},
        {"Forwarded: for=192.0.2.1;for=192.0.2.2\r\n", ""},
        {"Forwarded: \r\n", ""},
        {"Forwarded: for=\r\n", ""},
    };
    CHECK_ALL(examples);
}

TEST(what_a_client_made_up_does_not_hide_what_was_added)
{
    static const struct example examples[] = {
        {"Forwarded: for=\", for=192.0.2.1\r\n", "192.0.2.1"},
        {"Forwarded: for=\"6.6.6.6, for=192.0.2.1\r\n", "192.0.2.1"},
        {"Forwarded: for=\"\\\r\nForwarded: for=192.0.2.1\r\n", "192.0.2.1"},
        {"Forwarded: for=\", for=\"[2001:db8::1]:80\"\r\n", "2001:db8::1"},
        /* A front that speaks one of the two may pass on the other as it came. */
        {"Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1"},
        {"X-Forwarded-For: 192.0.2.1\r\nForwarded: for=6.6.6.6\r\n", "192.0.2.1"},
        {"X-Forwarded-For: unknown\r\nForwarded: for=6.6.6.6\r\n", ""},
    };
    CHECK_ALL(examples);
}
