/* game_crowd.h: the players of tests/unit/game_crowd.c, and what each sees of its room. */
#ifndef PARLEY_TESTS_UNIT_GAME_CROWD_H
#define PARLEY_TESTS_UNIT_GAME_CROWD_H

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "base/check.h"
#include "generated/protocol.h"
#include "runtime/hub.h"
#include "tests/unit/test.h"

enum { WORKERS = 3, CROWD = 230, ROOMS = 6, SAID_MAX = 16, LINE_BYTES = 512, TICK_MS = 50 };

enum place { AWAY, HERE, TRAVELLING };

/* A state is known by its number, which the player's name tells: "12.345" is number 345, player 12.
 * 0: none. */
struct seen {
    char id[40];
    uint32_t number;
};

enum kind { JOIN, UPDATE, CHAT };

struct said {
    enum kind kind;
    uint32_t room, number;
};

struct player {
    enum place place;
    uint32_t worker;
    struct conn *conn;
    uint32_t slowness; /* 0: reads at once; 1: now and then; 2: only in the end */
    bool closing, waiting, resumed;
    /* What it said: the first `handled` have been handled by the server. */
    struct said said[SAID_MAX];
    uint32_t said_count, handled;
    /* As it knows itself, after all answers it has read and what it said since. */
    uint32_t room, number; /* room: from 1; 0 for none */
    struct seen view[CROWD];
    /* Since all was settled last: whether it stayed where it was, and what it said and heard. */
    bool stayed;
    uint32_t chats, heard[CROWD];
    uint8_t *received;
    size_t received_len;
};

struct conn {
    struct session session;
    uint32_t player;
};

/* Something on its way from one worker to another. */
struct letter {
    struct letter *next;
    uint32_t from, to;
    uint32_t player; /* of a passage */
    struct passage *passage;
    size_t len;
    char bytes[];
};

struct queue {
    struct letter *first, **end;
};

static struct world {
    struct hub *hubs[WORKERS];
    struct stats stats[WORKERS];
    struct random random;
    struct queue mail[WORKERS][WORKERS], moves;
    uint32_t players_count, rooms_count, workers_count;
    uint32_t crowding; /* all but one of so many want into the first room */
    uint64_t now_ms, next_ms[WORKERS];
    uint32_t numbers; /* of states, given out */
    struct player players[CROWD];
    uint64_t replaced, moved, full, cut_off, died, waited;
} world, *const w = &world;

static inline uint32_t number_of(const struct player *player)
{
    return (uint32_t)(player - w->players);
}

/* What a player sees */

/* "12.345" */
static inline void parse_name(const cJSON *state, uint32_t *player, uint32_t *number)
{
    char *end;
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(state, "name"));
    CHECK(name != NULL);
    *player = (uint32_t)strtoul(name, &end, 10);
    CHECK(*end == '.' && *player < CROWD);
    *number = (uint32_t)strtoul(end + 1, NULL, 10);
}

static inline const char *id_of(const cJSON *event)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(event, "client_id"));
    CHECK(id != NULL && strlen(id) == 36);
    return id;
}

static inline void sees_state(struct player *player, const char *id, const cJSON *state, bool comes)
{
    uint32_t who, number;
    parse_name(state, &who, &number);
    struct seen *seen = &player->view[who];
    EXPECT(comes || seen->number != 0);         /* no state of somebody who is not there, */
    EXPECT(comes || strcmp(seen->id, id) == 0); /* nor of another, */
    EXPECT(number >= seen->number);             /* nor an older one than before */
    memcpy(seen->id, id, 37);
    seen->number = number;
}

/* The join's outcome is known, and with it what came before. */
static inline void join_answered(struct player *player, bool entered)
{
    uint32_t i = 0;
    for (; i < player->said_count && player->said[i].kind != JOIN; i++)
        if (player->said[i].kind == UPDATE && player->room != 0)
            player->number = player->said[i].number;
    CHECK(i < player->handled || i < player->said_count);
    if (entered) {
        player->room = player->said[i].room;
        player->number = player->said[i].number;
    }
    i++;
    memmove(&player->said[0], &player->said[i], (player->said_count - i) * sizeof player->said[0]);
    player->said_count -= i;
    player->handled = player->handled > i ? player->handled - i : 0;
}

/* In game_crowd_store.h. */
static inline void expect_history(uint32_t room, const cJSON *history, bool at_once);

static inline void sees_welcome(struct player *player, const cJSON *event)
{
    memset(player->view, 0, sizeof player->view);
    const cJSON *pair;
    cJSON_ArrayForEach(pair, cJSON_GetObjectItem(event, "room_state"))
        sees_state(player, cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0)),
                   cJSON_GetArrayItem(pair, 1), true);
    join_answered(player, true);
    expect_history(player->room, cJSON_GetObjectItem(event, "chat_history"), player->slowness == 0);
    EXPECT_EQ_INT(player->view[number_of(player)].number, player->number);
}

static inline void sees_left(struct player *player, const char *id)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < w->players_count; i++) {
        if (player->view[i].number != 0 && strcmp(player->view[i].id, id) == 0) {
            player->view[i].number = 0;
            found++;
        }
    }
    EXPECT_EQ_INT(found, 1);
}

static inline void sees_chat(struct player *player, const cJSON *event)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(event, "message"));
    uint32_t who = (uint32_t)strtoul(text, NULL, 10);
    EXPECT(player->view[who].number != 0 && strcmp(player->view[who].id, id_of(event)) == 0);
    player->heard[who]++;
}

static inline void sees(struct player *player, const char *text, size_t len)
{
    cJSON *event = cJSON_ParseWithLength(text, len);
    CHECK(event != NULL);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(event, "type"));
    if (strcmp(type, "Welcome") == 0) {
        sees_welcome(player, event);
    } else if (strcmp(type, "Error") == 0) {
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(event, "message"));
        bool full = strcmp(message, "Room is full") == 0;
        w->full += full;
        if (full || strcmp(message, "The server cannot open another room now") == 0)
            join_answered(player, false);
    } else if (strcmp(type, "PlayerLeft") == 0) {
        sees_left(player, id_of(event));
    } else if (strcmp(type, "ChatMessage") == 0) {
        sees_chat(player, event);
    } else {
        EXPECT(strcmp(type, "PlayerJoined") == 0 || strcmp(type, "PlayerUpdate") == 0);
        sees_state(player, id_of(event), cJSON_GetObjectItem(event, "state"),
                   strcmp(type, "PlayerJoined") == 0);
    }
    cJSON_Delete(event);
}

/* All whole frames of what was received (RFC 6455, 5.2). */
static inline void take_frames(struct player *player)
{
    size_t at = 0;
    for (;;) {
        const uint8_t *frame = player->received + at;
        size_t left = player->received_len - at, header = 2, len;
        if (left < 10 && (left < 2 || left < (frame[1] < 126 ? 2u : frame[1] == 126 ? 4u : 10u)))
            break;
        CHECK(frame[0] == 0x81 && frame[1] <= 127);
        len = frame[1];
        if (len >= 126) {
            header = len == 126 ? 4 : 10;
            len = 0;
            for (size_t i = 2; i < header; i++)
                len = len << 8 | frame[i];
        }
        if (left < header + len)
            break;
        sees(player, (const char *)frame + header, len);
        at += header + len;
    }
    player->received_len -= at;
    memmove(player->received, player->received + at, player->received_len);
}

static inline void reads(struct player *player, size_t max)
{
    if (player->place != HERE)
        return;
    struct egress **egress = &player->conn->session.egress;
    while (*egress != NULL && max > 0) {
        struct iovec piece;
        CHECK(egress_peek(*egress, &piece, 1) == 1);
        size_t len = piece.iov_len < max ? piece.iov_len : max;
        player->received = realloc(player->received, player->received_len + len);
        CHECK(player->received != NULL);
        memcpy(player->received + player->received_len, piece.iov_base, len);
        player->received_len += len;
        max -= len;
        egress_sent(egress, len);
    }
    if (player->received_len > 0)
        take_frames(player);
}

/* Steps */

static inline void put(struct queue *queue, struct letter *letter)
{
    letter->next = NULL;
    *queue->end = letter;
    queue->end = &letter->next;
}

static inline struct letter *take(struct queue *queue)
{
    struct letter *letter = queue->first;
    if (letter != NULL) {
        queue->first = letter->next;
        if (queue->first == NULL)
            queue->end = &queue->first;
    }
    return letter;
}

static inline struct hub *begin(uint32_t worker)
{
    hub_time(w->hubs[worker], w->now_ms, w->now_ms);
    return w->hubs[worker];
}

/* Prompt readers read at once what the step has brought. */
static inline void end(uint32_t worker)
{
    do
        w->next_ms[worker] = hub_tick(w->hubs[worker]);
    while (w->next_ms[worker] <= w->now_ms);
    for (uint32_t i = 0; i < w->players_count; i++)
        if (w->players[i].slowness == 0 && w->players[i].worker == worker)
            reads(&w->players[i], SIZE_MAX);
}

#endif
