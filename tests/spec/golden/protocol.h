/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "836f284d788eb3cf9529c59bf1c83dbc00fc06b14dc63eb4a93d64b706e65ab9"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
