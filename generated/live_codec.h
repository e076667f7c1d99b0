/* live_codec.h: the messages of live from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_LIVE_CODEC_H
#define PARLEY_GENERATED_LIVE_CODEC_H

#include "generated/live_types.h"
#include "json/codec.h"

/* The most bytes that each event takes, whatever it holds. */
enum {
    LIVE_HELLO_EVT_ENCODED_MAX = 47,
    LIVE_HEARTBEAT_ACK_EVT_ENCODED_MAX = 17,
    LIVE_READY_EVT_ENCODED_MAX = 3338,
    LIVE_CHANNEL_EVENT_EVT_ENCODED_MAX = 6237,
    LIVE_MESSAGE_EVENT_EVT_ENCODED_MAX = 18470,
    LIVE_FLOOR_GRANTED_EVT_ENCODED_MAX = 6212,
    LIVE_FLOOR_DENY_EVT_ENCODED_MAX = 3159,
    LIVE_FLOOR_TAKEN_EVT_ENCODED_MAX = 6219,
    LIVE_FLOOR_IDLE_EVT_ENCODED_MAX = 3105,
    LIVE_FLOOR_REVOKE_EVT_ENCODED_MAX = 3128,
    LIVE_FLOOR_QUEUE_POS_INFO_EVT_ENCODED_MAX = 3145,
    LIVE_FLOOR_PONG_EVT_ENCODED_MAX = 3105,
    LIVE_ERROR_EVT_ENCODED_MAX = 6186,
    LIVE_CHANNEL_CREATE_ACK_ENCODED_MAX = 4676,
    LIVE_CHANNEL_JOIN_ACK_ENCODED_MAX = 3111005,
    LIVE_CHANNEL_LEAVE_ACK_ENCODED_MAX = 3122,
    LIVE_CHANNEL_UPDATE_ACK_ENCODED_MAX = 4676,
    LIVE_CHANNEL_DELETE_ACK_ENCODED_MAX = 3122,
    LIVE_CHANNEL_LIST_ACK_ENCODED_MAX = 4741048,
    LIVE_CHANNEL_INFO_ACK_ENCODED_MAX = 3110785,
    LIVE_EVENT_ENCODED_MAX = 4741048
};

extern const struct codec live_codec;

/* Checks that protocol.yaml names, written by hand in src/json/checks.c. */
bool live_check_not_blank(struct str value); /* must hold more than white space */

#endif
