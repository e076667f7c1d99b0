/* game_model.h: what game's clients must see, worked out a second time in the
 * simplest way: one world without workers, moves or seats.
 *
 * Players are the simulator's clients; each session has an incarnation of its
 * own, which stands for its id. Rooms are numbers. */
#ifndef PARLEY_TESTS_SIM_GAME_MODEL_H
#define PARLEY_TESTS_SIM_GAME_MODEL_H

#include "ids.h"

enum {
    GAME_ROOMS_MAX = 256,
    GAME_RECALLS = 16,
    GAME_ROOM_PLAYERS = 200,
    GAME_WELCOME_ENTRIES = 20
};
enum { GAME_STATE_BYTES = 400, GAME_NAME_BYTES = 64, GAME_MESSAGE_BYTES = 64 };
#define NO_ROOM UINT32_MAX

/* What a client may say. */
enum game_said { GAME_SAID_JOIN, GAME_SAID_UPDATE, GAME_SAID_CHAT, GAME_SAID_GARBAGE, GAME_SAID };

/* What only the server knows: the id of an incarnation, that of a message, a
 * reason. */
enum { GAP_PLAYER = 'p', GAP_ENTRY = 'e', GAP_WHY = 'r' };

/* A message's argument. */
struct game_argument {
    uint32_t room;                /* of GAME_SAID_JOIN */
    char name[GAME_NAME_BYTES];   /* these three end with 0 */
    char state[GAME_STATE_BYTES]; /* as JSON, as the others will see it */
    char message[GAME_MESSAGE_BYTES];
};

struct game_model_player {
    bool here, changed;
    uint32_t incarnation, room;
    char name[GAME_NAME_BYTES], state[GAME_STATE_BYTES];
};

struct game_model_entry {
    uint32_t id, incarnation;
    uint64_t said_ns;
    char name[GAME_NAME_BYTES], message[GAME_MESSAGE_BYTES];
};

struct game_model_room {
    uint32_t players[GAME_ROOM_PLAYERS], count;
    uint64_t due_ms, stamped_ns;        /* due_ms: when changed states go out; 0 for never */
    uint64_t recalled_ms[GAME_RECALLS]; /* when the store was asked for it: a ring */
    uint32_t recalls;
    uint64_t full_step; /* when the walk last found it full, with its seats */
    struct game_model_entry entries[GAME_WELCOME_ENTRIES];
    uint32_t entries_count;
};

struct game_model {
    struct world *world;
    uint32_t tick_ms, rooms_count;
    bool stores, caches;
    struct game_store *store;
    uint64_t refused_step; /* when the store last refused a room */
    uint64_t seats_step;   /* when a worker was last found that can keep no further
                              seat */
    uint64_t chats;
    struct game_model_player *players;
    struct ids incarnations, entries;
    struct game_model_room rooms[GAME_ROOMS_MAX];
};

void game_model_opens(struct game_model *model, uint32_t client);
void game_model_closes(struct game_model *model, uint32_t client);
/* Takes the player out of its room, if it is in one. */
void game_model_leaves(struct game_model *model, uint32_t client);
void game_model_enters(struct game_model *model, uint32_t client,
                       const struct game_argument *argument);
void game_model_refuses(struct game_model *model, uint32_t client, const char *error);
void game_model_updates(struct game_model *model, uint32_t client,
                        const struct game_argument *argument);
void game_model_chats(struct game_model *model, uint32_t client,
                      const struct game_argument *argument);
/* The tick of a room is over. */
void game_model_ticks(struct game_model *model, uint32_t room);

/* The room's id on the wire. */
void game_room_name(uint32_t room, char name[32]);
/* Whether its owner's timer runs on though the room has no players: it has
 * seats. */
bool game_walk_keeps_timer(const struct game_model *model, uint32_t room);

#endif
