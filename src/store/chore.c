#include "store/chore.h"

#include "base/check.h"

static void run(void *context)
{
    struct chore *chore = context;
    for (;;) {
        while (sem_wait(&chore->wanted) != 0)
            ; /* a signal */
        if (atomic_load(&chore->stopping))
            return;
        atomic_store(&chore->working, true);
        atomic_store(&chore->asked, false);
        chore->work(chore->context);
        atomic_store(&chore->working, false);
    }
}

bool chore_start(struct chore *chore, const char *name, void (*work)(void *context), void *context)
{
    chore->work = work;
    chore->context = context;
    CHECK(sem_init(&chore->wanted, 0, 0) == 0);
    return thread_start(&chore->thread, name, run, chore);
}

void chore_ask(struct chore *chore)
{
    if (!atomic_exchange(&chore->asked, true))
        CHECK(sem_post(&chore->wanted) == 0);
}

bool chore_is_asked(const struct chore *chore)
{
    return atomic_load(&chore->asked);
}

bool chore_is_busy(const struct chore *chore)
{
    return chore_is_asked(chore) || atomic_load(&chore->working);
}

void chore_stop(struct chore *chore)
{
    if (!chore->thread.running)
        return;
    atomic_store(&chore->stopping, true);
    CHECK(sem_post(&chore->wanted) == 0);
    CHECK(thread_join(&chore->thread, UINT64_MAX));
    sem_destroy(&chore->wanted);
}
