#include "base/wheel.h"

#include <stdlib.h>

#include "base/check.h"

/* Level 0 has a slot for each of 64 ms, level 1 for each of 64 spans of 64 ms, and so on. A timer
 * stands in the level of the highest bit in which its moment differs from the clock, so:
 *  - on one level, all slots that hold timers lie ahead of the clock's own slot;
 *  - every timer of a level is due before every timer of the next;
 *  - timers that are due in the same millisecond are in the same slot, in the order they were set.
 * When the clock enters a slot of a level above 0, the slot's timers go down to lower levels. */

enum { LEVEL_BITS = 6, SLOTS = 1 << LEVEL_BITS, LEVELS = 8 };

/* 2^48 ms are 8900 years. */
#define WHEEL_END_MS ((uint64_t)1 << (LEVELS * LEVEL_BITS))

struct wheel {
    uint64_t now_ms;
    uint32_t levels;                         /* a bit for each level that holds timers */
    uint64_t filled[LEVELS];                 /* a bit for each slot that does */
    struct wheel_timer slots[LEVELS][SLOTS]; /* heads of rings; their due_ms is not used */
};

struct wheel *wheel_new(uint64_t now_ms)
{
    CHECK(now_ms < WHEEL_END_MS);
    struct wheel *wheel = calloc(1, sizeof *wheel);
    if (wheel == NULL)
        return NULL;
    wheel->now_ms = now_ms;
    for (uint32_t level = 0; level < LEVELS; level++) {
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            struct wheel_timer *head = &wheel->slots[level][slot];
            head->next = head->previous = head;
        }
    }
    return wheel;
}

void wheel_free(struct wheel *wheel)
{
    free(wheel);
}

static void place(struct wheel *wheel, struct wheel_timer *timer)
{
    uint64_t due_ms = timer->due_ms;
    if (due_ms < wheel->now_ms)
        due_ms = wheel->now_ms;
    else if (due_ms >= WHEEL_END_MS)
        due_ms = WHEEL_END_MS - 1;
    uint64_t differing = due_ms ^ wheel->now_ms;
    uint32_t level = differing == 0 ? 0 : (63 - (uint32_t)__builtin_clzll(differing)) / LEVEL_BITS;
    uint32_t slot = (uint32_t)(due_ms >> (level * LEVEL_BITS)) % SLOTS;
    struct wheel_timer *head = &wheel->slots[level][slot];
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
    wheel->filled[level] |= (uint64_t)1 << slot;
    wheel->levels |= 1u << level;
}

void wheel_set(struct wheel *wheel, struct wheel_timer *timer, uint64_t due_ms)
{
    wheel_clear(wheel, timer);
    timer->due_ms = due_ms;
    place(wheel, timer);
}

void wheel_clear(struct wheel *wheel, struct wheel_timer *timer)
{
    if (!wheel_is_set(timer))
        return;
    struct wheel_timer *neighbour = timer->next;
    neighbour->previous = timer->previous;
    timer->previous->next = neighbour;
    timer->next = timer->previous = NULL;
    if (neighbour->next == neighbour) { /* only the head is left */
        size_t index = (size_t)(neighbour - &wheel->slots[0][0]);
        wheel->filled[index / SLOTS] &= ~((uint64_t)1 << index % SLOTS);
        if (wheel->filled[index / SLOTS] == 0)
            wheel->levels &= ~(1u << index / SLOTS);
    }
}

/* The slot that is next in time: false when the wheel is empty. *start_ms: when it begins. */
static bool next_slot(const struct wheel *wheel, uint32_t *level, uint32_t *slot,
                      uint64_t *start_ms)
{
    if (wheel->levels == 0)
        return false;
    *level = (uint32_t)__builtin_ctz(wheel->levels);
    *slot = (uint32_t)__builtin_ctzll(wheel->filled[*level]);
    uint32_t shift = *level * LEVEL_BITS;
    uint64_t begin = wheel->now_ms >> shift & ~(uint64_t)(SLOTS - 1);
    *start_ms = (begin | *slot) << shift;
    return true;
}

struct wheel_timer *wheel_due(struct wheel *wheel, uint64_t now_ms)
{
    uint32_t level;
    uint32_t slot;
    uint64_t start_ms;
    while (next_slot(wheel, &level, &slot, &start_ms) && start_ms <= now_ms) {
        wheel->now_ms = start_ms;
        struct wheel_timer *head = &wheel->slots[level][slot];
        if (level == 0) {
            struct wheel_timer *timer = head->next;
            wheel_clear(wheel, timer);
            return timer;
        }
        while (head->next != head) {
            struct wheel_timer *timer = head->next;
            wheel_clear(wheel, timer);
            place(wheel, timer);
        }
    }
    if (now_ms > wheel->now_ms)
        wheel->now_ms = now_ms;
    return NULL;
}

uint64_t wheel_next_ms(const struct wheel *wheel)
{
    uint32_t level;
    uint32_t slot;
    uint64_t start_ms;
    return next_slot(wheel, &level, &slot, &start_ms) ? start_ms : UINT64_MAX;
}
