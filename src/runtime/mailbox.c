#include "runtime/mailbox.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Writers push onto a stack; the reader takes the whole of it at once and turns it around. There is
 * no pop of a single letter, so the stack's classic trap (a head that went and came back) is not
 * there. */
struct mailbox {
    _Atomic(struct letter *) newest;
    /* At least what is inside: raised before a post, lowered after a take. */
    atomic_uint count;
    atomic_size_t bytes;
    uint32_t letters_max;
    size_t bytes_max;
    void (*wake)(void *context);
    void *context;
};

struct mailbox *mailbox_new(uint32_t letters_max, size_t bytes_max, void (*wake)(void *context),
                            void *context)
{
    struct mailbox *mailbox = malloc(sizeof *mailbox);
    if (mailbox != NULL) {
        atomic_init(&mailbox->newest, NULL);
        atomic_init(&mailbox->count, 0);
        atomic_init(&mailbox->bytes, 0);
        mailbox->letters_max = letters_max;
        mailbox->bytes_max = bytes_max;
        mailbox->wake = wake;
        mailbox->context = context;
    }
    return mailbox;
}

void mailbox_free(struct mailbox *mailbox)
{
    free(mailbox);
}

static void make_room(struct mailbox *mailbox, uint32_t count, size_t bytes)
{
    atomic_fetch_sub(&mailbox->count, count);
    atomic_fetch_sub(&mailbox->bytes, bytes);
}

static bool take_room(struct mailbox *mailbox, uint32_t bytes)
{
    uint32_t count = atomic_fetch_add(&mailbox->count, 1);
    size_t before = atomic_fetch_add(&mailbox->bytes, bytes);
    if (count < mailbox->letters_max && before + bytes <= mailbox->bytes_max)
        return true;
    make_room(mailbox, 1, bytes);
    return false;
}

bool mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
    if (!take_room(mailbox, letter->bytes))
        return false;
    struct letter *newest = atomic_load_explicit(&mailbox->newest, memory_order_relaxed);
    do {
        letter->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&mailbox->newest, &newest, letter,
                                                    memory_order_release, memory_order_relaxed));
    if (newest == NULL)
        mailbox->wake(mailbox->context);
    return true;
}

struct letter *mailbox_take(struct mailbox *mailbox)
{
    struct letter *letter = atomic_exchange_explicit(&mailbox->newest, NULL, memory_order_acquire);
    struct letter *oldest = NULL;
    uint32_t count = 0;
    size_t bytes = 0;
    while (letter != NULL) {
        struct letter *older = letter->next;
        letter->next = oldest;
        oldest = letter;
        letter = older;
        count++;
        bytes += oldest->bytes;
    }
    if (count > 0)
        make_room(mailbox, count, bytes);
    return oldest;
}

uint32_t mailbox_letters(const struct mailbox *mailbox)
{
    return atomic_load_explicit(&mailbox->count, memory_order_relaxed);
}

size_t mailbox_bytes(const struct mailbox *mailbox)
{
    return atomic_load_explicit(&mailbox->bytes, memory_order_relaxed);
}
