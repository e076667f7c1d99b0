#include "store/ship.h"

#include <stdlib.h>

struct store_letter *ship_letter_new(uint32_t kind, uint64_t ticket,
                                     const struct store_order *orders, uint32_t count)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += store_order_bytes(&orders[i]);
    struct store_letter *letter = malloc(sizeof *letter + len);
    if (letter == NULL)
        return NULL;
    *letter =
        (struct store_letter){.letter = {.kind = kind, .bytes = (uint32_t)(sizeof *letter + len)},
                              .ticket = ticket,
                              .number = count,
                              .len = len};
    char *at = letter->bytes;
    for (uint32_t i = 0; i < count; i++) {
        store_order_pack(&orders[i], at);
        at += store_order_bytes(&orders[i]);
    }
    return letter;
}
