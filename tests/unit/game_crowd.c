/* A crowd of players on several workers, drawn from a seed: they join, move, talk, read slowly or
 * not at all, hang up and die on the way, while mail and moves between workers take their time. The
 * workers are the server's own: hub, codec and game.
 *
 * Whatever the interleaving: when all is read, each one's view of its room is what those in it have
 * said last, and nobody has missed a word. What that is, is known from the players alone. With a
 * store, who comes is shown the room's last words, and the store knows the same as the players. */
#include "game/game.h"
#include "generated/game_codec.h"
#include "tests/unit/game_crowd_store.h"

/* A room that opens is given up after the first; changed states have gone out after the second, to
 * players and to the cache. */
enum { OPENING_MS = 5000, SETTLING_MS = 250 };

/* What the hub asks for */

static void refill(void *context, uint8_t *bytes, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)test_below(256);
}

static struct player *player_of(const struct session *session)
{
    return &w->players[((const struct conn *)session)->player];
}

static void wake(void *context, struct session *session)
{
    (void)context, (void)session;
}

static void ask_close(void *context, struct session *session, enum close_name why)
{
    (void)context;
    EXPECT_EQ_INT(why, CLOSE_READING_TOO_SLOWLY); /* nobody else is cut off */
    EXPECT(player_of(session)->slowness > 0);
    player_of(session)->closing = true;
    w->cut_off++;
}

static bool strike(void *context, struct session *session, enum strike kind)
{
    (void)context, (void)session, (void)kind;
    return false;
}

static bool post(void *context, uint32_t to, uint32_t binding, struct str bytes)
{
    uint32_t from = *(const uint32_t *)context;
    struct letter *letter = malloc(sizeof *letter + bytes.len);
    CHECK(letter != NULL && binding == 0);
    *letter = (struct letter){.from = from, .to = to, .len = bytes.len};
    memcpy(letter->bytes, bytes.base, bytes.len);
    put(&w->mail[from][to], letter);
    return true;
}

static void resume(void *context, struct session *session)
{
    (void)context;
    CHECK(player_of(session)->waiting && !player_of(session)->resumed);
    player_of(session)->resumed = true;
}

/* What happens */

static void gone(struct player *player)
{
    free(player->received);
    *player = (struct player){.place = AWAY};
}

static void opens(struct player *player)
{
    static const uint32_t paces[] = {0, 0, 0, 0, 0, 0, 1, 1, 2};
    player->worker = test_below(w->workers_count);
    player->slowness = paces[test_below(9)];
    struct hub *hub = begin(player->worker);
    player->conn = (struct conn *)hub_open(hub, 0, true);
    CHECK(player->conn != NULL);
    player->conn->player = number_of(player);
    player->place = HERE;
    EXPECT(hub_greet(hub, &player->conn->session) == HUB_OK);
    EXPECT(player->conn->session.egress == NULL); /* nothing is sent before a join */
    end(player->worker);
}

static void closes(struct player *player)
{
    uint32_t worker = player->worker;
    hub_closed(begin(worker), &player->conn->session);
    gone(player);
    end(worker);
}

static void says(struct player *player)
{
    if (player->said_count == SAID_MAX)
        return;
    uint32_t drawn = test_below(100);
    uint32_t joins = player->room == 0 ? 60 : 12;
    uint32_t rooms = test_below(w->crowding) == 0 ? w->rooms_count : 1;
    struct said said = {.kind = CHAT, .room = 1 + test_below(rooms), .number = ++w->numbers};
    if (drawn < joins)
        said.kind = JOIN;
    else if (drawn < 80)
        said.kind = UPDATE;
    player->stayed = player->stayed && said.kind != JOIN;
    player->said[player->said_count++] = said;
}

static void after(struct player *player, enum hub_result result)
{
    switch (result) {
    case HUB_OK:
        player->waiting = false;
        if (player->said_count > 0)
            player->handled++;
        break;
    case HUB_WAITING:
        CHECK(!player->waiting);
        player->waiting = true;
        w->waited++;
        break;
    case HUB_MOVED: {
        player->waiting = false;
        struct passage *passage =
            hub_depart(w->hubs[player->worker], &player->conn->session, STR(""));
        struct letter *letter = malloc(sizeof *letter);
        CHECK(passage != NULL && letter != NULL);
        *letter =
            (struct letter){.to = passage->to, .player = number_of(player), .passage = passage};
        put(&w->moves, letter);
        player->place = TRAVELLING;
        w->moved++;
        break;
    }
    case HUB_CLOSING:
        player->closing = true;
        break;
    }
}

static void handles(struct player *player)
{
    char text[LINE_BYTES];
    uint32_t worker = player->worker, number = number_of(player);
    struct hub *hub = begin(worker);
    if (player->waiting) {
        if (player->resumed) {
            player->resumed = player->waiting = false;
            after(player, hub_resume(hub, &player->conn->session));
        }
    } else if (player->handled < player->said_count) {
        const struct said *said = &player->said[player->handled];
        int len = 0;
        switch (said->kind) {
        case JOIN:
            len = snprintf(text, sizeof text,
                           "{\"type\":\"Join\",\"room_id\":\"room %u\",\"name\":\"%u.%u\","
                           "\"color\":\"#000000\"}",
                           said->room, number, said->number);
            break;
        case UPDATE:
            len =
                snprintf(text, sizeof text,
                         "{\"type\":\"Update\",\"state\":{\"name\":\"%u.%u\",\"color\":\"#123456\","
                         "\"position\":[1,2,3],\"rotation\":[1,0,0,0]}}",
                         number, said->number);
            break;
        case CHAT:
            player->chats++;
            len = snprintf(text, sizeof text, "{\"type\":\"Chat\",\"message\":\"%u.%u\"}", number,
                           said->number);
            break;
        }
        after(player, hub_receive(hub, &player->conn->session, (struct str){text, (size_t)len}));
    }
    end(worker);
}

/* Whatever was said and cannot be changed by a join's answer any more. */
static void forget_settled(struct player *player)
{
    while (player->handled > 0 && player->said[0].kind != JOIN) {
        if (player->said[0].kind == UPDATE && player->room != 0)
            player->number = player->said[0].number;
        player->handled--;
        player->said_count--;
        memmove(&player->said[0], &player->said[1], player->said_count * sizeof player->said[0]);
    }
}

static bool delivers_mail(void)
{
    uint32_t pairs = w->workers_count * w->workers_count, first = test_below(pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        uint32_t pair = (first + i) % pairs;
        struct letter *letter = take(&w->mail[pair / w->workers_count][pair % w->workers_count]);
        if (letter == NULL)
            continue;
        hub_mail(begin(letter->to), 0, letter->from, (struct str){letter->bytes, letter->len});
        end(letter->to);
        free(letter);
        return true;
    }
    return false;
}

static bool arrives(void)
{
    struct letter *letter = take(&w->moves);
    if (letter == NULL)
        return false;
    struct player *player = &w->players[letter->player];
    struct hub *hub = begin(letter->to);
    if (test_below(50) == 0) {
        w->died++;
        gone(player);
    } else {
        player->conn = (struct conn *)hub_arrive(hub, letter->passage);
        CHECK(player->conn != NULL);
        player->conn->player = letter->player;
        player->place = HERE;
        player->worker = letter->to;
        after(player, hub_resume(hub, &player->conn->session));
    }
    end(letter->to);
    passage_free(letter->passage);
    free(letter);
    return true;
}

static void passes(uint64_t ms)
{
    w->now_ms += ms;
    for (uint32_t i = 0; i < w->workers_count; i++) {
        if (w->next_ms[i] <= w->now_ms) {
            begin(i);
            end(i);
        }
    }
}

static void acts(void)
{
    struct player *player = &w->players[test_below(w->players_count)];
    uint32_t drawn = test_below(1000);
    if (drawn < 80) {
        delivers_mail();
    } else if (drawn < 140) {
        arrives();
    } else if (drawn < 145) {
        store_answers();
    } else if (drawn < 160) {
        passes(test_below(20));
    } else if (player->place == AWAY) {
        opens(player);
    } else if (player->place == TRAVELLING) {
        says(player);
    } else if (player->closing || drawn < 163) {
        closes(player);
    } else if (drawn < 500) {
        says(player);
    } else {
        handles(player);
        if (player->place == HERE && player->slowness == 1)
            reads(player, test_below(3000));
        forget_settled(player);
    }
}

/* Settling */

static void expect_same_view(const struct player *player)
{
    for (uint32_t i = 0; i < w->players_count; i++) {
        const struct player *other = &w->players[i];
        bool there = other->place == HERE && other->room == player->room;
        uint32_t number = there ? other->number : 0;
        /* Nobody is told of its own updates. */
        if (other == player)
            continue;
        if (!EXPECT(player->view[i].number == number))
            printf("  player %u sees %u of player %u, who is at %u\n", number_of(player),
                   player->view[i].number, i, number);
        if (there && player->stayed && other->stayed)
            EXPECT_EQ_INT(player->heard[i], other->chats);
    }
}

static bool settle_player(struct player *player)
{
    if (player->place != HERE)
        return false;
    if (player->closing) {
        closes(player);
        return true;
    }
    bool busy = player->waiting ? player->resumed : player->handled < player->said_count;
    handles(player);
    reads(player, SIZE_MAX);
    forget_settled(player);
    return busy;
}

/* For a store that will not answer. */
static bool any_waits(void)
{
    for (uint32_t i = 0; i < w->players_count; i++)
        if (w->players[i].waiting)
            return true;
    return false;
}

static void settles(void)
{
    for (bool busy = true; busy;) {
        busy = false;
        while (delivers_mail() || arrives() || store_answers())
            busy = true;
        for (uint32_t i = 0; i < w->players_count; i++)
            busy = settle_player(&w->players[i]) || busy;
        if (!busy) {
            busy = any_waits();
            passes(busy ? OPENING_MS : SETTLING_MS);
            for (uint32_t i = 0; i < w->players_count; i++)
                reads(&w->players[i], SIZE_MAX);
        }
    }
    expect_stored();
    for (uint32_t i = 0; i < w->players_count; i++) {
        struct player *player = &w->players[i];
        EXPECT(player->said_count == 0 && !player->waiting && player->received_len == 0);
        if (player->place == HERE && player->room != 0)
            expect_same_view(player);
    }
    for (uint32_t i = 0; i < w->players_count; i++) {
        struct player *player = &w->players[i];
        player->stayed = player->place == HERE && player->room != 0;
        player->chats = 0;
        memset(player->heard, 0, sizeof player->heard);
    }
}

static uint32_t rooms_open(void)
{
    uint32_t rooms = 0;
    for (uint32_t i = 0; i < w->workers_count; i++) {
        begin(i);
        end(i);
        rooms += (uint32_t)stat_get(&w->stats[i].services[0].rooms);
    }
    return rooms;
}

static void run(uint64_t seed, uint32_t players, uint32_t rooms, uint32_t workers,
                struct game_options options, uint32_t steps)
{
    static const uint32_t names[WORKERS] = {0, 1, 2};
    struct hub_binding binding = {&game_service, &game_codec, &options};
    struct hub_limits limits = {
        .sessions_max = CROWD,
        .egress = {.messages_max = players + 80, .bytes_max = 1 << 20, .volatile_max = 1},
        .strikes_max = 10,
        .strikes_refill_ms = 1000};
    memset(w, 0, sizeof *w);
    test_seed = seed;
    w->players_count = players;
    w->rooms_count = rooms;
    w->workers_count = workers;
    w->crowding = players < CROWD ? 3 : 12;
    w->now_ms = 1000;
    w->moves.end = &w->moves.first;
    memset(js->of, 0, sizeof js->of);
    js->used = options.store;
    js->asked.end = &js->asked.first;
    random_init(&w->random, refill, NULL);
    for (uint32_t i = 0; i < workers; i++) {
        struct service_config config = {
            .worker = i, .workers = workers, .sessions_max = CROWD, .hash_key = "a key for all"};
        struct hub_ports ports = {.context = (void *)(uintptr_t)&names[i],
                                  .wake = wake,
                                  .close = ask_close,
                                  .strike = strike,
                                  .mail = post,
                                  .store = options.store ? store_takes : NULL,
                                  .resume = resume};
        for (uint32_t j = 0; j < workers; j++)
            w->mail[i][j].end = &w->mail[i][j].first;
        w->hubs[i] = hub_new(&config, &limits, &binding, 1, sizeof(struct conn), &ports, &w->random,
                             &w->stats[i]);
        CHECK(w->hubs[i] != NULL);
    }
    for (uint32_t lap = 0; lap < 5 && test_failures == 0; lap++) {
        for (uint32_t step = 0; step < steps; step++)
            acts();
        settles();
    }
    for (uint32_t i = 0; i < players; i++)
        if (w->players[i].place == HERE)
            closes(&w->players[i]);
    passes(20000); /* seats of those who died on the way */
    EXPECT_EQ_INT(rooms_open(), 0);
    for (uint32_t i = 0; i < workers; i++) {
        w->replaced += stat_get(&w->stats[i].services[0].replaced[DELIVERY_LATEST]);
        hub_free(w->hubs[i]);
    }
    if (test_failures > 0)
        printf("  seed %llu, %u players, %u rooms, %u workers, tick %u\n", (unsigned long long)seed,
               players, rooms, workers, options.tick_ms);
}

static void runs(uint64_t seeds, bool store)
{
    uint64_t replaced = 0, moved = 0, cut_off = 0, died = 0, waited = 0;
    for (uint64_t seed = 1; seed <= seeds && test_failures == 0; seed++) {
        test_seed = seed;
        js->refusing = test_below(2) == 0;
        struct game_options options = {
            .tick_ms = test_below(2) * TICK_MS, .store = store, .cache = store};
        run(seed, 2 + test_below(20), 1 + test_below(ROOMS), 1 + test_below(WORKERS), options,
            100 + test_below(2000));
        replaced += w->replaced, moved += w->moved, cut_off += w->cut_off, died += w->died;
        waited += w->waited;
    }
    /* The runs have met what they are for. */
    EXPECT(replaced > 10 * seeds && moved > 10 * seeds && cut_off > seeds / 10 &&
           died > seeds / 10 && waited > seeds);
    printf("  %llu replaced, %llu moved, %llu cut off, %llu died on the way, %llu waited\n",
           (unsigned long long)replaced, (unsigned long long)moved, (unsigned long long)cut_off,
           (unsigned long long)died, (unsigned long long)waited);
}

TEST(every_view_converges)
{
    runs(60, false);
}

TEST(every_view_converges_with_a_store_and_that_knows_the_same)
{
    runs(40, true);
    EXPECT(js->answers > 100 && js->refusals > 10 && js->lost > 10);
    printf("  %llu answers of the store, %llu refusals, %llu questions lost\n",
           (unsigned long long)js->answers, (unsigned long long)js->refusals,
           (unsigned long long)js->lost);
}

TEST(rooms_fill_up)
{
    for (uint32_t store = 0; store < 2 && test_failures == 0; store++) {
        struct game_options options = {.store = store == 1, .cache = store == 1};
        js->refusing = false;
        run(1, CROWD, 3, WORKERS, options, 4000);
        EXPECT(w->full > 10);
        printf("  %llu times full\n", (unsigned long long)w->full);
    }
}
