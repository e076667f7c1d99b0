/* utf8.h: checks UTF-8 as it streams (RFC 3629) and counts its characters.
 *
 * The state of a text that comes in pieces is one byte, UTF8_COMPLETE at the start; it is
 * UTF8_COMPLETE again whenever the bytes so far end with a whole character. */
#ifndef PARLEY_BASE_UTF8_H
#define PARLEY_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define UTF8_COMPLETE 0

/* Returns len, or the index of the first byte with which no valid text can begin: overlong forms,
 * surrogates and what is above U+10FFFF fail at the byte that decides it. After a failure the state
 * is of no more use. */
size_t utf8_check(uint8_t *state, const uint8_t *bytes, size_t len)
    __attribute__((warn_unused_result));
/* A whole text at once. */
bool utf8_valid(struct str text);
/* At most so many bytes of a valid text, cut between two characters. */
struct str utf8_cut(struct str text, size_t bytes_max);
/* Characters (code points) of a valid text. */
size_t utf8_chars(struct str text);

#endif
