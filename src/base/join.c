#include "base/join.h"

#include "base/utf8.h"

enum { U64_DIGITS_MAX = 20 };

struct str join(struct arena *arena, const struct str *parts, uint32_t count, size_t bytes_max)
{
    size_t len = 0, used = 0;
    for (uint32_t i = 0; i < count; i++)
        len += parts[i].len;
    char *joined = arena_alloc(arena, len);
    if (joined == NULL)
        return (struct str){NULL, 0};
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            memcpy(joined + used, parts[i].base, parts[i].len);
        used += parts[i].len;
    }
    return utf8_cut((struct str){joined, len}, bytes_max);
}

struct str join_decimal(struct arena *arena, uint64_t value)
{
    char *room = arena_alloc(arena, U64_DIGITS_MAX);
    if (room == NULL)
        return (struct str){NULL, 0};
    char *end = room + U64_DIGITS_MAX, *first = end;
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return (struct str){first, (size_t)(end - first)};
}
