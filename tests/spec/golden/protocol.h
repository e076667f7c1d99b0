/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "29bae3804202124c0dd26de170d4c1dd0be9ddd911fa1d502226c4004d08ca8e"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
