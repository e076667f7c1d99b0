/* What was said in a room: its last messages, each kept as a few bytes. */
#include "base/check.h"
#include "game/moment.h"
#include "game/state.h"

/* What stands before the username and the message of a packed entry. */
struct head {
    uint64_t stamped_ns;
    char id[UUID_TEXT_LEN], client_id[UUID_TEXT_LEN];
    uint32_t username_len;
};

_Static_assert(sizeof(struct head) <= 96, "ENTRY_BYTES_MAX counts it so");

static uint32_t place_of(const struct room *room, uint32_t number)
{
    return (room->first + number) % WELCOME_ENTRIES_MAX;
}

static void forget_oldest(struct game *game, struct room *room)
{
    textpool_remove(&game->entries, room->entries[room->first]);
    room->first = (uint8_t)place_of(room, 1);
    room->count--;
}

/* A moment's text, in the turn's memory. `utc` says that it is one of UTC: "Z" or "+00:00". */
static struct str moment_text(uint64_t unix_ns, struct str utc, struct turn *turn)
{
    char *text = turn_memory(turn, MOMENT_LEN + utc.len);
    moment_format(unix_ns, text);
    memcpy(text + MOMENT_LEN, utc.base, utc.len);
    return (struct str){text, MOMENT_LEN + utc.len};
}

/* The clock's moment, or the next after that of the room's last message, if it stands or was set
 * back: messages sorted by it are in the order in which they were said. */
static uint64_t stamp(struct room *room, const struct turn *turn)
{
    uint64_t now_ns = turn->wall_ms * NS_PER_MS;
    room->stamped_ns = now_ns > room->stamped_ns ? now_ns : room->stamped_ns + 1;
    return room->stamped_ns;
}

static void push(struct game *game, struct room *room, const struct head *head, struct str username,
                 struct str message)
{
    char bytes[ENTRY_BYTES_MAX];
    size_t len = sizeof *head + username.len + message.len;
    CHECK(len <= sizeof bytes);
    memcpy(bytes, head, sizeof *head);
    memcpy(bytes + sizeof *head, username.base, username.len);
    memcpy(bytes + sizeof *head + username.len, message.base, message.len);
    if (room->count == WELCOME_ENTRIES_MAX)
        forget_oldest(game, room);
    room->entries[place_of(room, room->count++)] =
        textpool_add(&game->entries, (struct str){bytes, len});
}

/* A message as the store is told of it. */
static struct store_order entry(const struct game *game, const struct room *room, uint32_t number)
{
    struct str bytes = textpool_get(&game->entries, room->entries[place_of(room, number)]);
    struct head head;
    memcpy(&head, bytes.base, sizeof head);
    const char *username = bytes.base + sizeof head, *message = username + head.username_len;
    return (struct store_order){
        .kind = STORE_ENTRY,
        .at_ns = head.stamped_ns,
        .room_id = textpool_get(&game->ids, room->id),
        .id = {bytes.base + offsetof(struct head, id), UUID_TEXT_LEN},
        .client_id = {bytes.base + offsetof(struct head, client_id), UUID_TEXT_LEN},
        .name = {username, head.username_len},
        .text = {message, (size_t)(bytes.base + bytes.len - message)}};
}

struct str history_add(struct game *game, struct room *room, uint32_t player, struct str message,
                       struct turn *turn)
{
    struct str name = player_name(game, player);
    struct head head = {.stamped_ns = stamp(room, turn), .username_len = (uint32_t)name.len};
    uint8_t id[UUID_BYTES];
    uuid_draw(turn->random, id);
    uuid_format(id, head.id);
    memcpy(head.client_id, player_id(game, player).base, UUID_TEXT_LEN);
    push(game, room, &head, name, message);
    if (game->options.store) {
        struct store_order order = entry(game, room, room->count - 1u);
        effect_store(turn, &order);
    }
    return moment_text(head.stamped_ns, STR("+00:00"), turn);
}

/* The database may be others' too. */
static bool is_sound(const struct store_order *order)
{
    return order->id.len == UUID_TEXT_LEN && order->client_id.len == UUID_TEXT_LEN &&
           order->name.len > 0 && order->name.len <= GAME_PLAYER_NAME_BYTES_MAX &&
           order->text.len > 0 && order->text.len <= GAME_MESSAGE_BYTES_MAX;
}

void history_restore(struct game *game, struct room *room, const struct store_order *entries,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct store_order *order = &entries[i];
        if (!is_sound(order))
            continue;
        struct head head = {.stamped_ns = order->at_ns, .username_len = (uint32_t)order->name.len};
        memcpy(head.id, order->id.base, UUID_TEXT_LEN);
        memcpy(head.client_id, order->client_id.base, UUID_TEXT_LEN);
        push(game, room, &head, order->name, order->text);
        if (order->at_ns > room->stamped_ns)
            room->stamped_ns = order->at_ns;
    }
}

const struct game_entry *history_list(const struct game *game, const struct room *room,
                                      struct turn *turn)
{
    struct game_entry *list = turn_memory(turn, room->count * sizeof *list);
    for (uint32_t i = 0; i < room->count; i++) {
        struct store_order order = entry(game, room, i);
        list[i] = (struct game_entry){.id = order.id,
                                      .room_id = order.room_id,
                                      .client_id = order.client_id,
                                      .username = order.name,
                                      .message = order.text,
                                      .timestamp = moment_text(order.at_ns, STR("Z"), turn)};
    }
    return list;
}

void history_forget(struct game *game, struct room *room)
{
    while (room->count > 0)
        forget_oldest(game, room);
}
