/* letters.h: what workers send each other: connections that move, and mail between the instances of
 * a service; and what comes from the store. */
#ifndef PARLEY_NET_LETTERS_H
#define PARLEY_NET_LETTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct worker;

enum letter_kind {
    LETTER_MOVE,     /* struct move, in move.c */
    LETTER_MAIL,     /* struct mail, in letters.c */
    LETTER_RECALLED, /* struct store_letter: the store's answer to a service, */
    LETTER_ANSWER,   /* and to a request */
    LETTER_ERRAND    /* struct errand: a question of those who run the server */
};

/* Posts a copy of the bytes; false when memory or the mailbox is exhausted. */
bool letters_mail(struct worker *from, uint32_t to, uint32_t binding, struct str bytes);
/* Takes in all that wait in the worker's mailbox. */
void letters_take(struct worker *worker);
/* Drops what is left in the mailbox, when no thread runs any more. */
void letters_drop(struct worker *worker);

#endif
