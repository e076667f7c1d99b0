/* DRAFT of what codegen writes: shapes only. Overwritten by python3 -m codegen. */
#ifndef PARLEY_GENERATED_CHAT_TYPES_H
#define PARLEY_GENERATED_CHAT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Facts of a session that guards look at. */
enum chat_fact {
    CHAT_NAMED = 1u << 0,
    CHAT_IN_ROOM = 1u << 1,
};

enum chat_error {
    CHAT_ERROR_USERNAME_REQUIRED,
    CHAT_ERROR_ROOM_NOT_FOUND,
    CHAT_ERROR_ROOM_FULL,
    CHAT_ERROR_NOT_IN_ROOM,
    CHAT_ERROR_ALREADY_IN_ROOM,
    CHAT_ERROR_INVALID_MESSAGE,
    CHAT_ERRORS
};

enum chat_command_type {
    CHAT_SET_USERNAME_CMD,
    CHAT_CREATE_ROOM_CMD,
    CHAT_JOIN_ROOM_CMD,
    CHAT_CHAT_CMD,
    CHAT_TYPING_CMD,
    CHAT_STOP_TYPING_CMD,
    CHAT_LEAVE_ROOM_CMD,
    CHAT_COMMANDS
};

struct chat_set_username_cmd {
    struct str username; /* 0 to 256 bytes */
};
/* A message without fields has no struct and no union member. */
struct chat_join_room_cmd {
    struct str room_code;
};
struct chat_chat_cmd {
    struct str content;
};

struct chat_command {
    enum chat_command_type type;
    union {
        struct chat_set_username_cmd set_username;
        struct chat_join_room_cmd join_room;
        struct chat_chat_cmd chat;
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
    CHAT_ERROR_EVT,
    CHAT_EVENTS
};

struct chat_connected_evt {
    struct str client_id;
};
struct chat_username_set_evt {
    struct str username;
};
struct chat_room_created_evt {
    struct str room_code;
};
struct chat_room_joined_evt {
    struct str room_code;
    bool has_partner; /* false: null */
    struct str partner;
};
struct chat_partner_joined_evt {
    struct str username;
};
struct chat_chat_evt {
    struct str from;
    struct str content;
};
struct chat_error_evt {
    enum chat_error error; /* not on the wire: which of the errors this is */
    struct str code;
    struct str message;
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
        struct chat_error_evt error;
    };
};

#endif
