#include "store/redis_address.h"

#include "store/mongo_link.h"
#include "tests/unit/test.h"

static struct redis_address address;

static const char *wrong(const char *url)
{
    return redis_address_read(&address, url);
}

TEST(a_host_alone_is_enough)
{
    EXPECT(!wrong("redis://redis"));
    EXPECT_EQ_STR(address.host, "redis");
    EXPECT_EQ_INT(address.port, REDIS_PORT);
    EXPECT_EQ_INT(address.database, 0);
    EXPECT_EQ_STR(address.user, "");
    EXPECT_EQ_STR(address.password, "");
    EXPECT(!wrong("redis://redis/"));
    EXPECT_EQ_STR(address.host, "redis");
}

TEST(everything_can_be_given)
{
    EXPECT(!wrong("redis://me:s3cret@db.example.org:6380/15"));
    EXPECT_EQ_STR(address.host, "db.example.org");
    EXPECT_EQ_INT(address.port, 6380);
    EXPECT_EQ_INT(address.database, 15);
    EXPECT_EQ_STR(address.user, "me");
    EXPECT_EQ_STR(address.password, "s3cret");
}

TEST(a_password_needs_no_user_and_may_have_any_characters)
{
    EXPECT(!wrong("redis://:p%40ss%2fw%3Ard@127.0.0.1:1"));
    EXPECT_EQ_STR(address.user, "");
    EXPECT_EQ_STR(address.password, "p@ss/w:rd");
    EXPECT_EQ_INT(address.port, 1);
}

TEST(ipv6_stands_in_brackets)
{
    EXPECT(!wrong("redis://[::1]:6380/1"));
    EXPECT_EQ_STR(address.host, "::1");
    EXPECT_EQ_INT(address.port, 6380);
    EXPECT(!wrong("redis://[fe80::1]"));
    EXPECT_EQ_STR(address.host, "fe80::1");
    EXPECT_EQ_INT(address.port, REDIS_PORT);
    EXPECT(wrong("redis://[::1]6380") != NULL);
    EXPECT(wrong("redis://[::1") != NULL);
}

TEST(a_socket_has_a_path)
{
    EXPECT(!wrong("unix:///run/redis/redis.sock"));
    EXPECT_EQ_STR(address.path, "/run/redis/redis.sock");
    EXPECT_EQ_STR(address.host, "");
    EXPECT(!wrong("unix://:pw@/run/r.sock?db=3"));
    EXPECT_EQ_STR(address.path, "/run/r.sock");
    EXPECT_EQ_STR(address.password, "pw");
    EXPECT_EQ_INT(address.database, 3);
}

TEST(what_is_wrong_is_told_without_the_password)
{
    static const char *const urls[] = {
        "",
        "redis:/x",
        "http://:secret@x",
        "rediss://:secret@x",
        "redis://",
        "redis://:secret@",
        "redis://:secret@x:",
        "redis://:secret@x:0",
        "redis://:secret@x:65536",
        "redis://:secret@x:99999999999999999999",
        "redis://:secret@x:6379/two",
        "redis://:secret@x/65536",
        "redis://:secret@x/1/2",
        "redis://secret@x",
        "redis://a:secret%4@x",
        "redis://a:secret%zz@x",
        "redis://a:secret%00@x",
        "redis://a:@x",
        "unix://:secret@relative",
        "unix://",
        "unix:///x?db=secret",
        "unix:///x?database=1",
    };
    for (uint32_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const char *why = wrong(urls[i]);
        if (!EXPECT(why))
            printf("%s\n", urls[i]);
        else
            EXPECT(!strstr(why, "secret"));
    }
}

TEST(what_is_too_long_is_wrong)
{
    char url[1024] = "redis://";
    memset(url + 8, 'h', REDIS_HOST_BYTES - 1);
    EXPECT(!wrong(url));
    memset(url + 8, 'h', REDIS_HOST_BYTES);
    EXPECT(wrong(url) != NULL);
    memcpy(url, "unix:///", 8);
    EXPECT(wrong(url) != NULL);
    memcpy(url, "redis://:", 9);
    memset(url + 9, 'p', REDIS_SECRET_BYTES);
    memcpy(url + 9 + REDIS_SECRET_BYTES, "@x", 3);
    EXPECT(wrong(url) != NULL);
}

TEST(mongodb_has_urls_of_its_own)
{
    struct mongo_address mongo;
    EXPECT(mongo_address_init(&mongo, "mongodb://u:p%40@a:1,b:2/x?replicaSet=r", NULL));
    EXPECT_EQ_STR(mongo.database, "signight_websocket");
    mongo_address_clear(&mongo);
    EXPECT(mongo_address_init(&mongo, "mongodb://a", "other"));
    EXPECT_EQ_STR(mongo.database, "other");
    mongo_address_clear(&mongo);
    EXPECT(!mongo_address_init(&mongo, "redis://a", NULL));
    EXPECT(!mongo_address_init(&mongo, "mongodb://u:p%zz@a", NULL));
    EXPECT(!mongo_address_init(&mongo, "mongodb://a", "with space"));
    EXPECT(!mongo_address_init(&mongo, "mongodb://a", ""));
    EXPECT(
        !mongo_address_init(&mongo, "mongodb://a",
                            "a23456789012345678901234567890123456789012345678901234567890123 4"));
}
