/* inbox.h: a bounded queue of letters that its reader waits at.
 *
 * Any thread posts, one takes. */
#ifndef PARLEY_STORE_INBOX_H
#define PARLEY_STORE_INBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/store_link.h"

enum { INBOX_LETTERS_MAX = 256 };

struct inbox {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct inbox_place {
        struct store_letter *letter;
        uint64_t posted_ms;
    } places[INBOX_LETTERS_MAX]; /* a ring */
    uint32_t first, count, letters_max;
    bool closed;
};

void inbox_init(struct inbox *inbox, uint32_t letters_max);
/* Frees the letters inside. */
void inbox_clear(struct inbox *inbox);
/* False when it is full or closed: the letter is still the caller's. */
bool inbox_post(struct inbox *inbox, struct store_letter *letter)
    __attribute__((warn_unused_result));
/* The oldest letter, waited for until until_ms (monotonic) or until the inbox is closed; NULL when
 * there is none. `posted_ms`: since when it has been here. */
struct store_letter *inbox_take(struct inbox *inbox, uint64_t until_ms, uint64_t *posted_ms)
    __attribute__((warn_unused_result));
/* Takes no letter from now on, and ends all waiting. */
void inbox_close(struct inbox *inbox);
/* Waits until until_ms whatever comes, or until the inbox is closed; returns whether it is. */
bool inbox_rest(struct inbox *inbox, uint64_t until_ms);

#endif
