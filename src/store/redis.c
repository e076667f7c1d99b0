#include "store/redis.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "store/cache.h"
#include "store/redis_link.h"
#include "store/thread.h"

enum {
    KEYS_MAX = 1 << 18,
    BATCH_MAX = 256,               /* commands on their way at once */
    BATCH_BYTES_MAX = 1024 * 1024, /* of what they hold */
    GATHER_MS = 50 /* from the first thing to do until it is done, for others to come with it */
};

struct redis {
    struct redis_address address;
    struct ship_desk desk;
    struct peer peer; /* told by the thread */
    atomic_ullong cached;
    struct thread thread;

    /* The table is short work for whoever holds the mutex; nobody waits for Redis with it. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct cache *cache;
    bool told_full;
    bool waiting; /* the thread is, for something to do */
    bool stopping;
    uint64_t deadline_ms; /* for what is left then */

    /* The thread's own: */
    redisContext *link; /* or NULL */
    struct arena arena;
    struct cache_task tasks[BATCH_MAX];
    bool done[BATCH_MAX];
    bool left_behind; /* the thread did not end in time, and uses all this until the process ends */
};

/* The thread */

/* With the mutex held: until then, or until we stop. */
static void rest(struct redis *redis, uint64_t until_ms)
{
    while (!redis->stopping && thread_now_ms() < until_ms)
        thread_cond_wait(&redis->changed, &redis->mutex, until_ms);
}

static void lose(struct redis *redis, const char *why)
{
    redisFree(redis->link); /* NULL is fine */
    redis->link = NULL;
    uint64_t now_ms = thread_now_ms();
    uint64_t again_ms = now_ms + peer_lost(&redis->peer, why, now_ms);
    pthread_mutex_lock(&redis->mutex);
    rest(redis, again_ms);
    pthread_mutex_unlock(&redis->mutex);
}

static void connect_link(struct redis *redis)
{
    char why[PEER_WHY_BYTES];
    redis->link = redis_connect(&redis->address, PEER_TIMEOUT_MS, why);
    if (redis->link == NULL) {
        lose(redis, why);
        return;
    }
    pthread_mutex_lock(&redis->mutex);
    cache_renew(redis->cache);
    bool work = cache_has_work(redis->cache);
    pthread_mutex_unlock(&redis->mutex);
    if (!work)
        peer_reached(&redis->peer); /* otherwise, whether it takes that shows it */
}

/* Has the journal note new keys. Without memory for a letter they are not noted: should we be
 * killed, Redis forgets them by itself. */
static void note(struct redis *redis)
{
    struct store_order orders[BATCH_MAX];
    struct store_letter *letter = NULL;
    uint32_t count = 0;
    arena_reset(&redis->arena, 0);
    pthread_mutex_lock(&redis->mutex);
    while (count < BATCH_MAX && cache_note(redis->cache, &redis->arena, &orders[count]))
        count++;
    if (count > 0)
        letter = ship_letter_new(SHIP_NOTE, 0, orders, count);
    for (uint32_t i = 0; i < count && letter == NULL; i++)
        cache_noted(redis->cache, &orders[i]);
    pthread_mutex_unlock(&redis->mutex);
    if (letter != NULL)
        redis->desk.post(redis->desk.context, letter);
}

/* Tells the table what Redis has done, and the journal which keys are no more. */
static void settle(struct redis *redis, uint32_t count)
{
    struct store_order gone[BATCH_MAX];
    uint32_t gone_count = 0, done_count = 0;
    uint64_t now_ms = thread_now_ms();
    pthread_mutex_lock(&redis->mutex);
    for (uint32_t i = 0; i < count; i++) {
        const struct cache_task *task = &redis->tasks[i];
        done_count += redis->done[i];
        if (cache_settle(redis->cache, task, redis->done[i], now_ms))
            gone[gone_count++] = (struct store_order){
                .kind = STORE_GONE, .room_id = task->room_id, .client_id = task->client_id};
    }
    pthread_mutex_unlock(&redis->mutex);
    atomic_fetch_add(&redis->cached, done_count);
    /* Without memory for it, a later life deletes once more. */
    struct store_letter *letter =
        gone_count > 0 ? ship_letter_new(SHIP_FORGET, 0, gone, gone_count) : NULL;
    if (letter != NULL)
        redis->desk.post(redis->desk.context, letter);
}

/* Passes on one batch; returns how many keys. */
static uint32_t send_batch(struct redis *redis)
{
    char why[PEER_WHY_BYTES];
    uint32_t count = 0;
    arena_reset(&redis->arena, 0);
    pthread_mutex_lock(&redis->mutex);
    while (count < BATCH_MAX && cache_send(redis->cache, &redis->arena, &redis->tasks[count]))
        count++;
    pthread_mutex_unlock(&redis->mutex);
    if (count == 0)
        return 0;
    bool all = redis_send(redis->link, redis->tasks, count, redis->done, why);
    settle(redis, count);
    if (all)
        peer_reached(&redis->peer);
    else
        lose(redis, why);
    return count;
}

/* Until there is something to do; asks Redis now and then whether it is there. */
static void wait_for_work(struct redis *redis)
{
    char why[PEER_WHY_BYTES];
    uint64_t ping_ms = thread_now_ms() + PEER_PING_MS;
    pthread_mutex_lock(&redis->mutex);
    bool idle = true;
    while (idle && thread_now_ms() < ping_ms) {
        uint64_t refresh_ms = cache_refresh(redis->cache, thread_now_ms());
        idle = !redis->stopping && !cache_has_work(redis->cache);
        redis->waiting = idle; /* again, if what it was called for is gone */
        if (idle)
            thread_cond_wait(&redis->changed, &redis->mutex,
                             refresh_ms < ping_ms ? refresh_ms : ping_ms);
    }
    redis->waiting = false;
    if (!idle)
        rest(redis, thread_now_ms() + GATHER_MS);
    pthread_mutex_unlock(&redis->mutex);
    if (idle && !redis_ping(redis->link, why))
        lose(redis, why);
}

static bool is_stopping(struct redis *redis)
{
    pthread_mutex_lock(&redis->mutex);
    bool stopping = redis->stopping;
    pthread_mutex_unlock(&redis->mutex);
    return stopping;
}

static void run(void *context)
{
    struct redis *redis = context;
    while (!is_stopping(redis)) {
        if (redis->link == NULL) {
            connect_link(redis);
            continue;
        }
        note(redis);
        if (send_batch(redis) == 0)
            wait_for_work(redis);
    }
    while (redis->link != NULL && thread_now_ms() < redis->deadline_ms && send_batch(redis) > 0)
        continue;
    redisFree(redis->link);
    redis->link = NULL;
}

/* What others call */

struct redis *redis_open(const char *url, const struct ship_desk *desk)
{
    uint8_t hash_key[16];
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL) {
        log_error("memory is short");
        return NULL;
    }
    const char *wrong = redis_address_read(&redis->address, url);
    if (wrong != NULL) {
        log_error("REDIS_URL is not the URL of a Redis", log_string("advice", wrong));
        free(redis);
        return NULL;
    }
    CHECK(getrandom(hash_key, sizeof hash_key, 0) == sizeof hash_key);
    redis->cache = cache_new(KEYS_MAX, hash_key);
    if (redis->cache == NULL || arena_init(&redis->arena, BATCH_BYTES_MAX) != 0) {
        log_error("memory is short");
        cache_free(redis->cache);
        free(redis);
        return NULL;
    }
    redis->desk = *desk;
    peer_init(&redis->peer, "redis");
    atomic_init(&redis->cached, 0);
    CHECK(pthread_mutex_init(&redis->mutex, NULL) == 0);
    thread_cond_init(&redis->changed);
    return redis;
}

bool redis_start(struct redis *redis)
{
    return thread_start(&redis->thread, "redis", run, redis);
}

/* With the mutex held: there is something to do. */
static void call(struct redis *redis)
{
    if (redis->waiting)
        pthread_cond_signal(&redis->changed);
    redis->waiting = false;
}

bool redis_take(struct redis *redis, const struct store_order *order)
{
    pthread_mutex_lock(&redis->mutex);
    bool taken = cache_take(redis->cache, order);
    if (cache_has_work(redis->cache))
        call(redis);
    bool tell = !taken && !redis->told_full;
    redis->told_full = redis->told_full || tell;
    pthread_mutex_unlock(&redis->mutex);
    if (tell)
        log_warn("more players and rooms than the mirror in Redis holds",
                 log_number("keys", KEYS_MAX));
    return taken;
}

void redis_noted(struct redis *redis, struct store_letter *letter)
{
    struct str bytes = {letter->bytes, letter->len};
    struct store_order order;
    pthread_mutex_lock(&redis->mutex);
    while (store_order_unpack(&bytes, &order))
        cache_noted(redis->cache, &order);
    call(redis);
    pthread_mutex_unlock(&redis->mutex);
    free(letter);
}

void redis_stop(struct redis *redis, uint64_t deadline_ms)
{
    pthread_mutex_lock(&redis->mutex);
    redis->stopping = true;
    redis->deadline_ms = deadline_ms;
    pthread_cond_signal(&redis->changed);
    pthread_mutex_unlock(&redis->mutex);
    redis->left_behind = !thread_join(&redis->thread, deadline_ms);
}

bool redis_close(struct redis *redis)
{
    if (redis == NULL || redis->left_behind)
        return redis == NULL;
    cache_free(redis->cache);
    arena_clear(&redis->arena);
    pthread_cond_destroy(&redis->changed);
    pthread_mutex_destroy(&redis->mutex);
    free(redis);
    return true;
}

enum store_health redis_health(const struct redis *redis)
{
    return peer_health(&redis->peer);
}

uint64_t redis_errors(const struct redis *redis)
{
    return peer_errors(&redis->peer);
}

uint64_t redis_cached(const struct redis *redis)
{
    return atomic_load(&redis->cached);
}
