/* http_codec.h: bodies of HTTP from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_HTTP_CODEC_H
#define PARLEY_GENERATED_HTTP_CODEC_H

#include "generated/http_types.h"
#include "json/codec.h"

/* fault by itself: returns the length; `out` has room for the most that it takes. */
enum { HTTP_FAULT_ENCODED_MAX = 147 };
size_t http_encode_fault(const struct http_fault *fault, char *out);

/* GET /color, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_COLOR_200_ENCODED_MAX = 18 };
size_t http_encode_get_color_200(const struct http_get_color_200 *body, char *out);

/* POST /tint: false with the reason when the text is no such body. */
bool http_decode_post_tint_body(struct arena *arena, struct str text,
                                struct http_post_tint_body *body, struct str *reason);

/* POST /tint, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_TINT_200_ENCODED_MAX = 17 };
size_t http_encode_post_tint_200(const struct http_post_tint_200 *body, char *out);

#endif
