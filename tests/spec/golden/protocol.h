/* protocol.h: which protocol this is, and its limits.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited. */
#ifndef PARLEY_GENERATED_PROTOCOL_H
#define PARLEY_GENERATED_PROTOCOL_H

#define PROTOCOL_VERSION 3
/* SHA-256 of protocol.yaml. */
#define PROTOCOL_HASH "757de7248bbb9d749808538b8686ddb1db8ca2d837d80b3069ffada89b5fc3ef"

enum {
    /* People at one desk. */
    DESK_MAX = 40,
};

#endif
