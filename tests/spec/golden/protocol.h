/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "fe5961124f2f100e8a4fceab19702a500937ecb5a32f863d749491b1260ff079"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
    /* What a client sends at once. */
    FRAME_BYTES_MAX = 200,
    /* What a request holds. */
    BODY_BYTES_MAX = 100,
};

#endif
