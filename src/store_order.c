#include "store_order.h"

#include <string.h>

#include "base/check.h"

enum { TEXTS = 5 };

/* What stands before an order's texts. All is within one process, so it goes as it is in memory. */
struct head {
    uint64_t at_ns, ticket;
    uint32_t players;
    uint16_t kind;
    uint16_t lens[TEXTS];
};

static void texts_of(const struct store_order *order, struct str texts[TEXTS])
{
    texts[0] = order->room_id;
    texts[1] = order->id;
    texts[2] = order->client_id;
    texts[3] = order->name;
    texts[4] = order->text;
}

size_t store_order_bytes(const struct store_order *order)
{
    return sizeof(struct head) + order->room_id.len + order->id.len + order->client_id.len +
           order->name.len + order->text.len;
}

void store_order_pack(const struct store_order *order, char *out)
{
    struct head head = {.at_ns = order->at_ns,
                        .ticket = order->ticket,
                        .players = order->players,
                        .kind = (uint16_t)order->kind};
    struct str texts[TEXTS];
    texts_of(order, texts);
    char *at = out + sizeof head;
    for (size_t i = 0; i < TEXTS; i++) {
        CHECK(texts[i].len <= UINT16_MAX);
        head.lens[i] = (uint16_t)texts[i].len;
        if (texts[i].len > 0)
            memcpy(at, texts[i].base, texts[i].len);
        at += texts[i].len;
    }
    memcpy(out, &head, sizeof head);
}

bool store_order_unpack(struct str *bytes, struct store_order *order)
{
    struct head head;
    if (bytes->len == 0)
        return false;
    CHECK(bytes->len >= sizeof head);
    memcpy(&head, bytes->base, sizeof head);
    const char *at = bytes->base + sizeof head;
    struct str texts[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        texts[i] = (struct str){at, head.lens[i]};
        at += head.lens[i];
    }
    size_t taken = (size_t)(at - bytes->base);
    CHECK(taken <= bytes->len);
    *order = (struct store_order){.kind = (enum store_order_kind)head.kind,
                                  .ticket = head.ticket,
                                  .players = head.players,
                                  .at_ns = head.at_ns,
                                  .room_id = texts[0],
                                  .id = texts[1],
                                  .client_id = texts[2],
                                  .name = texts[3],
                                  .text = texts[4]};
    *bytes = (struct str){at, bytes->len - taken};
    return true;
}
