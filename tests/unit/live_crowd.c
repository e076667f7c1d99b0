/* A crowd on several workers, drawn from a seed: everybody joins, leaves, talks, deletes, becomes
 * another or hangs up, while mail between workers takes its time. What each is told is held against
 * a plain model of who is where, and in the end nothing may be left behind. */
#include "tests/unit/live_fixture.h"

enum { WORKERS = 4, PLAYERS = 24, CHANNELS = 8, CAPACITY = 5, SSRCS = 40, STEPS = 20000 };

static struct fixture fixture, *const f = &fixture;

struct player {
    uint32_t client;
    char user[16];
    int channel;     /* -1 for none */
    uint32_t worker; /* when it last heard something */
};

static struct player players[PLAYERS];
static uint32_t joined_count, moved_count, refused_count;

/* Waiting commands keep it. */
static const char *channel_name(int channel)
{
    static const char *const names[CHANNELS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
    return names[channel];
}

static struct player *player_of(uint32_t client)
{
    for (uint32_t i = 0; i < PLAYERS; i++)
        if (players[i].client == client)
            return &players[i];
    return NULL;
}

static uint32_t members_of(int channel)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PLAYERS; i++)
        count += players[i].channel == channel;
    return count;
}

/* "0+2+5" are just the members, but perhaps one. */
static void expect_receivers(const char *line, int channel, const struct player *but)
{
    uint32_t expected = 0, found = 0;
    for (uint32_t i = 0; i < PLAYERS; i++)
        expected += players[i].channel == channel && &players[i] != but;
    for (const char *at = line;; at++) {
        char *end;
        struct player *player = player_of((uint32_t)strtoul(at, &end, 10));
        EXPECT(player != NULL && player->channel == channel && player != but);
        found++;
        at = end;
        if (*at != '+')
            break;
    }
    EXPECT_EQ_INT(found, expected);
}

static void see_joined(struct player *player, const char *list)
{
    int channel = list[1] - '0';
    player->channel = -1;
    uint32_t listed = 0;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        char entry[24];
        snprintf(entry, sizeof entry, "%s:", players[i].user);
        const char *at = strstr(list, entry);
        const char *end = strchr(list, ']');
        bool there = at != NULL && end != NULL && at < end && (at[-1] == '[' || at[-1] == ' ');
        EXPECT_EQ_INT(there, players[i].channel == channel);
        listed += there;
    }
    EXPECT_EQ_INT(listed, members_of(channel));
    player->channel = channel;
    EXPECT(members_of(channel) <= CAPACITY);
    joined_count++;
}

static struct player *player_named(const char *user)
{
    for (uint32_t i = 0; i < PLAYERS; i++) {
        size_t len = strlen(players[i].user);
        if (strncmp(user, players[i].user, len) == 0 && user[len] == ':')
            return &players[i];
    }
    return NULL;
}

static void see_line(const char *line)
{
    char *rest;
    struct player *player = player_of((uint32_t)strtoul(line, &rest, 10));
    const char *what = strchr(line, ' ');
    REQUIRE(what != NULL);
    what++;
    if (strncmp(what, "joined ", 7) == 0) {
        see_joined(player, what + 7);
    } else if (strncmp(what, "left ", 5) == 0) {
        EXPECT_EQ_INT(player->channel, what[6] - '0');
        player->channel = -1;
    } else if (strncmp(what, "leave ", 6) == 0) {
        struct player *leaver = player_named(what + 9);
        if (leaver != NULL && leaver->channel == what[7] - '0')
            leaver->channel = -1;
        expect_receivers(line, what[7] - '0', NULL);
    } else if (strncmp(what, "join ", 5) == 0) {
        expect_receivers(line, what[6] - '0', player_named(what + 8));
    } else if (strncmp(what, "message ", 8) == 0) {
        expect_receivers(line, what[9] - '0', NULL);
    } else if (strncmp(what, "delete ", 7) == 0) {
        int channel = what[8] - '0';
        expect_receivers(line, channel, NULL);
        for (uint32_t i = 0; i < PLAYERS; i++)
            if (players[i].channel == channel)
                players[i].channel = -1;
    } else if (strncmp(what, "error 20", 8) == 0) {
        refused_count++;
        if (f->clients[player->client].worker != player->worker)
            player->channel = -1; /* it left for a channel that ended meanwhile */
    }
    if (player != NULL)
        player->worker = f->clients[player->client].worker;
}

static void see_all(void)
{
    for (char *line = f->text; *line != 0;) {
        char *end = strchrnul(line, '\n');
        bool last = *end == 0;
        *end = 0;
        see_line(line);
        line = last ? end : end + 1;
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        uint32_t worker = f->clients[players[i].client].worker;
        if (worker != players[i].worker)
            players[i].channel = -1; /* it was alone, and waits where it has gone */
        players[i].worker = worker;
    }
    fixture_forget(f);
}

/* One mail arrives: any that is the first from its worker to its worker. */
static void deliver_any(void)
{
    uint32_t chosen = test_below(f->mails_count);
    for (uint32_t i = 0; i < chosen; i++)
        if (f->mails[i].from == f->mails[chosen].from && f->mails[i].to == f->mails[chosen].to)
            chosen = i;
    struct mail mail = f->mails[chosen];
    memmove(&f->mails[chosen], &f->mails[chosen + 1],
            (--f->mails_count - chosen) * sizeof *f->mails);
    fixture_begin(f);
    live_service.mail(f->states[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
    fixture_effects(f, mail.to);
    free(mail.bytes);
    see_all();
}

static void come(struct player *player)
{
    player->channel = -1;
    player->worker = test_below(WORKERS);
    player->client = live_open_as(f, player->worker, player->user);
    see_all();
}

static void act(struct player *player)
{
    const char *id = channel_name((int)test_below(CHANNELS));
    struct client *client = &f->clients[player->client];
    uint32_t worker = client->worker;
    if (test_below(60) == 0 && f->clients_count < CLIENTS_MAX) {
        int channel = player->channel;
        player->channel = -1;
        fixture_close(f, player->client);
        if (channel < 0)
            EXPECT_EQ_INT(strstr(f->text, "leave") == NULL, true);
        see_all();
        come(player);
        return;
    }
    if (client->waiting)
        return;
    switch (test_below(20)) {
    case 0:
        say_create_as(f, player->client, id, LIVE_MODE_OPEN, CAPACITY);
        break;
    case 1:
        say_of(f, player->client, LIVE_CHANNEL_LEAVE_CMD, id);
        break;
    case 2:
        if (player->channel >= 0) {
            id = channel_name(player->channel);
            say_of(f, player->client, LIVE_CHANNEL_LEAVE_CMD, id);
        }
        break;
    case 3:
        say_of(f, player->client, LIVE_CHANNEL_INFO_CMD, id);
        break;
    case 4:
        say(f, player->client, (struct live_command){.type = LIVE_CHANNEL_LIST_CMD});
        break;
    case 5:
    case 6:
    case 7:
        if (player->channel >= 0)
            id = channel_name(player->channel);
        say_message(f, player->client, id, "hi");
        break;
    case 8:
        if (test_below(4) == 0)
            say_of(f, player->client, LIVE_CHANNEL_DELETE_CMD, id);
        break;
    default:
        say_join(f, player->client, id, test_below(SSRCS));
    }
    see_all();
    moved_count += client->worker != worker;
}

/* All have an answer; who is where is what the channels say, too. */
static void expect_agreement(void)
{
    while (f->mails_count > 0)
        deliver_any();
    uint32_t watcher = live_open_as(f, 0, "watcher");
    f->held = false;
    for (int i = 0; i < CHANNELS; i++) {
        const char *id = channel_name(i);
        const char *info = say_of(f, watcher, LIVE_CHANNEL_INFO_CMD, id);
        for (uint32_t p = 0; p < PLAYERS; p++) {
            char entry[24];
            snprintf(entry, sizeof entry, "%s:", players[p].user);
            EXPECT_EQ_INT(strstr(info, entry) != NULL, players[p].channel == i);
        }
    }
    for (uint32_t p = 0; p < PLAYERS; p++)
        EXPECT(!f->clients[players[p].client].waiting);
    fixture_close(f, watcher);
    fixture_forget(f);
}

/* When all have gone, every ssrc is free and every channel takes as many as it may. */
static void expect_nothing_left(void)
{
    for (uint32_t i = 0; i < PLAYERS; i++) {
        players[i].channel = -1;
        fixture_close(f, players[i].client);
    }
    fixture_wait(f, 10000); /* seats that nobody came for */
    uint32_t maker = live_open_as(f, 0, "maker");
    say_create_as(f, maker, "all", LIVE_MODE_OPEN, SSRCS);
    for (uint32_t i = 0; i < SSRCS; i++) {
        char user[16];
        snprintf(user, sizeof user, "v%u", i);
        say_join(f, live_open_as(f, 0, user), "all", i);
        EXPECT(strstr(f->text, "joined all") != NULL);
    }
    for (int channel = 0; channel < CHANNELS; channel++) {
        const char *id = channel_name(channel);
        say_of(f, maker, LIVE_CHANNEL_INFO_CMD, id);
        if (strstr(f->text, "error 2000") != NULL)
            continue;
        for (uint32_t i = 0; i < CAPACITY; i++) {
            char user[16];
            snprintf(user, sizeof user, "w%u", i);
            say_join(f, live_open_as(f, 0, user), id, 1000 + (uint32_t)channel * CAPACITY + i);
            EXPECT(strstr(f->text, "joined c") != NULL);
        }
    }
}

static void run(uint64_t seed)
{
    live_init(f, WORKERS);
    test_seed = seed;
    f->held = true;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        snprintf(players[i].user, sizeof players[i].user, "u%u", i);
        come(&players[i]);
    }
    uint32_t eagerness = test_below(80); /* of the mail */
    for (uint32_t step = 0; step < STEPS && test_failures == 0; step++) {
        if (f->mails_count > 0 && (test_below(100) < eagerness || f->mails_count > MAILS_MAX / 2))
            deliver_any();
        else
            act(&players[test_below(PLAYERS)]);
        if (test_below(50) == 0)
            f->turn.now_ms += test_below(100);
    }
    expect_agreement();
    expect_nothing_left();
    fixture_clear(f);
    if (test_failures > 0)
        printf("seed %llu\n", (unsigned long long)seed);
}

TEST(a_crowd_agrees_on_who_is_where)
{
    for (uint64_t seed = 1; seed <= 40 && test_failures == 0; seed++)
        run(seed);
    EXPECT(joined_count > 10000 && moved_count > 1000 && refused_count > 10000);
}
