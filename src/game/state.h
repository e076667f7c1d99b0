/* state.h: what one worker's game keeps, and the steps that its handlers are made of.
 *
 * Private to src/game. Players, rooms and seats are named by their slots in the pools. Invariants,
 * checked where they are relied on: a player is in the roster of its room; a room is open while it
 * has players or seats, and after that for as long as its messages are remembered. */
#ifndef PARLEY_GAME_STATE_H
#define PARLEY_GAME_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "base/pool.h"
#include "base/roster.h"
#include "base/textpool.h"
#include "base/uuid.h"
#include "base/wheel.h"
#include "game/game.h"
#include "generated/game_dispatch.h"
#include "generated/protocol.h"
#include "service.h"

/* The most bytes that a packed message has: 96 before its name and text. */
enum { ENTRY_BYTES_MAX = 96 + 200 + 1000 };

/* A slot that names nothing. */
#define NONE UINT32_MAX

/* What the owner of a room said to a player of another worker. */
enum answer {
    ANSWER_NONE, /* nothing was asked */
    ANSWER_KEPT, /* a seat is kept for it */
    ANSWER_FULL
};

struct player {
    struct handle session;
    char id[UUID_TEXT_LEN];
    uint32_t room;      /* or NONE */
    uint32_t place;     /* in the room's roster */
    struct text state;  /* packed (packing.h); empty outside of rooms */
    bool changed;       /* the others have not been told its state yet */
    uint8_t answer;     /* enum answer, to what it waits for */
    struct handle seat; /* of ANSWER_KEPT: on the worker that keeps it */
};

struct room {
    struct text id;
    struct roster roster;
    uint32_t seats;           /* places kept for players who are on their way */
    struct wheel_timer timer; /* until changed states go out */
    bool empty;               /* in the queue of those */
    uint32_t next, previous;  /* there */
    uint64_t stamped_ns;      /* when its last message was said; no two are said at once */
    uint32_t first, count;    /* of its entries: the oldest, and how many */
    struct text entries[WELCOME_ENTRIES_MAX]; /* a ring of messages, packed (history.c) */
};

/* A place in a room, kept for a player who is about to move here. */
struct seat {
    uint32_t room;
    struct wheel_timer timer;
};

struct game {
    struct service_config config;
    struct game_options options;
    struct pool players, rooms, seats;
    struct map rooms_by_id;
    struct textpool states, ids, entries;
    struct rosters rosters;
    struct wheel *changes, *seated;              /* rooms' timers, and seats' */
    uint32_t empty_first, empty_last, empty_now; /* rooms, the one empty for longest first */
};

/* Players (player.c) */

struct player *player_at(const struct game *game, uint32_t slot);
struct str player_id(const struct game *game, uint32_t slot);
void player_set_state(struct game *game, uint32_t slot, const struct game_player_state *state);
void player_forget_state(struct game *game, uint32_t slot);
/* These borrow texts that stay until the state is set again or forgotten. */
struct str player_packed_state(const struct game *game, uint32_t slot);
struct game_player_state player_state(const struct game *game, uint32_t slot);
struct str player_name(const struct game *game, uint32_t slot);
void player_tell(const struct game *game, uint32_t slot, const struct game_event *event,
                 struct turn *turn);

/* Rooms (room.c) */

struct room *game_room_at(const struct game *game, uint32_t slot);
/* The worker that owns the room of this id, be it open or not. */
uint32_t game_room_owner(const struct game *game, struct str id);
/* The open room of this id, or NONE. */
uint32_t game_room_find(const struct game *game, struct str id);
/* Opens the room if need be, and keeps a place in it; NONE when it is full. The place is to be
 * taken, or given up. */
uint32_t game_room_keep_place(struct game *game, struct str id);
void game_room_take_place(struct game *game, uint32_t slot, uint32_t player);
void game_room_give_up_place(struct game *game, uint32_t slot);
/* Takes a player out of its room; the others are told. */
void game_room_leave(struct game *game, uint32_t player, struct turn *turn);
/* An event to all players but one. */
void game_room_cast(const struct game *game, const struct room *room, uint32_t except,
                    const struct game_event *event, struct turn *turn);
/* The others learn the player's new state: now, or when the tick is over. */
void game_room_changed(struct game *game, uint32_t player, const struct game_player_state *state,
                       struct turn *turn);
/* The tick is over. */
void game_room_tell_changes(struct game *game, struct room *room, struct turn *turn);

/* Messages (history.c). Here a store will be told of each, and asked when a room opens. */

/* Keeps it, in place of the oldest if need be. Returns when it was said: the moment's text. */
struct str history_add(struct game *game, struct room *room, uint32_t player, struct str message,
                       struct turn *turn);
/* What is kept, oldest first, in the turn's memory. */
const struct game_entry *history_list(const struct game *game, const struct room *room,
                                      struct turn *turn);
void history_forget(struct game *game, struct room *room);

/* Seats, and the mail about them (seat.c) */

/* Asks the room's owner to keep a seat for the player. */
void seat_ask(const struct game *game, uint32_t player, uint32_t owner, struct str room_id,
              struct turn *turn);
/* The room in which a place was kept for the player, who is to take it; NONE when there is none,
 * or not any more. */
uint32_t seat_use(struct game *game, uint32_t player);
/* Nobody came. */
void seat_expire(struct game *game, struct seat *seat);
void seat_mail(struct game *game, uint32_t from, const uint8_t *bytes, size_t len,
               struct turn *turn);

#endif
