/* number.h: from a JSON number's text to its exact value.
 *
 * The text is a number by RFC 8259's grammar: the scan has seen to it. It need not be terminated,
 * but the byte behind it must be readable and can't be part of a number. */
#ifndef PARLEY_JSON_NUMBER_H
#define PARLEY_JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* The nearest double; infinite when it is too great for one. */
double number_double(struct str text);
/* False when the value is no whole number or does not fit: 1.0 and 1e2 are whole, -0 is 0. */
bool number_u64(struct str text, uint64_t *value);

#endif
