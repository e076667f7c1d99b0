/* Claims: which session has which ssrc. */
#include "base/hash.h"
#include "live/state.h"

static uint64_t ssrc_hash(const struct live *live, uint32_t ssrc)
{
    struct str bytes = {(const char *)&ssrc, sizeof ssrc};
    return hash_bytes(live->config.hash_key, bytes);
}

static uint32_t find(const struct live *live, uint32_t ssrc)
{
    uint32_t slot = map_first(&live->claims_by_ssrc, ssrc_hash(live, ssrc));
    while (slot != MAP_NONE && ((const struct claim *)pool_at(&live->claims, slot))->ssrc != ssrc)
        slot = map_next(&live->claims_by_ssrc, slot);
    return slot == MAP_NONE ? NONE : slot;
}

uint32_t claim_owner(const struct live *live, uint32_t ssrc)
{
    return (uint32_t)(ssrc_hash(live, ssrc) >> 32) % live->config.workers;
}

bool claim_take(struct live *live, uint32_t ssrc, uint64_t serial)
{
    uint32_t slot = find(live, ssrc);
    if (slot != NONE) {
        struct claim *claim = pool_at(&live->claims, slot);
        if (claim->serial != serial)
            return false;
        claim->count++;
        return true;
    }
    struct handle handle;
    struct claim *claim = pool_take(&live->claims, &handle);
    if (claim == NULL)
        return false;
    *claim = (struct claim){.serial = serial, .ssrc = ssrc, .count = 1};
    map_add(&live->claims_by_ssrc, ssrc_hash(live, ssrc), handle.slot);
    return true;
}

void claim_release(struct live *live, uint32_t ssrc, uint64_t serial)
{
    uint32_t slot = find(live, ssrc);
    if (slot == NONE)
        return;
    struct claim *claim = pool_at(&live->claims, slot);
    if (claim->serial != serial || --claim->count > 0)
        return;
    map_remove(&live->claims_by_ssrc, slot);
    pool_give_back(&live->claims, slot);
}
