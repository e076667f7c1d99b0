/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "252d59ac4d740bdd9ded5aaf0699571e9a4df2e97aefb21dd86f06da40bc1fda"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
