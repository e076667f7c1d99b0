/* idle_service.h: the functions that a service must have, for services of tests that have no use
 * for them: nothing is known of a session, nothing is ever due, nobody moves. */
#ifndef PARLEY_TESTS_IDLE_SERVICE_H
#define PARLEY_TESTS_IDLE_SERVICE_H

#include <stdlib.h>

#include "service.h"

static inline uint32_t idle_facts(const void *state, uint32_t slot)
{
    (void)state, (void)slot;
    return 0;
}

static inline void idle_close(void *state, uint32_t slot, struct turn *turn)
{
    (void)state, (void)slot, (void)turn;
}

static inline void idle_tick(void *state, struct turn *turn)
{
    (void)state, (void)turn;
}

static inline uint64_t idle_next_ms(const void *state)
{
    (void)state;
    return UINT64_MAX;
}

static inline uint32_t idle_rooms(const void *state)
{
    (void)state;
    return 0;
}

/* These end the program: with one worker nobody moves. */
static inline size_t idle_pack(void *state, uint32_t slot, uint8_t *block)
{
    (void)state, (void)slot, (void)block;
    abort();
}

static inline uint32_t idle_unpack(void *state, const struct session_facts *facts,
                                   const uint8_t *block, size_t len)
{
    (void)state, (void)facts, (void)block, (void)len;
    abort();
}

#endif
