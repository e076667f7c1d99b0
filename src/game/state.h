/* state.h: what one worker's game keeps, and the steps that its handlers are made of.
 *
 * Private to src/game. Players, rooms, seats and inquiries are named by their slots in the pools.
 * Invariants, checked where they are relied on: a player is in the roster of its room; a room is
 * there while it has players or seats, and after that for as long as its messages are remembered;
 * while it opens (the store has been asked for its messages) it has seats and no players. */
#ifndef PARLEY_GAME_STATE_H
#define PARLEY_GAME_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/chain.h"
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

/* The most bytes that a message has when packed: 96 before its name and text. */
enum { ENTRY_BYTES_MAX = 96 + GAME_PLAYER_NAME_BYTES_MAX + GAME_MESSAGE_BYTES_MAX };

enum { NS_PER_MS = 1000000 };

/* A slot that names nothing. */
#define NONE UINT32_MAX

/* What a player who wants into a room is told. */
enum answer {
    ANSWER_NONE, /* nothing yet */
    ANSWER_KEPT, /* a seat is kept for it in the room, which is open */
    ANSWER_FULL,
    ANSWER_REFUSED /* no room can be opened */
};

struct player {
    struct handle session;
    char id[UUID_TEXT_LEN];
    uint32_t room;      /* or NONE */
    uint32_t place;     /* in the room's roster */
    struct text state;  /* packed (packing.h); empty outside of rooms */
    bool changed;       /* the others have not been told its state yet */
    bool uncached;      /* nor has the cache */
    uint8_t answer;     /* enum answer, to what it waits for */
    struct handle seat; /* that it waits for or was promised: on the room's worker; its inquiry,
                           while it asks another worker for one */
};

struct room {
    struct text id;
    struct roster roster;
    uint32_t seats; /* places kept for players who are on their way */
    struct chain_link empty_link;
    struct chain line;        /* seats of those who wait until it is open */
    struct wheel_timer timer; /* while it opens, until that is given up; then until changed states
                                 go out */
    struct wheel_timer cache_timer; /* until states go to the cache */
    uint64_t tell_ms;    /* from then on an update tells the store that the room is active */
    uint64_t stamped_ns; /* when its last message was said; no two are said at once */
    bool opening, empty;
    uint8_t first, count;                     /* of its entries: the oldest, and how many */
    struct text entries[WELCOME_ENTRIES_MAX]; /* a ring of messages, packed (history.c) */
};

/* A place in a room, kept for a player who is about to come: from another worker, or when the room
 * is open. */
struct seat {
    uint32_t room;
    uint32_t worker;             /* the player's */
    struct handle asker;         /* its inquiry; the player itself, if it is of this worker */
    struct chain_link line_link; /* in the room's line, while that opens */
    struct wheel_timer timer;    /* otherwise: until the place is given up */
};

/* A player's question for a seat on another worker, until it is answered or given up. */
struct inquiry {
    struct handle player;
    struct wheel_timer timer;
};

struct game {
    struct service_config config;
    struct game_options options;
    struct pool players, rooms, seats, inquiries;
    struct map rooms_by_id;
    struct textpool states, ids, entries;
    struct rosters rosters;
    struct wheel *changes, *caches, *seated, *asking; /* of timers: two of rooms, seats' and
                                                         inquiries' */
    struct chain empty_rooms;                         /* the one empty for longest first; */
    uint32_t empty_now;                               /* so many */
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
 * taken, once the room is open, or given up. */
uint32_t game_room_keep_place(struct game *game, struct str id, struct turn *turn);
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
/* Now, if the player has a new state that waits for the tick. */
void game_room_hurry(const struct game *game, uint32_t player, struct turn *turn);
/* Its timer is due: the tick is over, or the store has not answered in time. */
void game_room_due(struct game *game, struct room *room, struct turn *turn);
/* The store has answered: those who wait for the room are told. */
void game_room_recalled(struct game *game, const struct store_recalled *recalled,
                        struct turn *turn);

/* For struct service (inspect.c) */
struct service_session game_describe(const void *state, uint32_t slot, struct turn *turn);
bool game_next_room(const void *state, uint32_t *slot, struct service_room *room,
                    struct turn *turn);

/* Messages (history.c) */

/* Keeps it, here in place of the oldest if need be, and in the store. Returns when it was said: the
 * moment's text. */
struct str history_add(struct game *game, struct room *room, uint32_t player, struct str message,
                       struct turn *turn);
/* Messages that the store has kept, the oldest first. Those that break a bound are left out. */
void history_restore(struct game *game, struct room *room, const struct store_order *entries,
                     uint32_t count);
/* What is kept, oldest first, in the turn's memory. */
const struct game_entry *history_list(const struct game *game, const struct room *room,
                                      struct turn *turn);
void history_forget(struct game *game, struct room *room);

/* What the store is told (orders.c); nothing when there is none */

/* The room's last messages are wanted. */
void orders_recall(const struct game *game, uint32_t room, struct turn *turn);
/* Somebody came, went or said something. */
void orders_room(const struct game *game, struct room *room, struct turn *turn);
/* The player has come, and this is its first state. */
void orders_joined(const struct game *game, uint32_t player, struct turn *turn);
/* The player's state has changed: the cache is told later, of the newest. */
void orders_updated(struct game *game, uint32_t player, struct turn *turn);
/* Later has come. */
void orders_states(const struct game *game, struct room *room, struct turn *turn);
/* The player is about to leave its room. */
void orders_gone(const struct game *game, uint32_t player, struct turn *turn);

/* Seats, and the mail about them (seat.c) */

/* Asks the room's owner to keep a seat for the player. */
void seat_ask(struct game *game, uint32_t player, uint32_t owner, struct str room_id,
              struct turn *turn);
/* The room in which a place was kept for the player, who is to take it; NONE when there is none,
 * or not any more. */
uint32_t seat_use(struct game *game, uint32_t player);
/* The place in a room that opens is the player's when that is done: it waits in line. False when
 * there are as many seats as there may be. */
bool seat_wait(struct game *game, uint32_t player, uint32_t room);
/* The player waits no longer, for a seat here or an answer: it has closed. */
void seat_leave(struct game *game, uint32_t player);
/* All who wait in the room's line are told, in order. Unless the answer is ANSWER_KEPT their seats
 * are gone, and may be so the room. */
void seats_tell(struct game *game, uint32_t room, enum answer answer, struct turn *turn);
/* Nobody came. */
void seat_expire(struct game *game, struct seat *seat);
/* No answer came: the player is refused. */
void seat_despair(struct game *game, struct inquiry *inquiry, struct turn *turn);
void seat_mail(struct game *game, uint32_t from, const uint8_t *bytes, size_t len,
               struct turn *turn);

#endif
