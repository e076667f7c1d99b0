/* chat_codec.h: the messages of chat from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_CHAT_CODEC_H
#define PARLEY_GENERATED_CHAT_CODEC_H

#include "generated/chat_types.h"
#include "json/codec.h"

/* The most bytes that each event takes, whatever it holds. */
enum {
    CHAT_CONNECTED_EVT_ENCODED_MAX = 251,
    CHAT_USERNAME_SET_EVT_ENCODED_MAX = 1573,
    CHAT_ROOM_CREATED_EVT_ENCODED_MAX = 74,
    CHAT_ROOM_JOINED_EVT_ENCODED_MAX = 1622,
    CHAT_PARTNER_JOINED_EVT_ENCODED_MAX = 1575,
    CHAT_CHAT_EVT_ENCODED_MAX = 198182,
    CHAT_PARTNER_TYPING_EVT_ENCODED_MAX = 25,
    CHAT_PARTNER_STOP_TYPING_EVT_ENCODED_MAX = 30,
    CHAT_PARTNER_LEFT_EVT_ENCODED_MAX = 23,
    CHAT_AUTHENTICATED_EVT_ENCODED_MAX = 58,
    CHAT_ERROR_EVT_ENCODED_MAX = 7719,
    CHAT_EVENT_ENCODED_MAX = 198182
};

extern const struct codec chat_codec;

#endif
