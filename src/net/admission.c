#include "net/admission.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* What the bounds per address count as one: an IPv4 address, or an IPv6 /64, which one household
 * has. Returns its length. */
static size_t address_key(const union address *address, uint8_t key[8])
{
    if (address->any.sa_family == AF_INET) {
        memcpy(key, &address->v4.sin_addr, 4);
        return 4;
    }
    const uint8_t *bytes = address->v6.sin6_addr.s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
        memcpy(key, bytes + 12, 4);
        return 4;
    }
    memcpy(key, bytes, 8);
    return 8;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET)
        return (ntohl(address->v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) ||
           (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == IN_LOOPBACKNET);
}

struct admission *admission_new(const struct admission_limits *limits, const uint8_t hash_key[16],
                                bool trust_loopback)
{
    struct admission *admission = calloc(1, sizeof *admission);
    if (admission == NULL)
        return NULL;
    admission->limits = *limits;
    memcpy(admission->hash_key, hash_key, 16);
    admission->trust_loopback = trust_loopback;
    return admission;
}

void admission_free(struct admission *admission)
{
    free(admission);
}

/* Takes one of `max` places. */
static bool take_place(atomic_uint *taken, uint32_t max)
{
    if (atomic_fetch_add_explicit(taken, 1, memory_order_relaxed) < max)
        return true;
    atomic_fetch_sub_explicit(taken, 1, memory_order_relaxed);
    return false;
}

static void leave_place(atomic_uint *taken)
{
    atomic_fetch_sub_explicit(taken, 1, memory_order_relaxed);
}

enum admission_result admission_enter(struct admission *admission, const union address *address,
                                      struct admitted *admitted)
{
    uint8_t key[8];
    size_t len = address_key(address, key);
    uint64_t hash = hash_bytes(admission->hash_key, (struct str){(const char *)key, len});
    admitted->bucket = (uint16_t)(hash % ADMISSION_BUCKETS);
    admitted->trusted = admission->trust_loopback && is_loopback(address);
    if (!take_place(&admission->sockets, admission->limits.sockets_max))
        return ADMISSION_FULL;
    uint32_t max = admitted->trusted ? UINT32_MAX : admission->limits.per_address_max;
    if (!take_place(&admission->buckets[admitted->bucket].sockets, max)) {
        leave_place(&admission->sockets);
        return ADMISSION_ADDRESS_FULL;
    }
    return ADMISSION_GRANTED;
}

void admission_leave(struct admission *admission, struct admitted admitted)
{
    leave_place(&admission->sockets);
    leave_place(&admission->buckets[admitted.bucket].sockets);
}

bool admission_session_enter(struct admission *admission)
{
    return take_place(&admission->sessions, admission->limits.sessions_max);
}

void admission_session_leave(struct admission *admission)
{
    leave_place(&admission->sessions);
}

bool admission_guess(struct admission *admission, struct admitted admitted, uint64_t now_ms)
{
    if (admitted.trusted)
        return false;
    _Atomic uint64_t *bucket = &admission->buckets[admitted.bucket].guesses;
    uint64_t old = atomic_load_explicit(bucket, memory_order_relaxed);
    for (;;) {
        struct bucket guesses = {(uint32_t)(old >> 32), (uint32_t)old};
        bool granted = bucket_take(&guesses, admission->limits.guesses, now_ms);
        uint64_t now = (uint64_t)guesses.spent << 32 | guesses.since_ms;
        if (atomic_compare_exchange_weak_explicit(bucket, &old, now, memory_order_relaxed,
                                                  memory_order_relaxed))
            return !granted;
    }
}

bool admission_barred(const struct admission *admission, struct admitted admitted, uint64_t now_ms)
{
    if (admitted.trusted)
        return false;
    uint64_t now =
        atomic_load_explicit(&admission->buckets[admitted.bucket].guesses, memory_order_relaxed);
    struct bucket guesses = {(uint32_t)(now >> 32), (uint32_t)now};
    return !bucket_take(&guesses, admission->limits.guesses, now_ms);
}
