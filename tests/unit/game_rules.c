/* The rules of game's rooms, one by one, on one worker. */
#include "tests/unit/game_fixture.h"

static struct fixture fixture, *const f = &fixture;

/* Two players in "r", and one in "s". */
static void three_players(uint32_t tick_ms)
{
    game_init(f, 1, tick_ms);
    for (uint32_t i = 0; i < 3; i++)
        fixture_open(f, 0);
    say_join(f, 0, "r", "A");
    say_join(f, 1, "r", "B");
    say_join(f, 2, "s", "C");
}

TEST(a_joiner_is_welcomed_and_the_others_are_told)
{
    game_init(f, 1, 0);
    for (uint32_t i = 0; i < 3; i++)
        fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"), "0 welcome 0:A");
    EXPECT_EQ_STR(say_join(f, 1, "r", "B"), "1 welcome 0:A 1:B\n0 joined 1:B");
    EXPECT_EQ_STR(say_join(f, 2, "r", "B"), "2 welcome 0:A 1:B 2:B\n0+1 joined 2:B");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    fixture_clear(f);
}

TEST(before_a_join_update_and_chat_are_errors)
{
    game_init(f, 1, 0);
    fixture_open(f, 0);
    EXPECT_EQ_INT(game_service.facts(f->states[0], f->clients[0].slot), 0);
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "0 error Join a room first");
    EXPECT_EQ_STR(say_chat(f, 0, "hi"), "0 error Join a room first");
    EXPECT_EQ_STR(fixture_close(f, 0), "");
    fixture_clear(f);
}

TEST(an_update_replaces_the_whole_state)
{
    three_players(0);
    EXPECT_EQ_STR(say_state(f, 0, game_state("Á", "1.50", "run", "1e300", "m.glb")),
                  "1 update 0:Á #012345 1.50,1.50,1.50 1,-0,-0,-0 a=run 1e300,1e300,1e300 m=m.glb");
    uint32_t late = fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, late, "r", "D"),
                  "3 welcome 0:Á #012345 1.50,1.50,1.50 1,-0,-0,-0 a=run 1e300,1e300,1e300 m=m.glb"
                  " 1:B 3:D\n0+1 joined 3:D");
    EXPECT_EQ_STR(say_update(f, 0, "A", "2"), "1+3 update 0:A #012345 2,2,2 1,-0,-0,-0");
    EXPECT_EQ_STR(say_join(f, late, "r", "D"),
                  "3 welcome 0:A #012345 2,2,2 1,-0,-0,-0 1:B 3:D\n0+1 joined 3:D");
    fixture_clear(f);
}

TEST(the_longest_state_is_kept)
{
    static char name[201], animation[257], model[2049];
    static const char number[] = "-0.12345678901234567890123456e-9"; /* cut to 31 */
    for (uint32_t i = 0; i < 200; i += 4)
        memcpy(name + i, "\xf0\x9f\x98\x80", 4);
    memset(animation, 'a', 256);
    memset(model, 'm', 2048);
    char text[32] = {0};
    memcpy(text, number, 31);
    three_players(0);
    say_state(f, 0, game_state(name, text, animation, text, model));
    uint32_t late = fixture_open(f, 0);
    const char *told = say_join(f, late, "r", "D");
    EXPECT(strstr(told, name) != NULL && strstr(told, animation) != NULL &&
           strstr(told, model) != NULL && strstr(told, text) != NULL);
    EXPECT_EQ_STR(say_update(f, 0, "A", "0"), "1+3 update 0:A #012345 0,0,0 1,-0,-0,-0");
    fixture_clear(f);
}

TEST(a_chat_goes_to_the_others_under_the_last_name)
{
    three_players(0);
    EXPECT_EQ_STR(say_chat(f, 0, "hi"), "1 chat 0 A: hi");
    say_update(f, 0, "Anna", "0");
    EXPECT_EQ_STR(say_chat(f, 0, "it is me"), "1 chat 0 Anna: it is me");
    EXPECT_EQ_STR(say_chat(f, 2, "alone"), "");
    uint32_t late = fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, late, "r", "D"),
                  "3 welcome 0:Anna #012345 0,0,0 1,-0,-0,-0 1:B 3:D (r 0 A: hi)"
                  " (r 0 Anna: it is me)\n0+1 joined 3:D");
    fixture_clear(f);
}

TEST(the_last_twenty_messages_are_shown_oldest_first)
{
    three_players(0);
    char said[16], want[1024], *at = want;
    for (uint32_t i = 0; i < 65; i++) {
        snprintf(said, sizeof said, "m%u", i);
        say_chat(f, 2, said);
    }
    at += snprintf(at, 64, "3 welcome 2:C 3:D");
    for (uint32_t i = 45; i < 65; i++)
        at += snprintf(at, 64, " (s 2 C: m%u)", i);
    snprintf(at, 64, "\n2 joined 3:D");
    uint32_t late = fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, late, "s", "D"), want);
    fixture_clear(f);
}

TEST(moments_grow_in_a_room_whatever_the_clock_does)
{
    three_players(0);
    say_chat(f, 0, "1");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-21T09:32:09.598000000+00:00");
    say_chat(f, 0, "2");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-21T09:32:09.598000001+00:00");
    f->turn.wall_ms -= 5000;
    say_chat(f, 0, "3");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2026-11-21T09:32:09.598000002+00:00");
    f->turn.wall_ms = UINT64_C(1709164800000); /* of another room, which has its own */
    say_join(f, 1, "s", "B");
    say_chat(f, 1, "4");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2024-02-29T00:00:00.000000000+00:00");
    say_join(f, 0, "s", "A");
    EXPECT_EQ_STR((const char *)own.last_stamp, "2024-02-29T00:00:00.000000000Z");
    fixture_clear(f);
}

TEST(a_second_join_leaves_the_first_room_and_keeps_the_id)
{
    three_players(0);
    EXPECT_EQ_STR(say_join(f, 1, "s", "B2"), "0 left 1\n1 welcome 2:C 1:B2\n2 joined 1:B2");
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "");
    EXPECT_EQ_STR(say_update(f, 2, "C", "1"), "1 update 2:C #012345 1,1,1 1,-0,-0,-0");
    EXPECT_EQ_STR(say_join(f, 0, "s", "A"), "0 welcome 2:C #012345 1,1,1 1,-0,-0,-0 1:B2 0:A"
                                            "\n1+2 joined 0:A");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    fixture_clear(f);
}

TEST(joining_the_same_room_again_renews_the_state)
{
    three_players(0);
    say_update(f, 0, "A", "1");
    EXPECT_EQ_STR(say_join(f, 0, "r", "A2"), "0 welcome 0:A2 1:B\n1 joined 0:A2");
    EXPECT_EQ_STR(say_chat(f, 0, "x"), "1 chat 0 A2: x");
    fixture_clear(f);
}

TEST(closing_tells_the_others)
{
    three_players(0);
    EXPECT_EQ_STR(fixture_close(f, 0), "1 left 0");
    EXPECT_EQ_STR(fixture_close(f, 2), "");
    EXPECT_EQ_STR(say_update(f, 1, "B", "1"), "");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    fixture_clear(f);
}

TEST(an_empty_room_keeps_its_messages_and_may_fill_again)
{
    three_players(0);
    say_chat(f, 2, "kept");
    fixture_close(f, 2);
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 1);
    EXPECT_EQ_STR(say_join(f, 0, "s", "A"), "1 left 0\n0 welcome 0:A (s 2 C: kept)");
    EXPECT_EQ_INT(game_service.rooms(f->states[0]), 2);
    fixture_clear(f);
}

TEST(of_too_many_empty_rooms_the_one_empty_for_longest_is_forgotten)
{
    game_init(f, 1, 0);
    uint32_t rover = fixture_open(f, 0);
    char room[16];
    for (uint32_t i = 0; i <= ROOMS_REMEMBERED_MAX; i++) {
        snprintf(room, sizeof room, "r%u", i);
        say_join(f, rover, room, "R");
        say_chat(f, rover, "x");
    }
    EXPECT_EQ_STR(say_join(f, rover, "r0", "R"), "0 welcome 0:R (r0 0 R: x)");
    EXPECT_EQ_STR(say_join(f, rover, "r2", "R"), "0 welcome 0:R (r2 0 R: x)");
    EXPECT_EQ_STR(say_join(f, rover, "new", "R"), "0 welcome 0:R"); /* r2 empties: r1 goes */
    EXPECT_EQ_STR(say_join(f, rover, "r1", "R"), "0 welcome 0:R");
    EXPECT_EQ_STR(say_join(f, rover, "r3", "R"), "0 welcome 0:R (r3 0 R: x)");
    fixture_clear(f);
}

TEST(a_full_room_is_an_error_and_nothing_changes)
{
    three_players(0);
    for (uint32_t i = 2; i < PLAYERS_MAX; i++)
        say_join(f, fixture_open(f, 0), "r", "x");
    EXPECT_EQ_STR(say_join(f, 2, "r", "C"), "2 error Room is full");
    EXPECT_EQ_INT(game_service.facts(f->states[0], f->clients[2].slot), GAME_JOINED);
    uint32_t other = fixture_open(f, 0);
    EXPECT_EQ_STR(say_join(f, other, "r", "D"), "201 error Room is full");
    EXPECT_EQ_STR(say_join(f, other, "s", "D"), "201 welcome 2:C 201:D\n2 joined 201:D");
    EXPECT(strncmp(say_join(f, 0, "r", "A2"), "0 welcome", 9) == 0); /* it is in already */
    fixture_close(f, 1);
    EXPECT(strncmp(say_join(f, other, "r", "D"), "2 left 201\n201 welcome", 22) == 0);
    fixture_clear(f);
}

TEST(with_a_tick_the_newest_states_go_out_together)
{
    three_players(50);
    EXPECT_EQ_STR(say_update(f, 0, "A", "1"), "");
    EXPECT_EQ_STR(fixture_wait(f, 20), "");
    EXPECT_EQ_STR(say_update(f, 1, "B", "2"), "");
    EXPECT_EQ_STR(say_update(f, 0, "A", "3"), "");
    EXPECT_EQ_STR(fixture_wait(f, 29), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "1 update 0:A #012345 3,3,3 1,-0,-0,-0\n"
                                      "0 update 1:B #012345 2,2,2 1,-0,-0,-0");
    EXPECT_EQ_STR(fixture_wait(f, 1000), "");
    EXPECT(game_service.next_ms(f->states[0]) > f->turn.now_ms);
    fixture_clear(f);
}

TEST(with_a_tick_chat_joins_and_leaves_do_not_wait)
{
    three_players(50);
    say_update(f, 0, "Anna", "1");
    EXPECT_EQ_STR(say_chat(f, 0, "x"),
                  "1 update 0:Anna #012345 1,1,1 1,-0,-0,-0\n1 chat 0 Anna: x"); /* in order */
    EXPECT_EQ_STR(say_chat(f, 0, "y"), "1 chat 0 Anna: y");
    say_update(f, 0, "Anna", "2");
    EXPECT_EQ_STR(say_join(f, 2, "r", "C"),
                  "2 welcome 0:Anna #012345 2,2,2 1,-0,-0,-0 1:B 2:C (r 0 Anna: x) (r 0 Anna: y)\n"
                  "0+1 joined 2:C");
    say_update(f, 1, "B", "1");
    EXPECT_EQ_STR(fixture_close(f, 1), "0+2 left 1");
    EXPECT_EQ_STR(fixture_wait(f, 50), "2 update 0:Anna #012345 2,2,2 1,-0,-0,-0");
    say_update(f, 0, "Anna", "3");
    EXPECT_EQ_STR(say_join(f, 0, "r", "A"),
                  "0 welcome 0:A 2:C (r 0 Anna: x) (r 0 Anna: y)\n2 joined 0:A");
    EXPECT_EQ_STR(fixture_wait(f, 50), "");
    say_update(f, 0, "A", "2");
    fixture_close(f, 0);
    fixture_close(f, 2);
    EXPECT_EQ_STR(fixture_wait(f, 50), "");
    fixture_clear(f);
}

TEST(ids_are_uuids_of_version_4)
{
    three_players(0);
    for (uint32_t i = 0; i < 3; i++) {
        const char *id = own.ids[i];
        EXPECT(id[14] == '4' && strchr("89ab", id[19]) != NULL && id[8] == '-' && id[23] == '-');
        EXPECT(i == 0 || memcmp(id, own.ids[0], UUID_TEXT_LEN) != 0);
    }
    fixture_clear(f);
}

/* Good until then when it is the word that the verifier says. */
static bool verify(const void *verifier, struct str token, uint64_t wall_ms, uint64_t *expires_ms)
{
    *expires_ms = wall_ms + 60000;
    return str_equal(token, *(const struct str *)verifier);
}

static const char *say_token(const char *token)
{
    struct game_command command = {.type = GAME_AUTHENTICATE_CMD};
    command.authenticate.token = TEST_STR(token);
    return fixture_command(f, 0, &command);
}

TEST(a_token_is_looked_at_before_and_after_a_join)
{
    static const struct str word = STR_INIT("word");
    game_init_with(f, 1, (struct game_options){.verify = verify, .verifier = &word});
    fixture_open(f, 0);
    EXPECT_EQ_STR(say_token("word"), "0 expires 1795253589598\n0 authenticated 1795253589598");
    EXPECT_EQ_STR(say_token("wood"), "0 error Token is not valid\n0 strike 1");
    say_join(f, 0, "r", "A");
    EXPECT_EQ_STR(say_token("word"), "0 expires 1795253589598\n0 authenticated 1795253589598");
    f->turn.barred = true;
    EXPECT_EQ_STR(say_token("word"), "0 close 1008 too many wrong guesses");
    fixture_clear(f);
    game_init(f, 1, 0);
    fixture_open(f, 0);
    EXPECT_EQ_STR(say_token("word"), "0 error Tokens are not used here");
    fixture_clear(f);
}
