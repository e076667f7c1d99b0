#include "store/peer.h"

#include <string.h>

#include "base/log.h"

void peer_init(struct peer *peer, const char *name)
{
    *peer = (struct peer){.name = name};
    atomic_init(&peer->health, STORE_CONNECTING);
    atomic_init(&peer->errors, 0);
}

void peer_reached(struct peer *peer)
{
    peer->retry_ms = 0;
    if (atomic_exchange(&peer->health, STORE_HEALTHY) != STORE_HEALTHY) {
        peer->why[0] = 0;
        log_info("a database is reached", log_string("database", peer->name));
    }
}

void peer_refused(struct peer *peer)
{
    atomic_fetch_add(&peer->errors, 1);
}

uint32_t peer_lost(struct peer *peer, const char *why, uint64_t noise)
{
    atomic_fetch_add(&peer->errors, 1);
    if (atomic_exchange(&peer->health, STORE_AWAY) != STORE_AWAY || strcmp(peer->why, why) != 0) {
        peer_say(peer->why, why);
        log_warn("a database is away", log_string("database", peer->name),
                 log_string("reason", why));
    }
    uint32_t twice = peer->retry_ms * 2;
    if (twice < PEER_RETRY_MIN_MS)
        twice = PEER_RETRY_MIN_MS;
    peer->retry_ms = twice < PEER_RETRY_MAX_MS ? twice : PEER_RETRY_MAX_MS;
    return peer->retry_ms / 2 + (uint32_t)(noise % (peer->retry_ms / 2 + 1));
}

void peer_say(char why[PEER_WHY_BYTES], const char *text)
{
    size_t len = strnlen(text, PEER_WHY_BYTES - 1);
    memmove(why, text, len);
    why[len] = 0;
}

enum store_health peer_health(const struct peer *peer)
{
    return (enum store_health)atomic_load(&peer->health);
}

uint64_t peer_errors(const struct peer *peer)
{
    return atomic_load(&peer->errors);
}
