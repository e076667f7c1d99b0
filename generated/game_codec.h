/* game_codec.h: the messages of game from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_GAME_CODEC_H
#define PARLEY_GENERATED_GAME_CODEC_H

#include "generated/game_types.h"
#include "json/codec.h"

/* The most bytes that each event takes, whatever it holds. */
enum {
    GAME_WELCOME_EVT_ENCODED_MAX = 3165383,
    GAME_PLAYER_JOINED_EVT_ENCODED_MAX = 14853,
    GAME_PLAYER_UPDATE_EVT_ENCODED_MAX = 14853,
    GAME_PLAYER_LEFT_EVT_ENCODED_MAX = 252,
    GAME_CHAT_MESSAGE_EVT_ENCODED_MAX = 6831,
    GAME_AUTHENTICATED_EVT_ENCODED_MAX = 58,
    GAME_ERROR_EVT_ENCODED_MAX = 6173,
    GAME_EVENT_ENCODED_MAX = 3165383
};

extern const struct codec game_codec;

/* Checks that protocol.yaml names, written by hand in src/json/checks.c. */
bool game_check_unit_rotation(const struct number value[4]); /* must have a norm within 0.1 of 1 */

/* player_state by itself: returns the length; `out` has room for the most that it takes. */
enum { GAME_PLAYER_STATE_ENCODED_MAX = 14590 };
size_t game_encode_player_state(const struct game_player_state *player_state, char *out);

/* GET /rooms, 200: returns the length; `out` has room for the most that it takes. */
enum { GAME_GET_ROOMS_200_ENCODED_MAX = 6706013 };
size_t game_encode_get_rooms_200(const struct game_get_rooms_200 *body, char *out);

/* POST /chat/history: false with the reason when the text is no such body. */
bool game_decode_post_chat_history_body(struct arena *arena, struct str text,
                                        struct game_post_chat_history_body *body,
                                        struct str *reason);

/* POST /chat/history, 200: returns the length; `out` has room for the most that it takes. */
enum { GAME_POST_CHAT_HISTORY_200_ENCODED_MAX = 1012513 };
size_t game_encode_post_chat_history_200(const struct game_post_chat_history_200 *body, char *out);

#endif
