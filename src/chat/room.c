/* Rooms: opened, found by their code, entered and left. */
#include "base/check.h"
#include "base/hash.h"
#include "chat/code.h"
#include "chat/state.h"

/* A drawn code falls to this worker once in as many draws as there are workers. That none of this
 * many times more does has a probability below e^-64: such numbers would not be random. */
enum { DRAWS_PER_WORKER_MAX = 64 };

/* The upper half names the owner and the lower half finds the room there: from the same bits, all
 * codes of a worker would share few of the map's buckets. */
static uint64_t code_hash(const struct chat *chat, uint32_t code)
{
    struct str bytes = {(const char *)&code, sizeof code};
    return hash_bytes(chat->config.hash_key, bytes);
}

static uint32_t draw_code(const struct chat *chat, struct random *random)
{
    uint32_t code, draws = 0;
    do {
        CHECK(draws++ < chat->config.workers * DRAWS_PER_WORKER_MAX);
        code = random_below(random, CODES);
    } while (room_owner(chat, code) != chat->config.worker || room_find(chat, code) != NO_ROOM);
    return code;
}

struct room *room_at(const struct chat *chat, uint32_t slot)
{
    CHECK(pool_is_live(&chat->rooms, slot));
    return pool_at(&chat->rooms, slot);
}

uint32_t room_owner(const struct chat *chat, uint32_t code)
{
    return (uint32_t)(code_hash(chat, code) >> 32) % chat->config.workers;
}

uint32_t room_find(const struct chat *chat, uint32_t code)
{
    uint32_t slot = map_first(&chat->rooms_by_code, code_hash(chat, code));
    while (slot != MAP_NONE && room_at(chat, slot)->code != code)
        slot = map_next(&chat->rooms_by_code, slot);
    return slot == MAP_NONE ? NO_ROOM : slot;
}

uint32_t room_open(struct chat *chat, uint32_t host, struct random *random)
{
    CHECK(chat_client(chat, host)->room == NO_ROOM);
    uint32_t code = draw_code(chat, random);
    struct handle handle;
    struct room *room = pool_take(&chat->rooms, &handle);
    CHECK(room != NULL); /* there are as many rooms as clients, and the host is in none */
    *room = (struct room){.code = code, .host = host, .guest = NOBODY};
    map_add(&chat->rooms_by_code, code_hash(chat, code), handle.slot);
    chat_client(chat, host)->room = handle.slot;
    return handle.slot;
}

void room_enter(struct chat *chat, uint32_t slot, uint32_t guest)
{
    struct room *room = room_at(chat, slot);
    CHECK(room->guest == NOBODY && chat_client(chat, guest)->room == NO_ROOM);
    room->guest = guest;
    chat_client(chat, guest)->room = slot;
}

void room_leave(struct chat *chat, uint32_t leaver, struct turn *turn)
{
    uint32_t partner = room_partner(chat, leaver);
    uint32_t slot = chat_client(chat, leaver)->room;
    typing_forget(chat, leaver);
    chat_client(chat, leaver)->room = NO_ROOM;
    if (partner == NOBODY) {
        map_remove(&chat->rooms_by_code, slot);
        pool_give_back(&chat->rooms, slot);
        return;
    }
    typing_forget(chat, partner);
    room_at(chat, slot)->host = partner;
    room_at(chat, slot)->guest = NOBODY;
    chat_tell(chat, partner, &(struct chat_event){.type = CHAT_PARTNER_LEFT_EVT}, turn);
}

uint32_t room_partner(const struct chat *chat, uint32_t slot)
{
    uint32_t in = chat_client(chat, slot)->room;
    const struct room *room = room_at(chat, in);
    CHECK(room->host == slot || room->guest == slot);
    uint32_t partner = room->host == slot ? room->guest : room->host;
    CHECK(partner == NOBODY || chat_client(chat, partner)->room == in);
    return partner;
}
