/* scan.h: one strict pass over a JSON text (RFC 8259), before cJSON sees it.
 *
 * cJSON is lax: it takes leading zeros, raw control characters, \u0000, numbers that overflow, text
 * after the value. The scan refuses all of that, says what is wrong and where, and takes the
 * numbers out of the text, because cJSON loses their digits and is slow at converting them. */
#ifndef PARLEY_JSON_SCAN_H
#define PARLEY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero bytes that the scan needs behind the text, so that it may look at 8 bytes at a time. */
enum { SCAN_PADDING = 8 };

/* Where a number stands in the text. */
struct scan_number {
    uint32_t offset, len;
};

struct scan {
    char *text; /* valid UTF-8 with SCAN_PADDING zero bytes behind it; changed by the scan */
    size_t len; /* below 4 GiB */
    struct scan_number *numbers; /* filled in, in their order; room for (len + 1) / 2 */
    size_t numbers_count;
    const char *problem; /* what is wrong, in words that "at byte N" can follow */
    size_t problem_at;   /* byte offset, from 0 */
};

/* True when the text is one JSON value and nothing else, nested at most JSON_DEPTH_MAX deep. Each
 * number in it has then been overwritten by a 0 and spaces. On false, `problem` says why. */
bool scan_text(struct scan *scan);

#endif
