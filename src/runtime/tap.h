/* tap.h: what a hub records of its messages and events while somebody looks: which they are, never
 * what they say.
 *
 * A tap is a bounded ring: who does not take entries in time loses the oldest, which are counted. A
 * hub without taps pays one comparison for each message and each event. One thread, the hub's. */
#ifndef PARLEY_RUNTIME_TAP_H
#define PARLEY_RUNTIME_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/handle.h"
#include "base/str.h"

struct hub;

enum {
    TAP_ENTRIES_MAX = 2048,
    TAP_TEXT_BYTES = 64,  /* that are shown of a user and of a room */
    TAP_ROOM_BYTES = 512, /* of the room that a filter names */
    TAP_SHAPE_BYTES = 192
};

/* A service that a tap is not only of. */
#define TAP_ANY UINT32_MAX

/* What is recorded. */
struct tap_filter {
    uint32_t binding;      /* only this service's; or TAP_ANY */
    bool has_session;      /* only what this one sends and is sent; */
    struct handle session; /* HANDLE_NONE, if it is not of this hub */
    struct str room;       /* only what happens in it; len 0: in all and outside */
    struct str type;       /* only messages and events of this name, a literal; len 0: all */
    uint32_t one_of;       /* of so many that would be recorded, one is */
};

struct tap_text {
    bool has;
    uint8_t len;
    char base[TAP_TEXT_BYTES];
};

/* A message that came, or an event that was sent. */
struct tap_entry {
    uint64_t at_ms;        /* Unix time */
    uint32_t binding;      /* the service */
    bool is_event;         /* else a message */
    struct handle session; /* HANDLE_NONE of an event for several */
    struct tap_text user;
    struct tap_text room; /* in which it is, or was */
    struct str type;      /* a literal; len 0 when a message does not say */
    uint32_t bytes;
    uint32_t receivers; /* of an event */
    struct str outcome; /* a literal: ok, moved, waits, closed or an error's name */
    uint8_t shape_len;
    char shape[TAP_SHAPE_BYTES];
};

struct tap;

/* Records from now on. NULL when memory is short. */
struct tap *hub_tap(struct hub *hub) __attribute__((warn_unused_result));
void hub_untap(struct hub *hub, struct tap *tap);
/* All is recorded before this. The room is copied. */
void tap_set(struct tap *tap, const struct tap_filter *filter);
/* The oldest entry, until the next call of the hub; NULL when there is none. */
const struct tap_entry *tap_take(struct tap *tap);
/* Entries that wait to be taken. */
uint32_t tap_waiting(const struct tap *tap);
/* Entries that were overwritten since this was asked last. */
uint64_t tap_lost(struct tap *tap);

#endif
