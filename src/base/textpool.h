/* textpool.h: short texts of many lengths that live long, such as names.
 *
 * A text takes the smallest of a few sizes that holds it. Every size has room for `texts_max`
 * texts, so that a pool whose users hold no more than that is never full (to change a text, remove
 * it first); what was never used costs no memory. One thread. */
#ifndef PARLEY_BASE_TEXTPOOL_H
#define PARLEY_BASE_TEXTPOOL_H

#include <stdint.h>

#include "base/str.h"

enum { TEXTPOOL_SIZES = 6, TEXTPOOL_LEN_MAX = 512 };

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
    struct textpool_size sizes[TEXTPOOL_SIZES]; /* 16, 32, 64, 128, 256, 512 bytes */
};

/* -ENOMEM when the address space is short. */
int textpool_init(struct textpool *pool, uint32_t texts_max) __attribute__((warn_unused_result));
void textpool_clear(struct textpool *pool);
/* Copies `from`, at most TEXTPOOL_LEN_MAX bytes. CHECKs that there are not more than texts_max. */
struct text textpool_add(struct textpool *pool, struct str from);
void textpool_remove(struct textpool *pool, struct text text);
/* Valid until the text is removed. */
struct str textpool_get(const struct textpool *pool, struct text text);

#endif
