/* uuid.h: random UUIDs (RFC 9562, 5.4) and their text.
 *
 * Pure functions. */
#ifndef PARLEY_BASE_UUID_H
#define PARLEY_BASE_UUID_H

#include <stdint.h>

#include "base/random.h"
#include "base/str.h"

enum { UUID_BYTES = 16, UUID_TEXT_LEN = 36 };

void uuid_draw(struct random *random, uint8_t uuid[UUID_BYTES]);
/* In lower case, "8-4-4-4-12" (RFC 9562, 4). */
void uuid_format(const uint8_t uuid[UUID_BYTES], char text[UUID_TEXT_LEN]);
/* Whether it is such a text, of any version. */
bool uuid_is_text(struct str text);

#endif
