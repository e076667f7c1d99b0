/* scan.h: one strict pass over a JSON text (RFC 8259), before cJSON sees it.
 *
 * cJSON is lax: it takes leading zeros, raw control characters, \u0000, numbers that overflow, text
 * after the value. The scan refuses all of that, and says what is wrong and where.
 *
 * cJSON is also slow where there is much to copy or to convert, and loses the digits of numbers. So
 * the scan takes numbers and strings without escapes out, and leaves a skeleton for cJSON, with a 0
 * or "" in their place and without white space:
 *
 *     text      {"type": "chat", "content": "a\nb", "n": [1.50]}
 *     skeleton  {"type":"","content":"a\nb","n":[0]}
 *     taken     chat, 1.50 */
#ifndef PARLEY_JSON_SCAN_H
#define PARLEY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero bytes that the scan needs behind the text, so that it may look at 8 bytes at a time. */
enum { SCAN_PADDING = 8 };

/* Where a value that was taken out stands in the text; of a string, what is between the quotes. */
struct scan_taken {
    uint32_t offset, len;
};

struct scan {
    const char *text; /* valid UTF-8 with SCAN_PADDING zero bytes behind it */
    size_t len;       /* below 2 GiB */
    char *skeleton;   /* filled in; room for len bytes */
    size_t skeleton_len;
    struct scan_taken *taken; /* filled in, in the text's order; room for (len + 1) / 2 */
    size_t taken_count;
    const char *problem; /* what is wrong, in words that "at byte N" can follow */
    size_t problem_at;   /* byte offset, from 0 */
};

/* True when the text is one JSON value and nothing else, nested at most JSON_DEPTH_MAX deep. On
 * false, `problem` says why. */
bool scan_text(struct scan *scan);

#endif
