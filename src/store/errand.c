#include "store/errand.h"

#include "base/check.h"

static void run(void *context)
{
    struct errand *errand = context;
    for (;;) {
        while (sem_wait(&errand->wanted) != 0)
            ; /* a signal */
        if (atomic_load(&errand->stopping))
            return;
        atomic_store(&errand->working, true);
        atomic_store(&errand->asked, false);
        errand->work(errand->context);
        atomic_store(&errand->working, false);
    }
}

bool errand_start(struct errand *errand, const char *name, void (*work)(void *context),
                  void *context)
{
    errand->work = work;
    errand->context = context;
    CHECK(sem_init(&errand->wanted, 0, 0) == 0);
    return thread_start(&errand->thread, name, run, errand);
}

void errand_ask(struct errand *errand)
{
    if (!atomic_exchange(&errand->asked, true))
        CHECK(sem_post(&errand->wanted) == 0);
}

bool errand_is_busy(const struct errand *errand)
{
    return atomic_load(&errand->asked) || atomic_load(&errand->working);
}

void errand_stop(struct errand *errand)
{
    if (!errand->thread.running)
        return;
    atomic_store(&errand->stopping, true);
    CHECK(sem_post(&errand->wanted) == 0);
    CHECK(thread_join(&errand->thread, UINT64_MAX));
    sem_destroy(&errand->wanted);
}
