/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 1
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "b5fa44b99f6d74a27eb8e858dac4948748eb677c74ec2037c0c86425d87a309b"

enum {
    FRAME_BYTES_MAX = 65536, /* A longer message closes the connection (1009). */
    JSON_DEPTH_MAX = 16, /* Arrays and objects inside each other; deeper ones are refused. */
    EGRESS_MESSAGES_MAX = 2048, /* A reader that lags further behind is disconnected. */
    STRIKES_MAX = 200, /* Bad messages that a session may send in a burst; the next closes with 1008. */
    STRIKES_REFILL_MS = 100, /* One of them is forgiven after this long. */
    TYPING_MS = 10000, /* Typing that is not renewed ends by itself after this long. */
    HEARTBEAT_MS = 30000, /* The interval that live announces in HELLO. */
    ZOMBIE_MS = 45000, /* A live session that was silent for so long is cut off. */
    CHANNEL_MEMBERS_MAX = 1000, /* The most members that a channel of live can be made for. */
    CHANNEL_MEMBERS_DEFAULT = 100, /* Members of a channel whose maker does not say. */
    CHANNELS_MAX = 1000, /* Channels of live that can be open at once, and so in one list. */
    FLOOR_TALK_MS = 30000, /* The longest time that one member holds the floor. */
    FLOOR_PING_MS = 6000, /* A holder of the floor that does not ping for so long loses it. */
    PLAYERS_MAX = 200, /* Players in one room of game. */
    ROOMS_LISTED_MAX = 1000, /* Rooms of game in one list, those with the latest activity first. */
    WELCOME_ENTRIES_MAX = 20, /* Messages that a new player of game is shown. */
    HISTORY_ENTRIES_MAX = 100, /* Entries in one answer of POST /chat/history. */
};

#endif
