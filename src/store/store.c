#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "store/store_state.h"

enum {
    /* From the workers: a letter for each of their turns. At 50,000 messages of 300 bytes a second,
     * 32 MiB is what comes in two seconds. */
    LETTERS_MAX = 64 * 1024,
    LETTERS_BYTES_MAX = 32 << 20,
    /* From the store's own threads, which bound what they have on its way. */
    DESK_LETTERS_MAX = 1 << 20,
    DESK_BYTES_MAX = 1 << 30,
    STUCK_MS = 5000, /* a journal that has not taken an order for so long is away */
    CLOSING_MS = 500 /* beyond the deadline, for the journal to be closed */
};

static void wake(struct store *store)
{
    uint64_t one = 1;
    CHECK(write(store->wake_fd, &one, sizeof one) == sizeof one);
}

static void on_filled(void *context)
{
    struct store *store = context;
    store_tell(store, POSTED_MS, thread_now_ms());
    wake(store);
}

static void on_desk_filled(void *context)
{
    wake(context);
}

/* The link. */

static bool post(void *context, struct store_letter *letter)
{
    struct store *store = context;
    uint32_t orders = letter->letter.kind == STORE_ORDERS ? letter->number : 0;
    if (!mailbox_post(store->mailbox, &letter->letter))
        return false;
    store_count(store, ORDERS_POSTED, orders);
    return true;
}

static void post_to_desk(void *context, struct store_letter *letter)
{
    struct store *store = context;
    CHECK(mailbox_post(store->desk, &letter->letter));
}

static void stop_parts(struct store *store)
{
    if (store->mongo != NULL)
        mongo_stop(store->mongo, 0);
    if (store->redis != NULL)
        redis_stop(store->redis, 0);
}

static bool start(void *context, void (*answer)(void *context, struct store_letter *letter),
                  void *answer_context)
{
    struct store *store = context;
    store->questions.answer = answer;
    store->questions.answer_context = answer_context;
    if ((store->mongo == NULL || mongo_start(store->mongo)) &&
        (store->redis == NULL || redis_start(store->redis)) &&
        thread_start(&store->thread, "journal", keeper_run, store))
        return true;
    stop_parts(store);
    return false;
}

static uint64_t greater(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What the disk still owes, when nobody waits for it any longer. */
static void tell_debt(const struct store *store)
{
    uint64_t posted = store_fact(store, ORDERS_POSTED), done = store_fact(store, ORDERS_DONE);
    if (posted > done)
        log_error("the journal's disk did not take all in time; what waited is lost",
                  log_number("orders", (int64_t)(posted - done)));
    else if (store_fact(store, UNCONFIRMED_SINCE_MS) != 0)
        log_error(
            "the journal's disk did not confirm in time what was written",
            log_string("advice", "it is lost only if the machine stops before the disk has it"));
    else
        log_warn("the journal's disk is slow; it was not closed in time",
                 log_string("advice", "nothing is lost: the next start closes it"));
}

static bool stop(void *context, uint64_t deadline_ms)
{
    struct store *store = context;
    uint64_t now_ms = thread_now_ms();
    atomic_store(&store->stop_ms, deadline_ms);
    atomic_store(&store->stopping, true);
    wake(store);
    store->left_behind = !thread_join(&store->thread, greater(deadline_ms, now_ms) + CLOSING_MS);
    if (store->left_behind)
        tell_debt(store);
    return !store->left_behind;
}

static uint64_t age(uint64_t now, uint64_t then)
{
    return then == 0 || then > now ? 0 : now - then;
}

static uint64_t ship_lag_ms(const struct store *store)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return age(now_ns, store_fact(store, SHIPPING_NS)) / 1000000;
}

static void status(const void *context, struct store_status *status)
{
    const struct store *store = context;
    uint64_t now_ms = thread_now_ms(), done = store_fact(store, ORDERS_DONE),
             posted = store_fact(store, ORDERS_POSTED);
    uint64_t lag_ms = greater(age(now_ms, store_fact(store, WAITING_MS)),
                              age(now_ms, store_fact(store, POSTED_MS)));
    bool away = store_fact(store, JOURNAL_AWAY) != 0 || lag_ms >= STUCK_MS;
    *status = (struct store_status){
        .parts = {[STORE_PART_JOURNAL] = away ? STORE_AWAY : STORE_HEALTHY},
        .full = away || store_fact(store, JOURNAL_IS_FULL) != 0,
        .damaged = store_fact(store, JOURNAL_IS_DAMAGED) != 0,
        .unconfirmed = store_fact(store, JOURNAL_UNCONFIRMED) != 0,
        .orders_waiting = posted > done ? posted - done : 0,
        .entries_waiting = store_fact(store, ENTRIES_UNSHIPPED),
        .entries_kept = store_fact(store, ENTRIES_KEPT),
        .entries_aside = store_fact(store, ENTRIES_ASIDE),
        .journal_bytes = store_fact(store, JOURNAL_BYTES),
        .lag_ms = lag_ms,
        .ship_lag_ms = ship_lag_ms(store),
        .entries_total = store_fact(store, ENTRIES_TOTAL),
        .commits_total = store_fact(store, COMMITS_TOTAL),
        .shipped_total = store_fact(store, SHIPPED_TOTAL),
        .errors_total = {[STORE_PART_JOURNAL] = store_fact(store, JOURNAL_ERRORS)},
        .dropped_total = store_fact(store, DROPPED_TOTAL),
    };
    if (store->mongo != NULL) {
        status->parts[STORE_PART_MONGODB] = mongo_health(store->mongo);
        status->errors_total[STORE_PART_MONGODB] = mongo_errors(store->mongo);
    }
    if (store->redis != NULL) {
        status->parts[STORE_PART_REDIS] = redis_health(store->redis);
        status->errors_total[STORE_PART_REDIS] = redis_errors(store->redis);
        status->cached_total = redis_cached(store->redis);
    }
}

const struct store_link *store_link(const struct store *store)
{
    return &store->link;
}

/* Opening and closing. */

static void letters_init(struct letters *letters)
{
    *letters = (struct letters){.end = &letters->first};
}

static bool open_databases(struct store *store, const struct store_settings *settings)
{
    const struct ship_desk *desk = &store->ship_desk;
    if (settings->mongodb_url != NULL) {
        store->mongo = mongo_open(settings->mongodb_url, settings->mongodb_database, desk);
        if (store->mongo == NULL)
            return false;
    }
    if (settings->redis_url != NULL) {
        store->redis = redis_open(settings->redis_url, desk);
        if (store->redis == NULL)
            return false;
    }
    return true;
}

static bool open_parts(struct store *store, const struct store_settings *settings)
{
    if (!open_databases(store, settings))
        return false;
    store->journal = journal_open(&(struct journal_settings){.data_dir = settings->data_dir,
                                                             .fsync = settings->fsync,
                                                             .shipped = store->mongo != NULL,
                                                             .bytes_max = settings->bytes_max});
    return store->journal != NULL;
}

static bool open_memory(struct store *store)
{
    store->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    store->mailbox = mailbox_new(LETTERS_MAX, LETTERS_BYTES_MAX, on_filled, store);
    store->desk = mailbox_new(DESK_LETTERS_MAX, DESK_BYTES_MAX, on_desk_filled, store);
    if (store->wake_fd >= 0 && store->mailbox != NULL && store->desk != NULL &&
        questions_init(&store->questions, store->journal, store->mongo) == 0)
        return true;
    log_error("the store cannot be opened", log_system_error(ENOMEM));
    return false;
}

bool store_has_place(const char *data_dir)
{
    return journal_has_place(data_dir);
}

static struct store *store_new(void)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        log_error("the store cannot be opened", log_system_error(ENOMEM));
        return NULL;
    }
    store->wake_fd = -1;
    store->link = (struct store_link){store, start, post, stop, status};
    store->ship_desk = (struct ship_desk){store, post_to_desk};
    letters_init(&store->waiting);
    letters_init(&store->asked);
    return store;
}

bool store_check(const struct store_settings *settings)
{
    struct store *store = store_new();
    bool right = store != NULL && open_databases(store, settings);
    store_close(store);
    return right;
}

struct store *store_open(const struct store_settings *settings)
{
    struct store *store = store_new();
    if (store == NULL)
        return NULL;
    if (!open_parts(store, settings) || !open_memory(store)) {
        store_close(store);
        return NULL;
    }
    return store;
}

static void free_letters(struct letter *letter)
{
    while (letter != NULL) {
        struct letter *next = letter->next;
        free(letter);
        letter = next;
    }
}

void store_close(struct store *store)
{
    if (store == NULL || store->left_behind)
        return;
    bool mongo_ended = mongo_close(store->mongo), redis_ended = redis_close(store->redis);
    if (store->mailbox != NULL)
        free_letters(mailbox_take(store->mailbox));
    if (store->desk != NULL)
        free_letters(mailbox_take(store->desk));
    free_letters(store->waiting.first);
    free_letters(store->asked.first);
    questions_clear(&store->questions);
    journal_close(store->journal);
    if (!mongo_ended || !redis_ended)
        return; /* the rest is the desk, where that thread may still write */
    mailbox_free(store->mailbox);
    mailbox_free(store->desk);
    if (store->wake_fd >= 0)
        close(store->wake_fd);
    free(store);
}
