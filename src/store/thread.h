/* thread.h: threads of the store: starting one, and waiting for its end no longer than until a
 * deadline. */
#ifndef PARLEY_STORE_THREAD_H
#define PARLEY_STORE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Zeroed: none is running. Not moved while one is. */
struct thread {
    pthread_t id;
    bool running;
    void (*run)(void *context);
    void *context;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool ended;
    struct thread *next; /* of those that are left alone */
};

/* All signals are blocked in it. The name has at most 15 bytes. False when the system refuses,
 * which was logged. */
bool thread_start(struct thread *thread, const char *name, void (*run)(void *context),
                  void *context) __attribute__((warn_unused_result));
/* False when it still runs at deadline_ms: it is left alone from then on, and neither `thread` nor
 * what it uses may be freed. True at once when none was started. */
bool thread_join(struct thread *thread, uint64_t deadline_ms) __attribute__((warn_unused_result));

/* CLOCK_MONOTONIC. */
uint64_t thread_now_ms(void);
/* A condition whose waits are by that clock. */
void thread_cond_init(pthread_cond_t *condition);
/* The mutex is held. Returns at until_ms at the latest; UINT64_MAX: never for the time. */
void thread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ms);

#endif
