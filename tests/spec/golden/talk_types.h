/* talk_types.h: the messages of talk as structs.
 * Says things.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_TALK_TYPES_H
#define PARLEY_GENERATED_TALK_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* Facts of a session that guards look at. */
enum talk_fact {
    TALK_NAMED = 1u << 0, /* Has a name. */
};

enum talk_error {
    TALK_ERROR_UNNAMED,  /* Say your name first */
    TALK_ERROR_NAMED,    /* You have a name */
    TALK_ERROR_INVALID,  /* Invalid: {reason} */
    TALK_ERROR_BAD_JSON, /* Not JSON: {reason} */
    TALK_ERROR_TOO_LOUD, /* {name} is too loud by {by:u8} */
    TALK_ERRORS,
};

/* The longest texts of these types. */
enum {
    TALK_NAME_BYTES_MAX = 20,
    TALK_RING_BYTES_MAX = 5,
};

/* How texts begin that only the server makes. */
#define TALK_RING_PREFIX "#"

/* Enums, and their values as on the wire. */
enum talk_mood {
    TALK_MOOD_CALM,
    TALK_MOOD_ANGRY,
};
extern const struct str talk_mood_words[2];

/* A place on the map. */
struct talk_spot {
    struct number at[2];
    bool has_note;
    struct str note; /* 0 to 9 characters; may be absent */
};

struct talk_pair {
    struct str who; /* 1 to 20 bytes */
    enum talk_mood mood;
};

enum talk_command_type {
    TALK_SAY_NAME_CMD,
    TALK_SAY_CMD,
    TALK_COMMANDS,
};

/* Names the session. */
struct talk_say_name_cmd {
    struct str name;        /* 1 to 20 bytes */
    struct str secret_word; /* 4 to 8 bytes */
};

struct talk_say_cmd {
    struct str text;     /* 0 to 30 bytes */
    bool loud;           /* false unless given */
    enum talk_mood mood; /* "calm" unless given */
    uint8_t times;       /* 1 to 5; 1 unless given */
    bool has_spot;
    struct talk_spot spot; /* where it is said; may be absent */
    bool has_about;
    struct str about; /* 1 to 20 bytes; may be null */
    uint64_t level;   /* 3 to 6 */
};

struct talk_command {
    enum talk_command_type type;
    union {
        struct talk_say_name_cmd say_name;
        struct talk_say_cmd say;
    };
};

enum talk_event_type {
    TALK_HELLO_EVT,
    TALK_SAID_EVT,
    TALK_PRESENT_EVT,
    TALK_ERROR_EVT,
    TALK_EVENTS,
};

struct talk_said_evt {
    struct str who; /* 1 to 20 bytes */
    bool has_to;
    struct str to;   /* 1 to 20 bytes; may be null */
    struct str text; /* 0 to 30 bytes */
    bool has_ring;
    struct str ring; /* the form #[0-9A-F]{2}-x; may be absent */
    bool has_spot;
    struct talk_spot spot; /* may be absent */
};

struct talk_present_evt {
    const struct talk_pair *pairs;
    uint32_t pairs_count; /* up to 40 */
};

struct talk_error_evt {
    enum talk_error error; /* not on the wire: which of the errors this is */
    struct str message;    /* 0 to 200 bytes */
};

struct talk_event {
    enum talk_event_type type;
    union {
        struct talk_said_evt said;
        struct talk_present_evt present;
        struct talk_error_evt error;
    };
};

/* GET /people: the body of an answer 200. */
struct talk_get_people_200 {
    const struct talk_spot *items;
    uint32_t items_count;
};

/* POST /say: the body of a request. */
struct talk_post_say_body {
    struct str text; /* 1 to 30 bytes */
    bool has_mood;
    enum talk_mood mood; /* may be absent */
    struct talk_spot at; /* where */
};

/* POST /say: the body of an answer 200. */
struct talk_post_say_200 {
    uint64_t count;
};

#endif
