/* admission.h: how many connections the server holds, in all and from one address, and how often an
 * address has guessed wrong.
 *
 * Shared by all workers; atomics only, no locks. Addresses are counted in a table by keyed hash:
 * two that meet in one bucket share their bounds, which nobody can bring about on purpose and which
 * is rare as long as the table is much larger than the number of addresses near a bound.
 *
 * A trusted proxy's connection counts for no address, until it is known whose it is: what it turns
 * into then counts for that client. */
#ifndef PARLEY_NET_ADMISSION_H
#define PARLEY_NET_ADMISSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/ip.h"

enum { ADMISSION_BUCKETS = 1 << 16 };

struct admission_limits {
    uint32_t sockets_max;           /* accepted connections, upgraded or not */
    uint32_t sessions_max;          /* WebSocket connections */
    uint32_t per_address_max;       /* accepted connections from one address that is not trusted */
    struct bucket_limits guesses;   /* wrong guesses of one address that is not trusted */
    const struct ip_range *proxies; /* that are believed; must outlive the admission */
    uint32_t proxies_count;
};

struct admission {
    struct admission_limits limits;
    uint8_t hash_key[16];
    bool trust_loopback;
    atomic_uint sockets, sessions;
    struct {
        atomic_uint sockets;
        _Atomic uint64_t guesses; /* a struct bucket: spent in the high half, since_ms in the low */
    } buckets[ADMISSION_BUCKETS];
};

/* What a connection holds of the admission. */
struct admitted {
    uint16_t bucket;
    bool trusted; /* spared by the bounds per address */
    bool proxy;   /* a proxy's own: holds no place in the bucket */
};

enum admission_result { ADMISSION_GRANTED, ADMISSION_FULL, ADMISSION_ADDRESS_FULL };

/* NULL when memory is short. */
struct admission *admission_new(const struct admission_limits *limits, const uint8_t hash_key[16],
                                bool trust_loopback);
void admission_free(struct admission *admission);

/* A connection was accepted. When granted, *admitted is to be handed to admission_leave in the end.
 */
enum admission_result admission_enter(struct admission *admission, const struct ip *address,
                                      struct admitted *admitted)
    __attribute__((warn_unused_result));
/* How a client with this address counts, without counting it. */
struct admitted admission_client(const struct admission *admission, const struct ip *address);
/* A proxy's connection is this client's from now on; false when that has too many. */
bool admission_turn(struct admission *admission, struct admitted *admitted, struct admitted client)
    __attribute__((warn_unused_result));
/* Whether this address is a trusted proxy's. */
bool admission_is_proxy(const struct admission *admission, const struct ip *address);
void admission_leave(struct admission *admission, struct admitted admitted);

/* A place for a WebSocket connection; false when all are taken. */
bool admission_session_enter(struct admission *admission) __attribute__((warn_unused_result));
void admission_session_leave(struct admission *admission);

/* Counts a wrong guess; true when the address has none left. */
bool admission_guess(struct admission *admission, struct admitted admitted, uint64_t now_ms);
/* Whether the address has none left. */
bool admission_barred(const struct admission *admission, struct admitted admitted, uint64_t now_ms);

#endif
