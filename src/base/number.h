/* number.h: a number as it came over the wire: its value, and its text, so that it can be passed on
 * as it was written.
 *
 * Self-contained: it can be copied and kept. */
#ifndef PARLEY_BASE_NUMBER_H
#define PARLEY_BASE_NUMBER_H

#include <stdint.h>

/* A longer text is not kept: the number is then written as the shortest text with its value. */
enum { NUMBER_TEXT_MAX = 31 };

struct number {
    double value;     /* finite */
    uint8_t text_len; /* 0: no text */
    char text[NUMBER_TEXT_MAX];
};

#endif
