#include "store/thread.h"

#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/check.h"
#include "base/log.h"

/* Those that are left alone: what they use is in use until the process ends, and no leak. */
static _Atomic(struct thread *) left_alone;

static struct timespec moment_of(uint64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000)};
}

static void *run(void *context)
{
    struct thread *thread = context;
    thread->run(thread->context);
    pthread_mutex_lock(&thread->mutex);
    thread->ended = true;
    pthread_cond_signal(&thread->changed);
    pthread_mutex_unlock(&thread->mutex);
    return NULL;
}

bool thread_start(struct thread *thread, const char *name, void (*function)(void *context),
                  void *context)
{
    *thread = (struct thread){.run = function, .context = context};
    CHECK(pthread_mutex_init(&thread->mutex, NULL) == 0);
    thread_cond_init(&thread->changed);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread->id, NULL, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    thread->running = error == 0;
    if (!thread->running) {
        log_error("a thread cannot be started", log_string("thread", name),
                  log_system_error(error));
        return false;
    }
    pthread_setname_np(thread->id, name);
    return true;
}

bool thread_join(struct thread *thread, uint64_t deadline_ms)
{
    if (!thread->running)
        return true;
    thread->running = false;
    pthread_mutex_lock(&thread->mutex);
    while (!thread->ended && thread_now_ms() < deadline_ms)
        thread_cond_wait(&thread->changed, &thread->mutex, deadline_ms);
    bool ended = thread->ended;
    pthread_mutex_unlock(&thread->mutex);
    if (!ended) {
        pthread_detach(thread->id);
        thread->next = atomic_exchange(&left_alone, thread);
        return false;
    }
    pthread_join(thread->id, NULL);
    pthread_cond_destroy(&thread->changed);
    pthread_mutex_destroy(&thread->mutex);
    return true;
}

uint64_t thread_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void thread_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    CHECK(pthread_condattr_init(&attributes) == 0);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(condition, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void thread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ms)
{
    if (until_ms == UINT64_MAX) {
        pthread_cond_wait(condition, mutex);
    } else {
        struct timespec until = moment_of(until_ms);
        pthread_cond_timedwait(condition, mutex, &until);
    }
}
