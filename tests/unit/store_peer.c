#include "store/peer.h"

#include "base/log.h"
#include "store/inbox.h"
#include "store/thread.h"
#include "tests/unit/test.h"

#include <stdlib.h>

TEST(pauses_grow_from_a_tenth_of_a_second_to_five_and_start_anew_after_a_success)
{
    struct peer peer;
    log_start(LOG_OFF, LOG_TEXT);
    peer_init(&peer, "test");
    EXPECT_EQ_INT(peer_health(&peer), STORE_CONNECTING);
    for (uint32_t round = 0, longest = PEER_RETRY_MIN_MS; round < 10; round++) {
        uint32_t pause = peer_lost(&peer, "x", test_below(100000));
        EXPECT(pause >= longest / 2 && pause <= longest);
        longest = longest * 2 < PEER_RETRY_MAX_MS ? longest * 2 : PEER_RETRY_MAX_MS;
    }
    EXPECT_EQ_INT(peer_health(&peer), STORE_AWAY);
    EXPECT_EQ_INT(peer_errors(&peer), 10);
    peer_reached(&peer);
    EXPECT_EQ_INT(peer_health(&peer), STORE_HEALTHY);
    EXPECT(peer_lost(&peer, "x", 12345) <= PEER_RETRY_MIN_MS);
}

TEST(a_reason_is_cut)
{
    char why[PEER_WHY_BYTES], text[2 * PEER_WHY_BYTES];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    peer_say(why, text);
    EXPECT_EQ_INT(strlen(why), PEER_WHY_BYTES - 1);
}

static struct store_letter *new_letter(uint32_t number)
{
    struct store_letter *letter = calloc(1, sizeof *letter);
    letter->number = number;
    return letter;
}

TEST(an_inbox_is_bounded_and_in_order)
{
    static struct inbox inbox;
    uint64_t posted_ms;
    inbox_init(&inbox, 2);
    EXPECT(!inbox_take(&inbox, 0, &posted_ms));
    EXPECT(inbox_post(&inbox, new_letter(1)));
    EXPECT(inbox_post(&inbox, new_letter(2)));
    struct store_letter *third = new_letter(3);
    EXPECT(!inbox_post(&inbox, third));
    struct store_letter *first = inbox_take(&inbox, UINT64_MAX, &posted_ms);
    EXPECT_EQ_INT(first->number, 1);
    EXPECT(posted_ms > 0 && posted_ms <= thread_now_ms());
    EXPECT(inbox_post(&inbox, third));
    free(first);
    inbox_close(&inbox);
    EXPECT(inbox_rest(&inbox, UINT64_MAX));
    struct store_letter *late = new_letter(4);
    EXPECT(!inbox_post(&inbox, late));
    free(late);
    inbox_clear(&inbox); /* with two inside */
}

static struct inbox between;
static uint32_t taken;

static void take_until_closed(void *context)
{
    (void)context;
    uint64_t posted_ms;
    while (!inbox_rest(&between, 0)) {
        struct store_letter *letter = inbox_take(&between, UINT64_MAX, &posted_ms);
        taken += letter != NULL;
        free(letter);
    }
}

TEST(a_reader_is_woken_by_letters_and_by_the_end)
{
    enum { LETTERS = 2000 };
    struct thread thread;
    inbox_init(&between, 4);
    REQUIRE(thread_start(&thread, "test", take_until_closed, NULL));
    for (uint32_t i = 0; i < LETTERS; i++) {
        struct store_letter *letter = new_letter(i);
        while (!inbox_post(&between, letter))
            continue;
    }
    struct store_letter *last = new_letter(0);
    while (!inbox_post(&between, last))
        continue;
    inbox_close(&between);
    EXPECT(thread_join(&thread, UINT64_MAX));
    inbox_clear(&between);
    EXPECT(taken >= LETTERS - 3);
}

static void wait_for_close(void *context)
{
    EXPECT(inbox_rest(context, UINT64_MAX));
}

TEST(a_thread_that_does_not_end_is_left_alone)
{
    static struct thread thread;
    static struct inbox inbox;
    inbox_init(&inbox, 1);
    REQUIRE(thread_start(&thread, "test", wait_for_close, &inbox));
    EXPECT(!thread_join(&thread, thread_now_ms() + 10));
    inbox_close(&inbox);
    pthread_mutex_lock(&thread.mutex);
    while (!thread.ended)
        thread_cond_wait(&thread.changed, &thread.mutex, UINT64_MAX);
    pthread_mutex_unlock(&thread.mutex);
    EXPECT(thread_join(&thread, 0)); /* nothing runs that is waited for */
}
