/* talk_codec.h: the messages of talk from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_TALK_CODEC_H
#define PARLEY_GENERATED_TALK_CODEC_H

#include "generated/talk_types.h"
#include "json/codec.h"

/* The most bytes that each event takes, whatever it holds. */
enum {
    TALK_HELLO_EVT_ENCODED_MAX = 16,
    TALK_SAID_EVT_ENCODED_MAX = 650,
    TALK_PRESENT_EVT_ENCODED_MAX = 5589,
    TALK_ERROR_EVT_ENCODED_MAX = 1229,
    TALK_EVENT_ENCODED_MAX = 5589
};

extern const struct codec talk_codec;

/* pair by itself: returns the length; `out` has room for the most that it takes. */
enum { TALK_PAIR_ENCODED_MAX = 138 };
size_t talk_encode_pair(const struct talk_pair *pair, char *out);

/* GET /people, 200: returns the length; `out` has room for the most that it takes. */
enum { TALK_GET_PEOPLE_200_ENCODED_MAX = 436 };
size_t talk_encode_get_people_200(const struct talk_get_people_200 *body, char *out);

/* POST /say: false with the reason when the text is no such body. */
bool talk_decode_post_say_body(struct arena *arena, struct str text,
                               struct talk_post_say_body *body, struct str *reason);

/* POST /say, 200: returns the length; `out` has room for the most that it takes. */
enum { TALK_POST_SAY_200_ENCODED_MAX = 31 };
size_t talk_encode_post_say_200(const struct talk_post_say_200 *body, char *out);

#endif
