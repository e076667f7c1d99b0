/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "f6faef61ef938d4d3e37832530c4c1ed1a9c74809056e05879e4c8ccc5381d22"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
