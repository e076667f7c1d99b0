/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "06723b52b7bd1c1acc7fc84ca2de359641870aa4fb2f412fa81af333a52f57df"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
