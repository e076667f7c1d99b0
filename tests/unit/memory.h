/* memory.h: lets the n-th allocation of a thread fail, to see that all of them may.
 *
 *     for (uint32_t n = 0; memory_fails_at(n); n++) {
 *         ... runs with all allocations from the n-th on failing; memory_recovers() ends that ...
 *     }
 *
 * The loop ends after a run in which nothing had to fail. The build puts the functions here between
 * our code and the library's (ld --wrap) in each test that includes this file. */
#ifndef PARLEY_TESTS_UNIT_MEMORY_H
#define PARLEY_TESTS_UNIT_MEMORY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* Of each thread. */
static _Thread_local uint32_t memory_left = UINT32_MAX; /* that still succeed; UINT32_MAX: all */
static _Thread_local bool memory_failed = true;         /* one was refused since memory_fails_at */

static _Thread_local bool memory_fails_once; /* and then no more */

static inline bool memory_fails_at(uint32_t n)
{
    bool again = memory_failed || n == 0;
    memory_left = again ? n : UINT32_MAX;
    memory_failed = false;
    return again;
}

static inline void memory_recovers(void)
{
    memory_left = UINT32_MAX;
    memory_fails_once = false;
}

static inline bool memory_refused(void)
{
    if (memory_left == UINT32_MAX) {
        return false;
    }
    if (memory_left == 0) {
        memory_failed = true;
        if (memory_fails_once)
            memory_recovers();
        return true;
    }
    memory_left--;
    return false;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size)
{
    return memory_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (memory_refused()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(address, len, protection, flags, fd, offset);
}

#endif
