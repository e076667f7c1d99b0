/* Memory that is short at the start: whatever is made then is not made, and leaves nothing behind.
 */
#include "chat/chat.h"
#include "game/game.h"
#include "live/live.h"
#include "media/relay.h"
#include "net/admission.h"
#include "store/cache.h"
#include "tests/unit/memory.h"
#include "tests/unit/test.h"

static const uint8_t hash_key[16] = {3};

/* Fails each allocation in turn, until all succeed. */
static void expect_all_or_nothing(void *(*make)(const void *what), void (*end)(void *made),
                                  const void *what)
{
    uint32_t refusals = 0;
    for (uint32_t n = 0; memory_fails_at(n); n++) {
        void *made = make(what);
        memory_recovers();
        if (made == NULL) {
            refusals++;
            continue;
        }
        EXPECT(!memory_failed);
        end(made);
    }
    EXPECT(refusals > 0);
}

static void *make_service(const void *service)
{
    const struct service_config config = {.workers = 2, .sessions_max = 10};
    return ((const struct service *)service)->create(&config);
}

TEST(services)
{
    expect_all_or_nothing(make_service, chat_service.destroy, &chat_service);
    expect_all_or_nothing(make_service, live_service.destroy, &live_service);
    expect_all_or_nothing(make_service, game_service.destroy, &game_service);
}

static void *make_relay(const void *limits)
{
    return relay_new(limits, hash_key);
}

static void end_relay(void *relay)
{
    relay_free(relay);
}

TEST(the_relay)
{
    const struct relay_limits limits = {
        .peers_max = 4, .streams_max = 4, .streams_per_receiver_max = 4};
    expect_all_or_nothing(make_relay, end_relay, &limits);
}

static void *make_admission(const void *limits)
{
    return admission_new(limits, hash_key, 0);
}

static void end_admission(void *admission)
{
    admission_free(admission);
}

TEST(the_admission)
{
    const struct admission_limits limits = {.sockets_max = 4, .sessions_max = 4};
    expect_all_or_nothing(make_admission, end_admission, &limits);
}

static void *make_cache(const void *keys_max)
{
    return cache_new(*(const uint32_t *)keys_max, hash_key);
}

static void end_cache(void *cache)
{
    cache_free(cache);
}

TEST(the_places_of_keys_for_redis)
{
    const uint32_t keys_max = 4;
    expect_all_or_nothing(make_cache, end_cache, &keys_max);
}
