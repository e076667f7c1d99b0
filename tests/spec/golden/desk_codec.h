/* desk_codec.h: the messages of desk from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_DESK_CODEC_H
#define PARLEY_GENERATED_DESK_CODEC_H

#include "generated/desk_types.h"
#include "json/codec.h"

/* The most bytes that each event takes, whatever it holds. */
enum {
    DESK_FAIL_EVT_ENCODED_MAX = 629,
    DESK_OPEN_ACK_ENCODED_MAX = 33,
    DESK_PUT_ACK_ENCODED_MAX = 177,
    DESK_EVENT_ENCODED_MAX = 629
};

extern const struct codec desk_codec;

/* Checks that protocol.yaml names, written by hand in src/json/checks.c. */
bool desk_check_even(uint16_t value); /* must be even */

#endif
