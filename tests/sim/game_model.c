#include "game_model.h"

#include <stdlib.h>
#include <time.h>

#include "base/check.h"

enum { NS_PER_MS = 1000000 };

void game_room_name(uint32_t room, char name[32])
{
    snprintf(name, 32, "%s %u", room % 3 == 0 ? "방" : "room", room);
}

/* "type":kind and the client's id. */
static void start(struct draft *text, const char *kind, uint32_t incarnation)
{
    text->len = 0;
    add_format(text, "{\"type\":\"%s\",\"client_id\":\"", kind);
    add_gap(text, GAP_PLAYER, incarnation);
    add(text, STR("\""));
}

static void tell_others(struct game_model *model, uint32_t client, const struct draft *text,
                        enum delivery delivery)
{
    const struct game_model_player *player = &model->players[client];
    const struct game_model_room *room = &model->rooms[player->room];
    for (uint32_t i = 0; i < room->count; i++)
        if (room->players[i] != client)
            reader_expects(model->world, room->players[i], draft_str(text), delivery,
                           player->incarnation);
}

void game_model_opens(struct game_model *model, uint32_t client)
{
    CHECK(!model->players[client].here);
    model->players[client] = (struct game_model_player){
        .here = true, .incarnation = ids_add(&model->incarnations), .room = NO_ROOM};
}

void game_model_leaves(struct game_model *model, uint32_t client)
{
    static struct draft text;
    struct game_model_player *player = &model->players[client];
    if (player->room == NO_ROOM)
        return;
    start(&text, "PlayerLeft", player->incarnation);
    add(&text, STR("}"));
    tell_others(model, client, &text, DELIVERY_SEAL);
    /* The last one takes the free place: the order in which a Welcome shows them.
     */
    struct game_model_room *room = &model->rooms[player->room];
    uint32_t place = 0;
    while (room->players[place] != client)
        place++;
    room->players[place] = room->players[--room->count];
    if (room->count == 0 && !game_walk_keeps_timer(model, player->room))
        room->due_ms = 0;
    player->room = NO_ROOM;
    player->changed = false;
}

void game_model_closes(struct game_model *model, uint32_t client)
{
    CHECK(model->players[client].here);
    game_model_leaves(model, client);
    model->players[client].here = false;
}

static void add_moment(struct draft *text, uint64_t ns, const char *utc)
{
    char date[32];
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm tm;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
    add_format(text, "\"%s.%09llu%s\"", date, (unsigned long long)(ns % 1000000000), utc);
}

static void welcome(struct game_model *model, uint32_t client)
{
    static struct draft text;
    const struct game_model_player *player = &model->players[client];
    const struct game_model_room *room = &model->rooms[player->room];
    start(&text, "Welcome", player->incarnation);
    add(&text, STR(",\"room_state\":["));
    for (uint32_t i = 0; i < room->count; i++) {
        add(&text, i == 0 ? STR("[\"") : STR(",[\""));
        add_gap(&text, GAP_PLAYER, model->players[room->players[i]].incarnation);
        add_format(&text, "\",%s]", model->players[room->players[i]].state);
    }
    add(&text, STR("],\"chat_history\":["));
    for (uint32_t i = 0; i < room->entries_count; i++) {
        const struct game_model_entry *entry = &room->entries[i];
        char name[32];
        game_room_name(player->room, name);
        add(&text, i == 0 ? STR("{\"id\":\"") : STR(",{\"id\":\""));
        add_gap(&text, GAP_ENTRY, entry->id);
        add_format(&text, "\",\"room_id\":\"%s\",\"client_id\":\"", name);
        add_gap(&text, GAP_PLAYER, entry->incarnation);
        add_format(&text, "\",\"username\":\"%s\",\"message\":\"%s\",\"timestamp\":", entry->name,
                   entry->message);
        add_moment(&text, entry->said_ns, "Z");
        add(&text, STR("}"));
    }
    add(&text, STR("]}"));
    reader_expects(model->world, client, draft_str(&text), DELIVERY_SEAL_ALL, 0);
}

static void set_state(struct game_model_player *player, const struct game_argument *argument)
{
    memcpy(player->name, argument->name, sizeof player->name);
    memcpy(player->state, argument->state, sizeof player->state);
}

static void tell_state(struct game_model *model, uint32_t client, const char *kind,
                       enum delivery delivery)
{
    static struct draft text;
    const struct game_model_player *player = &model->players[client];
    start(&text, kind, player->incarnation);
    add_format(&text, ",\"state\":%s}", player->state);
    tell_others(model, client, &text, delivery);
}

void game_model_enters(struct game_model *model, uint32_t client,
                       const struct game_argument *argument)
{
    struct game_model_player *player = &model->players[client];
    if (player->room != argument->room) {
        game_model_leaves(model, client);
        struct game_model_room *room = &model->rooms[argument->room];
        if (room->count == GAME_ROOM_PLAYERS)
            world_fails(model->world, client, "enters a room that is full");
        room->players[room->count++] = client;
        player->room = argument->room;
    }
    player->changed = false;
    set_state(player, argument);
    welcome(model, client);
    tell_state(model, client, "PlayerJoined", DELIVERY_SEAL);
}

void game_model_refuses(struct game_model *model, uint32_t client, const char *error)
{
    static struct draft text;
    text.len = 0;
    add_format(&text, "{\"type\":\"Error\",\"message\":\"%s\"}", error);
    expects(model->world, client, &text);
}

void game_model_updates(struct game_model *model, uint32_t client,
                        const struct game_argument *argument)
{
    struct game_model_player *player = &model->players[client];
    struct game_model_room *room = &model->rooms[player->room];
    set_state(player, argument);
    if (model->tick_ms == 0) {
        tell_state(model, client, "PlayerUpdate", DELIVERY_LATEST);
        return;
    }
    player->changed = true;
    if (room->due_ms == 0)
        room->due_ms = model->world->now_ms + model->tick_ms;
}

static void tell_change(struct game_model *model, uint32_t client)
{
    struct game_model_player *player = &model->players[client];
    if (player->changed)
        tell_state(model, client, "PlayerUpdate", DELIVERY_LATEST);
    player->changed = false;
}

void game_model_ticks(struct game_model *model, uint32_t number)
{
    struct game_model_room *room = &model->rooms[number];
    room->due_ms = 0;
    for (uint32_t i = 0; i < room->count; i++)
        tell_change(model, room->players[i]);
}

void game_model_chats(struct game_model *model, uint32_t client,
                      const struct game_argument *argument)
{
    static struct draft text;
    const struct game_model_player *player = &model->players[client];
    struct game_model_room *room = &model->rooms[player->room];
    model->chats++;
    tell_change(model, client);
    uint64_t now_ns = model->world->now_ms * NS_PER_MS;
    room->stamped_ns = now_ns > room->stamped_ns ? now_ns : room->stamped_ns + 1;
    if (room->entries_count == GAME_WELCOME_ENTRIES)
        memmove(room->entries, room->entries + 1, --room->entries_count * sizeof *room->entries);
    struct game_model_entry *entry = &room->entries[room->entries_count++];
    *entry = (struct game_model_entry){.id = ids_add(&model->entries),
                                       .incarnation = player->incarnation,
                                       .said_ns = room->stamped_ns};
    memcpy(entry->name, player->name, sizeof entry->name);
    memcpy(entry->message, argument->message, sizeof entry->message);
    start(&text, "ChatMessage", player->incarnation);
    add_format(&text, ",\"name\":\"%s\",\"message\":\"%s\",\"timestamp\":", entry->name,
               entry->message);
    add_moment(&text, entry->said_ns, "+00:00");
    add(&text, STR("}"));
    tell_others(model, client, &text, DELIVERY_SEAL);
}
