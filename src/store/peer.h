/* peer.h: how a database is, as its thread finds it: for others to ask, and told in the log once
 * per change.
 *
 * One thread tells; peer_health and peer_errors are for any thread. */
#ifndef PARLEY_STORE_PEER_H
#define PARLEY_STORE_PEER_H

#include <stdatomic.h>
#include <stdint.h>

#include "runtime/store_link.h"

enum {
    PEER_WHY_BYTES = 240,
    PEER_PING_MS = 3000, /* a database that is not used is asked so often whether it is there */
    /* and has so long to answer anything: together they bound how old peer_health can be */
    PEER_TIMEOUT_MS = 4000,
    PEER_RETRY_MIN_MS = 100, /* the first pause before it is tried again; each is twice as long, */
    PEER_RETRY_MAX_MS = 5000 /* up to this */
};

struct peer {
    const char *name;
    atomic_int health; /* enum store_health */
    atomic_ullong errors;
    uint32_t retry_ms;        /* the last pause; 0 after a success */
    char why[PEER_WHY_BYTES]; /* the last reason that was told */
};

void peer_init(struct peer *peer, const char *name);
/* It has done what it was asked. */
void peer_reached(struct peer *peer);
/* It answers, and refuses a part of what it was asked. */
void peer_refused(struct peer *peer);
/* It has not done it. Returns how long to wait before it is tried again; `noise`, any number,
 * spreads these pauses, so that many servers do not come back at once. */
uint32_t peer_lost(struct peer *peer, const char *why, uint64_t noise);

/* Into `why`, cut to its size. */
void peer_say(char why[PEER_WHY_BYTES], const char *text);

enum store_health peer_health(const struct peer *peer);
uint64_t peer_errors(const struct peer *peer);

#endif
