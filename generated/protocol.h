/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 1
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "f318854c7181ae292d2e515182c15ac4ec355296e559df04a5d960d10687b7ee"

enum {
    /* A longer message closes the connection (1009). */
    FRAME_BYTES_MAX = 65536,
    /* Arrays and objects inside each other; deeper ones are refused. */
    JSON_DEPTH_MAX = 16,
    /* A reader that lags further behind is disconnected. */
    EGRESS_MESSAGES_MAX = 2048,
    /* Bad messages that a session may send in a burst; the next closes with 1008. */
    STRIKES_MAX = 200,
    /* One of them is forgiven after this long. */
    STRIKES_REFILL_MS = 100,
    /* Typing that is not renewed ends by itself after this long. */
    TYPING_MS = 10000,
    /* The interval that live announces in HELLO. */
    HEARTBEAT_MS = 30000,
    /* A live session that was silent for so long is cut off. */
    ZOMBIE_MS = 45000,
    /* The most members that a channel of live can be made for. */
    CHANNEL_MEMBERS_MAX = 1000,
    /* Members of a channel whose maker does not say. */
    CHANNEL_MEMBERS_DEFAULT = 100,
    /* Channels of live that one worker keeps open. */
    CHANNELS_MAX = 10000,
    /* Channels of live in one list. */
    CHANNELS_LISTED_MAX = 1000,
    /* A session of live that has not said who it is for so long is closed. */
    IDENTIFY_MS = 45000,
    /* The longest time that one member holds the floor. */
    FLOOR_TALK_MS = 30000,
    /* A holder of the floor that does not ping for so long loses it. */
    FLOOR_PING_MS = 6000,
    /* A request for the floor whose indicator does not say more, and that names no priority. */
    FLOOR_PRIORITY = 100,
    /* Likewise, with that indicator. */
    FLOOR_PRIORITY_IMMINENT_PERIL = 200,
    /* Likewise. */
    FLOOR_PRIORITY_EMERGENCY = 255,
    /* Players in one room of game. */
    PLAYERS_MAX = 200,
    /* Empty rooms of game whose messages one worker keeps. */
    ROOMS_REMEMBERED_MAX = 1000,
    /* Rooms of game in one list, those with the latest activity first. */
    ROOMS_LISTED_MAX = 1000,
    /* Messages that a new player of game is shown. */
    WELCOME_ENTRIES_MAX = 20,
    /* Entries in one answer of POST /chat/history, however many are asked for. */
    HISTORY_ENTRIES_MAX = 100,
    /* A longer body of an HTTP request is refused with 413. */
    BODY_BYTES_MAX = 65536,
    /* Entries in one answer of the admin API. */
    PAGE_ENTRIES_MAX = 100,
};

#endif
