/* base64.h: standard Base64 (RFC 4648, 4), strict: one text for each run of bytes.
 *
 * Pure functions. */
#ifndef PARLEY_BASE_BASE64_H
#define PARLEY_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Length of the text of `len` bytes, padding included. */
#define BASE64_LEN(len) (((size_t)(len) + 2) / 3 * 4)

/* Fills exactly `len` bytes. False when the text is not that of `len` bytes: another length,
 * another alphabet, white space, padding that is missing or holds bits; `bytes` is then of no use.
 */
bool base64_decode(struct str text, uint8_t *bytes, size_t len) __attribute__((warn_unused_result));
/* Writes BASE64_LEN(len) characters. */
void base64_encode(const uint8_t *bytes, size_t len, char *text);

#endif
