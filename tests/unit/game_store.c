/* What game tells a store, when, and how rooms open with one: whether it answers at once, late, not
 * at all, or says that it is full. */
#include "tests/unit/game_fixture.h"

static struct fixture fixture, *const f = &fixture;

enum { OPENING_MS = 5000, CACHED_MS = 250, ACTIVE_MS = 1000, SEAT_MS = 10000 };

static void start(uint32_t workers, bool cache)
{
    game_init_with(f, workers, (struct game_options){.store = true, .cache = cache});
    for (uint32_t i = 0; i < 4; i++)
        fixture_open(f, 0);
}

/* A message of former times. */
static void remember(const char *room, const char *name, const char *text, uint64_t at_ns)
{
    struct store_order order = {.kind = STORE_ENTRY,
                                .at_ns = at_ns,
                                .room_id = TEST_STR(room),
                                .id = STR("3f5b5049-0000-4000-8000-000000000001"),
                                .client_id = STR("30c097fb-0000-4000-8000-000000000002"),
                                .name = TEST_STR(name),
                                .text = TEST_STR(text)};
    game_keep(&order);
}

/* The oldest question is answered; what comes of it. */
static const char *answer(bool refused)
{
    f->text_len = 0;
    f->text[0] = 0;
    CHECK(game_answer(f, refused));
    return fixture_settle(f);
}

/* One worker */

TEST(a_room_that_opens_asks_for_its_messages_and_who_joins_waits)
{
    start(1, false);
    remember("r", "Old", "hi", 1);
    remember("r", "Older", "ho", 2);
    remember("s", "Old", "of another room", 3);
    own.away = true;
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"), "store recall r");
    EXPECT(f->clients[0].waiting);
    EXPECT_EQ_INT(game_service.facts(f->states[0], f->clients[0].slot), 0);
    EXPECT_EQ_STR(answer(false), "0 welcome 0:A (r -1 Old: hi) (r -1 Older: ho)\nstore room r 1");
    EXPECT_EQ_STR((const char *)own.last_stamp, "1970-01-01T00:00:00.000000002Z");
    EXPECT_EQ_STR(
        say_join(f, 1, "r", "B"),
        "1 welcome 0:A 1:B (r -1 Old: hi) (r -1 Older: ho)\n0 joined 1:B\nstore room r 2");
    fixture_clear(f);
}

TEST(all_who_wait_are_welcomed_in_the_order_in_which_they_came)
{
    start(1, false);
    own.away = true;
    EXPECT_EQ_STR(say_join(f, 2, "r", "C"), "store recall r");
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"), "");
    EXPECT_EQ_STR(say_join(f, 3, "s", "D"), "store recall s");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "");
    EXPECT_EQ_STR(answer(false), "2 welcome 2:C\nstore room r 1\n"
                                 "0 welcome 2:C 0:A\n2 joined 0:A\nstore room r 2\n"
                                 "1 welcome 2:C 0:A 1:B\n0+2 joined 1:B\nstore room r 3");
    EXPECT_EQ_STR(answer(false), "3 welcome 3:D\nstore room s 1");
    fixture_clear(f);
}

TEST(who_waits_stays_in_its_room_until_then)
{
    start(1, false);
    say_join(f, 0, "r", "A");
    say_join(f, 1, "r", "B");
    own.away = true;
    EXPECT_EQ_STR(say_join(f, 0, "s", "A"), "store recall s");
    EXPECT_EQ_STR(say_chat(f, 1, "hi"), "store entry r 1 B: hi\n0 chat 1 B: hi\nstore room r 2");
    EXPECT_EQ_STR(answer(false), "1 left 0\nstore room r 1\n0 welcome 0:A\nstore room s 1");
    fixture_clear(f);
}

TEST(who_closes_while_it_waits_leaves_the_line)
{
    start(1, false);
    own.away = true;
    for (uint32_t i = 0; i < 4; i++)
        say_join(f, i, "r", "x");
    EXPECT_EQ_STR(fixture_close(f, 1), "");
    EXPECT_EQ_STR(fixture_close(f, 0), "");
    EXPECT_EQ_STR(fixture_close(f, 3), "");
    EXPECT_EQ_STR(answer(false), "2 welcome 2:x\nstore room r 1");
    fixture_close(f, 2);
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 0);
    fixture_clear(f);
}

TEST(an_answer_for_a_room_that_is_gone_is_ignored)
{
    start(1, false);
    remember("r", "Old", "hi", 1);
    own.away = true;
    say_join(f, 0, "r", "A");
    fixture_close(f, 0);
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 0);
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "store recall r"); /* the same room, opened anew */
    EXPECT_EQ_STR(answer(false), "");
    EXPECT(f->clients[1].waiting);
    EXPECT_EQ_STR(answer(false), "1 welcome 1:B (r -1 Old: hi)\nstore room r 1");
    fixture_clear(f);
}

TEST(a_store_that_is_full_opens_no_room)
{
    start(1, false);
    say_join(f, 0, "r", "A");
    own.away = true;
    say_join(f, 0, "s", "A");
    say_join(f, 1, "s", "B");
    EXPECT_EQ_STR(answer(true), "0 error The server cannot open another room now\n"
                                "1 error The server cannot open another room now");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    EXPECT_EQ_INT(game_service.facts(f->states[0], f->clients[0].slot), GAME_JOINED);
    EXPECT_EQ_STR(say_chat(f, 0, "on"), "store entry r 0 A: on\nstore room r 1");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"),
                  "1 welcome 0:A 1:B (r 0 A: on)\n0 joined 1:B\nstore room r 2");
    EXPECT_EQ_STR(say_join(f, 0, "s", "A"), "store recall s"); /* it may be otherwise now */
    EXPECT_EQ_STR(answer(false), "1 left 0\nstore room r 1\n0 welcome 0:A\nstore room s 1");
    fixture_clear(f);
}

TEST(a_store_that_does_not_answer_opens_no_room)
{
    start(1, false);
    own.away = true;
    say_join(f, 0, "r", "A");
    EXPECT_EQ_STR(fixture_wait(f, OPENING_MS - 1), "");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 error The server cannot open another room now\n"
                                      "1 error The server cannot open another room now");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 0);
    EXPECT_EQ_STR(answer(false), ""); /* too late */
    EXPECT_EQ_STR(fixture_wait(f, SEAT_MS), "");
    EXPECT(game_service.next_ms(f->states[0]) > f->turn.now_ms);
    fixture_clear(f);
}

TEST(a_room_that_opens_has_places_for_no_more_than_fit)
{
    start(1, false);
    own.away = true;
    for (uint32_t i = 0; i < PLAYERS_MAX; i++)
        EXPECT_EQ_STR(say_join(f, i < 4 ? i : fixture_open(f, 0), "r", "x"),
                      i == 0 ? "store recall r" : "");
    uint32_t late = fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, late, "r", "x"), "200 error Room is full");
    fixture_close(f, 100);
    EXPECT_EQ_STR(say_join(f, late, "r", "Late"), "");
    EXPECT(strstr(answer(false), "200 welcome") != NULL);
    EXPECT(strstr(f->text, "store room r 200") != NULL);
    fixture_clear(f);
}

TEST(a_room_that_is_remembered_is_not_asked_for_again)
{
    start(1, false);
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"), "store recall r\n0 welcome 0:A\nstore room r 1");
    say_chat(f, 0, "hi");
    EXPECT_EQ_STR(fixture_close(f, 0), "store room r 0");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "1 welcome 1:B (r 0 A: hi)\nstore room r 1");
    EXPECT_EQ_STR(say_join(f, 1, "silent", "B"), "store recall silent\nstore room r 0\n"
                                                 "1 welcome 1:B\nstore room silent 1");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "store room silent 0\n1 welcome 1:B (r 0 A: hi)\n"
                                            "store room r 1");
    EXPECT_EQ_STR(say_join(f, 2, "silent", "C"),
                  "store recall silent\n2 welcome 2:C\nstore room silent 1"); /* nothing to keep */
    fixture_clear(f);
}

TEST(new_moments_stay_above_those_of_the_store)
{
    start(1, false);
    remember("r", "Old", "of tomorrow", UINT64_C(1795339929598000007));
    say_join(f, 0, "r", "A");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-22T09:32:09.598000007Z");
    say_join(f, 1, "r", "B");
    say_chat(f, 0, "now");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-22T09:32:09.598000008+00:00");
    EXPECT(own.entries[1].order.at_ns == UINT64_C(1795339929598000008));
    fixture_clear(f);
}

TEST(messages_of_the_store_that_break_a_bound_are_left_out)
{
    static char long_name[202], long_text[1002];
    memset(long_name, 'n', 201);
    memset(long_text, 't', 1001);
    start(1, false);
    remember("r", "", "nobody", 1);
    remember("r", "N", "", 2);
    remember("r", "Old", "fine", 3);
    own.entries[1].order.client_id.len = 35;
    own.entries[0].order.name = TEST_STR((const char *)long_name);
    own.entries[1].order.text = STR("x");
    remember("r", "", "nobody", 4);
    remember("r", "N", "x", 5);
    own.entries[4].order.id.len = 37;
    remember("r", "N", "x", 6);
    own.entries[5].order.text = TEST_STR((const char *)long_text);
    remember("r", "N", "", 7);
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"),
                  "store recall r\n0 welcome 0:A (r -1 Old: fine)\nstore room r 1");
    fixture_clear(f);
}

/* What is told */

TEST(a_message_is_told_before_it_is_shown)
{
    start(1, false);
    say_join(f, 0, "r", "A");
    say_join(f, 1, "r", "B");
    EXPECT_EQ_STR(say_chat(f, 0, "hi"), "store entry r 0 A: hi\n1 chat 0 A: hi\nstore room r 2");
    struct store_order *order = &own.entries[0].order;
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-21T09:32:09.598000000+00:00");
    EXPECT(order->at_ns == UINT64_C(1795253529598000000));
    EXPECT_EQ_STR(order->client_id, ((struct str){own.ids[0], UUID_TEXT_LEN}));
    EXPECT(order->id.base[14] == '4');
    say_update(f, 0, "Anna", "1");
    EXPECT_EQ_STR(say_chat(f, 0, "me"),
                  "store entry r 0 Anna: me\n1 chat 0 Anna: me\nstore room r 2");
    EXPECT(memcmp(own.entries[1].order.id.base, order->id.base, UUID_TEXT_LEN) != 0);
    fixture_clear(f);
}

TEST(updates_tell_of_a_room_once_a_second)
{
    start(1, false);
    say_join(f, 0, "r", "A");
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "");
    fixture_wait(f, ACTIVE_MS - 1);
    EXPECT_EQ_STR(say_update(f, 0, "A", "2"), "");
    fixture_wait(f, 1);
    EXPECT_EQ_STR(say_update(f, 0, "A", "3"), "store room r 1");
    EXPECT_EQ_STR(say_update(f, 0, "A", "4"), "");
    fixture_wait(f, ACTIVE_MS / 2);
    say_join(f, 1, "r", "B");
    fixture_wait(f, ACTIVE_MS / 2);
    EXPECT_EQ_STR(say_update(f, 0, "A", "5"), "1 update 0:A #012345 5,5,5 1,-0,-0,-0");
    fixture_clear(f);
}

TEST(a_state_goes_to_the_cache_at_once_and_then_the_newest_in_time)
{
    start(1, true);
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"),
                  "store recall r\n0 welcome 0:A\nstore room r 1\nstore state r 0:A");
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "");
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS - 1), "");
    EXPECT_EQ_STR(say_update(f, 0, "A", "2"), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "store state r 0:A #012345 2,2,2 1,-0,-0,-0");
    EXPECT_EQ_STR(fixture_wait(f, 10 * CACHED_MS), "");
    EXPECT(game_service.next_ms(f->states[0]) > f->turn.now_ms + CACHED_MS);
    say_update(f, 0, "A", "3");
    EXPECT_EQ_STR(say_join(f, 0, "r", "A2"), "0 welcome 0:A2\nstore room r 1\nstore state r 0:A2");
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS), ""); /* it is told already */
    fixture_clear(f);
}

TEST(all_states_of_a_room_go_to_the_cache_and_none_of_who_has_left)
{
    start(1, true);
    for (uint32_t i = 0; i < 3; i++)
        say_join(f, i, "r", "x");
    for (uint32_t i = 0; i < 3; i++)
        say_update(f, i, "y", "1");
    EXPECT_EQ_STR(fixture_close(f, 1), "store gone r 1\n0+2 left 1\nstore room r 2");
    EXPECT_EQ_STR(say_join(f, 2, "s", "z"),
                  "store recall s\nstore gone r 2\n0 left 2\nstore room r 1\n2 welcome 2:z\n"
                  "store room s 1\nstore state s 2:z");
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS), "store state r 0:y #012345 1,1,1 1,-0,-0,-0");
    say_update(f, 0, "y", "2");
    EXPECT_EQ_STR(fixture_close(f, 0), "store gone r 0\nstore room r 0");
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS), "");
    fixture_clear(f);
}

TEST(a_room_that_closes_has_no_timers_left)
{
    start(1, true);
    say_join(f, 0, "r", "A");
    say_update(f, 0, "A", "1");
    EXPECT_EQ_STR(fixture_close(f, 0), "store gone r 0\nstore room r 0");
    say_join(f, 1, "s", "B"); /* where the first room was */
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS), "");
    say_update(f, 1, "B", "1");
    EXPECT_EQ_STR(fixture_wait(f, CACHED_MS), "store state s 1:B #012345 1,1,1 1,-0,-0,-0");
    fixture_clear(f);
}

TEST(the_first_tick_of_a_room_is_no_longer_than_others)
{
    game_init_with(f, 1, (struct game_options){.tick_ms = 50, .store = true});
    for (uint32_t i = 0; i < 2; i++)
        fixture_open(f, 0);
    say_join(f, 0, "r", "A");
    say_join(f, 1, "r", "B");
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "");
    EXPECT_EQ_STR(fixture_wait(f, 49), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "1 update 0:A #012345 1,1,1 1,-0,-0,-0");
    fixture_clear(f);
}

TEST(many_rooms_at_once_are_told_over_several_calls)
{
    start(1, true);
    char room[16];
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        uint32_t number = i < 4 ? i : fixture_open(f, 0);
        snprintf(room, sizeof room, "r%u", i / (PLAYERS_MAX - 1));
        say_join(f, number, room, "x");
    }
    for (uint32_t i = 0; i < CLIENTS_MAX; i++)
        say_update(f, i, "y", "1");
    const char *told = fixture_wait(f, CACHED_MS);
    uint32_t states = 0;
    for (const char *at = told; (at = strstr(at, "store state")) != NULL; at++)
        states++;
    EXPECT_EQ_INT(states, CLIENTS_MAX);
    fixture_clear(f);
}

/* Several workers */

static char home[16], other[16], there[16]; /* rooms of the first, the first, the second worker */

static void start_two(void)
{
    start(2, false);
    char *rooms[] = {home, other, there};
    for (uint32_t found = 0, i = 0; found < 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%u", i);
        if (fixture_owner(f, id) == found / 2)
            memcpy(rooms[found++], id, sizeof id);
    }
}

TEST(who_comes_from_another_worker_leaves_its_room_when_the_new_one_is_open)
{
    start_two();
    say_join(f, 0, home, "A");
    say_join(f, 1, home, "B");
    own.away = true;
    say_join(f, 0, there, "A");
    EXPECT_EQ_INT(own.recalls_count, 1);
    EXPECT_EQ_INT(f->clients[0].worker, 0);
    EXPECT(strstr(say_chat(f, 1, "hi"), "0 chat 1 B: hi") != NULL);
    const char *told = answer(false);
    EXPECT(strncmp(told, "1 left 0\n", 9) == 0 && strstr(told, "0 welcome 0:A") != NULL);
    EXPECT_EQ_INT(f->clients[0].worker, 1);
    fixture_clear(f);
}

TEST(all_workers_players_wait_in_one_line)
{
    start_two();
    uint32_t near[2] = {fixture_open(f, 1), fixture_open(f, 1)};
    say_join(f, 0, home, "A");
    say_join(f, 1, home, "B");
    own.away = true;
    say_join(f, near[0], there, "N"); /* 4 */
    say_join(f, 0, there, "A");
    say_join(f, near[1], there, "O"); /* 5 */
    say_join(f, 2, there, "C");       /* in no room: it waits over there */
    EXPECT_EQ_INT(own.recalls_count, 1);
    EXPECT_EQ_INT(f->clients[2].worker, 1);
    const char *told = answer(false);
    EXPECT(strstr(told, "4 welcome 4:N\n") == told);
    EXPECT(strstr(told, "5 welcome 4:N 5:O\n") != NULL);
    EXPECT(strstr(told, "2 welcome 4:N 5:O 2:C\n") != NULL);
    EXPECT(strstr(told, "0 welcome 4:N 5:O 2:C 0:A\n") != NULL); /* it has a way to go */
    fixture_clear(f);
}

TEST(a_refusal_reaches_all_workers)
{
    start_two();
    say_join(f, 0, home, "A");
    own.away = true;
    say_join(f, 0, there, "A");
    say_join(f, 1, there, "B");
    EXPECT_EQ_STR(answer(true), "1 error The server cannot open another room now\n"
                                "0 error The server cannot open another room now");
    EXPECT_EQ_INT(f->clients[0].worker, 0);
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0);
    EXPECT(strstr(say_chat(f, 0, "on"), "store entry") != NULL);
    fixture_clear(f);
}

TEST(no_answer_reaches_all_workers_as_a_refusal)
{
    start_two();
    say_join(f, 0, home, "A");
    own.away = true;
    say_join(f, 0, there, "A");
    EXPECT_EQ_STR(fixture_wait(f, OPENING_MS), "0 error The server cannot open another room now");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0);
    fixture_clear(f);
}

TEST(who_closes_while_another_worker_opens_its_room_is_waited_for_in_vain)
{
    start_two();
    say_join(f, 0, home, "A");
    own.away = true;
    say_join(f, 0, there, "A");
    fixture_close(f, 0);
    EXPECT_EQ_STR(answer(false), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 1);
    EXPECT_EQ_STR(fixture_wait(f, SEAT_MS - 1), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 1);
    EXPECT_EQ_STR(fixture_wait(f, 1), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0);
    fixture_clear(f);
}

/* A seat that another worker keeps may have the handle of one here. */
TEST(closing_ends_no_seat_of_somebody_else)
{
    start_two();
    say_join(f, 2, there, "C");
    say_join(f, 0, other, "A");
    own.away = true;
    say_join(f, 1, home, "B"); /* its seat is the second that the first worker keeps */
    f->held = true;
    say_join(f, 0, there, "A"); /* likewise, of the second worker */
    f->clients[0].open = false; /* the answer finds it closing */
    f->held = false;
    fixture_settle(f);
    fixture_close(f, 0);
    EXPECT(strncmp(answer(false), "1 welcome 1:B", 13) == 0);
    EXPECT_EQ_STR(fixture_wait(f, SEAT_MS), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    fixture_clear(f);
}
