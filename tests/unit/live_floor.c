/* The floor of push-to-talk channels: each rule, and a model of it driven by random events. */
#include "tests/unit/live_fixture.h"

static struct fixture fixture, *const f = &fixture;

/* Clients a, b, c, d with ssrcs 1 to 4 are in the push-to-talk channel "p"; e is in none. */
enum { A, B, C, D, E };

static void four(void)
{
    static const char *const users[] = {"a", "b", "c", "d", "e"};
    live_init(f, 1);
    for (uint32_t i = A; i <= E; i++)
        live_open_as(f, 0, users[i]);
    say_create_as(f, A, "p", LIVE_MODE_PTT, 100);
    for (uint32_t i = A; i <= D; i++)
        say_join(f, i, "p", i + 1);
}

static const char *release(uint32_t client)
{
    return say_of(f, client, LIVE_FLOOR_RELEASE_CMD, "p");
}

static const char *ping(uint32_t client)
{
    return say_of(f, client, LIVE_FLOOR_PING_CMD, "p");
}

/* Without a priority of its own. */
static const char *request(uint32_t client, enum live_indicator indicator)
{
    struct live_command command = {.type = LIVE_FLOOR_REQUEST_CMD};
    command.floor_request =
        (struct live_floor_request_cmd){.channel_id = STR_INIT("p"), .indicator = indicator};
    return say(f, client, command);
}

TEST(a_free_floor_is_granted)
{
    four();
    EXPECT_EQ_STR(request(A, LIVE_INDICATOR_NORMAL), "0 granted p a 30000\n1+2+3 taken p a normal");
    fixture_clear(f);
}

TEST(a_released_floor_is_idle)
{
    four();
    request(A, LIVE_INDICATOR_BROADCAST);
    EXPECT_EQ_STR(f->text, "0 granted p a 30000\n1+2+3 taken p a broadcast");
    EXPECT_EQ_STR(release(A), "0+1+2+3 idle p");
    EXPECT_EQ_STR(release(A), "0 deny p: you neither have the floor nor wait for it");
    EXPECT_EQ_STR(fixture_wait(f, FLOOR_TALK_MS), "");
    EXPECT_EQ_STR(request(B, LIVE_INDICATOR_NORMAL), "1 granted p b 30000\n0+2+3 taken p b normal");
    fixture_clear(f);
}

TEST(rule_1_a_higher_priority_pre_empts)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    EXPECT_EQ_STR(request(B, LIVE_INDICATOR_IMMINENT_PERIL),
                  "0 revoke p preempted\n1 granted p b 30000\n0+2+3 taken p b imminent_peril");
    EXPECT_EQ_STR(request(C, LIVE_INDICATOR_EMERGENCY),
                  "1 revoke p preempted\n2 granted p c 30000\n0+1+3 taken p c emergency");
    EXPECT_EQ_STR(request(D, LIVE_INDICATOR_EMERGENCY), "3 place p 1 of 1");
    /* Those who were pre-empted are not queued. */
    EXPECT_EQ_STR(release(C), "3 granted p d 30000\n0+1+2 taken p d emergency");
    EXPECT_EQ_STR(release(D), "0+1+2+3 idle p");
    fixture_clear(f);
}

TEST(rule_1_the_priorities_unless_given)
{
    static const struct {
        enum live_indicator indicator;
        uint8_t priority;
    } defaults[] = {{LIVE_INDICATOR_NORMAL, 100},
                    {LIVE_INDICATOR_BROADCAST, 100},
                    {LIVE_INDICATOR_IMMINENT_PERIL, 200},
                    {LIVE_INDICATOR_EMERGENCY, 255}};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
        four();
        request(A, defaults[i].indicator);
        EXPECT_EQ_STR(say_request(f, B, "p", defaults[i].priority), "1 place p 1 of 1");
        if (defaults[i].priority < 255) {
            say_request(f, C, "p", (uint8_t)(defaults[i].priority + 1));
            EXPECT(strncmp(f->text, "0 revoke p preempted\n2 granted p c 30000", 40) == 0);
        }
        fixture_clear(f);
    }
    four();
    say_request(f, A, "p", 0); /* a priority that is given counts, zero too */
    EXPECT_EQ_STR(say_request(f, B, "p", 0), "1 place p 1 of 1");
    EXPECT_EQ_STR(say_request(f, C, "p", 1),
                  "0 revoke p preempted\n2 granted p c 30000\n0+1+3 taken p c normal");
    fixture_clear(f);
}

TEST(rule_1_the_queue_is_ordered_by_priority_then_arrival)
{
    four();
    say_request(f, A, "p", 255);
    EXPECT_EQ_STR(say_request(f, B, "p", 10), "1 place p 1 of 1");
    EXPECT_EQ_STR(say_request(f, C, "p", 10), "2 place p 2 of 2");
    EXPECT_EQ_STR(say_request(f, D, "p", 11),
                  "3 place p 1 of 3\n1 place p 2 of 3\n2 place p 3 of 3");
    EXPECT_EQ_STR(release(A), "3 granted p d 30000\n0+1+2 taken p d normal\n"
                              "1 place p 1 of 2\n2 place p 2 of 2");
    EXPECT_EQ_STR(release(D), "1 granted p b 30000\n0+2+3 taken p b normal\n2 place p 1 of 1");
    EXPECT_EQ_STR(release(B), "2 granted p c 30000\n0+1+3 taken p c normal");
    EXPECT_EQ_STR(release(C), "0+1+2+3 idle p");
    fixture_clear(f);
}

TEST(rule_1_one_who_pre_empts_from_the_queue_leaves_it)
{
    four();
    say_request(f, A, "p", 100);
    say_request(f, B, "p", 50);
    say_request(f, C, "p", 40);
    EXPECT_EQ_STR(say_request(f, B, "p", 101), "0 revoke p preempted\n1 granted p b 30000\n"
                                               "0+2+3 taken p b normal\n2 place p 1 of 1");
    EXPECT_EQ_STR(release(B), "2 granted p c 30000\n0+1+3 taken p c normal");
    EXPECT_EQ_STR(release(C), "0+1+2+3 idle p");
    fixture_clear(f);
}

TEST(rule_2_asking_again_replaces_the_place)
{
    four();
    say_request(f, A, "p", 200);
    say_request(f, B, "p", 10);
    say_request(f, C, "p", 10);
    EXPECT_EQ_STR(say_request(f, B, "p", 10), "2 place p 1 of 2\n1 place p 2 of 2");
    EXPECT_EQ_STR(say_request(f, B, "p", 11), "1 place p 1 of 2\n2 place p 2 of 2");
    EXPECT_EQ_STR(say_request(f, B, "p", 12), "1 place p 1 of 2"); /* told again: it asked */
    fixture_clear(f);
}

TEST(rule_2_a_release_leaves_the_queue)
{
    four();
    say_request(f, A, "p", 200);
    say_request(f, B, "p", 10);
    say_request(f, C, "p", 10);
    say_request(f, D, "p", 10);
    EXPECT_EQ_STR(release(C), "3 place p 2 of 2");
    EXPECT_EQ_STR(release(C), "2 deny p: you neither have the floor nor wait for it");
    EXPECT_EQ_STR(release(B), "3 place p 1 of 1");
    EXPECT_EQ_STR(release(D), "");
    EXPECT_EQ_STR(release(A), "0+1+2+3 idle p");
    fixture_clear(f);
}

TEST(rule_2_a_holder_that_does_not_ping_is_revoked)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    EXPECT_EQ_STR(fixture_wait(f, FLOOR_PING_MS - 1), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "0 revoke p ping_timeout\n0+1+2+3 idle p");
    EXPECT_EQ_STR(ping(A), "0 deny p: you neither have the floor nor wait for it");
    fixture_clear(f);
}

TEST(rule_2_thirty_seconds_of_talk_in_all)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    request(B, LIVE_INDICATOR_NORMAL);
    for (uint32_t i = 0; i < 14; i++) {
        EXPECT_EQ_STR(fixture_wait(f, 2000), "");
        EXPECT_EQ_STR(ping(A), "0 pong p");
    }
    EXPECT_EQ_STR(request(A, LIVE_INDICATOR_NORMAL), "0 granted p a 30000"); /* no new 30 s */
    EXPECT_EQ_STR(fixture_wait(f, 1999), "");
    EXPECT_EQ_STR(fixture_wait(f, 1),
                  "0 revoke p max_duration\n1 granted p b 30000\n0+2+3 taken p b normal");
    EXPECT_EQ_STR(fixture_wait(f, FLOOR_PING_MS - 1), "");
    EXPECT_EQ_STR(fixture_wait(f, 1), "1 revoke p ping_timeout\n0+1+2+3 idle p");
    fixture_clear(f);
}

TEST(rule_2_only_the_holder_s_own_pings_count)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    request(B, LIVE_INDICATOR_NORMAL);
    fixture_wait(f, 5000);
    EXPECT_EQ_STR(ping(B), ""); /* it waits */
    EXPECT_EQ_STR(ping(C), "2 deny p: you neither have the floor nor wait for it");
    EXPECT_EQ_STR(fixture_wait(f, 1000),
                  "0 revoke p ping_timeout\n1 granted p b 30000\n0+2+3 taken p b normal");
    fixture_clear(f);
}

TEST(rule_2_leaving_and_closing_hand_the_floor_on)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    request(B, LIVE_INDICATOR_NORMAL);
    request(C, LIVE_INDICATOR_NORMAL);
    EXPECT_EQ_STR(say_of(f, A, LIVE_CHANNEL_LEAVE_CMD, "p"),
                  "0 left p\n1+2+3 leave p a:1\n1 granted p b 30000\n2+3 taken p b normal\n"
                  "2 place p 1 of 1");
    EXPECT_EQ_STR(fixture_close(f, B), "2+3 leave p b:2\n2 granted p c 30000\n3 taken p c normal");
    EXPECT_EQ_STR(fixture_close(f, C), "3 leave p c:3\n3 idle p");
    request(D, LIVE_INDICATOR_NORMAL);
    EXPECT_EQ_STR(fixture_close(f, D), "");
    EXPECT_EQ_STR(fixture_wait(f, FLOOR_TALK_MS), "");
    fixture_clear(f);
}

TEST(rule_2_leaving_leaves_the_queue)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    request(B, LIVE_INDICATOR_NORMAL);
    request(C, LIVE_INDICATOR_NORMAL);
    request(D, LIVE_INDICATOR_NORMAL);
    EXPECT_EQ_STR(fixture_close(f, C), "0+1+3 leave p c:3\n3 place p 2 of 2");
    say_create(f, E, "other");
    EXPECT_EQ_STR(say_join(f, B, "other", 2),
                  "0+3 leave p b:2\n3 place p 1 of 1\n1 joined other []");
    fixture_clear(f);
}

TEST(rule_3_outside_the_channel_and_in_other_channels)
{
    four();
    EXPECT_EQ_STR(request(E, LIVE_INDICATOR_NORMAL), "4 error 2004 Not in channel: p");
    EXPECT_EQ_STR(release(E), "4 error 2004 Not in channel: p");
    EXPECT_EQ_STR(ping(E), "4 error 2004 Not in channel: p");
    static const struct {
        const char *id;
        enum live_mode mode;
    } others[] = {{"open", LIVE_MODE_OPEN}, {"conference", LIVE_MODE_CONFERENCE}};
    for (size_t i = 0; i < 2; i++) {
        char denied[64];
        const char *id = others[i].id;
        snprintf(denied, sizeof denied, "4 deny %s: the channel is not push-to-talk", id);
        say_create_as(f, E, id, others[i].mode, 10);
        say_join(f, E, id, 5);
        EXPECT_EQ_STR(say_request(f, E, id, 255), denied);
        EXPECT_EQ_STR(say_of(f, E, LIVE_FLOOR_RELEASE_CMD, id), denied);
        EXPECT_EQ_STR(say_of(f, E, LIVE_FLOOR_PING_CMD, id), denied);
    }
    fixture_clear(f);
}

TEST(a_floor_ends_with_its_channel)
{
    four();
    request(A, LIVE_INDICATOR_NORMAL);
    request(B, LIVE_INDICATOR_NORMAL);
    say_of(f, E, LIVE_CHANNEL_DELETE_CMD, "p");
    EXPECT_EQ_STR(f->text, "0+1+2+3 delete p system:0\n4 deleted p");
    EXPECT_EQ_STR(fixture_wait(f, FLOOR_TALK_MS), "");
    say_create_as(f, E, "p", LIVE_MODE_PTT, 100);
    say_join(f, B, "p", 2);
    EXPECT_EQ_STR(ping(B), "1 deny p: you neither have the floor nor wait for it");
    EXPECT_EQ_STR(say_join(f, A, "p", 1), "0 joined p [b:2]\n1 join p a:1");
    EXPECT_EQ_STR(request(A, LIVE_INDICATOR_NORMAL), "0 granted p a 30000\n1 taken p a normal");
    fixture_clear(f);
}

TEST(a_thousand_wait)
{
    static char user[16];
    live_init(f, 1);
    uint32_t maker = live_open_as(f, 0, "maker");
    say_create_as(f, maker, "p", LIVE_MODE_PTT, CHANNEL_MEMBERS_MAX);
    for (uint32_t i = 1; i <= CHANNEL_MEMBERS_MAX; i++) {
        snprintf(user, sizeof user, "u%u", i);
        say_join(f, live_open_as(f, 0, user), "p", i);
        say_request(f, i, "p", 100);
    }
    EXPECT_EQ_STR(f->text, "1000 place p 999 of 999");
    say_create(f, maker, "q");
    say_join(f, 1, "q", 1); /* leaves, hands on, moves all up, and joins: the most of one call */
    uint32_t lines = 1;
    for (const char *at = f->text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    EXPECT_EQ_INT(lines, 1 + 2 + 998 + 1);
    EXPECT(strstr(f->text, "\n2 granted p u2 30000\n") != NULL);
    EXPECT(strstr(f->text, "\n1000 place p 998 of 998\n1 joined q []") != NULL);
    fixture_clear(f);
}

/* The model: the rules once more, as plainly as can be. */

enum { PLAYERS = 6, NOBODY = -1 };

struct waiter {
    int player;
    int priority;
};

struct model {
    int holder, holder_priority;
    uint64_t ping_until, talk_until;
    struct waiter queue[PLAYERS];
    int waiting;
    int told[PLAYERS]; /* position */
    bool member[PLAYERS];
    char text[4096];
    size_t len;
};

static struct model model, *const m = &model;

__attribute__((format(printf, 1, 2))) static void expect(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (m->len > 0)
        m->text[m->len++] = '\n';
    m->len += (size_t)vsnprintf(m->text + m->len, sizeof m->text - m->len, format, arguments);
    va_end(arguments);
}

/* To all members but one. */
static void expect_cast(int except, const char *what)
{
    char to[64] = "";
    size_t len = 0;
    for (int i = 0; i < PLAYERS; i++)
        if (m->member[i] && i != except)
            len += (size_t)snprintf(to + len, sizeof to - len, "%s%d", len > 0 ? "+" : "", i);
    if (len > 0)
        expect("%s %s", to, what);
}

static int place_of(int player)
{
    for (int i = 0; i < m->waiting; i++)
        if (m->queue[i].player == player)
            return i;
    return NOBODY;
}

static void unqueue(int player)
{
    int place = place_of(player);
    if (place == NOBODY)
        return;
    m->waiting--;
    for (int i = place; i < m->waiting; i++)
        m->queue[i] = m->queue[i + 1];
}

static void queue_up(int player, int priority)
{
    int place = m->waiting++;
    for (; place > 0 && m->queue[place - 1].priority < priority; place--)
        m->queue[place] = m->queue[place - 1];
    m->queue[place] = (struct waiter){player, priority};
    m->told[player] = 0;
}

static void expect_places(void)
{
    for (int i = 0; i < m->waiting; i++) {
        int player = m->queue[i].player;
        if (m->told[player] != i + 1)
            expect("%d place p %d of %d", player, i + 1, m->waiting);
        m->told[player] = i + 1;
    }
}

static void give_to(int player, int priority)
{
    char taken[64];
    m->holder = player;
    m->holder_priority = priority;
    m->ping_until = f->turn.now_ms + FLOOR_PING_MS;
    m->talk_until = f->turn.now_ms + FLOOR_TALK_MS;
    expect("%d granted p u%d 30000", player, player);
    snprintf(taken, sizeof taken, "taken p u%d normal", player);
    expect_cast(player, taken);
}

static void hand_on(void)
{
    m->holder = NOBODY;
    if (m->waiting == 0) {
        expect_cast(NOBODY, "idle p");
        return;
    }
    struct waiter first = m->queue[0];
    unqueue(first.player);
    give_to(first.player, first.priority);
    expect_places();
}

static void model_request(int player, int priority)
{
    if (m->holder == player) {
        expect("%d granted p u%d 30000", player, player);
        return;
    }
    unqueue(player);
    if (m->holder == NOBODY) {
        give_to(player, priority);
    } else if (priority > m->holder_priority) {
        expect("%d revoke p preempted", m->holder);
        give_to(player, priority);
    } else {
        queue_up(player, priority);
    }
    expect_places();
}

static void model_release(int player)
{
    if (m->holder == player) {
        hand_on();
    } else if (place_of(player) != NOBODY) {
        unqueue(player);
        expect_places();
    } else {
        expect("%d deny p: you neither have the floor nor wait for it", player);
    }
}

static void model_ping(int player)
{
    if (m->holder == player) {
        m->ping_until = f->turn.now_ms + FLOOR_PING_MS;
        expect("%d pong p", player);
    } else if (place_of(player) == NOBODY) {
        expect("%d deny p: you neither have the floor nor wait for it", player);
    }
}

static void model_leave(int player)
{
    char left[64];
    m->member[player] = false;
    expect("%d left p", player);
    snprintf(left, sizeof left, "leave p u%d:%d", player, player);
    expect_cast(NOBODY, left);
    if (m->holder == player) {
        hand_on();
    } else {
        unqueue(player);
        expect_places();
    }
}

static void model_time(void)
{
    while (m->holder != NOBODY &&
           (m->ping_until <= f->turn.now_ms || m->talk_until <= f->turn.now_ms)) {
        expect("%d revoke p %s", m->holder,
               m->talk_until <= m->ping_until ? "max_duration" : "ping_timeout");
        hand_on();
    }
}

static void step(int player)
{
    m->len = 0;
    m->text[0] = 0;
    int priority = (int)test_below(3) * 100;
    switch (test_below(m->member[player] ? 9 : 1)) {
    case 0:
        if (m->member[player]) {
            model_leave(player);
            say_of(f, (uint32_t)player, LIVE_CHANNEL_LEAVE_CMD, "p");
        } else {
            say_join(f, (uint32_t)player, "p", (uint32_t)player);
            m->member[player] = true;
            return; /* who is in is for the rules of the gateway */
        }
        break;
    case 1:
    case 2:
    case 3:
        model_request(player, priority);
        say_request(f, (uint32_t)player, "p", (uint8_t)priority);
        break;
    case 4:
        model_release(player);
        release((uint32_t)player);
        break;
    case 5:
        model_ping(player);
        ping((uint32_t)player);
        break;
    case 6:
        if (m->holder != NOBODY) {
            player = m->holder;
            model_ping(player);
            ping((uint32_t)player);
        }
        break;
    default:
        fixture_wait(f, test_below(4) == 0 ? FLOOR_PING_MS : test_below(3000));
        model_time();
    }
    if (f->text_len > 0 || m->len > 0)
        EXPECT_EQ_STR((const char *)f->text, (const char *)m->text);
}

TEST(the_floor_does_what_its_model_does)
{
    char user[8];
    live_init(f, 1);
    *m = (struct model){.holder = NOBODY};
    for (uint32_t i = 0; i < PLAYERS; i++) {
        snprintf(user, sizeof user, "u%u", i);
        live_open_as(f, 0, user);
    }
    say_create_as(f, 0, "p", LIVE_MODE_PTT, 100);
    for (uint32_t i = 0; i < 100000 && test_failures == 0; i++) {
        fixture_forget(f);
        step((int)test_below(PLAYERS));
    }
    fixture_clear(f);
}
