#include "runtime/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Writers push onto a stack; the reader takes the whole of it at once and turns it around. There is
 * no pop of a single letter, so the stack's classic trap (a head that went and came back) is not
 * there. */
struct mailbox {
    _Atomic(struct letter *) newest;
    atomic_uint count; /* at least the letters inside: raised before a post, lowered after a take */
    uint32_t letters_max;
    void (*wake)(void *context);
    void *context;
};

struct mailbox *mailbox_new(uint32_t letters_max, void (*wake)(void *context), void *context)
{
    struct mailbox *mailbox = malloc(sizeof(*mailbox));
    if (mailbox != NULL) {
        atomic_init(&mailbox->newest, NULL);
        atomic_init(&mailbox->count, 0);
        mailbox->letters_max = letters_max;
        mailbox->wake = wake;
        mailbox->context = context;
    }
    return mailbox;
}

void mailbox_free(struct mailbox *mailbox)
{
    free(mailbox);
}

bool mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
    if (atomic_fetch_add(&mailbox->count, 1) >= mailbox->letters_max) {
        atomic_fetch_sub(&mailbox->count, 1);
        return false;
    }
    struct letter *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    do {
        letter->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, letter,
                                                    memory_order_release, memory_order_relaxed));
    if (newest == NULL) {
        mailbox->wake(mailbox->context);
    }
    return true;
}

struct letter *mailbox_take(struct mailbox *mailbox)
{
    struct letter *letter = atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
    struct letter *oldest = NULL;
    uint32_t count = 0;
    while (letter != NULL) {
        struct letter *older = letter->next;
        letter->next = oldest;
        oldest = letter;
        letter = older;
        count++;
    }
    if (count > 0) {
        atomic_fetch_sub(&mailbox->count, count);
    }
    return oldest;
}
