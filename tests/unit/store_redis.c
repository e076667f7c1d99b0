/* The Redis thread beside a Redis that the test plays: one that is woken whenever there is
 * something to do, and that may outlive the store. */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "game/packing.h"
#include "store/peer.h"
#include "store/redis.h"
#include "store/store.h"
#include "store/thread.h"
#include "tests/unit/store_fixture.h"

enum { WAIT_MS = 20000 };

/* Redis: answers each command with OK, but for a DEL while it holds those back. */
static struct {
    int listener;
    pthread_t thread;
    atomic_bool holds, held, left;
} played;

/* A line's number behind its mark ('*' or '$'); false at the end. */
static bool read_number(FILE *from, unsigned long *number)
{
    char line[32];
    if (fgets(line, sizeof line, from) == NULL)
        return false;
    *number = strtoul(line + 1, NULL, 10);
    return true;
}

/* Reads a command and keeps its name; false at the end. */
static bool read_command(FILE *from, char name[16])
{
    unsigned long parts, len;
    if (!read_number(from, &parts))
        return false;
    for (unsigned long i = 0; i < parts; i++) {
        char text[512];
        CHECK(read_number(from, &len) && len + 2 <= sizeof text);
        CHECK(fread(text, 1, len + 2, from) == len + 2);
        if (i == 0)
            snprintf(name, 16, "%.*s", (int)len, text);
    }
    return true;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void *play(void *nothing)
{
    (void)nothing;
    char name[16];
    int fd = accept(played.listener, NULL, NULL);
    CHECK(fd >= 0);
    FILE *from = fdopen(fd, "r");
    while (read_command(from, name)) {
        while (strcmp(name, "DEL") == 0 && played.holds) {
            played.held = true;
            pause_ms(1);
        }
        CHECK(send(fd, "+OK\r\n", 5, MSG_NOSIGNAL) == 5);
    }
    fclose(from);
    played.left = true;
    return NULL;
}

static void play_redis(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    played.holds = played.held = played.left = false;
    played.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(played.listener, (struct sockaddr *)&address, len) == 0);
    CHECK(listen(played.listener, 1) == 0);
    CHECK(getsockname(played.listener, (struct sockaddr *)&address, &len) == 0);
    snprintf(url, 64, "redis://127.0.0.1:%u", ntohs(address.sin_port));
    CHECK(pthread_create(&played.thread, NULL, play, NULL) == 0);
}

static void end_redis(void)
{
    pthread_join(played.thread, NULL);
    close(played.listener);
}

/* Waits until it is so; false when it never is. */
static bool until(bool (*is_so)(const void *what), const void *what)
{
    for (uint64_t end_ms = thread_now_ms() + WAIT_MS; thread_now_ms() < end_ms; pause_ms(1))
        if (is_so(what))
            return true;
    return false;
}

/* A journal that has noted everything at once. */
static struct redis *redis;

static void note(void *nothing, struct store_letter *letter)
{
    (void)nothing;
    if (letter->letter.kind == SHIP_NOTE)
        redis_noted(redis, letter);
    else
        free(letter);
}

static bool is_reached(const void *nothing)
{
    (void)nothing;
    return redis_health(redis) == STORE_HEALTHY;
}

static bool are_cached(const void *count)
{
    return redis_cached(redis) >= *(const uint64_t *)count;
}

static void leave(const char *room_id)
{
    const struct store_order gone = {
        .kind = STORE_GONE, .room_id = {room_id, strlen(room_id)}, .client_id = STR_INIT("ann")};
    EXPECT(redis_take(redis, &gone));
}

TEST(who_comes_and_goes_at_once_does_not_leave_it_asleep)
{
    enum { ROUNDS = 10 };
    char url[64];
    const struct ship_desk desk = {.post = note};
    play_redis(url);
    redis = redis_open(url, &desk);
    REQUIRE(redis != NULL && redis_start(redis) && until(is_reached, NULL));
    char state[GAME_STATE_BYTES_MAX];
    const struct game_player_state ann = {.name = STR_INIT("Ann"), .color = STR_INIT("#00ff00")};
    const struct store_order come = {.kind = STORE_STATE,
                                     .room_id = STR_INIT("r"),
                                     .client_id = STR_INIT("ann"),
                                     .text = {state, game_state_pack(&ann, state)}};
    uint64_t began_ms = thread_now_ms();
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        pause_ms(2); /* so that the thread sleeps */
        EXPECT(redis_take(redis, &come));
        leave("r"); /* before it can have looked */
        pause_ms(2);
        const struct store_order count = room("r", 0, (uint32_t)i);
        EXPECT(redis_take(redis, &count));
        REQUIRE(until(are_cached, &i));
    }
    /* What nobody wakes it for it finds when it asks Redis whether that is there. */
    EXPECT(thread_now_ms() - began_ms < ROUNDS * PEER_PING_MS / 3);
    redis_stop(redis, thread_now_ms() + WAIT_MS);
    EXPECT(redis_close(redis));
    end_redis();
}

static void no_answer(void *nothing, struct store_letter *letter)
{
    (void)nothing;
    free(letter);
}

static bool is_held(const void *nothing)
{
    (void)nothing;
    return played.held;
}

static bool has_left(const void *nothing)
{
    (void)nothing;
    return played.left;
}

TEST(a_thread_that_does_not_end_in_time_outlives_the_store)
{
    char url[64], folder[PATH_MAX_BYTES];
    folder_make(folder);
    play_redis(url);
    played.holds = true;
    struct store *store = store_open(
        &(struct store_settings){.data_dir = folder, .bytes_max = 1 << 30, .redis_url = url});
    REQUIRE(store != NULL);
    const struct store_link *link = store_link(store);
    REQUIRE(link->start(link->context, no_answer, NULL));
    const struct store_order gone = {
        .kind = STORE_GONE, .room_id = STR_INIT("r"), .client_id = STR_INIT("ann")};
    struct store_letter *letter = malloc(sizeof *letter + store_order_bytes(&gone));
    CHECK(letter != NULL);
    *letter = (struct store_letter){
        .letter = {.kind = STORE_ORDERS}, .number = 1, .len = store_order_bytes(&gone)};
    store_order_pack(&gone, letter->bytes);
    REQUIRE(link->post(link->context, letter) && until(is_held, NULL));
    EXPECT(link->stop(link->context, thread_now_ms() + 50));
    store_close(store);
    played.holds = false; /* what it tells the journal now nobody reads */
    EXPECT(until(has_left, NULL));
    end_redis();
    folder_remove(folder);
}
