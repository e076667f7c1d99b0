/* Rooms of several workers: who is sent where, and what a client takes along. */
#include "tests/unit/chat_fixture.h"

enum { WORKERS = 4 };

static struct fixture workers[WORKERS];

static void workers_init(uint32_t sessions_max)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        fixture_init(&workers[i], i, WORKERS, sessions_max);
}

static void workers_clear(void)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        fixture_clear(&workers[i]);
}

/* Takes a client to another worker; returns its number there. */
static uint32_t move(struct fixture *from, uint32_t client, struct fixture *to)
{
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    size_t len = chat_service.pack(from->chat, from->slots[client], block);
    CHECK(len <= sizeof block);
    uint32_t number = to->clients++;
    struct session_facts facts = {.session = {number, 1}};
    to->slots[number] = chat_service.unpack(to->chat, &facts, block, len);
    return number;
}

TEST(a_room_is_created_where_its_host_is)
{
    workers_init(100);
    for (uint32_t i = 0; i < WORKERS; i++) {
        struct fixture *f = &workers[i];
        for (uint32_t n = 0; n < 50; n++) {
            uint32_t client = fixture_open_named(f, "x");
            say(f, client, CHAT_CREATE_ROOM_CMD);
            REQUIRE(f->rooms == n + 1);
        }
    }
    workers_clear();
}

TEST(whoever_names_a_code_of_another_worker_is_sent_there)
{
    workers_init(100);
    for (uint32_t i = 0; i < WORKERS; i++) {
        say(&workers[i], fixture_open_named(&workers[i], "Host"), CHAT_CREATE_ROOM_CMD);
        for (uint32_t j = 0; j < WORKERS; j++) {
            char want[64];
            uint32_t client = fixture_open_named(&workers[j], "Guest");
            snprintf(want, sizeof want, "%u move %u", client, i);
            if (i != j)
                EXPECT_EQ_STR(say_join(&workers[j], client, workers[i].codes[1]), want);
        }
    }
    workers_clear();
}

TEST(a_moved_client_keeps_its_name_and_joins)
{
    struct fixture *here = &workers[0], *there = &workers[1];
    workers_init(10);
    uint32_t host = fixture_open_named(there, "Alice");
    say(there, host, CHAT_CREATE_ROOM_CMD);
    uint32_t guest = fixture_open_named(here, "Bob");
    EXPECT_EQ_STR(say_join(here, guest, there->codes[1]), "0 move 1");
    guest = move(here, guest, there);
    EXPECT_EQ_STR(say_join(there, guest, there->codes[1]),
                  "1 room_joined #1 with Alice\n0 partner_joined Bob");
    EXPECT_EQ_STR(say_chat(there, guest, "hi"), "0 chat Bob: hi");
    workers_clear();
}

TEST(a_client_moves_with_every_kind_of_name)
{
    char longest[257];
    memset(longest, 'n', 256);
    longest[256] = 0;
    const char *names[] = {"", "x", "안녕", longest};
    struct fixture *here = &workers[0], *there = &workers[1];
    workers_init(20);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char want[400];
        uint32_t client = move(here, fixture_open_named(here, names[i]), there);
        EXPECT_EQ_INT(chat_service.facts(there->chat, there->slots[client]), CHAT_NAMED);
        say(there, client, CHAT_CREATE_ROOM_CMD);
        uint32_t partner = fixture_open_named(there, "p");
        snprintf(want, sizeof want, "%u room_joined #%u with %s\n%u partner_joined p", partner,
                 there->rooms, names[i], client);
        EXPECT_EQ_STR(say_join(there, partner, there->codes[there->rooms]), want);
    }
    uint32_t nobody = move(here, fixture_open(here), there);
    EXPECT_EQ_INT(chat_service.facts(there->chat, there->slots[nobody]), 0);
    workers_clear();
}

TEST(errors_that_come_before_the_search_do_not_move)
{
    struct fixture *here = &workers[0], *there = &workers[1];
    workers_init(10);
    say(there, fixture_open_named(there, "Alice"), CHAT_CREATE_ROOM_CMD);
    uint32_t client = fixture_open(here);
    EXPECT_EQ_STR(say_join(here, client, there->codes[1]),
                  "0 error username_required: Username is required");
    say_name(here, client, "Bob");
    EXPECT_EQ_STR(say_join(here, client, "no code"),
                  "0 error room_not_found: Room 'NO CODE' not found\n0 strike");
    say(here, client, CHAT_CREATE_ROOM_CMD);
    EXPECT_EQ_STR(say_join(here, client, there->codes[1]),
                  "0 error already_in_room: You are already in a room");
    workers_clear();
}

TEST(a_room_may_be_gone_or_full_on_arrival)
{
    char want[64];
    struct fixture *here = &workers[0], *there = &workers[1];
    workers_init(10);
    uint32_t host = fixture_open_named(there, "Alice");
    say(there, host, CHAT_CREATE_ROOM_CMD);
    say_join(there, fixture_open_named(there, "Bob"), there->codes[1]);
    uint32_t late = move(here, fixture_open_named(here, "Late"), there);
    EXPECT_EQ_STR(say_join(there, late, there->codes[1]), "2 error room_full: Room is full");
    fixture_close(there, 0);
    fixture_close(there, 1);
    snprintf(want, sizeof want, "2 error room_not_found: Room '%s' not found\n2 strike",
             there->codes[1]);
    EXPECT_EQ_STR(say_join(there, late, there->codes[1]), want);
    workers_clear();
}

TEST(a_full_worker_takes_nobody_in)
{
    struct fixture *here = &workers[0], *there = &workers[1];
    workers_init(1);
    fixture_open(there);
    uint32_t client = move(here, fixture_open_named(here, "x"), there);
    EXPECT_EQ_INT(there->slots[client], SERVICE_FULL);
    /* The place it left is free again. */
    EXPECT(here->slots[fixture_open(here)] != SERVICE_FULL);
    workers_clear();
}

/* Guessed codes fall to all workers about equally. */
TEST(codes_are_spread_over_the_workers)
{
    uint32_t moves[WORKERS] = {0};
    struct fixture *f = &workers[0];
    workers_init(10);
    uint32_t client = fixture_open_named(f, "x");
    for (uint32_t i = 0; i < 4000; i++) {
        char code[16];
        snprintf(code, sizeof code, "A%05u", i);
        say_join(f, client, code);
        const struct effect *effect = &f->turn.effects[0];
        moves[effect->kind == EFFECT_MOVE ? effect->move.worker : 0]++;
    }
    for (uint32_t i = 0; i < WORKERS; i++)
        EXPECT(moves[i] > 850 && moves[i] < 1150);
    workers_clear();
}
