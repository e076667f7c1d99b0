/* game_crowd_store.h: the store of tests/unit/game_crowd.c. It keeps messages and what it is told
 * of rooms and players. It answers late, and now and then not at all, or that it is full. */
#ifndef PARLEY_TESTS_UNIT_GAME_CROWD_STORE_H
#define PARLEY_TESTS_UNIT_GAME_CROWD_STORE_H

#include "game/packing.h"
#include "tests/unit/game_crowd.h"

enum { LOG_MAX = 1 << 16, ENTRY_BYTES = 256 };

/* Of a room: all that was said in it, as numbers, and the last messages as the store has them. */
struct journal {
    uint32_t said[LOG_MAX], said_count;
    uint64_t last_ns;
    char entries[WELCOME_ENTRIES_MAX][ENTRY_BYTES]; /* a ring: the last is said_count - 1's */
    size_t lens[WELCOME_ENTRIES_MAX];
    uint32_t players;
    struct seen cached[CROWD];
};

static struct journals {
    bool used, refusing; /* refusing: it does so now and then */
    struct journal of[ROOMS + 1];
    struct queue asked;
    uint64_t answers, refusals, lost;
} journals, *const js = &journals;

/* "room 3" */
static inline struct journal *journal_of(struct str room_id)
{
    char text[16] = {0};
    CHECK(room_id.len > 5 && room_id.len < sizeof text);
    memcpy(text, room_id.base, room_id.len);
    uint32_t room = (uint32_t)strtoul(text + 5, NULL, 10);
    CHECK(room > 0 && room <= ROOMS);
    return &js->of[room];
}

static inline uint32_t number_in(struct str text, char before)
{
    char copy[64] = {0};
    CHECK(text.len < sizeof copy);
    memcpy(copy, text.base, text.len);
    return (uint32_t)strtoul(before == 0 ? copy : strchr(copy, before) + 1, NULL, 10);
}

static inline void journal_keep(struct journal *journal, const struct store_order *order)
{
    CHECK(journal->said_count < LOG_MAX);
    EXPECT(order->at_ns > journal->last_ns);
    journal->last_ns = order->at_ns;
    uint32_t place = journal->said_count % WELCOME_ENTRIES_MAX;
    journal->said[journal->said_count++] = number_in(order->text, '.');
    journal->lens[place] = store_order_bytes(order);
    CHECK(journal->lens[place] <= ENTRY_BYTES);
    store_order_pack(order, journal->entries[place]);
}

static inline void journal_cache(struct journal *journal, const struct store_order *order)
{
    struct game_player_state state;
    CHECK(game_state_unpack(order->text, &state));
    struct seen *cached = &journal->cached[number_in(state.name, 0)];
    CHECK(order->client_id.len == 36);
    memcpy(cached->id, order->client_id.base, 36);
    cached->number = number_in(state.name, '.');
}

static inline void journal_forget(struct journal *journal, struct str client_id)
{
    for (uint32_t i = 0; i < CROWD; i++)
        if (memcmp(journal->cached[i].id, client_id.base, 36) == 0)
            journal->cached[i].number = 0;
}

static inline bool store_takes(void *context, uint32_t binding, const struct store_order *order)
{
    CHECK(binding == 0 && js->used);
    struct journal *journal = journal_of(order->room_id);
    switch (order->kind) {
    case STORE_ENTRY:
        journal_keep(journal, order);
        break;
    case STORE_ROOM:
        journal->players = order->players;
        break;
    case STORE_STATE:
        journal_cache(journal, order);
        break;
    case STORE_GONE:
        journal_forget(journal, order->client_id);
        break;
    case STORE_RECALL: {
        if (js->refusing && test_below(10) == 0) {
            js->lost++;
            return false;
        }
        size_t len = store_order_bytes(order);
        struct letter *letter = malloc(sizeof *letter + len);
        CHECK(letter != NULL);
        *letter = (struct letter){.from = *(const uint32_t *)context, .len = len};
        store_order_pack(order, letter->bytes);
        put(&js->asked, letter);
        break;
    }
    }
    return true;
}

/* The oldest question is answered; false when there is none. */
static inline bool store_answers(void)
{
    static char bytes[WELCOME_ENTRIES_MAX * ENTRY_BYTES];
    struct letter *letter = take(&js->asked);
    if (letter == NULL)
        return false;
    struct str packed = {letter->bytes, letter->len};
    struct store_order order;
    CHECK(store_order_unpack(&packed, &order));
    const struct journal *journal = journal_of(order.room_id);
    struct store_recalled recalled = {.ticket = order.ticket,
                                      .refused = js->refusing && test_below(5) == 0};
    size_t len = 0;
    uint32_t said = recalled.refused ? 0 : journal->said_count;
    uint32_t from = said > WELCOME_ENTRIES_MAX ? said - WELCOME_ENTRIES_MAX : 0;
    for (uint32_t i = from; i < said; i++, recalled.count++) {
        uint32_t place = i % WELCOME_ENTRIES_MAX;
        memcpy(bytes + len, journal->entries[place], journal->lens[place]);
        len += journal->lens[place];
    }
    hub_recalled(begin(letter->from), 0, &recalled, (struct str){bytes, len});
    js->answers++;
    js->refusals += recalled.refused;
    end(letter->from);
    free(letter);
    return true;
}

/* What a player is shown when it comes: the room's last messages without a gap; all of them, if it
 * looks `at_once`. */
static inline void expect_history(uint32_t room, const cJSON *history, bool at_once)
{
    const struct journal *journal = &js->of[room];
    uint32_t count = (uint32_t)cJSON_GetArraySize(history), last = journal->said_count;
    if (!js->used)
        return;
    if (count == 0) {
        EXPECT(!at_once || last == 0);
        return;
    }
    const cJSON *entry = cJSON_GetArrayItem(history, (int)count - 1);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "message"));
    uint32_t number = number_in((struct str){text, strlen(text)}, '.');
    while (last > 0 && journal->said[last - 1] != number)
        last--;
    EXPECT(last > 0 && (!at_once || last == journal->said_count));
    EXPECT(count == (last < WELCOME_ENTRIES_MAX ? last : WELCOME_ENTRIES_MAX));
    for (uint32_t i = 0; i < count && count <= last; i++) {
        entry = cJSON_GetArrayItem(history, (int)i);
        text = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "message"));
        EXPECT_EQ_INT(number_in((struct str){text, strlen(text)}, '.'),
                      journal->said[last - count + i]);
    }
}

/* When all is settled: the cache knows each player's newest state, and nobody who has left. */
static inline void expect_stored(void)
{
    for (uint32_t room = 1; js->used && room <= w->rooms_count; room++) {
        const struct journal *journal = &js->of[room];
        uint32_t players = 0;
        for (uint32_t i = 0; i < w->players_count; i++) {
            const struct player *player = &w->players[i];
            bool there = player->place == HERE && player->room == room;
            players += there;
            EXPECT_EQ_INT(journal->cached[i].number, there ? player->number : 0);
        }
        EXPECT_EQ_INT(journal->players, players);
    }
}

#endif
