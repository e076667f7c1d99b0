/* shape.h: what a message looks like without what it says, for those who trace messages.
 *
 *     {"op":12,"d":{"channel_id":"c1","at":[1,2,3],"token":"eyJh…"}}
 *     op:# d:{channel_id:"2" at:[3] token:"480"}
 *
 * Members' names as they are, strings as their length in bytes, arrays as the number of their
 * items, objects inside three others as {…}. Where the text stops being JSON the shape ends with a
 * question mark. No value is in it, whatever the text. */
#ifndef PARLEY_RUNTIME_SHAPE_H
#define PARLEY_RUNTIME_SHAPE_H

#include <stddef.h>

#include "base/str.h"

/* Fills `out`, which has room for `max` bytes, at least 8; returns how many. A shape that does not
 * fit ends with "…". */
size_t shape_of(struct str text, char *out, size_t max);

#endif
