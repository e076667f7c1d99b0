/* mailbox.h: the only thing that two workers share for their work: a bounded queue, many writers,
 * one reader.
 *
 * Letters are owned by the mailbox from post to take. Two letters of one writer arrive in order.
 * The reader is woken once per change from empty to filled. */
#ifndef PARLEY_RUNTIME_MAILBOX_H
#define PARLEY_RUNTIME_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct letter {
    struct letter *next; /* the mailbox's */
    uint32_t kind;       /* the users' own */
    uint32_t bytes;      /* of memory that it keeps taken; not changed while it is inside */
};

struct mailbox;

/* `wake` is called by a writer whose letter found the mailbox empty. NULL when memory is
 * short. */
struct mailbox *mailbox_new(uint32_t letters_max, size_t bytes_max, void (*wake)(void *context),
                            void *context);
/* Letters still inside must have been taken before. */
void mailbox_free(struct mailbox *mailbox);
/* False when full, by either bound: the letter is still the caller's. Any thread. */
bool mailbox_post(struct mailbox *mailbox, struct letter *letter)
    __attribute__((warn_unused_result));
/* All letters that wait, oldest first, as a list by `next`; NULL when none. The reader's thread. */
struct letter *mailbox_take(struct mailbox *mailbox);
/* What waits, or a little more; any thread. */
uint32_t mailbox_letters(const struct mailbox *mailbox);
size_t mailbox_bytes(const struct mailbox *mailbox);

#endif
