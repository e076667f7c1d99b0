#include "net/admission.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* What the bounds per address count as one: an IPv4 address, or an IPv6 /64, which one household
 * has. */
static struct str address_key(const struct ip *address)
{
    const char *bytes = (const char *)address->bytes;
    return ip_is_v4(address) ? (struct str){bytes + 12, 4} : (struct str){bytes, 8};
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

/* Takes a place among those of the client's address. */
static bool take_address_place(struct admission *admission, struct admitted client)
{
    uint32_t max = client.trusted ? UINT32_MAX : admission->limits.per_address_max;
    return take_place(&admission->buckets[client.bucket].sockets, max);
}

struct admitted admission_client(const struct admission *admission, const struct ip *address)
{
    uint64_t hash = hash_bytes(admission->hash_key, address_key(address));
    return (struct admitted){.bucket = (uint16_t)(hash % ADMISSION_BUCKETS),
                             .trusted = admission->trust_loopback && ip_is_loopback(address)};
}

bool admission_is_proxy(const struct admission *admission, const struct ip *address)
{
    for (uint32_t i = 0; i < admission->limits.proxies_count; i++)
        if (ip_in_range(address, &admission->limits.proxies[i]))
            return true;
    return false;
}

enum admission_result admission_enter(struct admission *admission, const struct ip *address,
                                      struct admitted *admitted)
{
    *admitted = admission_client(admission, address);
    admitted->proxy = admission_is_proxy(admission, address);
    if (!take_place(&admission->sockets, admission->limits.sockets_max))
        return ADMISSION_FULL;
    if (!admitted->proxy && !take_address_place(admission, *admitted)) {
        leave_place(&admission->sockets);
        return ADMISSION_ADDRESS_FULL;
    }
    return ADMISSION_GRANTED;
}

bool admission_turn(struct admission *admission, struct admitted *admitted, struct admitted client)
{
    if (!take_address_place(admission, client))
        return false;
    *admitted = client;
    return true;
}

void admission_leave(struct admission *admission, struct admitted admitted)
{
    leave_place(&admission->sockets);
    if (!admitted.proxy)
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
