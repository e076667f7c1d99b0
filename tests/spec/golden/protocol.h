/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "c48081acfedfc334a3e3594ae63c296b7c3eec1a24556f2bd09e6069d97cf9d2"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
