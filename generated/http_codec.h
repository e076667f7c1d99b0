/* http_codec.h: bodies of HTTP from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_HTTP_CODEC_H
#define PARLEY_GENERATED_HTTP_CODEC_H

#include "generated/http_types.h"
#include "json/codec.h"

/* refusal by itself: returns the length; `out` has room for the most that it takes. */
enum { HTTP_REFUSAL_ENCODED_MAX = 7719 };
size_t http_encode_refusal(const struct http_refusal *refusal, char *out);

/* GET /health, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_HEALTH_200_ENCODED_MAX = 3268 };
size_t http_encode_get_health_200(const struct http_get_health_200 *body, char *out);

/* GET /livez, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_LIVEZ_200_ENCODED_MAX = 19 };
size_t http_encode_get_livez_200(const struct http_get_livez_200 *body, char *out);

/* GET /readyz, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_READYZ_200_ENCODED_MAX = 19 };
size_t http_encode_get_readyz_200(const struct http_get_readyz_200 *body, char *out);

#endif
