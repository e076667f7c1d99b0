#include "store/answers.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "game/moment.h"
#include "generated/game_codec.h"
#include "generated/protocol.h"
#include "store/ship.h"

enum { HTTP_OK = 200 };

_Static_assert((int)GAME_GET_ROOMS_200_ENCODED_MAX + ROOMS_LISTED_MAX * 256 < ANSWERS_BYTES_MAX &&
                   (int)GAME_POST_CHAT_HISTORY_200_ENCODED_MAX + HISTORY_ENTRIES_MAX * 256 <
                       ANSWERS_BYTES_MAX,
               "the arena holds a list and its text");

static bool is_text(struct str text, size_t bytes_max)
{
    return text.len > 0 && text.len <= bytes_max && utf8_valid(text);
}

static bool is_presentable(const struct store_order *order)
{
    if (!is_text(order->room_id, GAME_ROOM_ID_BYTES_MAX))
        return false;
    return order->kind == STORE_ROOM ||
           (order->id.len == UUID_TEXT_LEN && utf8_valid(order->id) &&
            order->client_id.len == UUID_TEXT_LEN && utf8_valid(order->client_id) &&
            is_text(order->name, GAME_PLAYER_NAME_BYTES_MAX) &&
            utf8_chars(order->name) <= GAME_PLAYER_NAME_CHARS_MAX &&
            is_text(order->text, GAME_MESSAGE_BYTES_MAX));
}

static struct str key_of(const struct store_order *order)
{
    return order->kind == STORE_ROOM ? order->room_id : order->id;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_texts(struct str a, struct str b)
{
    int difference = memcmp(a.base, b.base, a.len < b.len ? a.len : b.len);
    return difference != 0 ? difference : compare_numbers(a.len, b.len);
}

static int by_key(const void *a, const void *b)
{
    return compare_texts(key_of(a), key_of(b));
}

/* The newest first. */
static int by_moment(const void *a, const void *b)
{
    const struct store_order *left = a, *right = b;
    int difference = compare_numbers(right->at_ns, left->at_ns);
    return difference != 0 ? difference : by_key(b, a);
}

/* Of two with the same key. */
static void unite(struct store_order *first, const struct store_order *second)
{
    if (first->kind != STORE_ROOM)
        return;
    uint64_t created_ns = first->ticket < second->ticket ? first->ticket : second->ticket;
    if (second->at_ns > first->at_ns)
        *first = *second;
    first->ticket = created_ns;
}

static uint32_t drop_unpresentable(struct store_order *orders, uint32_t count)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++)
        if (is_presentable(&orders[i]))
            orders[left++] = orders[i];
    return left;
}

static uint32_t drop_doubles(struct store_order *orders, uint32_t count)
{
    uint32_t left = 0;
    qsort(orders, count, sizeof *orders, by_key);
    for (uint32_t i = 0; i < count; i++) {
        if (left > 0 && by_key(&orders[left - 1], &orders[i]) == 0)
            unite(&orders[left - 1], &orders[i]);
        else
            orders[left++] = orders[i];
    }
    return left;
}

uint32_t answers_merge(struct store_order *orders, uint32_t count, uint32_t max)
{
    count = drop_doubles(orders, drop_unpresentable(orders, count));
    qsort(orders, count, sizeof *orders, by_moment);
    if (count > max)
        count = max;
    bool oldest_first = count > 0 && orders[0].kind == STORE_ENTRY;
    for (uint32_t i = 0; oldest_first && i < count / 2; i++) {
        struct store_order order = orders[i];
        orders[i] = orders[count - 1 - i];
        orders[count - 1 - i] = order;
    }
    return count;
}

struct store_letter *answers_recalled(const struct store_letter *question,
                                      const struct store_order *entries, uint32_t count)
{
    struct store_letter *letter = ship_letter_new(STORE_RECALLED, question->ticket, entries, count);
    if (letter != NULL) {
        letter->worker = question->worker;
        letter->binding = question->binding;
    }
    return letter;
}

static void *memory(struct arena *arena, size_t len)
{
    void *found = arena_alloc(arena, len);
    CHECK(found != NULL);
    return found;
}

/* As the wire has it: in UTC, with a Z. */
static struct str moment_text(struct arena *arena, uint64_t unix_ns)
{
    char *text = memory(arena, MOMENT_LEN + 1);
    moment_format(unix_ns, text);
    text[MOMENT_LEN] = 'Z';
    return (struct str){text, MOMENT_LEN + 1};
}

static struct store_letter *text_letter(const struct store_letter *question, const char *text,
                                        size_t len)
{
    struct store_letter *letter = malloc(sizeof *letter + len);
    if (letter == NULL)
        return NULL;
    *letter = (struct store_letter){
        .letter = {.kind = STORE_ANSWER, .bytes = (uint32_t)(sizeof *letter + len)},
        .worker = question->worker,
        .binding = question->binding,
        .ticket = question->ticket,
        .number = HTTP_OK,
        .len = len};
    memcpy(letter->bytes, text, len);
    return letter;
}

struct store_letter *answers_history(const struct store_letter *question,
                                     const struct store_order *entries, uint32_t count,
                                     struct arena *arena)
{
    struct game_entry *items = memory(arena, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct game_entry){.id = entries[i].id,
                                       .room_id = entries[i].room_id,
                                       .client_id = entries[i].client_id,
                                       .username = entries[i].name,
                                       .message = entries[i].text,
                                       .timestamp = moment_text(arena, entries[i].at_ns)};
    char *text = memory(arena, GAME_POST_CHAT_HISTORY_200_ENCODED_MAX);
    const struct game_post_chat_history_200 body = {items, count};
    return text_letter(question, text, game_encode_post_chat_history_200(&body, text));
}

struct store_letter *answers_rooms(const struct store_letter *question,
                                   const struct store_order *rooms, uint32_t count,
                                   struct arena *arena)
{
    struct game_room *items = memory(arena, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct game_room){.id = rooms[i].room_id,
                                      .name = rooms[i].room_id,
                                      .created_at = moment_text(arena, rooms[i].ticket),
                                      .last_activity = moment_text(arena, rooms[i].at_ns),
                                      .player_count = rooms[i].players};
    char *text = memory(arena, GAME_GET_ROOMS_200_ENCODED_MAX);
    const struct game_get_rooms_200 body = {items, count};
    return text_letter(question, text, game_encode_get_rooms_200(&body, text));
}
