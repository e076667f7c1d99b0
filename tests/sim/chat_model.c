#include "chat_model.h"

#include <stdlib.h>

#include "base/check.h"

/* Rule 10 of chat, written down here again: a wrong number in protocol.yaml
 * shows. */
enum { TYPING_LASTS_MS = 10000 };

void model_init(struct model *model, struct world *world)
{
    uint32_t clients_count = world->options.sessions;
    *model = (struct model){.clients_count = clients_count, .world = world};
    model->clients = calloc(clients_count, sizeof *model->clients);
    model->rooms = calloc(clients_count, sizeof *model->rooms);
    CHECK(model->clients != NULL && model->rooms != NULL);
    for (uint32_t i = 0; i < clients_count; i++)
        model->rooms[i].host = model->rooms[i].guest = NO_CLIENT;
}

void model_clear(struct model *model)
{
    free(model->clients);
    free(model->rooms);
}

/* An event with up to two strings: "head":first, then "next":second when there
 * is a next. */
static void see_strings(struct model *model, uint32_t client, struct str head, struct str first,
                        struct str next, struct str second)
{
    struct draft text;
    text.len = 0;
    add(&text, head);
    add_json(&text, first);
    add(&text, next);
    if (next.len > 0)
        add_json(&text, second);
    add(&text, STR("}"));
    expects(model->world, client, &text);
}

static void see_error(struct model *model, uint32_t client, struct str code, struct str message)
{
    see_strings(model, client, STR("{\"type\":\"error\",\"code\":"), code, STR(",\"message\":"),
                message);
}

/* An event without strings. */
static void see(struct model *model, uint32_t client, struct str text)
{
    reader_expects(model->world, client, text, DELIVERY_RELIABLE, 0);
}

/* An event with a gap between two texts. */
static void see_gap(struct model *model, uint32_t client, const char *head, char gap,
                    uint32_t number)
{
    struct draft text;
    text.len = 0;
    add_format(&text, "%s", head);
    add_gap(&text, gap, number);
    add(&text, STR("\"}"));
    expects(model->world, client, &text);
}

static struct str name_of(const struct model *model, uint32_t client)
{
    return (struct str){model->clients[client].name, model->clients[client].name_len};
}

uint32_t model_partner(const struct model *model, uint32_t client)
{
    if (model->clients[client].room == ROOMLESS)
        return NO_CLIENT;
    const struct model_room *room = &model->rooms[model->clients[client].room];
    return room->host == client ? room->guest : room->host;
}

uint32_t model_find(const struct model *model, struct str code)
{
    if (code.len != MODEL_CODE_BYTES)
        return ROOMLESS;
    for (uint32_t i = 0; i < model->clients_count; i++) {
        const struct model_room *room = &model->rooms[i];
        if (room->host != NO_CLIENT && room->code_known &&
            memcmp(room->code, code.base, MODEL_CODE_BYTES) == 0)
            return i;
    }
    return ROOMLESS;
}

bool model_learn_code(struct model *model, uint32_t serial, const char *code)
{
    for (uint32_t i = 0; i < model->clients_count; i++) {
        struct model_room *room = &model->rooms[i];
        if (room->host == NO_CLIENT || room->serial != serial)
            continue;
        if (model_find(model, (struct str){code, MODEL_CODE_BYTES}) != ROOMLESS)
            return false;
        room->code_known = true;
        memcpy(room->code, code, MODEL_CODE_BYTES);
    }
    return true; /* also when it has gone before its creator read of it */
}

static void leave(struct model *model, uint32_t client)
{
    uint32_t partner = model_partner(model, client);
    struct model_room *room = &model->rooms[model->clients[client].room];
    model->clients[client].room = ROOMLESS;
    model->clients[client].typing = false;
    room->host = partner;
    room->guest = NO_CLIENT;
    if (partner == NO_CLIENT) {
        model->rooms_open--;
        return;
    }
    model->clients[partner].typing = false;
    see(model, partner, STR("{\"type\":\"partner_left\"}"));
}

void model_opens(struct model *model, uint32_t client)
{
    CHECK(!model->clients[client].here);
    model->clients[client] = (struct model_client){.here = true, .room = ROOMLESS};
    see_gap(model, client, "{\"type\":\"connected\",\"client_id\":\"", GAP_UUID, 0);
}

void model_closes(struct model *model, uint32_t client)
{
    CHECK(model->clients[client].here);
    if (model->clients[client].room != ROOMLESS)
        leave(model, client);
    model->clients[client].here = false;
}

static void hear_name(struct model *model, uint32_t client, struct str name)
{
    struct model_client *c = &model->clients[client];
    CHECK(name.len <= sizeof c->name);
    c->named = true;
    c->name_len = name.len;
    if (name.len > 0)
        memcpy(c->name, name.base, name.len);
    see_strings(model, client, STR("{\"type\":\"username_set\",\"username\":"), name, STR(""),
                STR(""));
}

/* What create_room and join_room have in common. */
static bool may_enter(struct model *model, uint32_t client)
{
    if (!model->clients[client].named) {
        see_error(model, client, STR("username_required"), STR("Username is required"));
        return false;
    }
    if (model->clients[client].room != ROOMLESS) {
        see_error(model, client, STR("already_in_room"), STR("You are already in a room"));
        return false;
    }
    return true;
}

static void hear_create(struct model *model, uint32_t client)
{
    if (!may_enter(model, client))
        return;
    uint32_t place = client;
    while (model->rooms[place].host != NO_CLIENT)
        place = (place + 1) % model->clients_count;
    model->rooms[place] =
        (struct model_room){.host = client, .guest = NO_CLIENT, .serial = ++model->serial};
    model->clients[client].room = place;
    model->rooms_open++;
    see_gap(model, client, "{\"type\":\"room_created\",\"room_code\":\"", GAP_CODE, model->serial);
}

static enum fault hear_join(struct model *model, uint32_t client, struct str argument)
{
    char upper[512];
    CHECK(argument.len <= sizeof upper);
    for (size_t i = 0; i < argument.len; i++) {
        char c = argument.base[i];
        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    struct str code = {upper, argument.len};
    if (!may_enter(model, client))
        return FAULT_NONE;
    uint32_t room = model_find(model, code);
    if (room == ROOMLESS) {
        struct draft message;
        message.len = 0;
        add(&message, STR("Room '"));
        add(&message, code);
        add(&message, STR("' not found"));
        see_error(model, client, STR("room_not_found"), (struct str){message.bytes, message.len});
        return FAULT_GUESS;
    } else if (model->rooms[room].guest != NO_CLIENT) {
        see_error(model, client, STR("room_full"), STR("Room is full"));
    } else {
        uint32_t host = model->rooms[room].host;
        model->rooms[room].guest = client;
        model->clients[client].room = room;
        see_strings(model, client, STR("{\"type\":\"room_joined\",\"room_code\":"), code,
                    STR(",\"partner\":"), name_of(model, host));
        see_strings(model, host, STR("{\"type\":\"partner_joined\",\"username\":"),
                    name_of(model, client), STR(""), STR(""));
    }
    return FAULT_NONE;
}

static void hear_stop(struct model *model, uint32_t client)
{
    if (model->clients[client].typing)
        see(model, model_partner(model, client), STR("{\"type\":\"partner_stop_typing\"}"));
    model->clients[client].typing = false;
}

static void hear_chat(struct model *model, uint32_t client, struct str content)
{
    hear_stop(model, client);
    uint32_t partner = model_partner(model, client);
    if (partner != NO_CLIENT)
        see_strings(model, partner, STR("{\"type\":\"chat\",\"from\":"), name_of(model, client),
                    STR(",\"content\":"), content);
}

static void hear_typing(struct model *model, uint32_t client, uint64_t now_ms)
{
    struct model_client *c = &model->clients[client];
    uint32_t partner = model_partner(model, client);
    if (partner == NO_CLIENT)
        return;
    if (!c->typing)
        reader_expects(model->world, partner, STR("{\"type\":\"partner_typing\"}"),
                       DELIVERY_VOLATILE, 0);
    c->typing = true;
    c->typing_until_ms = now_ms + TYPING_LASTS_MS;
}

/* What chat, typing and leave_room have in common. */
static bool in_room(struct model *model, uint32_t client)
{
    if (model->clients[client].room == ROOMLESS)
        see_error(model, client, STR("not_in_room"), STR("You are not in a room"));
    return model->clients[client].room != ROOMLESS;
}

enum fault model_hears(struct model *model, uint32_t client, enum said kind, struct str argument,
                       uint64_t now_ms)
{
    CHECK(model->clients[client].here && kind != SAID_KINDS);
    switch (kind) {
    case SAID_NAME:
        hear_name(model, client, argument);
        break;
    case SAID_CREATE:
        hear_create(model, client);
        break;
    case SAID_JOIN:
        return hear_join(model, client, argument);
    case SAID_CHAT:
        if (in_room(model, client))
            hear_chat(model, client, argument);
        break;
    case SAID_TYPING:
        if (in_room(model, client))
            hear_typing(model, client, now_ms);
        break;
    case SAID_STOP:
        hear_stop(model, client);
        break;
    case SAID_LEAVE:
        if (in_room(model, client))
            leave(model, client);
        break;
    case SAID_GARBAGE:
        see_gap(model, client,
                "{\"type\":\"error\",\"code\":\"invalid_message\",\"message\":"
                "\"Invalid message "
                "format: ",
                GAP_REASON, 0);
        return FAULT_INVALID;
    case SAID_KINDS:
        break;
    }
    return FAULT_NONE;
}

bool model_expires(struct model *model, uint32_t client, uint64_t now_ms)
{
    const struct model_client *c = &model->clients[client];
    bool over = c->here && c->typing && c->typing_until_ms <= now_ms;
    if (over)
        hear_stop(model, client);
    return over;
}
