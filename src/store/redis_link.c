#include "store/redis_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "game/packing.h"
#include "generated/game_codec.h"
#include "store/thread.h"

enum { KEY_BYTES = 5 + UINT16_MAX + 8 + UINT16_MAX, ARGUMENTS_MAX = 4 };

static void why_not(const redisContext *link, char why[PEER_WHY_BYTES])
{
    bool late = link->err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT);
    peer_say(why, late ? "it does not answer in time" : link->errstr);
}

/* Whether Redis has done it; takes the reply. `lost` says that there is no reply at all. */
static bool is_done(redisContext *link, redisReply *reply, bool *lost, char why[PEER_WHY_BYTES])
{
    *lost = reply == NULL;
    if (*lost) {
        why_not(link, why);
        return false;
    }
    bool done = reply->type != REDIS_REPLY_ERROR;
    if (!done)
        peer_say(why, reply->str);
    freeReplyObject(reply);
    return done;
}

static bool ask(redisContext *link, int count, const char **arguments, char why[PEER_WHY_BYTES])
{
    bool lost;
    return is_done(link, redisCommandArgv(link, count, arguments, NULL), &lost, why);
}

static bool greet(redisContext *link, const struct redis_address *address, char why[PEER_WHY_BYTES])
{
    char database[8];
    snprintf(database, sizeof database, "%u", address->database);
    const char *auth_user[] = {"AUTH", address->user, address->password};
    const char *auth[] = {"AUTH", address->password};
    const char *select[] = {"SELECT", database};
    if (address->user[0] != 0 && !ask(link, 3, auth_user, why))
        return false;
    if (address->user[0] == 0 && address->password[0] != 0 && !ask(link, 2, auth, why))
        return false;
    if (address->database != 0 && !ask(link, 2, select, why))
        return false;
    return redis_ping(link, why);
}

redisContext *redis_connect(const struct redis_address *address, uint32_t timeout_ms,
                            char why[PEER_WHY_BYTES])
{
    struct timeval timeout = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    redisContext *link = address->host[0] != 0
                             ? redisConnectWithTimeout(address->host, address->port, timeout)
                             : redisConnectUnixWithTimeout(address->path, timeout);
    if (link == NULL) {
        peer_say(why, "memory is short");
        return NULL;
    }
    if (link->err != 0 || redisSetTimeout(link, timeout) != REDIS_OK)
        why_not(link, why);
    else if (greet(link, address, why))
        return link;
    redisFree(link);
    return NULL;
}

bool redis_ping(redisContext *link, char why[PEER_WHY_BYTES])
{
    const char *ping[] = {"PING"};
    return ask(link, 1, ping, why);
}

static size_t put(char *out, size_t at, const char *base, size_t len)
{
    CHECK(at + len <= KEY_BYTES);
    memcpy(out + at, base, len);
    return at + len;
}

static struct str key_of(const struct cache_task *task, char out[KEY_BYTES])
{
    size_t len = put(out, 0, "room:", 5);
    len = put(out, len, task->room_id.base, task->room_id.len);
    if (task->action == CACHE_SET_COUNT) {
        len = put(out, len, ":count", 6);
    } else {
        len = put(out, len, ":player:", 8);
        len = put(out, len, task->client_id.base, task->client_id.len);
    }
    return (struct str){out, len};
}

static struct str value_of(const struct cache_task *task, char out[GAME_PLAYER_STATE_ENCODED_MAX])
{
    if (task->action == CACHE_SET_COUNT) {
        int len = snprintf(out, GAME_PLAYER_STATE_ENCODED_MAX, "%u", task->players);
        return (struct str){out, (size_t)len};
    }
    struct game_player_state state;
    CHECK(game_state_unpack(task->state, &state));
    return (struct str){out, game_encode_player_state(&state, out)};
}

/* Puts the task's command behind those that are to be sent. */
static void append(redisContext *link, const struct cache_task *task)
{
    char key_bytes[KEY_BYTES], value_bytes[GAME_PLAYER_STATE_ENCODED_MAX], seconds[8];
    struct str key = key_of(task, key_bytes);
    if (task->action == CACHE_DELETE) {
        const char *del[] = {"DEL", key.base};
        redisAppendCommandArgv(link, 2, del, (size_t[]){3, key.len});
        return;
    }
    struct str value = value_of(task, value_bytes);
    int seconds_len =
        snprintf(seconds, sizeof seconds, "%d",
                 task->action == CACHE_SET_COUNT ? CACHE_COUNT_SECONDS : CACHE_STATE_SECONDS);
    const char *setex[ARGUMENTS_MAX] = {"SETEX", key.base, seconds, value.base};
    redisAppendCommandArgv(link, ARGUMENTS_MAX, setex,
                           (size_t[]){5, key.len, (size_t)seconds_len, value.len});
}

bool redis_send(redisContext *link, const struct cache_task *tasks, uint32_t count, bool *done,
                char why[PEER_WHY_BYTES])
{
    uint64_t deadline_ms = thread_now_ms() + PEER_TIMEOUT_MS;
    bool all = true, lost = false;
    for (uint32_t i = 0; i < count; i++) {
        append(link, &tasks[i]);
        done[i] = false;
    }
    for (uint32_t i = 0; i < count && !lost; i++) {
        void *reply = NULL;
        if (thread_now_ms() > deadline_ms) {
            peer_say(why, "it does not answer in time");
            return false;
        }
        if (redisGetReply(link, &reply) != REDIS_OK)
            reply = NULL;
        done[i] = is_done(link, reply, &lost, why);
        all = all && done[i];
    }
    return all;
}
