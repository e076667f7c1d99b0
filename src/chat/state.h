/* state.h: what one worker's chat keeps, and the steps that its handlers are made of.
 *
 * Private to src/chat. Clients and rooms are named by their slots in the pools. Invariants, checked
 * where they are relied on: a room has a host and perhaps a guest, and is the room of both; who is
 * in a room has a name; who is typing has a partner. */
#ifndef PARLEY_CHAT_STATE_H
#define PARLEY_CHAT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/chain.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/textpool.h"
#include "base/uuid.h"
#include "chat/chat.h"
#include "generated/chat_dispatch.h"
#include "service.h"

/* Slots that name no client and no room. */
#define NOBODY UINT32_MAX
#define NO_ROOM UINT32_MAX

struct client {
    struct handle session;
    uint8_t id[UUID_BYTES];
    struct text name;
    uint32_t room;
    bool named; /* an empty name is one, too */
    bool typing;
    struct chain_link typing_link;
    uint64_t typing_until_ms;
};

struct room {
    uint32_t code;
    uint32_t host, guest;
};

struct chat {
    struct service_config config;
    struct chat_options options;
    struct pool clients, rooms; /* as many rooms as clients: no client needs more than one */
    struct map rooms_by_code;
    struct textpool names;
    struct chain typers; /* those who type, by when it ends, the earliest first */
};

struct client *chat_client(const struct chat *chat, uint32_t slot);
/* Valid until the client is renamed or gone. */
struct str chat_name(const struct chat *chat, uint32_t slot);
void chat_rename(struct chat *chat, uint32_t slot, struct str name);
void chat_tell(const struct chat *chat, uint32_t slot, const struct chat_event *event,
               struct turn *turn);

/* Rooms. */

struct room *room_at(const struct chat *chat, uint32_t slot);
/* The worker that owns the room of this code, be it open or not. */
uint32_t room_owner(const struct chat *chat, uint32_t code);
/* The open room of this code, or NO_ROOM. */
uint32_t room_find(const struct chat *chat, uint32_t code);
/* Opens a room for `host`, with a code that cannot be foretold; returns its slot. */
uint32_t room_open(struct chat *chat, uint32_t host, struct random *random);
/* Puts a guest into a room that has a place for one. */
void room_enter(struct chat *chat, uint32_t slot, uint32_t guest);
/* Takes a client out of its room. The partner becomes host, or stays it, and is told; both end
 * their typing. Without a partner, the room closes. */
void room_leave(struct chat *chat, uint32_t leaver, struct turn *turn);
/* Who is in the room with this client, or NOBODY. */
uint32_t room_partner(const struct chat *chat, uint32_t slot);

/* For struct service (inspect.c). */
struct service_session chat_describe(const void *state, uint32_t slot, struct turn *turn);
bool chat_next_room(const void *state, uint32_t *slot, struct service_room *room,
                    struct turn *turn);

/* Typing: a client types towards a partner until it stops, sends a message, parts from the partner,
 * or has said nothing for some seconds. Alone, it does not. */

/* Begins, or goes on for the full time; the partner is told of a beginning. */
void typing_start(struct chat *chat, uint32_t slot, struct turn *turn);
/* Ends, if it had begun; the partner is told. */
void typing_stop(struct chat *chat, uint32_t slot, struct turn *turn);
/* Ends without a word. */
void typing_forget(struct chat *chat, uint32_t slot);
/* Ends that of all whose time is over, as far as the effects reach. */
void typing_expire(struct chat *chat, struct turn *turn);
/* When the next one's time is over; UINT64_MAX when nobody types. */
uint64_t typing_next_ms(const struct chat *chat);

#endif
