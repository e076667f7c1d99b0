#include "base/check.h"
#include "media/srtp.h"

bool srtp_estimate(const struct srtp_window *window, uint16_t sequence, uint64_t *index)
{
    *index = sequence;
    if (!window->started)
        return true;
    uint64_t counter = window->newest >> 16;
    uint16_t newest = (uint16_t)window->newest;
    if (newest < 0x8000) {
        if (sequence - newest > 0x8000) {
            if (counter == 0)
                return false;
            counter--;
        }
    } else if (newest - 0x8000 > sequence) {
        counter++;
    }
    *index = counter << 16 | sequence;
    return *index < SRTP_INDEX_END;
}

enum srtp_verdict srtp_window_look(const struct srtp_window *window, uint64_t index)
{
    if (!window->started || index > window->newest)
        return SRTP_FRESH;
    uint64_t age = window->newest - index;
    if (age >= SRTP_WINDOW_PACKETS)
        return SRTP_LATE;
    return (window->seen[age / 64] >> age % 64 & 1) != 0 ? SRTP_REPLAYED : SRTP_FRESH;
}

/* Makes room for `distance` newer indices. */
static void shift(struct srtp_window *window, uint64_t distance)
{
    if (distance >= SRTP_WINDOW_PACKETS) {
        window->seen[0] = window->seen[1] = 0;
    } else if (distance >= 64) {
        window->seen[1] = window->seen[0] << (distance - 64);
        window->seen[0] = 0;
    } else if (distance > 0) {
        window->seen[1] = window->seen[1] << distance | window->seen[0] >> (64 - distance);
        window->seen[0] <<= distance;
    }
}

void srtp_window_mark(struct srtp_window *window, uint64_t index)
{
    CHECK(srtp_window_look(window, index) == SRTP_FRESH);
    if (!window->started || index > window->newest) {
        shift(window, index - window->newest);
        window->newest = index;
        window->started = true;
    }
    uint64_t age = window->newest - index;
    window->seen[age / 64] |= UINT64_C(1) << age % 64;
}
