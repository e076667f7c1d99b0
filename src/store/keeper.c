/* The journal's thread: takes letters, keeps what they bring, answers, ships. */
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "store/store_state.h"

enum {
    GATHER_MS = 5,                /* between two looks into the mailbox, when there is much to do */
    CHUNK_ORDERS_MAX = 1000,      /* about, in one transaction */
    WAITING_BYTES_MAX = 32 << 20, /* then letters stay in the mailbox, which fills */
    RETRY_MS = 250,               /* after the disk failed */
    ANSWERING_MS = 10,            /* at a time, so that what is to be kept does not wait for long */
    UNREADABLE_MS = 60 * 1000,    /* after it failed in a way that time hardly heals */
    SHIP_GATHER_MS = 50,          /* between two batches that are not full */
    UNCONFIRMED_MS = 3000,        /* a disk that has not confirmed for so long is told of */
    ASIDE_MS = 3600 * 1000,       /* until what MongoDB refuses is tried again, and at the start */
    ENDING_MS = 500,              /* for what is on its way to MongoDB when nothing more is sent */
    IDLE_MS = 1000
};

static uint64_t wall_ns(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void append(struct letters *letters, struct letter *letter)
{
    letter->next = NULL;
    *letters->end = letter;
    letters->end = &letter->next;
    letters->bytes += letter->bytes;
}

static struct store_letter *take_first(struct letters *letters)
{
    struct letter *first = letters->first;
    letters->first = first->next;
    if (letters->first == NULL)
        letters->end = &letters->first;
    letters->bytes -= first->bytes;
    return (struct store_letter *)(void *)first;
}

static struct str bytes_of(const struct store_letter *letter)
{
    return (struct str){letter->bytes, letter->len};
}

/* Whether anything is to be kept: letters that wait for the disk, or that are not taken yet. */
static bool has_letters(const struct store *store)
{
    return store->waiting.first != NULL || mailbox_letters(store->mailbox) > 0;
}

static bool is_away(const struct store *store)
{
    return store_fact(store, JOURNAL_AWAY) != 0;
}

/* Letters come. */

/* A recall becomes a question; without memory it is not answered, and the asker gives up. */
static void ask_recall(struct store *store, const struct store_letter *orders,
                       const struct store_order *recall)
{
    struct store_letter *question = malloc(sizeof *question + recall->room_id.len);
    if (question == NULL)
        return;
    *question = (struct store_letter){.letter = {.kind = STORE_RECALLED},
                                      .worker = orders->worker,
                                      .binding = orders->binding,
                                      .ticket = recall->ticket,
                                      .number = UINT32_MAX,
                                      .len = recall->room_id.len};
    memcpy(question->bytes, recall->room_id.base, recall->room_id.len);
    append(&store->asked, &question->letter);
}

/* What is not for the disk. */
static void look_into(struct store *store, const struct store_letter *letter)
{
    struct str packed = bytes_of(letter);
    struct store_order order;
    while (store_order_unpack(&packed, &order)) {
        if (order.kind == STORE_RECALL)
            ask_recall(store, letter, &order);
        else if (order.kind != STORE_ENTRY && store->redis != NULL)
            (void)redis_take(store->redis, &order); /* which says what it cannot take */
    }
}

static void receive(struct store *store, struct letter *letter)
{
    switch (letter->kind) {
    case STORE_ASK_ROOMS:
    case STORE_ASK_HISTORY:
    case SHIP_FOUND:
        append(&store->asked, letter);
        break;
    case STORE_ORDERS:
        look_into(store, (const struct store_letter *)(const void *)letter);
        append(&store->waiting, letter);
        break;
    default: /* SHIP_SHIPPED, SHIP_REFUSED, SHIP_NOTE, SHIP_FORGET */
        append(&store->waiting, letter);
    }
}

static void receive_all(struct store *store, struct mailbox *mailbox)
{
    struct letter *letter = mailbox_take(mailbox);
    while (letter != NULL) {
        struct letter *next = letter->next;
        receive(store, letter);
        letter = next;
    }
}

static void take_letters(struct store *store)
{
    store->taken_ms = thread_now_ms();
    if (store->waiting.bytes < WAITING_BYTES_MAX) {
        uint64_t posted_ms = atomic_exchange(&store->facts[POSTED_MS], 0);
        receive_all(store, store->mailbox);
        if (store->waiting.first != NULL && store_fact(store, WAITING_MS) == 0)
            store_tell(store, WAITING_MS, posted_ms != 0 ? posted_ms : store->taken_ms);
    }
    receive_all(store, store->desk);
}

/* What waits is kept. */

/* What a transaction has done, told when it is committed. */
struct tally {
    uint32_t orders, entries, dropped, shipped;
};

static bool apply_order(struct store *store, const struct store_order *order, struct tally *tally)
{
    enum journal_result result = journal_apply(store->journal, order);
    tally->orders++;
    if (order->kind == STORE_ENTRY) {
        tally->entries += result == JOURNAL_OK;
        tally->dropped += result == JOURNAL_FULL;
    }
    return result != JOURNAL_FAILED;
}

static bool apply_orders(struct store *store, const struct store_letter *letter,
                         struct tally *tally)
{
    struct str packed = bytes_of(letter);
    struct store_order order;
    while (store_order_unpack(&packed, &order)) {
        bool is_cache_key = order.kind == STORE_STATE || order.kind == STORE_GONE;
        if (is_cache_key && letter->letter.kind == STORE_ORDERS)
            tally->orders++; /* Redis has it */
        else if (!apply_order(store, &order, tally))
            return false;
    }
    return true;
}

static bool apply_shipped(struct store *store, const struct store_letter *letter,
                          struct tally *tally)
{
    struct str packed = bytes_of(letter);
    struct store_order order;
    while (store_order_unpack(&packed, &order)) {
        tally->shipped += order.kind == STORE_ENTRY;
        if (!journal_mark(store->journal, &order))
            return false;
    }
    return true;
}

static bool apply_refused(struct store *store, const struct store_letter *letter)
{
    struct str packed = bytes_of(letter);
    struct store_order order;
    while (store_order_unpack(&packed, &order))
        if (!journal_set_aside(store->journal, &order))
            return false;
    return true;
}

static bool apply(struct store *store, const struct store_letter *letter, struct tally *tally)
{
    switch (letter->letter.kind) {
    case SHIP_SHIPPED:
        return apply_shipped(store, letter, tally);
    case SHIP_REFUSED:
        return apply_refused(store, letter);
    default:
        return apply_orders(store, letter, tally);
    }
}

/* Of a letter that is in the journal. */
static void finish(struct store *store, struct store_letter *letter)
{
    if (letter->letter.kind == SHIP_NOTE) {
        letter->letter.kind = SHIP_NOTED;
        redis_noted(store->redis, letter);
        return;
    }
    if (letter->letter.kind == SHIP_SHIPPED)
        store->shipping = false;
    free(letter);
}

static void tell_tally(struct store *store, const struct tally *tally)
{
    store_count(store, ORDERS_DONE, tally->orders);
    store_count(store, ENTRIES_TOTAL, tally->entries);
    store_count(store, SHIPPED_TOTAL, tally->shipped);
    store_count(store, DROPPED_TOTAL, tally->dropped);
    store_count(store, COMMITS_TOTAL, 1);
    if (tally->dropped > 0 && !store->dropping)
        log_warn("messages find no room in the journal, and are not kept",
                 log_number("bytes", (int64_t)journal_facts(store->journal).file_bytes));
    store->dropping = tally->dropped > 0 || (store->dropping && journal_is_full(store->journal));
}

/* The first letters that wait, in one transaction; false when the disk fails. */
static bool keep_chunk(struct store *store)
{
    struct tally tally = {0};
    uint32_t letters = 0;
    if (!journal_begin(store->journal))
        return false;
    for (const struct letter *next = store->waiting.first;
         next != NULL && tally.orders < CHUNK_ORDERS_MAX; next = next->next, letters++)
        if (!apply(store, (const struct store_letter *)(const void *)next, &tally))
            return false;
    if (!journal_commit(store->journal))
        return false;
    for (; letters > 0; letters--)
        finish(store, take_first(&store->waiting));
    tell_tally(store, &tally);
    return true;
}

/* Whoever was in a room when a former life ended is no longer: neither here nor in the cache. */
static bool settle_rooms(struct store *store, uint32_t *left)
{
    struct journal_list *list = questions_list(&store->questions);
    bool done = journal_begin(store->journal) &&
                journal_read_crowded(store->journal, QUESTIONS_LIST_MAX, list);
    for (uint32_t i = 0; done && i < list->count; i++) {
        list->orders[i].players = 0;
        done = journal_apply(store->journal, &list->orders[i]) != JOURNAL_FAILED;
        if (store->redis != NULL)
            (void)redis_take(store->redis, &list->orders[i]);
    }
    *left = list->count;
    return done && journal_commit(store->journal);
}

static bool settle_keys(struct store *store, uint64_t skip, uint32_t *left)
{
    struct journal_list *list = questions_list(&store->questions);
    if (!journal_read_noted(store->journal, skip, QUESTIONS_LIST_MAX, list))
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        (void)redis_take(store->redis, &list->orders[i]);
    *left = list->count;
    return true;
}

static bool settle(struct store *store)
{
    uint32_t left = 1;
    uint64_t keys = 0;
    while (left > 0)
        if (!settle_rooms(store, &left))
            return false;
    for (left = store->redis != NULL; left > 0; keys += left)
        if (!settle_keys(store, keys, &left))
            return false;
    store->settled = true;
    return true;
}

static void on_failure(struct store *store)
{
    if (!is_away(store))
        log_error("the journal cannot be written; messages wait in memory",
                  log_string("error", journal_error(store->journal)));
    journal_rollback(store->journal);
    store_tell(store, JOURNAL_AWAY, 1);
    store->retry_ms = thread_now_ms() + RETRY_MS;
}

static void on_success(struct store *store)
{
    if (is_away(store))
        log_info("the journal is written again");
    store_tell(store, JOURNAL_AWAY, 0);
    bool full = journal_is_full(store->journal), was_full = store_fact(store, JOURNAL_IS_FULL) != 0;
    if (full && !was_full)
        log_warn("the journal is full, and nothing in it is in MongoDB yet: no new rooms",
                 log_number("bytes", (int64_t)journal_facts(store->journal).file_bytes));
    if (!full && was_full)
        log_info("the journal has room again");
    store_tell(store, JOURNAL_IS_FULL, full);
}

static bool keep_some(struct store *store)
{
    return store->settled ? keep_chunk(store) : settle(store);
}

static void keep(struct store *store)
{
    if (is_away(store) && thread_now_ms() < store->retry_ms)
        return;
    while (is_away(store) || !store->settled || store->waiting.first != NULL) {
        if (!journal_tend(store->journal))
            return;
        if (!keep_some(store) && !(journal_make_room(store->journal) && keep_some(store))) {
            on_failure(store);
            return;
        }
        on_success(store);
    }
    store_tell(store, WAITING_MS, 0);
}

/* What is asked is answered. */

static uint64_t answer(struct store *store)
{
    const struct questions_now now = {
        .now_ms = thread_now_ms(),
        .wall_ns = wall_ns(),
        .waiting = store->waiting.first,
        .refuse = is_away(store) || store_fact(store, JOURNAL_IS_FULL) != 0,
    };
    while (store->asked.first != NULL && thread_now_ms() - now.now_ms < ANSWERING_MS) {
        struct store_letter *letter = take_first(&store->asked);
        if (letter->letter.kind == SHIP_FOUND)
            questions_found(&store->questions, letter, &now);
        else
            questions_ask(&store->questions, letter, &now);
    }
    uint64_t next_ms = questions_tick(&store->questions, &now);
    return store->asked.first != NULL ? now.now_ms : next_ms;
}

/* What is kept goes to MongoDB. */

static uint64_t first_moment(const struct journal_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->orders[i].kind == STORE_ENTRY)
            return list->orders[i].at_ns;
    return 0;
}

/* What is set aside, when its time has come, otherwise what was not shipped yet; of those so many
 * may be refused. */
static bool read_batch(struct store *store, uint64_t now_ms, struct journal_list *list,
                       uint64_t *refused_max)
{
    *refused_max = JOURNAL_SET_ASIDE_MAX;
    if (now_ms >= store->aside_ms) {
        if (!journal_read_set_aside(store->journal, store->aside, SHIP_BATCH_ORDERS_MAX, list))
            return false;
        if (list->count > 0) {
            store->aside = list->orders[list->count - 1].ticket;
            return true;
        }
        store->aside = 0;
        store->aside_ms = now_ms + ASIDE_MS;
    }
    if (!journal_read_unshipped(store->journal, SHIP_BATCH_ORDERS_MAX, list))
        return false;
    store_tell(store, SHIPPING_NS, first_moment(list));
    *refused_max -= least(journal_facts(store->journal).set_aside, JOURNAL_SET_ASIDE_MAX);
    return true;
}

/* Returns when there may be more to ship, UINT64_MAX for when something has happened. */
static uint64_t ship(struct store *store)
{
    if (store->mongo == NULL || store->shipping || is_away(store))
        return UINT64_MAX;
    uint64_t now_ms = thread_now_ms();
    if (now_ms < store->ship_ms && !atomic_load(&store->stopping))
        return store->ship_ms;
    struct journal_list *list = questions_list(&store->questions);
    uint64_t refused_max;
    if (!read_batch(store, now_ms, list, &refused_max)) {
        log_error("the journal cannot be read", log_string("error", journal_error(store->journal)));
        return store->ship_ms = now_ms + UNREADABLE_MS;
    }
    if (list->count == 0)
        return UINT64_MAX;
    store->ship_ms = list->count < SHIP_BATCH_ORDERS_MAX ? now_ms + SHIP_GATHER_MS : now_ms;
    struct store_letter *batch =
        ship_letter_new(SHIP_BATCH, refused_max, list->orders, list->count);
    if (batch == NULL || !mongo_post(store->mongo, batch)) {
        free(batch);
        return now_ms + SHIP_GATHER_MS;
    }
    store->shipping = true;
    return UINT64_MAX;
}

/* The thread. */

/* People go on talking in a journal that was deleted or moved: MongoDB still gets it, and somebody
 * may put it back. */
static void look_after_place(struct store *store)
{
    bool displaced = !journal_is_in_place(store->journal);
    if (displaced && !store->displaced)
        log_error("the journal's file is not where it was",
                  log_string("advice", "put it back or restart: what is kept meanwhile ends with "
                                       "this process"));
    if (!displaced && store->displaced)
        log_info("the journal's file is back");
    store->displaced = displaced;
}

/* With --durability fsync. */
static void look_after_disk(struct store *store, const struct journal_facts *facts)
{
    uint64_t since_ms = facts->unconfirmed_ms;
    bool unconfirmed =
        facts->disk_error != 0 || (since_ms != 0 && thread_now_ms() >= since_ms + UNCONFIRMED_MS);
    if (unconfirmed && !store->unconfirmed)
        log_error("the disk does not confirm what was written",
                  facts->disk_error != 0 ? log_system_error(facts->disk_error)
                                         : log_string("error", "it does not answer"),
                  log_string("advice", "what was kept may be lost with the power"));
    if (!unconfirmed && store->unconfirmed)
        log_info("the disk confirms again what is written");
    store->unconfirmed = unconfirmed;
    store_tell(store, JOURNAL_UNCONFIRMED, unconfirmed);
    store_tell(store, UNCONFIRMED_SINCE_MS, since_ms);
}

static void publish(struct store *store)
{
    struct journal_facts facts = journal_facts(store->journal);
    look_after_place(store);
    look_after_disk(store, &facts);
    store_tell(store, ENTRIES_KEPT, facts.entries);
    store_tell(store, ENTRIES_UNSHIPPED, facts.unshipped);
    store_tell(store, ENTRIES_ASIDE, facts.set_aside);
    store_tell(store, JOURNAL_BYTES, facts.file_bytes);
    store_tell(store, JOURNAL_ERRORS, facts.errors);
    store_tell(store, JOURNAL_IS_DAMAGED, facts.damaged || store->displaced);
}

/* Does all that is to be done; returns when to come again though nothing has happened. */
static uint64_t turn(struct store *store)
{
    take_letters(store);
    journal_confirm(store->journal);
    keep(store);
    uint64_t next_ms = answer(store);
    next_ms = least(next_ms, ship(store));
    publish(store);
    if (is_away(store))
        return least(next_ms, store->retry_ms);
    return has_letters(store) ? store->taken_ms : next_ms;
}

static void sleep_until(uint64_t then_ms)
{
    const struct timespec then = {.tv_sec = (time_t)(then_ms / 1000),
                                  .tv_nsec = (long)(then_ms % 1000) * 1000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
}

/* Until something has happened, but not sooner after the last look than it takes to gather. */
static void wait_until(struct store *store, uint64_t then_ms)
{
    uint64_t now_ms = thread_now_ms(), count;
    struct pollfd ready = {.fd = store->wake_fd, .events = POLLIN};
    int timeout_ms = then_ms <= now_ms ? 0 : (int)least(then_ms - now_ms, IDLE_MS);
    if (poll(&ready, 1, timeout_ms) == 1)
        CHECK(read(store->wake_fd, &count, sizeof count) == sizeof count);
    sleep_until(store->taken_ms + GATHER_MS);
}

/* All that was posted is kept, if the disk takes it in time. */
static void drain(struct store *store, uint64_t deadline_ms)
{
    uint64_t next_ms = turn(store);
    while (has_letters(store) && thread_now_ms() < deadline_ms) {
        wait_until(store, least(next_ms, deadline_ms));
        next_ms = turn(store);
    }
}

static bool ships_still(const struct store *store)
{
    return (store->shipping || journal_facts(store->journal).unshipped > 0) &&
           mongo_health(store->mongo) == STORE_HEALTHY;
}

static void end(struct store *store)
{
    uint64_t deadline_ms = atomic_load(&store->stop_ms);
    drain(store, deadline_ms);
    if (store->redis != NULL) {
        redis_stop(store->redis, deadline_ms);
        drain(store, deadline_ms);
    }
    if (store->mongo != NULL) {
        while (ships_still(store) && thread_now_ms() + ENDING_MS < deadline_ms)
            wait_until(store, least(turn(store), deadline_ms - ENDING_MS));
        mongo_stop(store->mongo, deadline_ms);
        drain(store, deadline_ms);
    }
    if (has_letters(store))
        log_error(
            "the journal could not be written until the end; what waited is lost",
            log_number("bytes", (int64_t)(store->waiting.bytes + mailbox_bytes(store->mailbox))));
    while (store_fact(store, UNCONFIRMED_SINCE_MS) != 0 && thread_now_ms() < deadline_ms)
        wait_until(store, least(turn(store), thread_now_ms() + GATHER_MS));
}

void keeper_run(void *context)
{
    struct store *store = context;
    while (!atomic_load(&store->stopping))
        wait_until(store, turn(store));
    end(store);
    journal_close(store->journal); /* which may wait for the disk */
    store->journal = NULL;
}
