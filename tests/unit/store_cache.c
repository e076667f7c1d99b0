#include "store/cache.h"

#include "base/check.h"

#include "tests/unit/test.h"

enum { KEYS_MAX = 8, ARENA_BYTES = 4096 };

static const uint8_t hash_key[16] = {7};
static struct cache *cache;
static struct arena arena;

static void open_cache(void)
{
    cache = cache_new(KEYS_MAX, hash_key);
    CHECK(cache && arena_init(&arena, ARENA_BYTES) == 0);
}

static void close_cache(void)
{
    cache_free(cache);
    arena_clear(&arena);
}

static bool state(const char *room, const char *client, const char *text)
{
    return cache_take(cache, &(struct store_order){.kind = STORE_STATE,
                                                   .room_id = test_str_of_text(room),
                                                   .client_id = test_str_of_text(client),
                                                   .text = test_str_of_text(text)});
}

static bool gone(const char *room, const char *client)
{
    return cache_take(cache, &(struct store_order){.kind = STORE_GONE,
                                                   .room_id = test_str_of_text(room),
                                                   .client_id = test_str_of_text(client)});
}

static bool count(const char *room, uint32_t players)
{
    return cache_take(cache, &(struct store_order){.kind = STORE_ROOM,
                                                   .room_id = test_str_of_text(room),
                                                   .players = players});
}

/* All new keys are noted; returns how many there were. */
static uint32_t note_all(void)
{
    struct store_order order;
    uint32_t noted = 0;
    while (cache_note(cache, &arena, &order)) {
        cache_noted(cache, &order);
        noted++;
    }
    arena_reset(&arena, 0);
    return noted;
}

static bool send(struct cache_task *task)
{
    return cache_send(cache, &arena, task);
}

/* All that waits reaches Redis; returns how much. */
static uint32_t send_all(uint64_t now_ms)
{
    struct cache_task task;
    uint32_t sent = 0;
    for (; send(&task); sent++) {
        cache_settle(cache, &task, true, now_ms);
        arena_reset(&arena, 0);
    }
    return sent;
}

TEST(a_state_is_noted_then_sent_once_with_its_newest_value)
{
    struct cache_task task;
    struct store_order order;
    open_cache();
    EXPECT(state("r", "a", "old"));
    EXPECT(!send(&task));
    REQUIRE(cache_note(cache, &arena, &order));
    EXPECT_EQ_STR(order.room_id, "r");
    EXPECT_EQ_STR(order.client_id, "a");
    EXPECT(!cache_note(cache, &arena, &order));
    EXPECT(state("r", "a", "a newer and longer one"));
    EXPECT(!send(&task)); /* not noted yet */
    cache_noted(cache, &order);
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_SET_STATE);
    EXPECT_EQ_STR(task.room_id, "r");
    EXPECT_EQ_STR(task.client_id, "a");
    EXPECT_EQ_STR(task.state, "a newer and longer one");
    EXPECT(!send(&task));
    EXPECT(!cache_settle(cache, &task, true, 0));
    EXPECT(!send(&task));
    EXPECT(!cache_has_work(cache));
    EXPECT(state("r", "a", "x"));
    REQUIRE(send(&task)); /* known already */
    EXPECT_EQ_STR(task.state, "x");
    close_cache();
}

TEST(what_changes_while_it_is_sent_is_sent_again)
{
    struct cache_task task;
    open_cache();
    EXPECT(state("r", "a", "1"));
    note_all();
    REQUIRE(send(&task));
    EXPECT(state("r", "a", "2"));
    EXPECT(!cache_settle(cache, &task, true, 0));
    REQUIRE(send(&task));
    EXPECT_EQ_STR(task.state, "2");
    EXPECT(!cache_settle(cache, &task, true, 0));
    EXPECT(!send(&task));
    close_cache();
}

TEST(what_redis_did_not_take_waits_again)
{
    struct cache_task task;
    open_cache();
    EXPECT(state("r", "a", "1"));
    note_all();
    REQUIRE(send(&task));
    EXPECT(!cache_settle(cache, &task, false, 0));
    EXPECT(cache_has_work(cache));
    EXPECT_EQ_INT(send_all(0), 1);
    close_cache();
}

TEST(who_leaves_is_deleted_and_then_forgotten)
{
    struct cache_task task;
    open_cache();
    EXPECT(state("r", "a", "1"));
    note_all();
    send_all(0);
    EXPECT(gone("r", "a"));
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_DELETE);
    EXPECT(!cache_settle(cache, &task, false, 0));
    REQUIRE(send(&task));
    EXPECT(cache_settle(cache, &task, true, 0)); /* the journal may forget it */
    EXPECT_EQ_INT(cache_count(cache), 0);
    close_cache();
}

TEST(who_leaves_before_the_key_was_noted_leaves_no_trace)
{
    open_cache();
    EXPECT(state("r", "a", "1"));
    EXPECT(gone("r", "a"));
    EXPECT_EQ_INT(cache_count(cache), 0);
    EXPECT(!cache_has_work(cache));
    close_cache();
}

TEST(who_leaves_while_the_key_is_noted_is_deleted)
{
    struct cache_task task;
    struct store_order order;
    open_cache();
    EXPECT(state("r", "a", "1"));
    REQUIRE(cache_note(cache, &arena, &order));
    EXPECT(gone("r", "a"));
    EXPECT(!send(&task));
    cache_noted(cache, &order);
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_DELETE);
    EXPECT(cache_settle(cache, &task, true, 0));
    close_cache();
}

TEST(who_comes_back_while_being_deleted_is_written_again)
{
    struct cache_task task;
    open_cache();
    EXPECT(state("r", "a", "1"));
    note_all();
    send_all(0);
    EXPECT(gone("r", "a"));
    REQUIRE(send(&task));
    EXPECT(state("r", "a", "2"));
    EXPECT(!cache_settle(cache, &task, true, 0)); /* not to be forgotten */
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_SET_STATE);
    EXPECT_EQ_STR(task.state, "2");
    close_cache();
}

TEST(keys_of_a_former_life_are_deleted)
{
    struct cache_task task;
    open_cache();
    EXPECT(gone("r", "stranger"));
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_DELETE);
    EXPECT_EQ_STR(task.client_id, "stranger");
    EXPECT(cache_settle(cache, &task, true, 0));
    close_cache();
}

TEST(a_room_has_its_count_until_it_is_empty)
{
    struct cache_task task;
    open_cache();
    EXPECT(count("r", 1));
    EXPECT(count("r", 2));
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.action, CACHE_SET_COUNT);
    EXPECT_EQ_INT(task.players, 2);
    EXPECT(!cache_settle(cache, &task, true, 0));
    EXPECT(count("r", 2)); /* a message was said */
    EXPECT(!cache_has_work(cache));
    EXPECT(count("r", 0));
    REQUIRE(send(&task));
    EXPECT_EQ_INT(task.players, 0);
    EXPECT(!cache_settle(cache, &task, true, 0)); /* nothing that the journal had noted */
    EXPECT_EQ_INT(cache_count(cache), 0);
    close_cache();
}

TEST(what_stands_still_is_written_again_before_it_expires)
{
    open_cache();
    EXPECT_EQ_INT(cache_refresh(cache, 0), UINT64_MAX);
    EXPECT(state("r", "a", "1"));
    EXPECT(count("r", 1));
    note_all();
    EXPECT_EQ_INT(send_all(1000), 2);
    EXPECT_EQ_INT(cache_refresh(cache, 1000), 1000 + CACHE_COUNT_AGAIN_MS);
    EXPECT_EQ_INT(send_all(1000), 0);
    cache_refresh(cache, 1000 + CACHE_COUNT_AGAIN_MS);
    EXPECT_EQ_INT(send_all(1000 + CACHE_COUNT_AGAIN_MS), 1);
    cache_refresh(cache, 1000 + CACHE_STATE_AGAIN_MS);
    EXPECT_EQ_INT(send_all(1000 + CACHE_STATE_AGAIN_MS), 2);
    close_cache();
}

TEST(all_is_written_again_when_redis_may_have_lost_it)
{
    open_cache();
    EXPECT(state("r", "a", "1"));
    EXPECT(state("r", "b", "1"));
    EXPECT(count("r", 2));
    note_all();
    EXPECT_EQ_INT(send_all(0), 3);
    cache_renew(cache);
    EXPECT_EQ_INT(send_all(0), 3);
    close_cache();
}

TEST(a_full_table_says_so_and_goes_on)
{
    char client[2] = "a";
    open_cache();
    for (uint32_t i = 0; i < KEYS_MAX; i++, client[0]++)
        EXPECT(state("r", client, "1"));
    EXPECT(!state("r", "one more", "1"));
    EXPECT(!count("r", 1));
    EXPECT(state("r", "a", "2")); /* has its place */
    note_all();
    EXPECT_EQ_INT(send_all(0), KEYS_MAX);
    EXPECT(gone("r", "a"));
    EXPECT_EQ_INT(send_all(0), 1);
    EXPECT(state("r", "one more", "1"));
    close_cache();
}

TEST(without_space_for_its_texts_a_key_waits)
{
    struct arena small;
    struct cache_task task;
    struct store_order order;
    open_cache();
    REQUIRE(arena_init(&small, 16) == 0);
    small.capacity = 16;
    EXPECT(state("a room", "a client", "a state of some length"));
    EXPECT(!cache_note(cache, &small, &order));
    note_all();
    EXPECT(!cache_send(cache, &small, &task));
    EXPECT(send(&task));
    arena_clear(&small);
    close_cache();
}

/* What Redis has, and what it should have, for a few players of one room. */
struct player {
    bool here, in_redis;
    char value, in_redis_value;
};

TEST(whatever_happens_redis_has_what_it_should_in_the_end)
{
    enum { PLAYERS = 6, STEPS = 20000 };
    struct player players[PLAYERS] = {0};
    struct cache_task sent[PLAYERS];
    struct store_order noting[PLAYERS];
    uint32_t sent_count = 0, noting_count = 0;
    open_cache();
    for (uint32_t step = 0;
         step < STEPS || sent_count > 0 || noting_count > 0 || cache_has_work(cache); step++) {
        uint32_t which = test_below(PLAYERS);
        char client[2] = {(char)('a' + which), 0}, value[2] = {(char)('A' + test_below(26)), 0};
        struct player *player = &players[which];
        switch (test_below(step < STEPS ? 6 : 4)) {
        case 0: /* a key goes to the journal */
            noting_count += cache_note(cache, &arena, &noting[noting_count]);
            break;
        case 1: /* and is noted there */
            for (uint32_t i = 0; i < noting_count; i++)
                cache_noted(cache, &noting[i]);
            noting_count = 0;
            break;
        case 2: /* a task goes to Redis */
            sent_count += send(&sent[sent_count]);
            break;
        case 3: /* which does all of them, or nothing */
            for (uint32_t i = 0, done = test_below(3); i < sent_count; i++) {
                struct player *target = &players[sent[i].client_id.base[0] - 'a'];
                if (done > 0) {
                    target->in_redis = sent[i].action == CACHE_SET_STATE;
                    target->in_redis_value = target->in_redis ? sent[i].state.base[0] : 0;
                }
                cache_settle(cache, &sent[i], done > 0, step);
            }
            sent_count = 0;
            break;
        case 4:
            REQUIRE(state("r", client, value));
            player->here = true;
            player->value = value[0];
            break;
        default:
            if (player->here)
                REQUIRE(gone("r", client));
            player->here = false;
        }
        if (sent_count == 0 && noting_count == 0)
            arena_reset(&arena, 0);
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        EXPECT_EQ_INT(players[i].in_redis, players[i].here);
        EXPECT(!players[i].here || players[i].in_redis_value == players[i].value);
    }
    close_cache();
}
