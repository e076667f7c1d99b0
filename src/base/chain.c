#include "base/chain.h"

#include "base/check.h"

static struct chain_link *link_at(const struct pool *pool, size_t link, uint32_t slot)
{
    CHECK(pool_is_live(pool, slot));
    return (struct chain_link *)(void *)((uint8_t *)pool_at(pool, slot) + link);
}

void chain_insert(struct chain *chain, const struct pool *pool, size_t link, uint32_t previous,
                  uint32_t slot)
{
    uint32_t *from_previous =
        previous == CHAIN_END ? &chain->first : &link_at(pool, link, previous)->next;
    uint32_t next = *from_previous;
    uint32_t *from_next = next == CHAIN_END ? &chain->last : &link_at(pool, link, next)->previous;
    *link_at(pool, link, slot) = (struct chain_link){.next = next, .previous = previous};
    *from_previous = *from_next = slot;
}

void chain_append(struct chain *chain, const struct pool *pool, size_t link, uint32_t slot)
{
    chain_insert(chain, pool, link, chain->last, slot);
}

void chain_remove(struct chain *chain, const struct pool *pool, size_t link, uint32_t slot)
{
    const struct chain_link *gone = link_at(pool, link, slot);
    uint32_t *from_previous =
        gone->previous == CHAIN_END ? &chain->first : &link_at(pool, link, gone->previous)->next;
    uint32_t *from_next =
        gone->next == CHAIN_END ? &chain->last : &link_at(pool, link, gone->next)->previous;
    CHECK(*from_previous == slot && *from_next == slot);
    *from_previous = gone->next;
    *from_next = gone->previous;
}
