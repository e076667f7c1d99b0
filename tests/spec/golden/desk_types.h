/* desk_types.h: the messages of desk as structs.
 * Takes numbers.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_DESK_TYPES_H
#define PARLEY_GENERATED_DESK_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* Facts of a session that guards look at. */
enum desk_fact {
    DESK_OPEN = 1u << 0, /*  */
};

enum desk_error {
    DESK_ERROR_CLOSED, /* Closed */
    DESK_ERROR_BAD,    /* Bad: {reason} */
    DESK_ERROR_NO_OP,  /* No op {op:u8} */
    DESK_ERROR_BROKEN, /* Broken */
    DESK_ERROR_ODD,    /* Odd */
    DESK_ERROR_STRAY,  /* Stray */
    DESK_ERROR_LONG,   /* {bytes:u32} is long */
    DESK_ERROR_FEW,    /* Few */
    DESK_ERROR_MANY,   /* Many */
    DESK_ERROR_SHORT,  /* {bytes:u32} is short */
    DESK_ERRORS,
};

/* The longest texts of these types. */
enum {
    DESK_NAME_BYTES_MAX = 20,
};

enum desk_command_type {
    DESK_OPEN_CMD,
    DESK_PUT_CMD,
    DESK_COMMANDS,
};

struct desk_put_cmd {
    uint16_t number; /* 0 to 999 */
    uint8_t count;   /* 2 to 8 */
    bool has_room;
    uint32_t room;    /* 4 to 4000000000; may be absent */
    struct str label; /* 2 to 9 bytes */
};

struct desk_command {
    enum desk_command_type type;
    union {
        struct desk_put_cmd put;
    };
};

enum desk_event_type {
    DESK_FAIL_EVT,
    DESK_OPEN_ACK,
    DESK_PUT_ACK,
    DESK_EVENTS,
};

struct desk_fail_evt {
    enum desk_error error; /* not on the wire: which of the errors this is */
    uint8_t code;
    struct str why; /* 0 to 99 bytes */
};

/* Answers PUT. */
struct desk_put_ack {
    uint16_t number;
    bool has_label;
    struct str label; /* 1 to 20 bytes; may be absent */
};

struct desk_event {
    enum desk_event_type type;
    union {
        struct desk_fail_evt fail;
        struct desk_put_ack put_ack;
    };
};

#endif
