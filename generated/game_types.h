/* game_types.h: the messages of game as structs.
 * Rooms of players with a shared 3D state.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_GAME_TYPES_H
#define PARLEY_GENERATED_GAME_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* Facts of a session that guards look at. */
enum game_fact {
    GAME_JOINED = 1u << 0, /* It was welcomed in a room. */
};

enum game_error {
    GAME_ERROR_PARSE_ERROR,     /* JSON parse error: {reason} */
    GAME_ERROR_INVALID_MESSAGE, /* {reason} */
    GAME_ERROR_NOT_JOINED,      /* Join a room first */
    GAME_ERROR_ROOM_FULL,       /* Room is full */
    GAME_ERROR_ROOM_REFUSED,    /* The server cannot open another room now */
    GAME_ERROR_INVALID_TOKEN,   /* Token is not valid */
    GAME_ERROR_TOKENS_UNUSED,   /* Tokens are not used here */
    GAME_ERRORS,
};

/* The longest texts of these types. */
enum {
    GAME_NAME_BYTES_MAX = 256,
    GAME_UUID_BYTES_MAX = 36,
    GAME_EXPLANATION_BYTES_MAX = 1024,
    GAME_TOKEN_BYTES_MAX = 8192,
    GAME_MOMENT_BYTES_MAX = 40,
    GAME_ROOM_ID_BYTES_MAX = 512,
    GAME_PLAYER_NAME_BYTES_MAX = 200,
    GAME_PLAYER_NAME_CHARS_MAX = 50,
    GAME_COLOR_BYTES_MAX = 7,
    GAME_MESSAGE_BYTES_MAX = 1000,
    GAME_URL_BYTES_MAX = 2048,
};

/* Numbers are passed on with the value that they were sent with. */
struct game_player_state {
    struct str name;           /* 1 to 50 characters */
    struct str color;          /* the form #[0-9A-Fa-f]{6} */
    struct number position[3]; /* x, y, z */
    struct number rotation[4]; /* w, x, y, z */
    bool has_animation;
    struct str animation; /* 0 to 256 bytes; may be absent */
    bool has_velocity;
    struct number velocity[3]; /* may be absent */
    bool has_model_url;
    struct str model_url; /* 0 to 2048 bytes; may be absent */
};

struct game_player {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    struct game_player_state state;
};

/* A message in the history. */
struct game_entry {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str id;
    struct str room_id; /* 1 to 512 bytes */
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    struct str username;  /* 1 to 50 characters */
    struct str message;   /* 1 to 1000 bytes */
    struct str timestamp; /* 20 to 40 bytes */
};

struct game_room {
    struct str id;            /* 1 to 512 bytes */
    struct str name;          /* 1 to 512 bytes */
    struct str created_at;    /* 20 to 40 bytes */
    struct str last_activity; /* 20 to 40 bytes */
    uint32_t player_count;
};

enum game_command_type {
    GAME_JOIN_CMD,
    GAME_UPDATE_CMD,
    GAME_CHAT_CMD,
    GAME_AUTHENTICATE_CMD,
    GAME_COMMANDS,
};

/* Enters a room, and leaves the one before. Joining the same room again renews the state. */
struct game_join_cmd {
    struct str room_id; /* 1 to 512 bytes */
    struct str name;    /* 1 to 50 characters */
    struct str color;   /* the form #[0-9A-Fa-f]{6} */
};

/* Replaces the whole state of the sender; optional fields not given are gone. */
struct game_update_cmd {
    struct game_player_state state;
};

/* Shows the name of the last update. */
struct game_chat_cmd {
    struct str message; /* 1 to 1000 bytes */
};

/* Proves anew what the session may, before its token expires. At any time. */
struct game_authenticate_cmd {
    struct str token; /* 1 to 8192 bytes */
};

struct game_command {
    enum game_command_type type;
    union {
        struct game_join_cmd join;
        struct game_update_cmd update;
        struct game_chat_cmd chat;
        struct game_authenticate_cmd authenticate;
    };
};

enum game_event_type {
    GAME_WELCOME_EVT,
    GAME_PLAYER_JOINED_EVT,
    GAME_PLAYER_UPDATE_EVT,
    GAME_PLAYER_LEFT_EVT,
    GAME_CHAT_MESSAGE_EVT,
    GAME_AUTHENTICATED_EVT,
    GAME_ERROR_EVT,
    GAME_EVENTS,
};

/* All players, the new one included, and the last messages, oldest first. */
struct game_welcome_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    const struct game_player *room_state;
    uint32_t room_state_count; /* up to 200 */
    const struct game_entry *chat_history;
    uint32_t chat_history_count; /* up to 20 */
};

struct game_player_joined_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    struct game_player_state state;
};

struct game_player_update_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    struct game_player_state state;
};

struct game_player_left_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
};

struct game_chat_message_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
    struct str name;      /* 1 to 50 characters */
    struct str message;   /* 1 to 1000 bytes */
    struct str timestamp; /* 20 to 40 bytes */
};

struct game_authenticated_evt {
    uint64_t expires_at; /* milliseconds of Unix time */
};

struct game_error_evt {
    enum game_error error; /* not on the wire: which of the errors this is */
    struct str message;    /* 0 to 1024 bytes */
};

struct game_event {
    enum game_event_type type;
    union {
        struct game_welcome_evt welcome;
        struct game_player_joined_evt player_joined;
        struct game_player_update_evt player_update;
        struct game_player_left_evt player_left;
        struct game_chat_message_evt chat_message;
        struct game_authenticated_evt authenticated;
        struct game_error_evt error;
    };
};

/* GET /rooms: the body of an answer 200. */
struct game_get_rooms_200 {
    const struct game_room *rooms;
    uint32_t rooms_count; /* up to 1000 */
};

/* POST /chat/history: the body of a request. */
struct game_post_chat_history_body {
    struct str room_id; /* 1 to 512 bytes */
    uint32_t limit;     /* 1 to 4294967295; 50 unless given */
};

/* POST /chat/history: the body of an answer 200. */
struct game_post_chat_history_200 {
    const struct game_entry *items;
    uint32_t items_count;
};

#endif
