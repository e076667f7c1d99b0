/* wheel.h: timers to the millisecond, O(1) to set and to clear, on a clock that is handed in.
 *
 * A hierarchical timing wheel. The owner embeds struct wheel_timer; a timer must be cleared before
 * its memory goes. */
#ifndef PARLEY_BASE_WHEEL_H
#define PARLEY_BASE_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wheel_timer {
    struct wheel_timer *next, *previous; /* NULL when not set */
    uint64_t due_ms;
};

struct wheel; /* about 12 KiB */

struct wheel *wheel_new(uint64_t now_ms); /* NULL when memory is short */
void wheel_free(struct wheel *wheel);
/* Set again moves it. A moment in the past is due at once. */
void wheel_set(struct wheel *wheel, struct wheel_timer *timer, uint64_t due_ms);
void wheel_clear(struct wheel *wheel, struct wheel_timer *timer);
static inline bool wheel_is_set(const struct wheel_timer *timer)
{
    return timer->next != NULL;
}
/* What a timer, as wheel_due returned it, is a member of. */
#define WHEEL_OWNER(timer, type, member)                                                           \
    ((type *)(void *)((uint8_t *)(timer)-offsetof(type, member)))
/* Moves the clock; takes out and returns one timer that is due at now_ms, NULL when none is left.
 * Never early; in order of their due_ms. Call until NULL. */
struct wheel_timer *wheel_due(struct wheel *wheel, uint64_t now_ms);
/* No later than the earliest timer (may be earlier, never by more than a wheel level's span);
 * UINT64_MAX when empty. */
uint64_t wheel_next_ms(const struct wheel *wheel);

#endif
