/* What those who run the server are shown of chat. */
#include "chat/code.h"
#include "chat/state.h"

static struct str code_of(const struct chat *chat, uint32_t room, struct turn *turn)
{
    char *text = turn_memory(turn, CODE_LEN);
    code_format(room_at(chat, room)->code, text);
    return (struct str){text, CODE_LEN};
}

struct service_session chat_describe(const void *state, uint32_t slot, struct turn *turn)
{
    const struct chat *chat = state;
    const struct client *client = chat_client(chat, slot);
    struct service_session shown = {.has_user = client->named, .has_room = client->room != NO_ROOM};
    if (shown.has_user)
        shown.user = chat_name(chat, slot);
    if (shown.has_room)
        shown.room = code_of(chat, client->room, turn);
    return shown;
}

bool chat_next_room(const void *state, uint32_t *slot, struct service_room *room, struct turn *turn)
{
    const struct chat *chat = state;
    *slot = pool_next(&chat->rooms, *slot);
    if (*slot == POOL_NONE)
        return false;
    *room = (struct service_room){.id = code_of(chat, *slot, turn),
                                  .members = room_at(chat, *slot)->guest == NOBODY ? 1 : 2,
                                  .members_max = 2};
    return true;
}
