/* Live on several workers: moves, commands that wait for another worker's answer, and what may
 * happen meanwhile. */
#include "tests/unit/live_fixture.h"

static struct fixture fixture, *const f = &fixture;

enum { WORKERS = 3 };

/* A channel of each worker, "here" and "there" of two others than worker 0's "home". */
static char names[WORKERS][2][16];
#define HOME names[0][0]
#define ALSO_HOME names[0][1]
#define THERE names[1][0]
#define ALSO_THERE names[1][1]
#define BEYOND names[2][0]

static uint32_t alice, bob; /* Alice came to worker 0, Bob to worker 1 */

static void two_clients(void)
{
    live_init(f, WORKERS);
    fixture_names(f, names);
    alice = live_open_as(f, 0, "Alice");
    bob = live_open_as(f, 1, "Bob");
}

/* An ssrc that this worker keeps. */
static uint32_t ssrc_of(uint32_t worker, uint32_t after)
{
    static const uint8_t key[16];
    for (uint32_t ssrc = after + 1;; ssrc++) {
        struct str bytes = {(const char *)&ssrc, sizeof ssrc};
        if ((uint32_t)(hash_bytes(key, bytes) >> 32) % WORKERS == worker)
            return ssrc;
    }
}

TEST(channels_of_other_workers_are_made_renamed_looked_at_and_ended_from_anywhere)
{
    two_clients();
    EXPECT_EQ_STR(say_create(f, alice, THERE), want("0 created %s Name", THERE));
    EXPECT_EQ_INT(live_service.rooms(f->states[1]), 1);
    EXPECT_EQ_INT(live_service.rooms(f->states[0]), 0);
    EXPECT_EQ_STR(say_update(f, alice, THERE, "New"), want("0 updated %s New", THERE));
    say_join(f, bob, THERE, 7);
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_INFO_CMD, THERE),
                  want("0 info %s/New/open/1/100 [Bob:7]", THERE));
    EXPECT_EQ_STR(say_update(f, alice, THERE, "x"),
                  want("1 update %s system:0\n0 updated %s x", THERE, THERE));
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_DELETE_CMD, THERE),
                  want("1 delete %s system:0\n0 deleted %s", THERE, THERE));
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_DELETE_CMD, THERE),
                  want("0 error 2000 Channel not found: %s", THERE));
    EXPECT_EQ_STR(say_of(f, alice, LIVE_CHANNEL_INFO_CMD, THERE),
                  want("0 error 2000 Channel not found: %s", THERE));
    EXPECT_EQ_STR(say_update(f, alice, THERE, "x"),
                  want("0 error 2000 Channel not found: %s", THERE));
    EXPECT_EQ_INT(f->clients[alice].worker, 0); /* nothing of this moves it */
    fixture_clear(f);
}

TEST(who_joins_moves_to_the_channel)
{
    two_clients();
    say_create(f, alice, THERE);
    EXPECT_EQ_STR(say_join(f, alice, THERE, 1), want("0 joined %s []", THERE));
    EXPECT_EQ_INT(f->clients[alice].worker, 1);
    EXPECT_EQ_STR(say_join(f, bob, THERE, 2),
                  want("1 joined %s [Alice:1]\n0 join %s Bob:2", THERE, THERE));
    EXPECT_EQ_STR(say_message(f, alice, THERE, "hi"), want("0+1 message %s Alice: hi", THERE));
    EXPECT_EQ_STR(say_identify(f, alice, "Alice", "x"), "0 ready Alice");
    fixture_clear(f);
}

TEST(who_moves_keeps_its_session_s_id)
{
    two_clients();
    say_identify(f, alice, "Alice", "x");
    char id[40];
    memcpy(id, own.last_id, sizeof id);
    say_create(f, alice, THERE);
    say_join(f, alice, THERE, 1);
    say_identify(f, alice, "Alice", "x");
    EXPECT(memcmp(id, own.last_id, sizeof id) == 0);
    fixture_clear(f);
}

TEST(a_member_that_joins_elsewhere_leaves_when_its_seat_is_kept)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    say_join(f, alice, HOME, 1);
    say_join(f, bob, HOME, 2);
    EXPECT_EQ_STR(say_join(f, alice, THERE, 1),
                  want("1 leave %s Alice:1\n0 joined %s []", HOME, THERE));
    EXPECT_EQ_INT(f->clients[alice].worker, 1);
    EXPECT_EQ_STR(say_message(f, bob, HOME, "hi"), want("1 message %s Bob: hi", HOME));
    EXPECT_EQ_STR(say_join(f, bob, THERE, 3),
                  want("1 joined %s [Alice:1]\n0 join %s Bob:3", THERE, THERE));
    fixture_clear(f);
}

TEST(a_member_whose_join_elsewhere_fails_stays_a_member)
{
    two_clients();
    uint32_t carol = live_open_as(f, 2, "Carol");
    say_create(f, alice, HOME);
    say_create_as(f, alice, THERE, LIVE_MODE_OPEN, 1);
    say_join(f, alice, HOME, 1);
    say_join(f, bob, THERE, 2);
    EXPECT_EQ_STR(say_join(f, alice, BEYOND, 1),
                  want("0 error 2000 Channel not found: %s", BEYOND));
    EXPECT_EQ_STR(say_join(f, alice, THERE, 1), want("0 error 2001 Channel is full: %s", THERE));
    say_create(f, alice, BEYOND);
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        uint32_t ssrc = ssrc_of(worker, 100);
        say_join(f, carol, BEYOND, ssrc);
        EXPECT_EQ_STR(say_join(f, alice, BEYOND, ssrc),
                      "0 error 1004 Invalid payload: ssrc is in use");
        say_of(f, carol, LIVE_CHANNEL_LEAVE_CMD, BEYOND);
    }
    EXPECT_EQ_STR(say_message(f, alice, HOME, "hi"), want("0 message %s Alice: hi", HOME));
    EXPECT_EQ_INT(f->clients[alice].worker, 0);
    /* What was claimed and kept for these joins has been given up. */
    EXPECT_EQ_STR(say_join(f, carol, BEYOND, 77), want("2 joined %s []", BEYOND));
    EXPECT_EQ_STR(say_join(f, alice, BEYOND, 1),
                  want("0 joined %s [Carol:77]\n2 join %s Alice:1", BEYOND, BEYOND));
    fixture_clear(f);
}

TEST(a_user_is_in_a_channel_once_wherever_its_sessions_are)
{
    two_clients();
    uint32_t other = live_open_as(f, 2, "Alice");
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    say_join(f, alice, THERE, 1);
    say_join(f, other, HOME, 2);
    EXPECT_EQ_STR(say_join(f, other, THERE, 2), want("2 error 2003 Already in channel: %s", THERE));
    EXPECT_EQ_STR(say_message(f, other, HOME, "hi"), want("2 message %s Alice: hi", HOME));
    fixture_clear(f);
}

TEST(an_ssrc_is_unique_over_all_workers)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    for (uint32_t worker = 0; worker < WORKERS; worker++) {
        uint32_t ssrc = ssrc_of(worker, 0);
        EXPECT_EQ_STR(say_join(f, alice, HOME, ssrc), want("0 joined %s []", HOME));
        EXPECT_EQ_STR(say_join(f, bob, THERE, ssrc),
                      want("%u error 1004 Invalid payload: ssrc is in use", bob));
        say_of(f, alice, LIVE_CHANNEL_LEAVE_CMD, HOME);
        EXPECT_EQ_STR(say_join(f, bob, THERE, ssrc), want("%u joined %s []", bob, THERE));
        EXPECT_EQ_STR(fixture_close(f, bob), "");
        bob = live_open_as(f, 1, "Bob");
    }
    fixture_clear(f);
}

TEST(a_deleted_channel_gives_all_ssrcs_back)
{
    two_clients();
    say_create(f, alice, THERE);
    uint32_t clients[12];
    for (uint32_t i = 0; i < 12; i++) {
        char user[8];
        snprintf(user, sizeof user, "u%u", i);
        clients[i] = live_open_as(f, i % WORKERS, user);
        say_join(f, clients[i], THERE, i);
    }
    say_of(f, alice, LIVE_CHANNEL_DELETE_CMD, THERE);
    say_create(f, alice, BEYOND);
    for (uint32_t i = 0; i < 12; i++) {
        say_join(f, clients[i], BEYOND, 11 - i);
        EXPECT(strstr(f->text, "joined") != NULL);
    }
    fixture_clear(f);
}

TEST(a_list_goes_round_all_workers)
{
    two_clients();
    EXPECT_EQ_STR(say(f, bob, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD}), "1 list");
    say_create(f, alice, HOME);
    say_create_as(f, alice, THERE, LIVE_MODE_PTT, 7);
    say_create(f, alice, BEYOND);
    say_create(f, alice, ALSO_THERE);
    say_join(f, bob, BEYOND, 1);
    EXPECT_EQ_STR(say(f, alice, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD}),
                  want("0 list %s/Name/open/0/100 %s/Name/ptt/0/7 %s/Name/open/0/100 "
                       "%s/Name/open/1/100",
                       HOME, THERE, ALSO_THERE, BEYOND));
    fixture_clear(f);
}

TEST(a_list_is_bounded_over_all_workers)
{
    two_clients();
    char id[16];
    for (uint32_t i = 0; i < CHANNELS_LISTED_MAX + 200; i++) {
        snprintf(id, sizeof id, "l%u", i);
        say_create(f, alice, id);
    }
    say(f, bob, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD});
    uint32_t listed = 0;
    for (const char *at = f->text; (at = strstr(at, "/open/0/100")) != NULL; at++)
        listed++;
    EXPECT_EQ_INT(listed, CHANNELS_LISTED_MAX);
    fixture_clear(f);
}

TEST(the_greatest_answers_fit_into_a_mail)
{
    static char id[CHANNELS_LISTED_MAX][512 + 1];
    two_clients();
    struct live_command command = {.type = LIVE_CHANNEL_CREATE_CMD};
    static char name[256 + 1];
    memset(name, 'n', sizeof name - 1);
    for (uint32_t i = 0; i < CHANNELS_LISTED_MAX; i++) {
        memset(id[i], 'c', 512);
        snprintf(id[i], sizeof id[i], "%u", i);
        id[i][strlen(id[i])] = 'x';
        command.channel_create = (struct live_channel_create_cmd){
            TEST_STR((const char *)id[i]), TEST_STR((const char *)name), LIVE_MODE_OPEN, 1000};
        say(f, alice, command);
        CHECK(!f->clients[alice].waiting);
    }
    f->held = true;
    say(f, bob, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD});
    size_t longest = 0;
    while (f->mails_count > 0) {
        longest = f->mails[0].len > longest ? f->mails[0].len : longest;
        f->text_len = 0;
        fixture_begin(f);
        struct mail mail = f->mails[0];
        f->mails_count = 0;
        live_service.mail(f->states[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
        if (f->turn.effect_count == 1 && f->turn.effects[0].kind == EFFECT_MAIL)
            fixture_post(f, mail.to, &f->turn.effects[0]);
        free(mail.bytes);
    }
    EXPECT(longest > 1000 * (512 + 256) && longest <= SERVICE_MAIL_BYTES_MAX);
    fixture_clear(f);
}

/* What may happen while a question is under way. */

TEST(a_waiting_member_hears_its_channel)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    say_join(f, alice, HOME, 1);
    say_join(f, bob, HOME, 2);
    f->held = true;
    EXPECT_EQ_STR(say_join(f, alice, THERE, 1), "");
    EXPECT(f->clients[alice].waiting);
    EXPECT_EQ_STR(say_message(f, bob, HOME, "hi"), want("0+1 message %s Bob: hi", HOME));
    EXPECT_EQ_STR(fixture_deliver_all(f), want("1 leave %s Alice:1\n0 joined %s []", HOME, THERE));
    EXPECT(!f->clients[alice].waiting);
    fixture_clear(f);
}

/* How many seats and members of a channel there are: how many more its capacity of 3 lets in. */
static uint32_t room_left(const char *id)
{
    uint32_t left = 0;
    f->held = false;
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t client = live_open_as(f, 0, i == 0 ? "x" : i == 1 ? "y" : "z");
        say_join(f, client, id, 1000 + i);
        left += strstr(f->text, "joined") != NULL;
    }
    return left;
}

/* Alice, a member at home, asks for a seat in THERE with an ssrc of worker 2, and is closed after
 * `steps` letters have arrived. */
static void close_after(uint32_t steps)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create_as(f, bob, THERE, LIVE_MODE_OPEN, 3);
    uint32_t ssrc = ssrc_of(2, 0);
    say_join(f, alice, HOME, 1);
    f->held = true;
    say_join(f, alice, THERE, ssrc);
    for (uint32_t i = 0; i < steps; i++)
        EXPECT(fixture_deliver(f));
    fixture_close(f, alice);
    fixture_deliver_all(f);
    EXPECT_EQ_INT(f->mails_count, 0);
    f->held = false;
    /* Her seat and her ssrc are free again. */
    uint32_t again = live_open_as(f, 2, "Alice");
    EXPECT_EQ_STR(say_join(f, again, THERE, ssrc), want("%u joined %s []", again, THERE));
    EXPECT_EQ_INT(room_left(THERE), 2);
    fixture_clear(f);
}

TEST(who_closes_while_it_waits_leaves_nothing_behind)
{
    for (uint32_t steps = 0; steps < 4; steps++)
        close_after(steps);
}

TEST(who_closes_while_its_ssrc_is_claimed_leaves_nothing_behind)
{
    for (uint32_t steps = 0; steps < 2; steps++) {
        two_clients();
        say_create_as(f, alice, HOME, LIVE_MODE_OPEN, 3);
        uint32_t ssrc = ssrc_of(2, 0);
        f->held = true;
        EXPECT_EQ_STR(say_join(f, alice, HOME, ssrc), "");
        for (uint32_t i = 0; i < steps; i++)
            EXPECT(fixture_deliver(f));
        fixture_close(f, alice);
        fixture_deliver_all(f);
        f->held = false;
        EXPECT_EQ_STR(say_join(f, bob, HOME, ssrc), want("1 joined %s []", HOME));
        EXPECT_EQ_INT(room_left(HOME), 2);
        fixture_clear(f);
    }
}

/* The oldest mail is lost. */
static void lose_mail(void)
{
    free(f->mails[0].bytes);
    memmove(f->mails, f->mails + 1, --f->mails_count * sizeof *f->mails);
}

TEST(a_seat_that_ends_gives_up_no_claim_but_its_own)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    uint32_t ssrc = ssrc_of(2, 0);
    say_join(f, alice, HOME, ssrc);
    f->held = true;
    EXPECT_EQ_STR(say_join(f, alice, THERE, ssrc), "");
    EXPECT(fixture_deliver(f)); /* the question */
    lose_mail();                /* the seat's claim */
    fixture_wait(f, 10000);
    EXPECT_EQ_STR(fixture_deliver_all(f), "0 error 9000 Internal server error");
    f->held = false;
    EXPECT_EQ_STR(say_join(f, bob, THERE, ssrc), "1 error 1004 Invalid payload: ssrc is in use");
    fixture_clear(f);
}

/* What gives an ssrc up may be lost: who is refused because of that finds it free the next time. */
TEST(a_claim_in_the_way_is_doubted)
{
    two_clients();
    say_create(f, alice, HOME);
    uint32_t ssrc = ssrc_of(2, 0);
    say_join(f, alice, HOME, ssrc);
    EXPECT_EQ_STR(say_join(f, bob, HOME, ssrc), "1 error 1004 Invalid payload: ssrc is in use");
    EXPECT_EQ_STR(say_join(f, bob, HOME, ssrc), "1 error 1004 Invalid payload: ssrc is in use");
    f->held = true;
    say_of(f, alice, LIVE_CHANNEL_LEAVE_CMD, HOME);
    lose_mail();
    f->held = false;
    EXPECT_EQ_STR(say_join(f, bob, HOME, ssrc), "1 error 1004 Invalid payload: ssrc is in use");
    EXPECT_EQ_STR(say_join(f, bob, HOME, ssrc), want("1 joined %s []", HOME));
    fixture_clear(f);
}

/* Carries the move out only in part: Alice dies on the way. */
TEST(a_seat_that_nobody_comes_for_ends)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create_as(f, alice, THERE, LIVE_MODE_OPEN, 3);
    uint32_t ssrc = ssrc_of(1, 0);
    say_join(f, alice, HOME, 1);
    f->held = true;
    say_join(f, alice, THERE, ssrc);
    while (f->mails_count > 0) {
        struct mail mail = f->mails[0];
        memmove(f->mails, f->mails + 1, --f->mails_count * sizeof *f->mails);
        fixture_begin(f);
        live_service.mail(f->states[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
        for (uint32_t i = 0; i < f->turn.effect_count; i++)
            if (f->turn.effects[i].kind == EFFECT_MAIL)
                fixture_post(f, mail.to, &f->turn.effects[i]);
        free(mail.bytes);
    }
    /* Her command is run again, and asks for the move. */
    struct client *client = &f->clients[alice];
    fixture_begin(f);
    live_service.command(f->states[0], client->slot, client->command, &f->turn);
    bool moves = false;
    for (uint32_t i = 0; i < f->turn.effect_count; i++)
        moves |= f->turn.effects[i].kind == EFFECT_MOVE;
    EXPECT(moves);
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    live_service.pack(f->states[0], client->slot, block);
    client->open = client->waiting = false;
    f->held = false;
    /* Until then it is hers. */
    uint32_t again = live_open_as(f, 2, "Alice");
    EXPECT_EQ_STR(say_join(f, again, THERE, ssrc),
                  want("%u error 2003 Already in channel: %s", again, THERE));
    EXPECT_EQ_STR(say_of(f, bob, LIVE_CHANNEL_INFO_CMD, THERE),
                  want("1 info %s/Name/open/0/3 []", THERE)); /* nobody sees her */
    EXPECT_EQ_STR(fixture_wait(f, 10000), "");
    EXPECT_EQ_STR(say_join(f, again, THERE, ssrc), want("%u joined %s []", again, THERE));
    EXPECT_EQ_INT(room_left(THERE), 2);
    fixture_clear(f);
}

TEST(seats_count_so_that_a_channel_cannot_overflow)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create_as(f, alice, THERE, LIVE_MODE_OPEN, 1);
    say_join(f, alice, HOME, 1);
    f->held = true;
    say_join(f, alice, THERE, 1);
    EXPECT(fixture_deliver(f)); /* her seat is kept */
    say_join(f, bob, THERE, 2);
    EXPECT_EQ_STR(f->text, want("1 error 2001 Channel is full: %s", THERE));
    EXPECT_EQ_STR(fixture_deliver_all(f), want("0 joined %s []", THERE));
    fixture_clear(f);
}

TEST(two_who_want_the_last_place)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, BEYOND);
    say_create_as(f, alice, THERE, LIVE_MODE_OPEN, 1);
    say_join(f, alice, HOME, 1);
    say_join(f, bob, BEYOND, 2);
    f->held = true;
    say_join(f, alice, THERE, 1);
    say_join(f, bob, THERE, 2);
    fixture_deliver_all(f);
    EXPECT_EQ_STR(f->text, want("1 error 2001 Channel is full: %s\n0 joined %s []", THERE, THERE));
    f->held = false;
    EXPECT_EQ_STR(say_message(f, bob, BEYOND, "hi"), want("1 message %s Bob: hi", BEYOND));
    fixture_clear(f);
}

TEST(two_who_want_the_same_ssrc)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    uint32_t ssrc = ssrc_of(2, 0);
    f->held = true;
    say_join(f, alice, HOME, ssrc);
    say_join(f, bob, THERE, ssrc);
    EXPECT_EQ_STR(fixture_deliver_all(f),
                  want("0 joined %s []\n1 error 1004 Invalid payload: ssrc is in use", HOME));
    fixture_clear(f);
}

TEST(a_channel_that_ends_while_a_seat_in_it_is_asked_for)
{
    for (uint32_t steps = 0; steps < 4; steps++) {
        two_clients();
        say_create(f, alice, HOME);
        say_create(f, alice, THERE);
        uint32_t ssrc = ssrc_of(2, 1);
        say_join(f, alice, HOME, 1);
        f->held = true;
        say_join(f, alice, THERE, ssrc);
        for (uint32_t i = 0; i < steps; i++)
            EXPECT(fixture_deliver(f));
        say_of(f, bob, LIVE_CHANNEL_DELETE_CMD, THERE);
        fixture_deliver_all(f);
        EXPECT(strstr(f->text, want("0 error 2000 Channel not found: %s", THERE)) != NULL);
        f->held = false;
        fixture_wait(f, 10000);
        say_message(f, alice, HOME, "hi");
        if (steps < 3) /* she has not left for what she had been promised */
            EXPECT_EQ_STR(f->text, want("0 message %s Alice: hi", HOME));
        EXPECT_EQ_STR(say_create(f, bob, BEYOND), want("1 created %s Name", BEYOND));
        EXPECT_EQ_STR(say_join(f, bob, BEYOND, ssrc), want("1 joined %s []", BEYOND));
        fixture_clear(f);
    }
}

TEST(a_channel_that_ends_while_its_member_waits)
{
    two_clients();
    say_create(f, alice, HOME);
    say_create(f, alice, THERE);
    say_join(f, alice, HOME, 1);
    uint32_t carol = live_open_as(f, 0, "Carol");
    f->held = true;
    say_join(f, alice, THERE, 1);
    say_of(f, carol, LIVE_CHANNEL_DELETE_CMD, HOME);
    EXPECT_EQ_STR(f->text, want("0 delete %s system:0\n2 deleted %s", HOME, HOME));
    EXPECT_EQ_STR(fixture_deliver_all(f), want("0 joined %s []", THERE));
    fixture_clear(f);
}

TEST(answers_for_those_who_are_gone_are_dropped)
{
    two_clients();
    say_create(f, alice, THERE);
    f->held = true;
    say_of(f, alice, LIVE_CHANNEL_INFO_CMD, THERE);
    fixture_close(f, alice);
    uint32_t next = live_open_as(f, 0, "Next"); /* takes over her entry */
    EXPECT_EQ_INT(f->clients[next].slot, f->clients[alice].slot);
    say(f, next, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD});
    EXPECT_EQ_STR(fixture_deliver_all(f), want("%u list %s/Name/open/0/100", next, THERE));
    fixture_clear(f);
}

TEST(a_floor_of_a_channel_that_its_holder_leaves_for_another_worker)
{
    two_clients();
    say_create_as(f, alice, HOME, LIVE_MODE_PTT, 10);
    say_create_as(f, alice, THERE, LIVE_MODE_PTT, 10);
    say_join(f, alice, HOME, 1);
    say_join(f, bob, HOME, 2);
    say_request(f, alice, HOME, 100);
    say_request(f, bob, HOME, 100);
    EXPECT_EQ_STR(
        say_join(f, alice, THERE, 1),
        want("1 leave %s Alice:1\n1 granted %s Bob 30000\n0 joined %s []", HOME, HOME, THERE));
    EXPECT_EQ_STR(say_request(f, alice, THERE, 100), want("0 granted %s Alice 30000", THERE));
    fixture_clear(f);
}
