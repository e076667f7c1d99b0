/* textpool.h: short texts of many lengths that live long, such as names.
 *
 * A text takes the smallest of a few sizes that holds it. Every size has room for `texts_max`
 * texts, so that a pool whose users hold no more than that is never full (to change a text, remove
 * it first); what was never used costs no memory. One thread. */
#ifndef PARLEY_BASE_TEXTPOOL_H
#define PARLEY_BASE_TEXTPOOL_H

#include <stdint.h>

#include "base/str.h"

enum { TEXTPOOL_SIZES_MAX = 9, TEXTPOOL_LEN_MAX = 4096 };

/* A text in a pool; zeroed, the empty text. */
struct text {
    uint32_t slot; /* among those of its size, which follows from len */
    uint32_t len;
};

struct textpool_size {
    char *texts;
    uint32_t touched, free;
};

struct textpool {
    uint32_t texts_max;
    uint32_t sizes_count;
    struct textpool_size sizes[TEXTPOOL_SIZES_MAX]; /* 16 bytes, and each twice the one before */
};

/* For texts of up to `len_max` bytes, at most TEXTPOOL_LEN_MAX. -ENOMEM when the address space is
 * short. */
int textpool_init(struct textpool *pool, uint32_t texts_max, uint32_t len_max)
    __attribute__((warn_unused_result));
void textpool_clear(struct textpool *pool);
/* Copies `from`. CHECKs that it is not too long, and that there are not more than texts_max. */
struct text textpool_add(struct textpool *pool, struct str from);
void textpool_remove(struct textpool *pool, struct text text);
/* Valid until the text is removed. */
struct str textpool_get(const struct textpool *pool, struct text text);

#endif
