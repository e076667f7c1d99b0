/* Claims: which session has which ssrc, and for which of its places. */
#include "base/hash.h"
#include "live/state.h"

static uint64_t ssrc_hash(const struct live *live, uint32_t ssrc)
{
    struct str bytes = {(const char *)&ssrc, sizeof ssrc};
    return hash_bytes(live->config.hash_key, bytes);
}

uint32_t claim_owner(const struct live *live, uint32_t ssrc)
{
    return (uint32_t)(ssrc_hash(live, ssrc) >> 32) % live->config.workers;
}

struct claim claim_of(const struct live *live, uint32_t slot)
{
    const struct member *member = member_at(live, slot);
    return (struct claim){.serial = member->serial,
                          .ssrc = member->ssrc,
                          .worker = live->config.worker,
                          .member = pool_handle(&live->members, slot)};
}

static void doubt(struct live *live, const struct claim *claim, struct turn *turn)
{
    if (claim->worker != live->config.worker) /* here none is lost */
        mail_doubt(live, claim, turn);
}

/* One claim after the other, from call to call. */
static void doubt_any(struct live *live, struct turn *turn)
{
    uint32_t slot = pool_next(&live->claims, live->doubted + 1);
    if (slot == POOL_NONE)
        slot = pool_next(&live->claims, 0);
    live->doubted = slot;
    doubt(live, pool_at(&live->claims, slot), turn);
}

bool claim_take(struct live *live, const struct claim *claim, struct turn *turn)
{
    uint64_t hash = ssrc_hash(live, claim->ssrc);
    for (uint32_t slot = map_first(&live->claims_by_ssrc, hash); slot != MAP_NONE;
         slot = map_next(&live->claims_by_ssrc, slot)) {
        const struct claim *other = pool_at(&live->claims, slot);
        if (other->ssrc == claim->ssrc && other->serial != claim->serial) {
            doubt(live, other, turn);
            return false;
        }
    }
    struct handle handle;
    struct claim *taken = pool_take(&live->claims, &handle);
    if (taken == NULL) {
        doubt_any(live, turn);
        return false;
    }
    *taken = *claim;
    map_add(&live->claims_by_ssrc, hash, handle.slot);
    return true;
}

void claim_release(struct live *live, const struct claim *claim)
{
    uint32_t slot = map_first(&live->claims_by_ssrc, ssrc_hash(live, claim->ssrc));
    for (; slot != MAP_NONE; slot = map_next(&live->claims_by_ssrc, slot)) {
        const struct claim *taken = pool_at(&live->claims, slot);
        if (taken->worker == claim->worker && handle_equal(taken->member, claim->member)) {
            map_remove(&live->claims_by_ssrc, slot);
            pool_give_back(&live->claims, slot);
            return;
        }
    }
}
