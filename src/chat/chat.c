#include "chat/chat.h"

#include <stdlib.h>

#include "base/check.h"
#include "chat/state.h"

/* A packed client: its id, whether it has a name, and the name's bytes. */
enum { PACKED_NAMED = sizeof(((struct client *)0)->id), PACKED_NAME = PACKED_NAMED + 1 };

_Static_assert((int)PACKED_NAME + CHAT_NAME_BYTES_MAX <= SERVICE_PACKED_BYTES_MAX,
               "a packed client fits");

static void destroy(void *state)
{
    struct chat *chat = state;
    pool_clear(&chat->clients);
    pool_clear(&chat->rooms);
    map_clear(&chat->rooms_by_code);
    textpool_clear(&chat->names);
    free(chat);
}

static void *create(const struct service_config *config)
{
    struct chat *chat = calloc(1, sizeof *chat);
    if (chat == NULL)
        return NULL;
    chat->config = *config;
    if (config->options != NULL)
        chat->options = *(const struct chat_options *)config->options;
    chat->typers = CHAIN_EMPTY;
    if (pool_init(&chat->clients, config->sessions_max, sizeof(struct client)) < 0 ||
        pool_init(&chat->rooms, config->sessions_max, sizeof(struct room)) < 0 ||
        map_init(&chat->rooms_by_code, config->sessions_max) < 0 ||
        textpool_init(&chat->names, config->sessions_max, CHAT_NAME_BYTES_MAX) < 0) {
        destroy(chat);
        return NULL;
    }
    return chat;
}

struct client *chat_client(const struct chat *chat, uint32_t slot)
{
    CHECK(pool_is_live(&chat->clients, slot));
    return pool_at(&chat->clients, slot);
}

struct str chat_name(const struct chat *chat, uint32_t slot)
{
    return textpool_get(&chat->names, chat_client(chat, slot)->name);
}

void chat_rename(struct chat *chat, uint32_t slot, struct str name)
{
    struct client *client = chat_client(chat, slot);
    textpool_remove(&chat->names, client->name);
    client->name = textpool_add(&chat->names, name);
    client->named = true;
}

void chat_tell(const struct chat *chat, uint32_t slot, const struct chat_event *event,
               struct turn *turn)
{
    effect_send(turn, chat_client(chat, slot)->session, event, sizeof *event);
}

struct handle chat_session(const struct chat *chat, uint32_t slot)
{
    return chat_client(chat, slot)->session;
}

uint32_t chat_facts(const struct chat *chat, uint32_t slot)
{
    const struct client *client = chat_client(chat, slot);
    return (client->named ? CHAT_NAMED : 0) | (client->room != NO_ROOM ? CHAT_IN_ROOM : 0);
}

/* A client in no room. SERVICE_FULL when there are as many as there may be. */
static uint32_t add_client(struct chat *chat, const struct session_facts *facts)
{
    struct handle handle;
    struct client *client = pool_take(&chat->clients, &handle);
    if (client == NULL)
        return SERVICE_FULL;
    client->session = facts->session;
    client->room = NO_ROOM;
    return handle.slot;
}

static void remove_client(struct chat *chat, uint32_t slot)
{
    struct client *client = chat_client(chat, slot);
    CHECK(client->room == NO_ROOM && !client->typing);
    textpool_remove(&chat->names, client->name);
    pool_give_back(&chat->clients, slot);
}

static uint32_t open_session(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct chat *chat = state;
    uint32_t slot = add_client(chat, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    struct client *client = chat_client(chat, slot);
    uuid_draw(turn->random, client->id);
    char *text = turn_memory(turn, UUID_TEXT_LEN);
    uuid_format(client->id, text);
    struct chat_event event = {.type = CHAT_CONNECTED_EVT};
    event.connected.client_id = (struct str){text, UUID_TEXT_LEN};
    chat_tell(chat, slot, &event, turn);
    return slot;
}

static uint32_t facts_of(const void *state, uint32_t slot)
{
    return chat_facts(state, slot);
}

static void command(void *state, uint32_t slot, const void *block, struct turn *turn)
{
    chat_dispatch(state, slot, block, turn);
}

static void close_session(void *state, uint32_t slot, struct turn *turn)
{
    struct chat *chat = state;
    if (chat_client(chat, slot)->room != NO_ROOM)
        room_leave(chat, slot, turn);
    remove_client(chat, slot);
}

static void tick(void *state, struct turn *turn)
{
    typing_expire(state, turn);
}

static uint64_t next_ms(const void *state)
{
    return typing_next_ms(state);
}

static size_t pack(void *state, uint32_t slot, uint8_t *block)
{
    struct chat *chat = state;
    const struct client *client = chat_client(chat, slot);
    struct str name = chat_name(chat, slot);
    memcpy(block, client->id, sizeof client->id);
    block[PACKED_NAMED] = client->named;
    if (name.len > 0)
        memcpy(block + PACKED_NAME, name.base, name.len);
    remove_client(chat, slot); /* moving is what join_room asks for, so the client is in no room */
    return PACKED_NAME + name.len;
}

static uint32_t unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                       size_t len)
{
    struct chat *chat = state;
    CHECK(len >= PACKED_NAME);
    uint32_t slot = add_client(chat, facts);
    if (slot == SERVICE_FULL)
        return SERVICE_FULL;
    memcpy(chat_client(chat, slot)->id, block, sizeof chat_client(chat, slot)->id);
    if (block[PACKED_NAMED])
        chat_rename(chat, slot, (struct str){(const char *)block + PACKED_NAME, len - PACKED_NAME});
    return slot;
}

static uint32_t rooms(const void *state)
{
    const struct chat *chat = state;
    return chat->rooms.live;
}

const struct service chat_service = {
    .name = STR_INIT("chat"),
    .event_bytes = sizeof(struct chat_event),
    .command_bytes = sizeof(struct chat_command),
    .create = create,
    .destroy = destroy,
    .open = open_session,
    .facts = facts_of,
    .command = command,
    .close = close_session,
    .tick = tick,
    .next_ms = next_ms,
    .pack = pack,
    .unpack = unpack,
    .rooms = rooms,
    .describe = chat_describe,
    .next_room = chat_next_room,
};
