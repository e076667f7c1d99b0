/* chore.h: a thread that does one thing, which waits for the disk, whenever it is asked to.
 *
 * One other thread starts, asks and stops it. Who asks while it is at work has it done once more.
 */
#ifndef PARLEY_STORE_CHORE_H
#define PARLEY_STORE_CHORE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "store/thread.h"

/* Zeroed: never started. Not moved. */
struct chore {
    struct thread thread;
    sem_t wanted;
    atomic_bool asked, working, stopping;
    void (*work)(void *context);
    void *context;
};

/* False when there can be no thread, which was logged. */
bool chore_start(struct chore *chore, const char *name, void (*work)(void *context), void *context)
    __attribute__((warn_unused_result));
void chore_ask(struct chore *chore);
/* Whether it is to be done, or done once more. */
bool chore_is_asked(const struct chore *chore);
/* Whether it is at work, or about to be. */
bool chore_is_busy(const struct chore *chore);
/* After what it is at; without effect when it was not started. */
void chore_stop(struct chore *chore);

#endif
