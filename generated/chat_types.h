/* chat_types.h: the messages of chat as structs.
 * One-to-one rooms with a typing indicator.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_CHAT_TYPES_H
#define PARLEY_GENERATED_CHAT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* Facts of a session that guards look at. */
enum chat_fact {
    CHAT_NAMED = 1u << 0,   /* It has said set_username. */
    CHAT_IN_ROOM = 1u << 1, /* It is the host or the guest of a room. */
};

enum chat_error {
    CHAT_ERROR_USERNAME_REQUIRED, /* Username is required */
    CHAT_ERROR_ROOM_NOT_FOUND,    /* Room '{room_code}' not found */
    CHAT_ERROR_ROOM_FULL,         /* Room is full */
    CHAT_ERROR_NOT_IN_ROOM,       /* You are not in a room */
    CHAT_ERROR_ALREADY_IN_ROOM,   /* You are already in a room */
    CHAT_ERROR_INVALID_TOKEN,     /* Token is not valid */
    CHAT_ERROR_TOKENS_UNUSED,     /* Tokens are not used here */
    CHAT_ERROR_INVALID_MESSAGE,   /* Invalid message format: {reason} */
    CHAT_ERRORS,
};

/* The longest texts of these types. */
enum {
    CHAT_NAME_BYTES_MAX = 256,
    CHAT_TEXT_BYTES_MAX = 32768,
    CHAT_UUID_BYTES_MAX = 36,
    CHAT_EXPLANATION_BYTES_MAX = 1024,
    CHAT_TOKEN_BYTES_MAX = 8192,
    CHAT_CODE_BYTES_MAX = 6,
};

enum chat_command_type {
    CHAT_SET_USERNAME_CMD,
    CHAT_CREATE_ROOM_CMD,
    CHAT_JOIN_ROOM_CMD,
    CHAT_CHAT_CMD,
    CHAT_TYPING_CMD,
    CHAT_STOP_TYPING_CMD,
    CHAT_LEAVE_ROOM_CMD,
    CHAT_AUTHENTICATE_CMD,
    CHAT_COMMANDS,
};

/* Names the session. Said again, it renames it; nobody is told. An empty name is a name. */
struct chat_set_username_cmd {
    struct str username; /* 0 to 256 bytes */
};

/* Enters a room as its guest. The code is upper-cased before the search. */
struct chat_join_room_cmd {
    struct str room_code; /* 0 to 512 bytes */
};

/* Goes to the partner; alone in a room, it is dropped. Ends the sender's typing. */
struct chat_chat_cmd {
    struct str content; /* 0 to 32768 bytes */
};

/* Proves anew what the session may, before its token expires. At any time. */
struct chat_authenticate_cmd {
    struct str token; /* 1 to 8192 bytes */
};

struct chat_command {
    enum chat_command_type type;
    union {
        struct chat_set_username_cmd set_username;
        struct chat_join_room_cmd join_room;
        struct chat_chat_cmd chat;
        struct chat_authenticate_cmd authenticate;
    };
};

enum chat_event_type {
    CHAT_CONNECTED_EVT,
    CHAT_USERNAME_SET_EVT,
    CHAT_ROOM_CREATED_EVT,
    CHAT_ROOM_JOINED_EVT,
    CHAT_PARTNER_JOINED_EVT,
    CHAT_CHAT_EVT,
    CHAT_PARTNER_TYPING_EVT,
    CHAT_PARTNER_STOP_TYPING_EVT,
    CHAT_PARTNER_LEFT_EVT,
    CHAT_AUTHENTICATED_EVT,
    CHAT_ERROR_EVT,
    CHAT_EVENTS,
};

/* The first message, sent unasked. */
struct chat_connected_evt {
    /* the form [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12} */
    struct str client_id;
};

struct chat_username_set_evt {
    struct str username; /* 0 to 256 bytes */
};

struct chat_room_created_evt {
    struct str room_code; /* the form [A-Z0-9]{6} */
};

/* The partner is the host's name, or null when the host has gone. */
struct chat_room_joined_evt {
    struct str room_code; /* the form [A-Z0-9]{6} */
    bool has_partner;
    struct str partner; /* 0 to 256 bytes; may be null */
};

struct chat_partner_joined_evt {
    struct str username; /* 0 to 256 bytes */
};

struct chat_chat_evt {
    struct str from;    /* 0 to 256 bytes */
    struct str content; /* 0 to 32768 bytes */
};

struct chat_authenticated_evt {
    uint64_t expires_at; /* milliseconds of Unix time */
};

struct chat_error_evt {
    enum chat_error error; /* not on the wire: which of the errors this is */
    struct str code;       /* 0 to 256 bytes */
    struct str message;    /* 0 to 1024 bytes */
};

struct chat_event {
    enum chat_event_type type;
    union {
        struct chat_connected_evt connected;
        struct chat_username_set_evt username_set;
        struct chat_room_created_evt room_created;
        struct chat_room_joined_evt room_joined;
        struct chat_partner_joined_evt partner_joined;
        struct chat_chat_evt chat;
        struct chat_authenticated_evt authenticated;
        struct chat_error_evt error;
    };
};

#endif
