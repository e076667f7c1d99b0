/* http_types.h: bodies of HTTP as structs.
 * What the server says.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_HTTP_TYPES_H
#define PARLEY_GENERATED_HTTP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* The longest texts of these types. */
enum {
    HTTP_NAME_BYTES_MAX = 20,
};

/* Enums, and their values as on the wire. */
enum http_color {
    HTTP_COLOR_RED,
    HTTP_COLOR_GREEN,
};
extern const struct str http_color_words[2];

struct http_fault {
    uint16_t status;
    struct str what; /* 1 to 20 bytes */
};

/* GET /color: the body of an answer 200. */
struct http_get_color_200 {
    enum http_color color;
};

/* POST /tint: the body of a request. */
struct http_post_tint_body {
    enum http_color tint;
};

/* POST /tint: the body of an answer 200. */
struct http_post_tint_200 {
    enum http_color tint;
};

#endif
