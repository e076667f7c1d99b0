/* closes.h: how the server ends a WebSocket: the code and the reason of its Close frame.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Constants; any thread. */
#ifndef PARLEY_GENERATED_CLOSES_H
#define PARLEY_GENERATED_CLOSES_H

#include <stdint.h>

#include "base/str.h"

enum close_name {
    /* It ends. */
    CLOSE_TIRED, /* 1001, tired */
    CLOSE_LATE,  /* 1001, it is late */
    /* Our own. */
    CLOSE_WHY_NOT, /* 4000, why "not"? */
    CLOSES,
};

struct close_said {
    uint16_t code; /* RFC 6455, 7.4, and IANA's registry */
    struct str reason;
};

extern const struct close_said close_said[CLOSES];

#endif
