/* code.h: room codes: six characters of A-Z0-9, kept as a number below 36^6.
 *
 * Pure functions. */
#ifndef PARLEY_CHAT_CODE_H
#define PARLEY_CHAT_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "generated/chat_types.h"

enum { CODE_LEN = CHAT_CODE_BYTES_MAX };

/* 36^6: there are so many codes. */
#define CODES UINT32_C(2176782336)

/* Writes the upper-case form of `text` (valid UTF-8) to `upper`, which has room for text.len bytes
 * (no letter's upper-case form is longer), and returns it.
 *
 * Covered are the letters of ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic, Armenian and the
 * full-width forms, and the few others whose upper-case form is ASCII, so that they can make a
 * code ("ß" becomes "SS"). Rarer letters stay as they are: no code has them, and all that differs
 * is how the error quotes them. */
struct str code_upper(struct str text, char *upper);

/* False when `text` is no room code. */
bool code_parse(struct str text, uint32_t *code);
void code_format(uint32_t code, char text[CODE_LEN]);

#endif
