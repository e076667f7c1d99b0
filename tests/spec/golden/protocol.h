/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "893c3df27650fdf3381762a6b7b7e67c0b9aa126a16c115bb24d4bf4fdb6054c"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
