/* Game on several workers: moves, seats that are kept for players on their way, and what may happen
 * meanwhile. */
#include "tests/unit/game_fixture.h"

static struct fixture fixture, *const f = &fixture;

enum { WORKERS = 3 };

static char names[WORKERS][2][16]; /* two rooms of each worker */
#define HOME names[0][0]
#define THERE names[1][0]
#define ALSO_THERE names[1][1]

static void start(void)
{
    game_init(f, WORKERS, 0);
    fixture_names(f, names);
    fixture_open(f, 0);
    fixture_open(f, 0);
}

/* All places of a room but one; the last client is returned. */
static uint32_t fill(const char *room, uint32_t places_left)
{
    uint32_t last = 0;
    for (uint32_t i = places_left; i < PLAYERS_MAX; i++) {
        last = fixture_open(f, 1);
        say_join(f, last, room, "x");
    }
    return last;
}

TEST(who_is_in_no_room_moves_to_the_rooms_worker)
{
    start();
    EXPECT_EQ_STR(say_join(f, 0, THERE, "A"), "0 welcome 0:A");
    EXPECT_EQ_INT(f->clients[0].worker, 1);
    EXPECT_EQ_STR(say_join(f, 1, THERE, "B"), "1 welcome 0:A 1:B\n0 joined 1:B");
    fixture_clear(f);
}

TEST(who_is_in_a_room_leaves_it_when_a_seat_is_kept)
{
    start();
    say_join(f, 0, HOME, "A");
    say_join(f, 1, HOME, "B");
    EXPECT_EQ_STR(say_join(f, 0, THERE, "A"), "1 left 0\n0 welcome 0:A");
    EXPECT_EQ_INT(f->clients[0].worker, 1);
    EXPECT_EQ_STR(say_join(f, 0, ALSO_THERE, "A"), "0 welcome 0:A");
    EXPECT_EQ_STR(say_join(f, 0, HOME, "A"), "0 welcome 1:B 0:A\n1 joined 0:A");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0);
    fixture_clear(f);
}

TEST(a_full_room_of_another_worker_is_an_error_and_nothing_changes)
{
    start();
    say_join(f, 0, HOME, "A");
    say_join(f, 1, HOME, "B");
    uint32_t last = fill(THERE, 0);
    EXPECT_EQ_STR(say_join(f, 0, THERE, "A"), "0 error Room is full");
    EXPECT_EQ_INT(f->clients[0].worker, 0);
    EXPECT_EQ_STR(say_chat(f, 0, "still here"), "1 chat 0 A: still here");
    fixture_close(f, last);
    EXPECT(strncmp(say_join(f, 0, THERE, "A"), "1 left 0\n0 welcome", 18) == 0);
    fixture_clear(f);
}

TEST(who_waits_hears_its_room_and_may_close)
{
    start();
    say_join(f, 0, HOME, "A");
    say_join(f, 1, HOME, "B");
    f->held = true;
    EXPECT_EQ_STR(say_join(f, 0, THERE, "A"), "");
    EXPECT_EQ_STR(say_chat(f, 1, "hi"), "0 chat 1 B: hi");
    EXPECT_EQ_STR(fixture_close(f, 0), "1 left 0");
    f->held = false;
    EXPECT_EQ_STR(fixture_settle(f), "1 left 0"); /* nothing more */
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 1);
    EXPECT_EQ_STR(fixture_wait(f, 10000), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0);
    fixture_clear(f);
}

TEST(a_seat_takes_a_place_until_it_ends)
{
    start();
    say_join(f, 0, HOME, "A");
    uint32_t other = fixture_open(f, 1);
    fill(THERE, 1);
    f->held = true;
    say_join(f, 0, THERE, "A");
    REQUIRE(fixture_deliver(f)); /* the question; the answer is on its way */
    f->held = false;
    f->clients[0].open = false; /* it dies, and nobody was told yet */
    EXPECT_EQ_STR(say_join(f, other, THERE, "O"), want("%u error Room is full", other));
    fixture_wait(f, 10000);
    EXPECT(strstr(say_join(f, other, THERE, "O"), "welcome") != NULL);
    fixture_clear(f);
}

/* What the other worker says to a question is lost. */
static void lose_answer(void)
{
    REQUIRE(fixture_deliver(f) && f->mails_count == 1);
    free(f->mails[--f->mails_count].bytes);
}

TEST(who_gets_no_answer_is_refused_and_keeps_its_room)
{
    start();
    say_join(f, 0, HOME, "A");
    say_join(f, 1, HOME, "B");
    f->held = true;
    say_join(f, 0, THERE, "A");
    lose_answer();
    EXPECT_EQ_STR(fixture_wait(f, 9999), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 error The server cannot open another room now");
    EXPECT_EQ_INT(game_service.rooms(f->states[1]), 0); /* the seat was nobody's */
    EXPECT_EQ_STR(say_chat(f, 0, "still here"), "1 chat 0 A: still here");
    f->held = false;
    EXPECT_EQ_STR(say_join(f, 0, THERE, "A"), "1 left 0\n0 welcome 0:A");
    EXPECT_EQ_STR(fixture_wait(f, 60000), "");
    fixture_clear(f);
}

TEST(an_answer_that_comes_too_late_is_no_answer_to_the_next_question)
{
    start();
    say_join(f, 0, HOME, "A");
    fill(THERE, 0);
    f->held = true;
    say_join(f, 0, THERE, "A");
    REQUIRE(fixture_deliver(f)); /* the question; the answer, that it is full, is on its way */
    EXPECT_EQ_STR(fixture_wait(f, 10000), "0 error The server cannot open another room now");
    EXPECT_EQ_STR(say_join(f, 0, ALSO_THERE, "A"), "");
    fixture_forget(f);
    REQUIRE(fixture_deliver(f));
    EXPECT_EQ_STR(f->text, "");
    f->held = false;
    EXPECT_EQ_STR(fixture_settle(f), "0 welcome 0:A");
    fixture_clear(f);
}

TEST(who_closes_while_it_asks_has_no_question_left)
{
    start();
    say_join(f, 0, HOME, "A");
    f->held = true;
    say_join(f, 0, THERE, "A");
    fixture_close(f, 0);
    lose_answer();
    EXPECT_EQ_STR(fixture_wait(f, 20000), "");
    EXPECT_EQ_INT(game_service.next_ms(f->states[0]), UINT64_MAX);
    fixture_clear(f);
}

TEST(of_two_who_want_the_last_place_one_gets_it_and_the_other_keeps_its_own)
{
    start();
    say_join(f, 0, HOME, "A");
    say_join(f, 1, HOME, "B");
    fill(THERE, 1);
    f->held = true;
    say_join(f, 0, THERE, "A");
    say_join(f, 1, THERE, "B");
    f->held = false;
    f->text_len = 0;
    const char *told = fixture_settle(f);
    EXPECT(strstr(told, "1 left 0\n0 welcome") != NULL);
    EXPECT(strstr(told, "1 error Room is full") != NULL);
    EXPECT_EQ_INT(f->clients[0].worker, 1);
    EXPECT_EQ_INT(f->clients[1].worker, 0);
    EXPECT_EQ_INT(game_service.facts(f->states[0], f->clients[1].slot), GAME_JOINED);
    fixture_clear(f);
}

TEST(a_full_worker_takes_nobody_in)
{
    start();
    for (uint32_t i = 2; i < CLIENTS_MAX; i++)
        fixture_open(f, 1);
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    size_t len = game_service.pack(f->states[0], f->clients[0].slot, block);
    struct session_facts facts = {.session = {0, 2}};
    EXPECT(game_service.unpack(f->states[1], &facts, block, len) != SERVICE_FULL);
    len = game_service.pack(f->states[0], f->clients[1].slot, block);
    EXPECT(game_service.unpack(f->states[1], &facts, block, len) != SERVICE_FULL);
    EXPECT_EQ_INT(game_service.unpack(f->states[1], &facts, block, len), SERVICE_FULL);
    EXPECT_EQ_INT(game_service.open(f->states[1], &facts, &f->turn), SERVICE_FULL);
    fixture_clear(f);
}
