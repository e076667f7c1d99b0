/* The relay when memory is short: OpenSSL's allocations, in which keys are kept, fail one after the
 * other. Whoever finds no room is not added, and nothing is left behind. */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/check.h"
#include "media/relay.h"
#include "tests/unit/test.h"

static const uint8_t hash_key[16] = {7};
static const struct relay_limits limits = {
    .peers_max = 4, .streams_max = 4, .streams_per_receiver_max = 4};

static uint32_t left = UINT32_MAX; /* allocations that still succeed; UINT32_MAX: all */

static bool refused(void)
{
    if (left == 0)
        return true;
    left -= left != UINT32_MAX;
    return false;
}

static void *take(size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return refused() ? NULL : malloc(len);
}

static void *take_again(void *memory, size_t len, const char *file, int line)
{
    (void)file, (void)line;
    return refused() ? NULL : realloc(memory, len);
}

static void give_back(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

/* Before anything of OpenSSL is used. */
__attribute__((constructor)) static void set_memory(void)
{
    CHECK(CRYPTO_set_mem_functions(take, take_again, give_back) == 1);
}

static void add_when_short(struct relay *relay, enum media_suite suite)
{
    const struct media_order add = {.op = MEDIA_ADD, .suite = suite, .channel = 1, .ssrc = 5};
    const struct media_order remove = {.op = MEDIA_REMOVE, .channel = 1, .ssrc = 5};
    uint32_t refusals = 0;
    for (bool added = false; !added && refusals < 10000; refusals += !added) {
        left = refusals;
        added = relay_order(relay, &add, refusals);
        left = UINT32_MAX;
        EXPECT_EQ_INT(relay_peers(relay), added ? 1 : 0);
    }
    EXPECT(refusals > 4 && refusals < 10000);
    EXPECT(relay_order(relay, &remove, 1));
    EXPECT_EQ_INT(relay_peers(relay), 0);
}

TEST(a_peer_whose_keys_find_no_room_is_not_added)
{
    struct relay *relay = relay_new(&limits, hash_key);
    REQUIRE(relay != NULL);
    for (enum media_suite suite = 0; suite < MEDIA_SUITES; suite++)
        add_when_short(relay, suite);
    relay_free(relay);
}

TEST(a_relay_that_finds_no_room_is_none)
{
    struct relay *relay = NULL;
    for (uint32_t n = 0; relay == NULL && n < 10000; n++) {
        left = n;
        relay = relay_new(&limits, hash_key);
        left = UINT32_MAX;
    }
    REQUIRE(relay != NULL);
    EXPECT(relay_peers(relay) == 0);
    relay_free(relay);
}
