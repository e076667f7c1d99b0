/* scan.h: one strict pass over a JSON text (RFC 8259), before cJSON sees it.
 *
 * cJSON is lax: it takes leading zeros, raw control characters, \u0000, numbers that overflow, text
 * after the value. The scan refuses all of that, and says what is wrong and where.
 *
 * cJSON is also slow where there is much to copy or to convert, and loses the digits of numbers. So
 * the scan takes out all names and all values but objects and arrays, and leaves the text's
 * skeleton for cJSON: "" in place of a name, null in place of a value, no white space. Strings with
 * escapes stay, for cJSON to unescape them:
 *
 *     text      {"type": "chat", "content": "a\nb", "n": [1.50, true]}
 *     skeleton  {"":null,"":"a\nb","":[null,null]}
 *     taken     type, chat, content, n, 1.50, true */
#ifndef PARLEY_JSON_SCAN_H
#define PARLEY_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generated/protocol.h"

/* Zero bytes that the scan needs behind the text, so that it may look at so many at a time. */
enum { SCAN_PADDING = 16 };

enum scan_kind { SCAN_NAME, SCAN_STRING, SCAN_NUMBER, SCAN_TRUE, SCAN_FALSE, SCAN_NULL };

/* Where what was taken out stands in the text; of a name or a string, what is between the quotes.
 */
struct scan_taken {
    uint32_t offset, len;
    enum scan_kind kind;
};

/* Sizes of what the scan fills in: each byte that is taken out of a text has a neighbour that is
 * not, and leaves at most four. */
#define SCAN_TAKEN_MAX(len) (((len) + 1) / 2)
#define SCAN_SKELETON_MAX(len) ((len) + 3 * SCAN_TAKEN_MAX(len))

struct scan {
    const char *text; /* valid UTF-8 with SCAN_PADDING zero bytes behind it */
    size_t len;       /* below 2 GiB */
    char *skeleton;   /* filled in; room for SCAN_SKELETON_MAX(len) bytes */
    size_t skeleton_len;
    struct scan_taken *taken; /* filled in, in the text's order; room for SCAN_TAKEN_MAX(len) */
    size_t taken_count;
    bool kept;                      /* the skeleton holds a string, with escapes */
    const char *problem;            /* what is wrong, in words that "at byte N" can follow */
    size_t problem_at;              /* byte offset, from 0 */
    bool nul;                       /* or: a string holds U+0000, which is JSON, but not for us; */
    uint32_t names[JSON_DEPTH_MAX]; /* then where the names of the members that it is in begin, the
                                       outermost first; none for a member's name */
    uint32_t names_count;
};

/* True when the text is one JSON value and nothing else, nested at most JSON_DEPTH_MAX deep. On
 * false, `problem` says why, or `nul` is set. */
bool scan_text(struct scan *scan);

#endif
