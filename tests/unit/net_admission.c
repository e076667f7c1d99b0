/* Bounds on connections and guesses, shared by threads. */
#include "net/admission.h"

#include <pthread.h>

#include "tests/unit/test.h"

static const uint8_t hash_key[16] = {1, 2, 3};
static const struct admission_limits limits = {
    .sockets_max = 5,
    .sessions_max = 2,
    .per_address_max = 3,
    .guesses = {.max = 4, .refill_ms = 100, .refill = 1},
};

static struct ip address(const char *text)
{
    struct ip result;
    EXPECT(ip_parse((struct str){text, strlen(text)}, &result));
    return result;
}

static enum admission_result enter(struct admission *admission, const char *text,
                                   struct admitted *admitted)
{
    struct ip from = address(text);
    return admission_enter(admission, &from, admitted);
}

TEST(so_many_from_one_address)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    struct admitted a[3], b;
    for (size_t i = 0; i < 3; i++)
        EXPECT_EQ_INT(enter(admission, "192.0.2.1", &a[i]), ADMISSION_GRANTED);
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &b), ADMISSION_ADDRESS_FULL);
    EXPECT_EQ_INT(enter(admission, "::ffff:192.0.2.1", &b), ADMISSION_ADDRESS_FULL);
    EXPECT_EQ_INT(enter(admission, "192.0.2.2", &b), ADMISSION_GRANTED);
    admission_leave(admission, a[0]);
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &a[0]), ADMISSION_GRANTED);
    admission_free(admission);
}

TEST(so_many_in_all)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    struct admitted taken[5], more;
    for (size_t i = 0; i < 5; i++)
        EXPECT_EQ_INT(enter(admission, "127.0.0.1", &taken[i]), ADMISSION_GRANTED);
    EXPECT_EQ_INT(enter(admission, "127.0.0.1", &more), ADMISSION_FULL);
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &more), ADMISSION_FULL);
    for (size_t i = 0; i < 5; i++)
        admission_leave(admission, taken[i]);
    EXPECT_EQ_INT(atomic_load(&admission->sockets), 0);
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &more), ADMISSION_GRANTED);
    admission_free(admission);
}

TEST(loopback_is_spared_unless_told_otherwise)
{
    struct admitted admitted;
    struct admission *admission = admission_new(&limits, hash_key, true);
    const char *const loopback[] = {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"};
    for (size_t i = 0; i < 4; i++) {
        EXPECT_EQ_INT(enter(admission, loopback[i], &admitted), ADMISSION_GRANTED);
        EXPECT(admitted.trusted);
    }
    EXPECT_EQ_INT(enter(admission, "128.0.0.1", &admitted), ADMISSION_GRANTED);
    EXPECT(!admitted.trusted);
    admission_free(admission);

    admission = admission_new(&limits, hash_key, false);
    EXPECT_EQ_INT(enter(admission, "127.0.0.1", &admitted), ADMISSION_GRANTED);
    EXPECT(!admitted.trusted);
    admission_free(admission);
}

TEST(an_ipv6_network_counts_as_one)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    struct admitted a, b, other;
    EXPECT_EQ_INT(enter(admission, "2001:db8::1", &a), ADMISSION_GRANTED);
    EXPECT_EQ_INT(enter(admission, "2001:db8::ffff:1", &b), ADMISSION_GRANTED);
    EXPECT_EQ_INT(a.bucket, b.bucket);
    EXPECT_EQ_INT(enter(admission, "2001:db8:0:1::1", &other), ADMISSION_GRANTED);
    EXPECT(a.bucket != other.bucket);
    admission_free(admission);
}

TEST(places_for_sessions)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    EXPECT(admission_session_enter(admission));
    EXPECT(admission_session_enter(admission));
    EXPECT(!admission_session_enter(admission));
    admission_session_leave(admission);
    EXPECT(admission_session_enter(admission));
    admission_free(admission);
}

TEST(a_worker_whose_clock_is_behind_forgives_nothing)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    struct admitted admitted;
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &admitted), ADMISSION_GRANTED);
    for (size_t i = 0; i < 4; i++)
        EXPECT(!admission_guess(admission, admitted, 1000 - 250 * i));
    EXPECT(admission_guess(admission, admitted, 999));
    EXPECT(admission_barred(admission, admitted, 0));
    EXPECT(!admission_barred(admission, admitted, 1100));
    admission_free(admission);
}

TEST(guesses_run_out_and_come_back)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    struct admitted admitted, trusted;
    EXPECT_EQ_INT(enter(admission, "192.0.2.1", &admitted), ADMISSION_GRANTED);
    EXPECT_EQ_INT(enter(admission, "127.0.0.1", &trusted), ADMISSION_GRANTED);
    for (size_t i = 0; i < 4; i++)
        EXPECT(!admission_guess(admission, admitted, 1000));
    EXPECT(admission_guess(admission, admitted, 1000));
    EXPECT(admission_barred(admission, admitted, 1099));
    EXPECT(admission_guess(admission, admitted, 1099));
    EXPECT(!admission_barred(admission, admitted, 1100));
    EXPECT(!admission_barred(admission, trusted, 1099));
    EXPECT(!admission_guess(admission, admitted, 1100));
    EXPECT(admission_guess(admission, admitted, 1150));
    for (size_t i = 0; i < 100; i++)
        EXPECT(!admission_guess(admission, trusted, 1000));
    admission_free(admission);
}

TEST(connections_of_proxies_count_for_their_clients)
{
    struct ip_range proxies[2];
    EXPECT(ip_range_parse(STR("10.0.0.0/8"), &proxies[0]));
    EXPECT(ip_range_parse(STR("::1"), &proxies[1]));
    struct admission_limits with = limits;
    with.proxies = proxies;
    with.proxies_count = 2;
    struct admission *admission = admission_new(&with, hash_key, true);
    struct ip client_address = address("192.0.2.1"), local = address("127.0.0.1");
    struct admitted client = admission_client(admission, &client_address), a[5];
    EXPECT(!client.trusted && !client.proxy);
    EXPECT(admission_client(admission, &local).trusted);
    for (size_t i = 0; i < 5; i++) /* more than one address may have */
        EXPECT_EQ_INT(enter(admission, i == 4 ? "::1" : "10.1.2.3", &a[i]), ADMISSION_GRANTED);
    for (size_t i = 0; i < 3; i++) {
        EXPECT(a[i].proxy);
        EXPECT(admission_turn(admission, &a[i], client));
        EXPECT(!a[i].proxy);
        EXPECT_EQ_INT(a[i].bucket, client.bucket);
    }
    EXPECT(!admission_turn(admission, &a[3], client));
    EXPECT(a[3].proxy); /* as it was */
    EXPECT(admission_turn(admission, &a[4], admission_client(admission, &local)));
    admission_leave(admission, a[0]);
    EXPECT(admission_turn(admission, &a[3], client));
    for (size_t i = 1; i < 5; i++)
        admission_leave(admission, a[i]);
    EXPECT_EQ_INT(atomic_load(&admission->sockets), 0);
    for (size_t i = 0; i < ADMISSION_BUCKETS; i++)
        EXPECT_EQ_INT(atomic_load(&admission->buckets[i].sockets), 0);
    EXPECT_EQ_INT(enter(admission, "11.0.0.1", &a[0]), ADMISSION_GRANTED);
    EXPECT(!a[0].proxy);
    /* One that goes without having named a client gives back no place of its own. */
    EXPECT_EQ_INT(enter(admission, "10.1.2.3", &a[1]), ADMISSION_GRANTED);
    struct admitted proxy = a[1];
    admission_leave(admission, a[1]);
    EXPECT_EQ_INT(atomic_load(&admission->buckets[proxy.bucket].sockets), 0);
    EXPECT_EQ_INT(atomic_load(&admission->sockets), 1);
    admission_free(admission);
}

static void *come_and_go(void *context)
{
    struct admission *admission = context;
    for (uint32_t i = 0; i < 20000; i++) {
        struct admitted admitted;
        if (enter(admission, "192.0.2.1", &admitted) == ADMISSION_GRANTED)
            admission_leave(admission, admitted);
    }
    return NULL;
}

TEST(nothing_is_lost_between_threads)
{
    struct admission *admission = admission_new(&limits, hash_key, true);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, come_and_go, admission) == 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    EXPECT_EQ_INT(atomic_load(&admission->sockets), 0);
    struct admitted admitted;
    for (size_t i = 0; i < 3; i++)
        EXPECT_EQ_INT(enter(admission, "192.0.2.1", &admitted), ADMISSION_GRANTED);
    admission_free(admission);
}
