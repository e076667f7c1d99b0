#include "base/wheel.h"

#include "tests/unit/test.h"

TEST(due_to_the_millisecond)
{
    struct wheel *wheel = wheel_new(1000);
    REQUIRE(wheel != NULL);
    EXPECT(wheel_next_ms(wheel) == UINT64_MAX);
    struct wheel_timer timer = {0};
    static const uint64_t delays_ms[] = {0, 1, 63, 64, 65, 4095, 4096, 262144, 100000000, 1u << 31};
    uint64_t now_ms = 1000;
    for (size_t i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
        uint64_t due_ms = now_ms + delays_ms[i];
        wheel_set(wheel, &timer, due_ms);
        EXPECT(wheel_is_set(&timer));
        if (delays_ms[i] > 0)
            EXPECT(wheel_due(wheel, due_ms - 1) == NULL);
        EXPECT(wheel_next_ms(wheel) <= due_ms);
        EXPECT(wheel_due(wheel, due_ms) == &timer);
        EXPECT(!wheel_is_set(&timer));
        EXPECT(wheel_due(wheel, due_ms) == NULL);
        now_ms = due_ms;
    }
    wheel_free(wheel);
}

TEST(the_past_is_due_at_once_and_the_end_of_time_never)
{
    struct wheel *wheel = wheel_new(5000);
    REQUIRE(wheel != NULL);
    struct wheel_timer past = {0};
    struct wheel_timer never = {0};
    wheel_set(wheel, &past, 10);
    wheel_set(wheel, &never, UINT64_MAX);
    EXPECT(wheel_due(wheel, 5000) == &past);
    EXPECT(wheel_due(wheel, 5000 + (1ull << 40)) == NULL);
    wheel_clear(wheel, &never);
    EXPECT(wheel_next_ms(wheel) == UINT64_MAX);
    wheel_free(wheel);
}

TEST(waiting_by_next_ms_is_never_late_and_wakes_seldom)
{
    struct wheel *wheel = wheel_new(123456789);
    REQUIRE(wheel != NULL);
    struct wheel_timer timer = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t set_ms = 123456789 + (uint64_t)i * 10000000;
        uint64_t due_ms = set_ms + test_below(5000000);
        REQUIRE(wheel_due(wheel, set_ms) == NULL);
        wheel_set(wheel, &timer, due_ms);
        uint32_t wakes = 0;
        uint64_t now_ms;
        do {
            now_ms = wheel_next_ms(wheel);
            REQUIRE(now_ms <= due_ms && ++wakes <= 8);
        } while (wheel_due(wheel, now_ms) == NULL);
        REQUIRE(now_ms == due_ms);
    }
    wheel_free(wheel);
}

TEST(agrees_with_a_model)
{
    enum { TIMERS = 200, STEPS = 100000 };
    static struct wheel_timer timers[TIMERS];
    static uint64_t due_ms[TIMERS], order[TIMERS]; /* the model; order: when it was set, 0: not */
    uint64_t now_ms = 77;
    uint64_t sets = 0;
    struct wheel *wheel = wheel_new(now_ms);
    REQUIRE(wheel != NULL);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t i = test_below(TIMERS);
        uint32_t what = test_below(10);
        if (what < 5) {
            uint32_t span = 1u << test_below(24);
            due_ms[i] = now_ms + test_below(span);
            order[i] = ++sets;
            wheel_set(wheel, &timers[i], due_ms[i]);
        } else if (what < 7) {
            wheel_clear(wheel, &timers[i]);
            order[i] = 0;
        } else {
            uint32_t span = 1u << test_below(20);
            now_ms += test_below(span);
            for (struct wheel_timer *timer; (timer = wheel_due(wheel, now_ms)) != NULL;) {
                uint32_t first = TIMERS;
                for (uint32_t j = 0; j < TIMERS; j++) {
                    bool earlier = first == TIMERS || due_ms[j] < due_ms[first] ||
                                   (due_ms[j] == due_ms[first] && order[j] < order[first]);
                    if (order[j] != 0 && earlier)
                        first = j;
                }
                REQUIRE(first < TIMERS && timer == &timers[first] && due_ms[first] <= now_ms);
                order[first] = 0;
            }
        }
        uint64_t earliest_ms = UINT64_MAX;
        for (uint32_t j = 0; j < TIMERS; j++) {
            REQUIRE(wheel_is_set(&timers[j]) == (order[j] != 0));
            if (order[j] != 0 && due_ms[j] < earliest_ms)
                earliest_ms = due_ms[j];
        }
        REQUIRE(wheel_next_ms(wheel) <= earliest_ms);
        REQUIRE(earliest_ms == UINT64_MAX || earliest_ms > now_ms || what < 7);
        REQUIRE((wheel_next_ms(wheel) == UINT64_MAX) == (earliest_ms == UINT64_MAX));
    }
    wheel_free(wheel);
}
