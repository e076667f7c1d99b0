/* The rules of live's gateway, one by one, on the pure service. */
#include "tests/unit/live_fixture.h"

static struct fixture fixture, *const f = &fixture;
static uint32_t alice, bob, carol;

/* Three clients, identified, in no channel. */
static void three(void)
{
    live_init(f, 1);
    alice = live_open_as(f, 0, "Alice");
    bob = live_open_as(f, 0, "Bob");
    carol = live_open_as(f, 0, "Carol");
}

/* Alice, with ssrc 1, and Bob, with ssrc 2, are in c1. */
static void a_pair(void)
{
    three();
    say_create(f, alice, "c1");
    say_join(f, alice, "c1", 1);
    say_join(f, bob, "c1", 2);
}

TEST(a_client_is_greeted_with_the_heartbeat_s_interval)
{
    live_init(f, 1);
    fixture_open(f, 0);
    EXPECT_EQ_STR(f->text, "0 hello 30000");
    fixture_clear(f);
    memset(f, 0, sizeof *f);
    own.options = (struct live_options){.heartbeat_ms = 77, .identify_ms = 50};
    live_start(f, 1, 10);
    fixture_open(f, 0);
    EXPECT_EQ_STR(f->text, "0 hello 77");
    EXPECT_EQ_STR(fixture_wait(f, 49), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 close 1008 not identified in time");
    fixture_clear(f);
}

TEST(rule_1_heartbeats_need_no_authentication)
{
    live_init(f, 1);
    uint32_t client = fixture_open(f, 0);
    EXPECT_EQ_STR(say(f, client, (struct live_command){.type = LIVE_HEARTBEAT_CMD}),
                  "0 heartbeat_ack");
    EXPECT_EQ_INT(live_service.facts(f->states[0], f->clients[client].slot), 0);
    EXPECT_EQ_STR(say_identify(f, client, "Alice", "x"), "0 ready Alice");
    EXPECT_EQ_INT(live_service.facts(f->states[0], f->clients[client].slot), LIVE_IDENTIFIED);
    EXPECT_EQ_STR(say(f, client, (struct live_command){.type = LIVE_HEARTBEAT_CMD}),
                  "0 heartbeat_ack");
    fixture_clear(f);
}

TEST(rule_1_a_second_identify_is_answered_again)
{
    a_pair();
    char id[40];
    say_identify(f, alice, "Alice", "x");
    memcpy(id, own.last_id, sizeof id);
    EXPECT_EQ_STR(say_identify(f, alice, "Alice", "y"), "0 ready Alice");
    EXPECT(memcmp(id, own.last_id, sizeof id) == 0);
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"), "0+1 message c1 Alice: hi");
    fixture_clear(f);
}

TEST(rule_1_who_becomes_another_leaves_the_channel)
{
    a_pair();
    EXPECT_EQ_STR(say_identify(f, alice, "Dora", "x"), "1 leave c1 Alice:1\n0 ready Dora");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"),
                  "0 error 3002 Must join channel before messaging: c1");
    EXPECT_EQ_STR(say_join(f, alice, "c1", 1), "0 joined c1 [Bob:2]\n1 join c1 Dora:1");
    fixture_clear(f);
}

TEST(rule_1_a_wrong_token_may_be_corrected)
{
    struct str secret = STR("correct horse");
    memset(f, 0, sizeof *f);
    own.options = live_defaults;
    own.options.verify = live_verify_secret;
    own.options.verifier = &secret;
    live_start(f, 1, 10);
    uint32_t client = fixture_open(f, 0);
    const char *wrong[] = {"correct hors", "correct horsf", "correct horse ", "x",
                           "correct horsecorrect horse"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT_EQ_STR(say_identify(f, client, "Alice", wrong[i]),
                      "0 error 1001 Invalid or expired token\n0 strike 1");
    EXPECT_EQ_INT(live_service.facts(f->states[0], f->clients[client].slot), 0);
    EXPECT_EQ_STR(say_identify(f, client, "Alice", "correct horse"),
                  "0 expires 18446744073709551615\n0 ready Alice"); /* never */
    EXPECT_EQ_STR(say_identify(f, client, "Alice", "wrong"),
                  "0 error 1001 Invalid or expired token\n0 strike 1");
    EXPECT_EQ_INT(live_service.facts(f->states[0], f->clients[client].slot), LIVE_IDENTIFIED);
    fixture_clear(f);
}

static bool verify_pair(const void *verifier, struct str user_id, struct str token,
                        uint64_t wall_ms, uint64_t *expires_ms)
{
    *expires_ms = wall_ms + 1000;
    EXPECT_EQ_INT(wall_ms, f->turn.wall_ms);
    return verifier == f && str_equal(user_id, token);
}

TEST(a_token_may_be_checked_against_the_user)
{
    memset(f, 0, sizeof *f);
    own.options = live_defaults;
    own.options.verify = verify_pair;
    own.options.verifier = f;
    live_start(f, 1, 10);
    uint32_t client = fixture_open(f, 0);
    EXPECT_EQ_STR(say_identify(f, client, "Alice", "Bob"),
                  "0 error 1001 Invalid or expired token\n0 strike 1");
    EXPECT_EQ_STR(say_identify(f, client, "Alice", "Alice"),
                  "0 expires 1795253530598\n0 ready Alice");
    fixture_clear(f);
}

TEST(an_empty_secret_proves_nothing)
{
    struct str empty = STR("");
    uint64_t expires_ms;
    EXPECT(!live_verify_secret(&empty, STR("a"), STR(""), 0, &expires_ms));
    EXPECT(!live_verify_secret(&empty, STR("a"), STR("x"), 0, &expires_ms));
}

TEST(who_does_not_identify_itself_in_time_is_closed)
{
    live_init(f, 1);
    fixture_open(f, 0);
    uint32_t punctual = live_open_as(f, 0, "Alice");
    uint32_t gone = fixture_open(f, 0);
    fixture_close(f, gone);
    EXPECT_EQ_STR(fixture_wait(f, IDENTIFY_MS - 1), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 close 1008 not identified in time");
    EXPECT_EQ_STR(fixture_wait(f, 100 * IDENTIFY_MS), "");
    EXPECT_EQ_STR(say(f, punctual, (struct live_command){.type = LIVE_HEARTBEAT_CMD}),
                  "1 heartbeat_ack");
    fixture_clear(f);
}

TEST(many_who_are_late_are_closed_in_several_turns)
{
    live_init(f, 1);
    for (uint32_t i = 0; i < 1000; i++)
        fixture_open(f, 0);
    fixture_wait(f, IDENTIFY_MS);
    uint32_t closed = 0;
    for (const char *at = f->text; (at = strstr(at, "close 1008")) != NULL; at++)
        closed++;
    EXPECT_EQ_INT(closed, 1000);
    fixture_clear(f);
}

TEST(rule_2_only_members_send_messages)
{
    a_pair();
    EXPECT_EQ_STR(say_message(f, carol, "c1", "hi"),
                  "2 error 3002 Must join channel before messaging: c1");
    EXPECT_EQ_STR(say_message(f, alice, "c2", "hi"),
                  "0 error 3002 Must join channel before messaging: c2");
    EXPECT_EQ_STR(say_message(f, alice, "C1", "hi"),
                  "0 error 3002 Must join channel before messaging: C1");
    fixture_clear(f);
}

TEST(rule_3_a_message_goes_to_all_members)
{
    a_pair();
    EXPECT_EQ_STR(say_message(f, alice, "c1", "안녕하세요!"), "0+1 message c1 Alice: 안녕하세요!");
    say_join(f, carol, "c1", 3);
    EXPECT_EQ_STR(say_message(f, bob, "c1", "hi"), "0+1+2 message c1 Bob: hi");
    fixture_clear(f);
}

TEST(rule_3_ids_are_unique)
{
    enum { MESSAGES = 1000 };
    static char ids[MESSAGES][40];
    a_pair();
    for (uint32_t i = 0; i < MESSAGES; i++) {
        say_message(f, alice, "c1", "hi");
        memcpy(ids[i], own.last_id, sizeof ids[i]);
        EXPECT(memcmp(ids[i], "msg_", 4) == 0 && strlen(ids[i]) == 36);
        for (uint32_t j = 0; j < i; j++)
            EXPECT(memcmp(ids[i], ids[j], sizeof ids[i]) != 0);
    }
    say_identify(f, alice, "Alice", "x");
    EXPECT(memcmp(own.last_id, "sess_", 5) == 0);
    memcpy(ids[0], own.last_id, sizeof ids[0]);
    say_identify(f, bob, "Bob", "x");
    EXPECT(memcmp(own.last_id, ids[0], sizeof ids[0]) != 0);
    fixture_clear(f);
}

TEST(rule_3_timestamps_never_go_back)
{
    a_pair();
    uint64_t now_ms = f->turn.wall_ms;
    say_message(f, alice, "c1", "hi");
    EXPECT_EQ_INT(own.last_stamp_ms, now_ms);
    f->turn.wall_ms -= 3600000; /* somebody sets the clock */
    say_message(f, bob, "c1", "hi");
    EXPECT_EQ_INT(own.last_stamp_ms, now_ms);
    f->turn.wall_ms = now_ms + 5;
    say_message(f, bob, "c1", "hi");
    EXPECT_EQ_INT(own.last_stamp_ms, now_ms + 5);
    fixture_clear(f);
}

TEST(rule_4_who_joins_has_its_ack_before_the_others_hear_of_it)
{
    three();
    EXPECT_EQ_STR(say_create(f, alice, "c1"), "0 created c1 Name");
    EXPECT_EQ_STR(say_join(f, alice, "c1", 1), "0 joined c1 []");
    EXPECT_EQ_STR(say_join(f, bob, "c1", 2), "1 joined c1 [Alice:1]\n0 join c1 Bob:2");
    EXPECT_EQ_STR(say_join(f, carol, "c1", 3), "2 joined c1 [Alice:1 Bob:2]\n0+1 join c1 Carol:3");
    fixture_clear(f);
}

TEST(rule_4_leaving)
{
    a_pair();
    say_join(f, carol, "c1", 3);
    EXPECT_EQ_STR(say_of(f, bob, LIVE_CHANNEL_LEAVE_CMD, "c1"), "1 left c1\n0+2 leave c1 Bob:2");
    EXPECT_EQ_STR(say_of(f, bob, LIVE_CHANNEL_LEAVE_CMD, "c1"), "1 error 2004 Not in channel: c1");
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_LEAVE_CMD, "c2"),
                  "0 error 2004 Not in channel: c2");
    EXPECT_EQ_STR(say_message(f, carol, "c1", "hi"), "0+2 message c1 Carol: hi");
    EXPECT_EQ_STR(say_join(f, bob, "c1", 2), "1 joined c1 [Alice:1 Carol:3]\n0+2 join c1 Bob:2");
    fixture_clear(f);
}

TEST(rule_4_a_channel_that_exists_stays_as_it_is)
{
    a_pair();
    struct live_command command = {.type = LIVE_CHANNEL_CREATE_CMD};
    command.channel_create =
        (struct live_channel_create_cmd){STR_INIT("c1"), STR_INIT("Other"), LIVE_MODE_PTT, 7};
    EXPECT_EQ_STR(say(f, carol, command), "2 created c1 Other");
    EXPECT_EQ_STR(say_of(f, carol, LIVE_CHANNEL_INFO_CMD, "c1"),
                  "2 info c1/Name/open/2/100 [Alice:1 Bob:2]");
    fixture_clear(f);
}

TEST(rule_4_updates_are_told_before_the_ack_also_to_those_outside)
{
    a_pair();
    EXPECT_EQ_STR(say_update(f, alice, "c1", "New"), "0+1 update c1 system:0\n0 updated c1 New");
    EXPECT_EQ_STR(say_update(f, carol, "c1", ""), "0+1 update c1 system:0\n2 updated c1 ");
    EXPECT_EQ_STR(say_of(f, bob, LIVE_CHANNEL_INFO_CMD, "c1"),
                  "1 info c1//open/2/100 [Alice:1 Bob:2]");
    EXPECT_EQ_STR(say_update(f, carol, "none", "New"), "2 error 2000 Channel not found: none");
    fixture_clear(f);
}

TEST(rule_4_a_delete_takes_all_out)
{
    a_pair();
    EXPECT_EQ_STR(say_of(f, carol, LIVE_CHANNEL_DELETE_CMD, "c1"),
                  "0+1 delete c1 system:0\n2 deleted c1");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"),
                  "0 error 3002 Must join channel before messaging: c1");
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_LEAVE_CMD, "c1"),
                  "0 error 2004 Not in channel: c1");
    EXPECT_EQ_STR(say_of(f, carol, LIVE_CHANNEL_DELETE_CMD, "c1"),
                  "2 error 2000 Channel not found: c1");
    EXPECT_EQ_STR(say_join(f, alice, "c1", 1), "0 error 2000 Channel not found: c1");
    say_create(f, bob, "c1");
    EXPECT_EQ_STR(say_join(f, bob, "c1", 1), "1 joined c1 []"); /* Alice's ssrc is free again */
    EXPECT_EQ_STR(say_join(f, alice, "c1", 2), "0 joined c1 [Bob:1]\n1 join c1 Alice:2");
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_DELETE_CMD, "c1"),
                  "0+1 delete c1 system:0\n0 deleted c1");
    fixture_clear(f);
}

TEST(rule_4_a_channel_outlives_its_last_member)
{
    a_pair();
    fixture_close(f, alice);
    fixture_close(f, bob);
    EXPECT_EQ_STR(say_of(f, carol, LIVE_CHANNEL_INFO_CMD, "c1"), "2 info c1/Name/open/0/100 []");
    EXPECT_EQ_STR(say_join(f, carol, "c1", 2), "2 joined c1 []");
    EXPECT_EQ_INT(live_service.rooms(f->states[0]), 1);
    fixture_clear(f);
}

TEST(rule_5_joining_what_is_not_there)
{
    three();
    EXPECT_EQ_STR(say_join(f, alice, "c1", 1), "0 error 2000 Channel not found: c1");
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_INFO_CMD, "c1"),
                  "0 error 2000 Channel not found: c1");
    fixture_clear(f);
}

TEST(rule_5_joining_twice)
{
    a_pair();
    EXPECT_EQ_STR(say_join(f, alice, "c1", 1), "0 error 2003 Already in channel: c1");
    EXPECT_EQ_STR(say_join(f, alice, "c1", 9), "0 error 2003 Already in channel: c1");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"), "0+1 message c1 Alice: hi");
    fixture_clear(f);
}

TEST(rule_5_a_channel_knows_a_user_once)
{
    a_pair();
    say_create(f, alice, "c2");
    uint32_t other = live_open_as(f, 0, "Alice");
    EXPECT_EQ_STR(say_join(f, other, "c1", 9), "3 error 2003 Already in channel: c1");
    EXPECT_EQ_STR(say_join(f, other, "c2", 9), "3 joined c2 []");
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_LEAVE_CMD, "c1"), "0 left c1\n1 leave c1 Alice:1");
    EXPECT_EQ_STR(say_join(f, other, "c1", 9), "3 joined c1 [Bob:2]\n1 join c1 Alice:9");
    fixture_clear(f);
}

TEST(rule_5_a_full_channel)
{
    three();
    say_create_as(f, alice, "two", LIVE_MODE_OPEN, 2);
    say_create(f, alice, "c1");
    say_join(f, carol, "c1", 3);
    say_join(f, alice, "two", 1);
    say_join(f, bob, "two", 2);
    EXPECT_EQ_STR(say_join(f, carol, "two", 3), "2 error 2001 Channel is full: two");
    EXPECT_EQ_STR(say_message(f, carol, "c1", "still here"), "2 message c1 Carol: still here");
    fixture_close(f, alice);
    EXPECT_EQ_STR(say_join(f, carol, "two", 3), "2 joined two [Bob:2]\n1 join two Carol:3");
    fixture_clear(f);
}

TEST(rule_5_a_hundred_members_and_no_more_unless_it_was_said)
{
    static char user[16];
    live_init(f, 1);
    uint32_t maker = live_open_as(f, 0, "maker");
    say_create(f, maker, "hundred");
    say_create_as(f, maker, "thousand", LIVE_MODE_OPEN, CHANNEL_MEMBERS_MAX);
    for (uint32_t i = 0; i <= 100; i++) {
        snprintf(user, sizeof user, "u%u", i);
        uint32_t client = live_open_as(f, 0, user);
        const char *answer = say_join(f, client, "hundred", i);
        EXPECT_EQ_INT(strstr(answer, "error 2001 Channel is full: hundred") != NULL, i == 100);
    }
    for (uint32_t i = 0; i <= 1000; i++) {
        if (i > 100) {
            snprintf(user, sizeof user, "u%u", i);
            live_open_as(f, 0, user);
        }
        const char *answer = say_join(f, 1 + i, "thousand", i);
        EXPECT_EQ_INT(strstr(answer, "error 2001 Channel is full: thousand") != NULL, i == 1000);
    }
    say_message(f, 1, "thousand", "hi");
    EXPECT(strstr(f->text, "+1000 message thousand u0: hi") != NULL);
    say_of(f, maker, LIVE_CHANNEL_DELETE_CMD, "thousand");
    EXPECT(strstr(f->text, "+1000 delete thousand system:0\n0 deleted thousand") != NULL);
    fixture_clear(f);
}

TEST(rule_5_an_ssrc_is_used_once)
{
    a_pair();
    say_create(f, alice, "c2");
    EXPECT_EQ_STR(say_join(f, carol, "c1", 2), "2 error 1004 Invalid payload: ssrc is in use");
    EXPECT_EQ_STR(say_join(f, carol, "c2", 2), "2 error 1004 Invalid payload: ssrc is in use");
    fixture_close(f, bob);
    EXPECT_EQ_STR(say_join(f, carol, "c2", 2), "2 joined c2 []");
    EXPECT_EQ_STR(say_join(f, alice, "c2", 2), "0 error 1004 Invalid payload: ssrc is in use");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"), "0 message c1 Alice: hi");
    fixture_clear(f);
}

TEST(rule_6_joining_a_second_channel_leaves_the_first)
{
    a_pair();
    say_create(f, alice, "c2");
    EXPECT_EQ_STR(say_join(f, alice, "c2", 1), "1 leave c1 Alice:1\n0 joined c2 []");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"),
                  "0 error 3002 Must join channel before messaging: c1");
    EXPECT_EQ_STR(say_join(f, carol, "c1", 1), "2 error 1004 Invalid payload: ssrc is in use");
    EXPECT_EQ_STR(say_join(f, alice, "c1", 7), "0 joined c1 [Bob:2]\n1 join c1 Alice:7");
    EXPECT_EQ_STR(say_join(f, carol, "c2", 1), "2 joined c2 []"); /* it is free again */
    fixture_clear(f);
}

TEST(rule_6_a_join_that_fails_leaves_nothing)
{
    a_pair();
    EXPECT_EQ_STR(say_join(f, alice, "none", 1), "0 error 2000 Channel not found: none");
    EXPECT_EQ_STR(say_message(f, alice, "c1", "hi"), "0+1 message c1 Alice: hi");
    fixture_clear(f);
}

TEST(rule_6_closing_leaves_the_channel)
{
    a_pair();
    EXPECT_EQ_STR(fixture_close(f, alice), "1 leave c1 Alice:1");
    EXPECT_EQ_STR(say_message(f, bob, "c1", "hi"), "1 message c1 Bob: hi");
    EXPECT_EQ_STR(fixture_close(f, carol), "");
    fixture_clear(f);
}

TEST(rule_6_ids_are_free_text_and_case_counts)
{
    three();
    say_create(f, alice, "방 1");
    say_create(f, alice, "Channel");
    say_create(f, alice, "");
    EXPECT_EQ_STR(say_join(f, alice, "channel", 1), "0 error 2000 Channel not found: channel");
    EXPECT_EQ_STR(say_join(f, alice, "방 1", 1), "0 joined 방 1 []");
    EXPECT_EQ_STR(say_join(f, bob, "", 2), "1 joined  []");
    uint32_t lower = live_open_as(f, 0, "alice"), nobody = live_open_as(f, 0, "");
    EXPECT_EQ_STR(say_join(f, lower, "방 1", 3), "3 joined 방 1 [Alice:1]\n0 join 방 1 alice:3");
    EXPECT_EQ_STR(say_join(f, nobody, "방 1", 0),
                  "4 joined 방 1 [Alice:1 alice:3]\n0+3 join 방 1 :0");
    fixture_clear(f);
}

TEST(lists_and_infos)
{
    three();
    EXPECT_EQ_STR(say(f, alice, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD}), "0 list");
    say_create(f, alice, "c1");
    say_create_as(f, alice, "c2", LIVE_MODE_PTT, 5);
    say_create_as(f, alice, "c3", LIVE_MODE_CONFERENCE, 1000);
    say_join(f, bob, "c2", 9);
    EXPECT_EQ_STR(say(f, bob, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD}),
                  "1 list c1/Name/open/0/100 c2/Name/ptt/1/5 c3/Name/conference/0/1000");
    EXPECT_EQ_STR(say_of(f, carol, LIVE_CHANNEL_INFO_CMD, "c2"), "2 info c2/Name/ptt/1/5 [Bob:9]");
    EXPECT_EQ_INT(own.last_stamp_ms, f->turn.wall_ms); /* created_at */
    fixture_clear(f);
}

TEST(there_is_a_bound_on_channels_and_on_a_list)
{
    static char id[16];
    live_init(f, 1);
    uint32_t client = live_open_as(f, 0, "Alice");
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        snprintf(id, sizeof id, "c%u", i);
        say_create(f, client, id);
    }
    EXPECT_EQ_STR(f->text, "0 created c9999 Name");
    EXPECT_EQ_STR(say_create(f, client, "c5"), "0 created c5 Name");
    say(f, client, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD});
    uint32_t listed = 0;
    for (const char *at = f->text; (at = strstr(at, "/open/0/100")) != NULL; at++)
        listed++;
    EXPECT_EQ_INT(listed, CHANNELS_LISTED_MAX);
    /* The one that has been empty for longest makes room: not c0, in which Alice is, nor c1, in
     * which she was. */
    say_join(f, client, "c1", 1);
    say_join(f, client, "c0", 1);
    EXPECT_EQ_STR(say_create(f, client, "more"), "0 created more Name");
    EXPECT_EQ_STR(say_of(f, client, LIVE_CHANNEL_INFO_CMD, "c2"),
                  "0 error 2000 Channel not found: c2");
    EXPECT_EQ_STR(say_of(f, client, LIVE_CHANNEL_INFO_CMD, "c1"), "0 info c1/Name/open/0/100 []");
    EXPECT_EQ_STR(say_of(f, client, LIVE_CHANNEL_INFO_CMD, "c0"),
                  "0 info c0/Name/open/1/100 [Alice:1]");
    EXPECT_EQ_INT(live_service.rooms(f->states[0]), CHANNELS_MAX);
    fixture_clear(f);
}

TEST(a_full_service_says_so)
{
    memset(f, 0, sizeof *f);
    own.options = live_defaults;
    live_start(f, 1, 2);
    fixture_open(f, 0);
    fixture_open(f, 0);
    struct session_facts facts = {.session = {2, 1}};
    fixture_begin(f);
    EXPECT_EQ_INT(live_service.open(f->states[0], &facts, &f->turn), SERVICE_FULL);
    EXPECT_EQ_INT(f->turn.effect_count, 0);
    fixture_close(f, 0);
    fixture_begin(f);
    EXPECT(live_service.open(f->states[0], &facts, &f->turn) != SERVICE_FULL);
    fixture_clear(f);
}
