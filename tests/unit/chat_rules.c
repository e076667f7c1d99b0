/* The rules of chat, one by one, on the pure service. */
#include "tests/unit/chat_fixture.h"

static struct fixture fixture, *const f = &fixture;
static uint32_t alice, bob, carol;

/* Three clients with names, in no room. */
static void three(void)
{
    fixture_init(f, 0, 1, 100);
    alice = fixture_open_named(f, "Alice");
    bob = fixture_open_named(f, "Bob");
    carol = fixture_open_named(f, "Carol");
}

/* Alice and Bob are in room 1, which Alice created; Carol is in none. */
static void a_pair(void)
{
    three();
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    say_join(f, bob, f->codes[1]);
}

#define NAME_FIRST "error username_required: Username is required"
#define NOT_IN_ROOM "error not_in_room: You are not in a room"
#define IN_ROOM "error already_in_room: You are already in a room"

TEST(a_client_is_greeted_with_a_random_uuid)
{
    char first[64] = {0};
    fixture_init(f, 0, 1, 10);
    EXPECT_EQ_INT(fixture_open(f), 0);
    memcpy(first, fixture_effects(f), strnlen(fixture_effects(f), sizeof first - 1));
    EXPECT_EQ_INT(strlen(first), strlen("0 connected ") + 36);
    for (size_t i = 0; i < 36; i++) {
        char c = first[strlen("0 connected ") + i];
        if (i == 8 || i == 13 || i == 18 || i == 23)
            EXPECT_EQ_INT(c, '-');
        else
            EXPECT(c != 0 && strchr("0123456789abcdef", c) != NULL);
        if (i == 14)
            EXPECT_EQ_INT(c, '4');
        if (i == 19)
            EXPECT(strchr("89ab", c) != NULL);
    }
    fixture_open(f);
    EXPECT(strcmp(strchr(first, 'c'), strchr(fixture_effects(f), 'c')) != 0);
    fixture_clear(f);
}

TEST(rule_1_a_name_comes_before_a_room)
{
    fixture_init(f, 0, 1, 10);
    uint32_t client = fixture_open(f);
    EXPECT_EQ_STR(say(f, client, CHAT_CREATE_ROOM_CMD), "0 " NAME_FIRST);
    EXPECT_EQ_STR(say_join(f, client, "ABC123"), "0 " NAME_FIRST);
    EXPECT_EQ_STR(say_name(f, client, "Alice"), "0 username_set Alice");
    EXPECT_EQ_STR(say(f, client, CHAT_CREATE_ROOM_CMD), "0 room_created #1");
    fixture_clear(f);
}

TEST(rule_1_an_empty_name_counts)
{
    fixture_init(f, 0, 1, 10);
    uint32_t client = fixture_open_named(f, "");
    EXPECT_EQ_STR(fixture_effects(f), "0 username_set ");
    EXPECT_EQ_STR(say(f, client, CHAT_CREATE_ROOM_CMD), "0 room_created #1");
    uint32_t guest = fixture_open_named(f, "");
    EXPECT_EQ_STR(say_join(f, guest, f->codes[1]), "1 room_joined #1 with \n0 partner_joined ");
    EXPECT_EQ_STR(say_chat(f, guest, "hi"), "0 chat : hi");
    fixture_clear(f);
}

TEST(rule_1_a_new_name_in_a_room_is_told_to_nobody_and_used_from_then_on)
{
    a_pair();
    EXPECT_EQ_STR(say_name(f, alice, "Alice the second, with a longer name"),
                  "0 username_set Alice the second, with a longer name");
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "1 chat Alice the second, with a longer name: hi");
    say(f, bob, CHAT_LEAVE_ROOM_CMD);
    EXPECT_EQ_STR(say_join(f, carol, f->codes[1]),
                  "2 room_joined #1 with Alice the second, with a longer name\n"
                  "0 partner_joined Carol");
    fixture_clear(f);
}

TEST(rule_1_two_clients_may_share_a_name)
{
    a_pair();
    EXPECT_EQ_STR(say_name(f, bob, "Alice"), "1 username_set Alice");
    EXPECT_EQ_STR(say_chat(f, bob, "me too"), "0 chat Alice: me too");
    fixture_clear(f);
}

TEST(rule_1_names_of_every_length_stay_what_they_are)
{
    char name[257], want[400];
    a_pair();
    for (size_t round = 0; round < 3; round++) {
        for (size_t len = 0; len <= 256; len++) {
            memset(name, 'a' + (int)(len % 26), len);
            name[len] = 0;
            say_name(f, alice, name);
            snprintf(want, sizeof want, "1 chat %s: x", name);
            REQUIRE(EXPECT_EQ_STR(say_chat(f, alice, "x"), want));
        }
    }
    EXPECT_EQ_STR(say_chat(f, bob, "x"), "0 chat Bob: x");
    fixture_clear(f);
}

TEST(rule_2_one_room_at_a_time)
{
    a_pair();
    EXPECT_EQ_STR(say(f, alice, CHAT_CREATE_ROOM_CMD), "0 " IN_ROOM);
    EXPECT_EQ_STR(say(f, bob, CHAT_CREATE_ROOM_CMD), "1 " IN_ROOM);
    EXPECT_EQ_STR(say_join(f, alice, f->codes[1]), "0 " IN_ROOM);
    EXPECT_EQ_STR(say_join(f, bob, f->codes[1]), "1 " IN_ROOM);
    EXPECT_EQ_STR(say_join(f, bob, "NOROOM"), "1 " IN_ROOM);
    EXPECT_EQ_STR(say_chat(f, bob, "still here"), "0 chat Bob: still here");
    fixture_clear(f);
}

TEST(rule_3_codes_are_6_characters_and_differ)
{
    fixture_init(f, 0, 1, CLIENTS_MAX);
    for (uint32_t i = 0; i < 300; i++) {
        say(f, fixture_open_named(f, "x"), CHAT_CREATE_ROOM_CMD);
        const char *code = f->codes[f->rooms];
        REQUIRE(strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == CODE_BYTES);
        for (uint32_t j = 1; j < f->rooms; j++)
            REQUIRE(strcmp(code, f->codes[j]) != 0);
    }
    EXPECT_EQ_INT(chat_service.rooms(f->chat), 300);
    fixture_clear(f);
}

TEST(rule_3_a_code_is_upper_cased_before_the_search)
{
    char lower[CODE_BYTES + 1] = {0};
    three();
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    for (size_t i = 0; i < CODE_BYTES; i++) {
        char c = f->codes[1][i];
        lower[i] = (char)(c >= 'A' ? c | 0x20 : c);
    }
    EXPECT_EQ_STR(say_join(f, bob, lower), "1 room_joined #1 with Alice\n0 partner_joined Bob");
    EXPECT_EQ_STR(say_join(f, carol, "no-such é"),
                  "2 error room_not_found: Room 'NO-SUCH É' not found\n2 strike");
    EXPECT_EQ_STR(say_join(f, carol, "abc123"),
                  "2 error room_not_found: Room 'ABC123' not found\n2 strike");
    EXPECT_EQ_STR(say_join(f, carol, ""), "2 error room_not_found: Room '' not found\n2 strike");
    fixture_clear(f);
}

TEST(rule_3_a_code_with_something_around_it_is_not_found)
{
    char code[64], want[128];
    three();
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    snprintf(code, sizeof code, " %s", f->codes[1]);
    snprintf(want, sizeof want, "1 error room_not_found: Room '%s' not found\n1 strike", code);
    EXPECT_EQ_STR(say_join(f, bob, code), want);
    snprintf(code, sizeof code, "%.5s", f->codes[1]);
    snprintf(want, sizeof want, "1 error room_not_found: Room '%s' not found\n1 strike", code);
    EXPECT_EQ_STR(say_join(f, bob, code), want);
    fixture_clear(f);
}

TEST(rule_4_errors_of_join_come_in_this_order)
{
    a_pair();
    uint32_t nobody = fixture_open(f);
    EXPECT_EQ_STR(say_join(f, nobody, f->codes[1]), "3 " NAME_FIRST);
    EXPECT_EQ_STR(say_join(f, nobody, "NOROOM"), "3 " NAME_FIRST);
    EXPECT_EQ_STR(say_join(f, bob, "NOROOM"), "1 " IN_ROOM);
    EXPECT_EQ_STR(say_join(f, carol, "NOROOM"),
                  "2 error room_not_found: Room 'NOROOM' not found\n2 strike");
    EXPECT_EQ_STR(say_join(f, carol, f->codes[1]), "2 error room_full: Room is full");
    fixture_clear(f);
}

TEST(rule_4_of_many_joiners_one_gets_in)
{
    uint32_t full = 0;
    three();
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    EXPECT_EQ_STR(say_join(f, bob, f->codes[1]),
                  "1 room_joined #1 with Alice\n0 partner_joined Bob");
    for (uint32_t i = 0; i < 50; i++) {
        const char *answer = say_join(f, fixture_open_named(f, "late"), f->codes[1]);
        full += strstr(answer, "error room_full: Room is full") != NULL;
    }
    EXPECT_EQ_INT(full, 50);
    fixture_clear(f);
}

TEST(rule_5_the_guest_becomes_host_when_the_host_leaves)
{
    a_pair();
    EXPECT_EQ_STR(say(f, alice, CHAT_LEAVE_ROOM_CMD), "1 partner_left");
    EXPECT_EQ_STR(say_join(f, carol, f->codes[1]),
                  "2 room_joined #1 with Bob\n1 partner_joined Carol");
    EXPECT_EQ_STR(say_join(f, alice, f->codes[1]), "0 error room_full: Room is full");
    EXPECT_EQ_STR(say(f, bob, CHAT_LEAVE_ROOM_CMD), "2 partner_left");
    EXPECT_EQ_STR(say_join(f, alice, f->codes[1]),
                  "0 room_joined #1 with Carol\n2 partner_joined Alice");
    fixture_clear(f);
}

TEST(rule_5_the_room_is_gone_when_the_last_one_leaves)
{
    char want[64];
    a_pair();
    EXPECT_EQ_INT(chat_service.rooms(f->chat), 1);
    say(f, alice, CHAT_LEAVE_ROOM_CMD);
    EXPECT_EQ_STR(say(f, bob, CHAT_LEAVE_ROOM_CMD), "");
    EXPECT_EQ_INT(chat_service.rooms(f->chat), 0);
    snprintf(want, sizeof want, "2 error room_not_found: Room '%s' not found\n2 strike",
             f->codes[1]);
    EXPECT_EQ_STR(say_join(f, carol, f->codes[1]), want);
    fixture_clear(f);
}

TEST(rule_6_leaving_and_closing_tell_the_partner_once)
{
    a_pair();
    EXPECT_EQ_STR(say(f, bob, CHAT_LEAVE_ROOM_CMD), "0 partner_left");
    EXPECT_EQ_STR(fixture_close(f, bob), "");
    say_join(f, carol, f->codes[1]);
    EXPECT_EQ_STR(fixture_close(f, alice), "2 partner_left");
    EXPECT_EQ_STR(fixture_close(f, carol), "");
    EXPECT_EQ_INT(chat_service.rooms(f->chat), 0);
    fixture_clear(f);
}

TEST(rule_6_leaving_outside_a_room_is_an_error)
{
    three();
    uint32_t nobody = fixture_open(f);
    EXPECT_EQ_STR(say(f, alice, CHAT_LEAVE_ROOM_CMD), "0 " NOT_IN_ROOM);
    EXPECT_EQ_STR(say(f, nobody, CHAT_LEAVE_ROOM_CMD), "3 " NOT_IN_ROOM);
    fixture_clear(f);
}

TEST(rule_7_chat_goes_to_the_partner_only)
{
    a_pair();
    EXPECT_EQ_STR(say_chat(f, alice, "Hello! \x01 / 안녕"), "1 chat Alice: Hello! \x01 / 안녕");
    EXPECT_EQ_STR(say_chat(f, bob, ""), "0 chat Bob: ");
    fixture_clear(f);
}

TEST(rule_7_chat_alone_is_dropped_and_outside_a_room_an_error)
{
    three();
    uint32_t nobody = fixture_open(f);
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "0 " NOT_IN_ROOM);
    EXPECT_EQ_STR(say_chat(f, nobody, "hi"), "3 " NOT_IN_ROOM);
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "");
    EXPECT_EQ_STR(say_join(f, bob, f->codes[1]),
                  "1 room_joined #1 with Alice\n0 partner_joined Bob");
    fixture_clear(f);
}

TEST(rule_8_chat_ends_the_senders_typing_only)
{
    a_pair();
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "1 partner_typing");
    EXPECT_EQ_STR(say(f, bob, CHAT_TYPING_CMD), "0 partner_typing");
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "1 partner_stop_typing\n1 chat Alice: hi");
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "1 chat Alice: hi");
    EXPECT_EQ_STR(say(f, bob, CHAT_STOP_TYPING_CMD), "0 partner_stop_typing");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "1 partner_typing");
    fixture_clear(f);
}

TEST(rule_9_typing_twice_and_stopping_twice_are_ignored)
{
    a_pair();
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "1 partner_typing");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "1 partner_stop_typing");
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "");
    fixture_clear(f);
}

TEST(rule_9_alone_typing_is_silent_and_leaves_nothing_behind)
{
    three();
    say(f, alice, CHAT_CREATE_ROOM_CMD);
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "");
    EXPECT_EQ_STR(say_join(f, bob, f->codes[1]),
                  "1 room_joined #1 with Alice\n0 partner_joined Bob");
    EXPECT_EQ_STR(say_chat(f, alice, "hi"), "1 chat Alice: hi");
    EXPECT_EQ_STR(fixture_wait(f, TYPING_MS), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "1 partner_typing");
    fixture_clear(f);
}

TEST(rule_9_outside_a_room_typing_is_an_error_and_stopping_ignored)
{
    three();
    uint32_t nobody = fixture_open(f);
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "0 " NOT_IN_ROOM);
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, nobody, CHAT_TYPING_CMD), "3 " NOT_IN_ROOM);
    EXPECT_EQ_STR(say(f, nobody, CHAT_STOP_TYPING_CMD), "");
    fixture_clear(f);
}

TEST(rule_9_typing_ends_with_the_room_for_the_one_who_leaves)
{
    a_pair();
    say(f, bob, CHAT_TYPING_CMD);
    EXPECT_EQ_STR(say(f, bob, CHAT_LEAVE_ROOM_CMD), "0 partner_left");
    say_join(f, bob, f->codes[1]);
    EXPECT_EQ_STR(say(f, bob, CHAT_STOP_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, bob, CHAT_TYPING_CMD), "0 partner_typing");
    fixture_clear(f);
}

TEST(rule_9_typing_ends_with_the_room_for_the_one_who_stays)
{
    a_pair();
    say(f, alice, CHAT_TYPING_CMD);
    say(f, bob, CHAT_LEAVE_ROOM_CMD);
    EXPECT_EQ_STR(say_join(f, carol, f->codes[1]),
                  "2 room_joined #1 with Alice\n0 partner_joined Carol");
    EXPECT_EQ_STR(fixture_wait(f, TYPING_MS), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "2 partner_typing");
    fixture_clear(f);
}

TEST(rule_9_typing_ends_with_the_connection)
{
    a_pair();
    say(f, alice, CHAT_TYPING_CMD);
    say(f, bob, CHAT_TYPING_CMD);
    EXPECT_EQ_STR(fixture_close(f, alice), "1 partner_left");
    EXPECT_EQ_STR(fixture_close(f, bob), "");
    EXPECT(chat_service.next_ms(f->chat) == UINT64_MAX);
    fixture_clear(f);
}

TEST(rule_10_typing_ends_by_itself)
{
    a_pair();
    EXPECT(chat_service.next_ms(f->chat) == UINT64_MAX);
    say(f, alice, CHAT_TYPING_CMD);
    EXPECT_EQ_INT(chat_service.next_ms(f->chat), f->turn.now_ms + TYPING_MS);
    EXPECT_EQ_STR(fixture_wait(f, TYPING_MS - 1), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "1 partner_stop_typing");
    EXPECT(chat_service.next_ms(f->chat) == UINT64_MAX);
    EXPECT_EQ_STR(say(f, alice, CHAT_STOP_TYPING_CMD), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "1 partner_typing");
    fixture_clear(f);
}

TEST(rule_10_typing_again_renews_the_time)
{
    a_pair();
    say(f, alice, CHAT_TYPING_CMD);
    EXPECT_EQ_STR(fixture_wait(f, 6000), "");
    EXPECT_EQ_STR(say(f, bob, CHAT_TYPING_CMD), "0 partner_typing");
    EXPECT_EQ_STR(fixture_wait(f, 1000), "");
    EXPECT_EQ_STR(say(f, alice, CHAT_TYPING_CMD), "");
    EXPECT_EQ_STR(fixture_wait(f, TYPING_MS - 1001), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 partner_stop_typing");
    EXPECT_EQ_STR(fixture_wait(f, 999), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "1 partner_stop_typing");
    fixture_clear(f);
}

TEST(rule_10_when_many_end_at_once_a_tick_takes_what_it_can)
{
    fixture_init(f, 0, 1, CLIENTS_MAX);
    for (uint32_t i = 0; i < CLIENTS_MAX / 2; i++) {
        uint32_t host = fixture_open_named(f, "host"), guest = fixture_open_named(f, "guest");
        say(f, host, CHAT_CREATE_ROOM_CMD);
        say_join(f, guest, f->codes[f->rooms]);
        say(f, host, CHAT_TYPING_CMD);
        say(f, guest, CHAT_TYPING_CMD);
    }
    fixture_wait(f, TYPING_MS);
    EXPECT_EQ_INT(f->turn.effect_count, EFFECTS_MAX);
    EXPECT(chat_service.next_ms(f->chat) <= f->turn.now_ms);
    fixture_wait(f, 0);
    EXPECT_EQ_INT(f->turn.effect_count, CLIENTS_MAX - EFFECTS_MAX);
    EXPECT(chat_service.next_ms(f->chat) == UINT64_MAX);
    fixture_clear(f);
}

TEST(a_full_worker_says_so_and_takes_the_next_when_one_has_gone)
{
    fixture_init(f, 0, 1, 2);
    fixture_open_named(f, "a");
    fixture_open_named(f, "b");
    uint32_t third = fixture_open(f);
    EXPECT_EQ_INT(f->slots[third], SERVICE_FULL);
    EXPECT_EQ_STR(fixture_effects(f), "");
    fixture_close(f, 0);
    uint32_t fourth = fixture_open_named(f, "d");
    EXPECT_EQ_STR(fixture_effects(f), "3 username_set d");
    EXPECT_EQ_STR(say(f, 1, CHAT_CREATE_ROOM_CMD), "1 room_created #1");
    EXPECT_EQ_STR(say(f, fourth, CHAT_CREATE_ROOM_CMD), "3 room_created #2");
    fixture_clear(f);
}
