/* The store as its users see it, by letters: several writers, questions, a disk that is full. */
#include "tests/unit/test.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "store/journal.h"
#include "store/questions.h"
#include "store/store.h"
#include "store/thread.h"
#include "tests/unit/store_fixture.h"

enum { ANSWERS_MAX = 64, WAIT_MS = 20000 };

static char folder[PATH_MAX_BYTES];
static struct store *store;
static const struct store_link *store_end;
/* The answers, in the order in which they came. */
static struct store_letter *answers[ANSWERS_MAX];
static _Atomic uint32_t answers_count;

static void take(void *context, struct store_letter *letter)
{
    (void)context;
    CHECK(answers_count < ANSWERS_MAX);
    answers[answers_count] = letter;
    answers_count++;
}

static void open_again(void)
{
    store = store_open(&(struct store_settings){.data_dir = folder, .bytes_max = 1 << 30});
    CHECK(store != NULL);
    store_end = store_link(store);
    CHECK(store_end->start(store_end->context, take, NULL));
}

static void open_new(void)
{
    folder_make(folder);
    open_again();
}

static void end(void)
{
    EXPECT(store_end->stop(store_end->context, thread_now_ms() + WAIT_MS));
    store_close(store);
    for (; answers_count > 0; answers_count--)
        free(answers[answers_count - 1]);
}

/* Waits until it is so; false when it never is. */
static bool until(bool (*is_so)(const void *what), const void *what)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (uint64_t end_ms = thread_now_ms() + WAIT_MS; thread_now_ms() < end_ms;) {
        if (is_so(what))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static bool are_answered(const void *count)
{
    return answers_count >= *(const uint32_t *)count;
}

static struct store_status status(void)
{
    struct store_status status;
    store_end->status(store_end->context, &status);
    return status;
}

static bool is_idle(const void *nothing)
{
    (void)nothing;
    return status().orders_waiting == 0;
}

static bool is_away(const void *nothing)
{
    (void)nothing;
    return status().parts[STORE_PART_JOURNAL] == STORE_AWAY;
}

static bool is_idle_or_away(const void *nothing)
{
    return is_idle(nothing) || is_away(nothing);
}

static bool are_kept(const void *count)
{
    return status().entries_kept == *(const uint64_t *)count;
}

/* A letter with these orders and so much room beside them, posted when there is place for it. */
static void post_with_room(uint32_t worker, const struct store_order *orders, uint32_t count,
                           size_t room)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += store_order_bytes(&orders[i]);
    struct store_letter *letter = malloc(sizeof *letter + len);
    CHECK(letter != NULL);
    *letter = (struct store_letter){
        .letter = {.kind = STORE_ORDERS, .bytes = (uint32_t)(sizeof *letter + len + room)},
        .worker = worker,
        .binding = 2,
        .number = count,
        .len = len};
    char *out = letter->bytes;
    for (uint32_t i = 0; i < count; i++) {
        store_order_pack(&orders[i], out);
        out += store_order_bytes(&orders[i]);
    }
    while (!store_end->post(store_end->context, letter))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void post(uint32_t worker, const struct store_order *orders, uint32_t count)
{
    post_with_room(worker, orders, count, 0);
}

static void ask(enum store_letter_kind kind, const char *room_id, uint64_t ticket)
{
    size_t len = strlen(room_id);
    struct store_letter *letter = malloc(sizeof *letter + len);
    CHECK(letter != NULL);
    *letter =
        (struct store_letter){.letter = {.kind = kind, .bytes = (uint32_t)(sizeof *letter + len)},
                              .ticket = ticket,
                              .number = 100,
                              .len = len};
    memcpy(letter->bytes, room_id, len);
    CHECK(store_end->post(store_end->context, letter));
}

static void recall(const char *room_id, uint64_t ticket)
{
    const struct store_order order = {
        .kind = STORE_RECALL, .room_id = {room_id, strlen(room_id)}, .ticket = ticket};
    post(1, &order, 1);
}

/* The answer that is the `count`-th. */
static const struct store_letter *answered(uint32_t count)
{
    CHECK(until(are_answered, &count));
    return answers[count - 1];
}

static bool has(const struct store_letter *letter, const char *text)
{
    return memmem(letter->bytes, letter->len, text, strlen(text)) != NULL;
}

TEST(what_was_posted_before_is_answered_with)
{
    open_new();
    struct said said[3];
    const struct store_order orders[] = {room("r", 1700000000000000000, 1), entry(&said[0], "r", 1),
                                         entry(&said[1], "r", 2), entry(&said[2], "other", 3)};
    post(0, orders, 4);
    recall("r", 7);
    const struct store_letter *recalled = answered(1);
    EXPECT_EQ_INT(recalled->letter.kind, STORE_RECALLED);
    EXPECT(recalled->ticket == 7 && recalled->worker == 1 && recalled->binding == 2);
    EXPECT(recalled->number == 2 && !recalled->refused);
    ask(STORE_ASK_HISTORY, "r", 8);
    const struct store_letter *history = answered(2);
    EXPECT(history->letter.kind == STORE_ANSWER && history->ticket == 8 && history->number == 200);
    EXPECT(has(history, "message 1") && has(history, "message 2") && !has(history, "message 3"));
    ask(STORE_ASK_ROOMS, "", 9);
    EXPECT(answered(3)->number == 200);
    recall("nothing", 10);
    EXPECT(answered(4)->number == 0 && !answers[3]->refused);

    REQUIRE(until(is_idle, NULL));
    struct store_status now = status();
    EXPECT_EQ_INT(now.parts[STORE_PART_JOURNAL], STORE_HEALTHY);
    EXPECT_EQ_INT(now.parts[STORE_PART_MONGODB], STORE_DISABLED);
    EXPECT_EQ_INT(now.parts[STORE_PART_REDIS], STORE_DISABLED);
    EXPECT(!now.full && now.entries_kept == 3 && now.entries_total == 3 && now.lag_ms == 0);
    EXPECT(now.commits_total > 0 && now.journal_bytes > 0 && now.dropped_total == 0);
    end();
    folder_remove(folder);
}

enum { WRITERS = 4, LETTERS = 3000, LETTER_ORDERS = 3 };

static void *write_many(void *context)
{
    uint32_t worker = *(uint32_t *)context;
    char name[16];
    snprintf(name, sizeof name, "room %u", worker);
    for (uint32_t i = 0; i < LETTERS; i++) {
        struct said said[LETTER_ORDERS];
        struct store_order orders[LETTER_ORDERS];
        for (uint32_t j = 0; j < LETTER_ORDERS; j++)
            orders[j] = entry(&said[j], name, worker << 24 | (i * LETTER_ORDERS + j));
        post(worker, orders, LETTER_ORDERS);
    }
    return NULL;
}

TEST(many_writers_and_a_stop_at_once)
{
    open_new();
    pthread_t threads[WRITERS];
    uint32_t workers[WRITERS];
    for (uint32_t i = 0; i < WRITERS; i++) {
        workers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, write_many, &workers[i]) == 0);
    }
    for (uint32_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    end();

    struct journal *journal = journal_open(
        &(struct journal_settings){.data_dir = folder, .shipped = true, .bytes_max = 1 << 30});
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(journal_facts(journal).entries, WRITERS * LETTERS * LETTER_ORDERS);
    static struct store_order found[LETTERS];
    struct arena arena;
    REQUIRE(arena_init(&arena, 64 << 20) == 0);
    uint32_t next[WRITERS] = {0};
    struct journal_list list = {.arena = &arena, .orders = found};
    do {
        arena_reset(&arena, 0);
        REQUIRE(journal_read_unshipped(journal, LETTERS, &list) && journal_begin(journal));
        for (uint32_t i = 0; i < list.count; i++) {
            if (found[i].kind == STORE_ENTRY) {
                uint32_t number = number_of(&found[i]);
                EXPECT_EQ_INT(number & 0xffffff, next[number >> 24]);
                next[number >> 24]++;
            }
            EXPECT(journal_mark(journal, &found[i]));
        }
        REQUIRE(journal_commit(journal));
    } while (list.count > 0);
    journal_close(journal);
    arena_clear(&arena);
    folder_remove(folder);
}

TEST(while_the_disk_is_full_orders_wait_and_are_shown)
{
    open_new();
    struct said said;
    struct store_order order = entry(&said, "r", 0);
    post(0, &order, 1);
    REQUIRE(until(is_idle, NULL));
    files_at_most(64 << 10);
    uint32_t next = 1;
    for (; status().parts[STORE_PART_JOURNAL] != STORE_AWAY && next < 100000; next++) {
        order = entry(&said, "r", next);
        post(0, &order, 1);
        if (next % 100 == 0)
            EXPECT(until(is_idle_or_away, NULL));
    }
    REQUIRE(until(is_away, NULL));
    for (uint32_t last = next + QUESTIONS_LIST_MAX; next <= last; next++) {
        order = entry(&said, "r", next); /* more wait than are looked at for an answer */
        post(0, &order, 1);
    }
    order = entry(&said, "r", next);
    post(0, &order, 1);
    EXPECT(status().full && status().orders_waiting > 0 && status().errors_total[0] > 0);

    char last[32];
    snprintf(last, sizeof last, "\"message %u\"", next);
    ask(STORE_ASK_HISTORY, "r", 1);
    EXPECT(answered(1)->number == 200 && has(answers[0], last));
    recall("r", 2);
    EXPECT(!answered(2)->refused && answers[1]->number == 20);
    recall("a new room", 3);
    EXPECT(answered(3)->refused && answers[2]->number == 0);

    files_at_most(0);
    REQUIRE(until(are_kept, &(uint64_t){next + 1})); /* which is told last */
    EXPECT(is_idle(NULL) && !status().full && status().dropped_total == 0);
    EXPECT(status().lag_ms == 0);
    recall("a new room", 4);
    EXPECT(!answered(4)->refused);
    end();
    open_again();
    REQUIRE(until(is_idle, NULL));
    ask(STORE_ASK_HISTORY, "r", 5);
    EXPECT(has(answered(1), last));
    end();
    folder_remove(folder);
}

TEST(a_stop_keeps_what_the_disk_did_not_take_before)
{
    enum { MANY = 14, LETTER_BYTES = 4 << 20 }; /* more than the journal's thread takes at once */
    open_new();
    struct said said;
    struct store_order order = entry(&said, "r", 0);
    post(0, &order, 1);
    REQUIRE(until(is_idle, NULL));
    files_at_most(1);
    for (uint32_t i = 1; i <= MANY; i++) {
        order = entry(&said, "r", i);
        post_with_room(0, &order, 1, LETTER_BYTES);
    }
    EXPECT(until(is_away, NULL));
    files_at_most(0);
    end();
    open_again();
    EXPECT(until(are_kept, &(uint64_t){MANY + 1}));
    end();
    folder_remove(folder);
}

static void count(void *answered, struct store_letter *letter)
{
    atomic_fetch_add((_Atomic uint32_t *)answered, 1);
    free(letter);
}

TEST(what_is_said_is_kept_while_many_ask)
{
    enum { ROOMS = 1000, ASKED = 2000 }; /* the longest answers */
    static _Atomic uint32_t answered;
    struct timespec now;
    char name[32];
    folder_make(folder);
    store = store_open(&(struct store_settings){.data_dir = folder, .bytes_max = 1 << 30});
    REQUIRE(store != NULL);
    store_end = store_link(store);
    REQUIRE(store_end->start(store_end->context, count, &answered));
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    for (uint32_t i = 0; i < ROOMS; i++) {
        snprintf(name, sizeof name, "room %u", i);
        struct store_order order = room(name, (uint64_t)now.tv_sec * 1000000000, 1);
        post(0, &order, 1);
    }
    REQUIRE(until(is_idle, NULL));
    for (uint32_t i = 0; i < ASKED; i++)
        ask(STORE_ASK_ROOMS, "", i);
    struct said said;
    struct store_order order = entry(&said, "r", 1);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* it has begun to answer */
    post(0, &order, 1);
    REQUIRE(until(are_kept, &(uint64_t){1}));
    EXPECT(answered < ASKED);
    end();
    folder_remove(folder);
}

TEST(full_by_letters_is_an_ordinary_answer)
{
    folder_make(folder);
    store = store_open(&(struct store_settings){.data_dir = folder, .bytes_max = 1 << 30});
    REQUIRE(store != NULL);
    store_end = store_link(store); /* nobody takes anything: it was not started */
    struct said said;
    struct store_order order = entry(&said, "r", 0);
    uint32_t letters = 0;
    bool taken = true;
    for (; taken && letters < 1 << 20; letters++) {
        struct store_letter *letter = malloc(sizeof *letter + store_order_bytes(&order));
        CHECK(letter != NULL);
        *letter = (struct store_letter){.letter = {.kind = STORE_ORDERS, .bytes = 4096},
                                        .number = 1,
                                        .len = store_order_bytes(&order)};
        store_order_pack(&order, letter->bytes);
        taken = store_end->post(store_end->context, letter);
        if (!taken)
            free(letter);
    }
    EXPECT(!taken && letters > 1000);
    EXPECT_EQ_INT(status().orders_waiting, letters - 1);
    store_close(store);
    folder_remove(folder);
}

TEST(what_cannot_be_opened_is_told_and_given_back)
{
    folder_make(folder);
    EXPECT(store_open(&(struct store_settings){.data_dir = "/dev/null", .bytes_max = 1 << 30}) ==
           NULL);
    EXPECT(store_open(&(struct store_settings){
               .data_dir = folder, .bytes_max = 1 << 30, .redis_url = "http://x"}) == NULL);
    EXPECT(store_open(&(struct store_settings){.data_dir = folder,
                                               .bytes_max = 1 << 30,
                                               .mongodb_url = "http://x",
                                               .mongodb_database = "x"}) == NULL);
    folder_remove(folder);
}
