/* The typing indicator: a queue of those who type. All may type equally long, so the order in which
 * they began, or went on, is the order in which their time ends. */
#include "base/check.h"
#include "chat/state.h"
#include "generated/protocol.h"

enum { LINK = offsetof(struct client, typing_link) };

static void tell_partner(struct chat *chat, uint32_t slot, enum chat_event_type type,
                         struct turn *turn)
{
    uint32_t partner = room_partner(chat, slot);
    CHECK(partner != NOBODY);
    chat_tell(chat, partner, &(struct chat_event){.type = type}, turn);
}

void typing_start(struct chat *chat, uint32_t slot, struct turn *turn)
{
    if (room_partner(chat, slot) == NOBODY)
        return;
    struct client *client = chat_client(chat, slot);
    if (client->typing)
        chain_remove(&chat->typers, &chat->clients, LINK, slot);
    else
        tell_partner(chat, slot, CHAT_PARTNER_TYPING_EVT, turn);
    client->typing = true;
    client->typing_until_ms = turn->now_ms + TYPING_MS;
    chain_append(&chat->typers, &chat->clients, LINK, slot);
}

void typing_stop(struct chat *chat, uint32_t slot, struct turn *turn)
{
    if (!chat_client(chat, slot)->typing)
        return;
    typing_forget(chat, slot);
    tell_partner(chat, slot, CHAT_PARTNER_STOP_TYPING_EVT, turn);
}

void typing_forget(struct chat *chat, uint32_t slot)
{
    struct client *client = chat_client(chat, slot);
    if (!client->typing)
        return;
    chain_remove(&chat->typers, &chat->clients, LINK, slot);
    client->typing = false;
}

void typing_expire(struct chat *chat, struct turn *turn)
{
    while (typing_next_ms(chat) <= turn->now_ms && turn->effect_count < EFFECTS_MAX)
        typing_stop(chat, chat->typers.first, turn);
}

uint64_t typing_next_ms(const struct chat *chat)
{
    if (chat->typers.first == CHAIN_END)
        return UINT64_MAX;
    return chat_client(chat, chat->typers.first)->typing_until_ms;
}
