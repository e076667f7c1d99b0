/* errand.h: a thread that does one thing, which waits for the disk, whenever it is asked to.
 *
 * One other thread starts, asks and stops it. Who asks while it is at work has it done once more.
 */
#ifndef PARLEY_STORE_ERRAND_H
#define PARLEY_STORE_ERRAND_H

#include <semaphore.h>
#include <stdatomic.h>

#include "store/thread.h"

/* Zeroed: never started. Not moved. */
struct errand {
    struct thread thread;
    sem_t wanted;
    atomic_bool asked, working, stopping;
    void (*work)(void *context);
    void *context;
};

/* False when there can be no thread, which was logged. */
bool errand_start(struct errand *errand, const char *name, void (*work)(void *context),
                  void *context) __attribute__((warn_unused_result));
void errand_ask(struct errand *errand);
/* Whether it is at work, or about to be. */
bool errand_is_busy(const struct errand *errand);
/* After what it is at; without effect when it was not started. */
void errand_stop(struct errand *errand);

#endif
