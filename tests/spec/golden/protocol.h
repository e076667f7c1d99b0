/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "2c82e5c2946ad5e9c9726be3703e2972538de516a76ad8164c5943590e97a6f0"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
