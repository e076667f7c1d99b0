#include "runtime/mailbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/unit/memory.h"
#include "tests/unit/test.h"

static void count_wake(void *context)
{
    atomic_fetch_add((atomic_uint *)context, 1);
}

TEST(letters_come_in_order_and_wake_once)
{
    atomic_uint wakes = 0;
    struct mailbox *mailbox = mailbox_new(3, 1000, count_wake, &wakes);
    REQUIRE(mailbox != NULL);
    struct letter letters[4] = {{.kind = 0}, {.kind = 1}, {.kind = 2}, {.kind = 3}};
    EXPECT(mailbox_take(mailbox) == NULL);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT(mailbox_post(mailbox, &letters[i]));
    }
    EXPECT(!mailbox_post(mailbox, &letters[3])); /* full */
    EXPECT_EQ_INT(wakes, 1);
    uint32_t count = 0;
    for (struct letter *letter = mailbox_take(mailbox); letter != NULL; letter = letter->next) {
        EXPECT_EQ_INT(letter->kind, count);
        count++;
    }
    EXPECT_EQ_INT(count, 3);
    EXPECT(mailbox_post(mailbox, &letters[3]));
    EXPECT_EQ_INT(wakes, 2);
    EXPECT(mailbox_take(mailbox) == &letters[3]);
    mailbox_free(mailbox);
}

TEST(letters_are_bounded_in_bytes_too)
{
    atomic_uint wakes = 0;
    struct mailbox *mailbox = mailbox_new(10, 100, count_wake, &wakes);
    REQUIRE(mailbox != NULL);
    struct letter letters[] = {{.bytes = 60}, {.bytes = 41}, {.bytes = 40}};
    EXPECT(mailbox_post(mailbox, &letters[0]));
    EXPECT(!mailbox_post(mailbox, &letters[1]));
    EXPECT(mailbox_post(mailbox, &letters[2]));
    EXPECT(mailbox_take(mailbox) == &letters[0] && letters[0].next == &letters[2]);
    EXPECT(mailbox_post(mailbox, &letters[1])); /* what was taken has made room */
    EXPECT(mailbox_take(mailbox) == &letters[1]);
    mailbox_free(mailbox);
}

enum { WRITERS = 4, LETTERS = 20000, ROOM = 64 };

struct numbered {
    struct letter letter; /* kind: the writer */
    uint32_t number;
};

struct post_office {
    struct mailbox *mailbox;
    atomic_uint wakes, writer;
};

static void wake_reader(void *context)
{
    struct post_office *office = context;
    atomic_fetch_add(&office->wakes, 1);
}

static void *write_letters(void *context)
{
    struct post_office *office = context;
    uint32_t writer = atomic_fetch_add(&office->writer, 1);
    for (uint32_t number = 0; number < LETTERS; number++) {
        struct numbered *numbered = malloc(sizeof(*numbered));
        numbered->letter = (struct letter){.kind = writer, .bytes = sizeof(*numbered)};
        numbered->number = number;
        while (!mailbox_post(office->mailbox, &numbered->letter)) {
            sched_yield();
        }
    }
    return NULL;
}

TEST(nothing_is_lost_or_doubled_between_threads)
{
    struct post_office office = {NULL, 0, 0};
    office.mailbox = mailbox_new(ROOM, ROOM * sizeof(struct numbered), wake_reader, &office);
    REQUIRE(office.mailbox != NULL);
    pthread_t threads[WRITERS];
    for (uint32_t i = 0; i < WRITERS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, write_letters, &office) == 0);
    }
    uint32_t next[WRITERS] = {0};
    uint32_t taken = 0;
    uint32_t batches = 0;
    while (taken < WRITERS * LETTERS) {
        struct letter *letter = mailbox_take(office.mailbox);
        batches += letter != NULL;
        while (letter != NULL) {
            struct numbered *numbered = (struct numbered *)letter;
            letter = letter->next;
            REQUIRE(numbered->number == next[numbered->letter.kind]);
            next[numbered->letter.kind]++;
            taken++;
            free(numbered);
        }
        sched_yield();
    }
    for (uint32_t i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    EXPECT_EQ_INT(office.wakes, batches); /* each batch was announced once */
    EXPECT(mailbox_take(office.mailbox) == NULL);
    mailbox_free(office.mailbox);
}

TEST(memory_may_be_short)
{
    REQUIRE(memory_fails_at(0));
    EXPECT(mailbox_new(1, 1, count_wake, NULL) == NULL);
    memory_recovers();
}
