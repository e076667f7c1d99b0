/* draw.h: the simulator's random numbers: the same seed draws the same run on
 * every machine. */
#ifndef PARLEY_TESTS_SIM_DRAW_H
#define PARLEY_TESTS_SIM_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
    uint64_t state;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t draw_bits(struct draw *draw)
{
    uint64_t z = draw->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Even enough over [0, bound); bound > 0. */
static inline uint32_t draw_below(struct draw *draw, uint32_t bound)
{
    return (uint32_t)((draw_bits(draw) >> 32) * bound >> 32);
}

static inline bool draw_percent(struct draw *draw, uint32_t percent)
{
    return draw_below(draw, 100) < percent;
}

/* A number below `count`, each as likely as its weight says. */
static inline uint32_t draw_weighted(struct draw *draw, const uint32_t *weights, uint32_t count)
{
    uint32_t sum = 0, i = 0;
    for (uint32_t j = 0; j < count; j++)
        sum += weights[j];
    uint32_t at = draw_below(draw, sum);
    while (at >= weights[i])
        at -= weights[i++];
    return i;
}

#endif
