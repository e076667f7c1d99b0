/* Game, as the simulator plays it: what players say, what becomes of it, and
 * what must hold of the service's own state. */
#include <stdlib.h>

#include "base/check.h"
#include "game/state.h"
#include "game_play.h"
#include "generated/game_codec.h"

enum {
    JOINERS_MAX = 60,
    SMALL_SESSIONS = 64,
    WALK_EVERY = 1024,
    STORE_AWAY_MS = 5000,
    ANSWER_MS = 10000
};

_Static_assert((int)GAME_ROOM_PLAYERS == (int)PLAYERS_MAX &&
                   (int)GAME_WELCOME_ENTRIES == (int)WELCOME_ENTRIES_MAX,
               "the model knows the bounds");

static void *begin(struct world *world, const void **options)
{
    static struct game_options game_options;
    struct game_model *model = calloc(1, sizeof *model);
    CHECK(model != NULL);
    model->world = world;
    model->players = calloc(world->options.sessions, sizeof *model->players);
    CHECK(model->players != NULL);
    model->rooms_count = 1 + draw_below(&world->draw, world->options.sessions / 5 + 1);
    if (model->rooms_count > GAME_ROOMS_MAX)
        model->rooms_count = GAME_ROOMS_MAX;
    model->tick_ms = draw_percent(&world->draw, 50) ? 0 : 1 + draw_below(&world->draw, 100);
    model->stores = draw_percent(&world->draw, 60);
    model->caches = model->stores && draw_percent(&world->draw, 60);
    model->store = game_store_new(model);
    game_options = (struct game_options){
        .tick_ms = model->tick_ms, .store = model->stores, .cache = model->caches};
    *options = &game_options;
    return model;
}

static void end(void *state)
{
    struct game_model *model = state;
    game_store_free(model->store);
    free(model->players);
    free(model->incarnations.ids);
    free(model->entries.ids);
    free(model);
}

static void opens(void *model, uint32_t client)
{
    game_model_opens(model, client);
}

static void closes(void *model, uint32_t client)
{
    game_model_closes(model, client);
}

static void departs(void *model, uint32_t client, const struct message *message)
{
    (void)message;
    game_model_leaves(model, client);
}

/* The service's room, on the worker that owns it, or NULL. */
static const struct room *find_room(const struct game_model *model, uint32_t number,
                                    const struct game **owner)
{
    char name[32];
    game_room_name(number, name);
    struct str id = {name, strlen(name)};
    const struct game *game = model->world->workers[0].state;
    game = model->world->workers[game_room_owner(game, id)].state;
    uint32_t slot = game_room_find(game, id);
    *owner = game;
    return slot == NONE ? NULL : game_room_at(game, slot);
}

static bool is_full(const struct room *room)
{
    return room->roster.count + room->seats >= PLAYERS_MAX;
}

static bool out_of_seats(const struct game *game)
{
    return game->seats.live == game->seats.capacity;
}

bool game_walk_waits(const struct game_model *model, uint32_t worker, uint64_t ticket)
{
    const struct game *game = model->world->workers[worker].state;
    return pool_find(&game->rooms, (struct handle){(uint32_t)ticket, (uint32_t)(ticket >> 32)}) !=
           NULL;
}

bool game_walk_keeps_timer(const struct game_model *model, uint32_t number)
{
    const struct game *game;
    const struct room *room = find_room(model, number, &game);
    return room != NULL && room->seats > 0;
}

/* Whether the store has left a question about the room without an answer for so
 * long that all who wait for it are refused, at some time since then. */
static bool was_away(const struct game_model *model, uint32_t room, uint64_t since_ms)
{
    bool away = false;
    for (uint32_t i = 0; i < GAME_RECALLS; i++) {
        uint64_t refused_ms = model->rooms[room].recalled_ms[i] + STORE_AWAY_MS;
        away = away || (refused_ms >= since_ms && refused_ms <= model->world->now_ms);
    }
    return away && model->stores;
}

/* Whether another worker's answer may have been late or lost, and the join given up. */
static bool was_unanswered(const struct world *world, const struct message *message)
{
    return world->now_ms - message->tried_ms >= ANSWER_MS;
}

/* The outcome of a join is the server's to say, but it must have had a reason.
 */
static void hears_join(struct game_model *model, uint32_t client, const struct message *message,
                       const struct game_argument *argument)
{
    const struct world *world = model->world;
    const struct game *game;
    const struct room *room = find_room(model, argument->room, &game);
    if (world_errors(world, client, GAME_ERROR_ROOM_FULL) > 0) {
        if ((room == NULL || !is_full(room)) &&
            model->rooms[argument->room].full_step < message->tried_step)
            world_fails(model->world, client, "is told that a room is full, and it is not");
        game_model_refuses(model, client, "Room is full");
    } else if (world_errors(world, client, GAME_ERROR_ROOM_REFUSED) > 0) {
        if (!out_of_seats(game) && model->seats_step < message->tried_step &&
            model->refused_step < message->tried_step &&
            !was_away(model, argument->room, message->tried_ms) && !was_unanswered(world, message))
            world_fails(model->world, client, "is refused a room for no reason");
        game_model_refuses(model, client, "The server cannot open another room now");
    } else {
        game_model_enters(model, client, argument);
    }
}

static enum fault heard(void *state, uint32_t client, const struct message *message)
{
    struct game_model *model = state;
    struct game_argument argument;
    static struct draft text;
    memset(&argument, 0, sizeof argument);
    if (message->argument.len > 0)
        memcpy(&argument, message->argument.base, sizeof argument);
    bool joined = model->players[client].room != NO_ROOM;
    switch ((enum game_said)message->kind) {
    case GAME_SAID_JOIN:
        hears_join(model, client, message, &argument);
        break;
    case GAME_SAID_UPDATE:
        if (joined)
            game_model_updates(model, client, &argument);
        break;
    case GAME_SAID_CHAT:
        if (joined)
            game_model_chats(model, client, &argument);
        break;
    case GAME_SAID_GARBAGE:
        text.len = 0;
        add(&text, STR("{\"type\":\"Error\",\"message\":\""));
        add_gap(&text, GAP_WHY, 0);
        add(&text, STR("\"}"));
        expects(model->world, client, &text);
        return FAULT_INVALID;
    case GAME_SAID:
        break;
    }
    if (!joined && message->kind != GAME_SAID_JOIN)
        game_model_refuses(model, client, "Join a room first");
    return FAULT_NONE;
}

static bool asked(void *model, const struct letter *letter, uint32_t worker,
                  struct message *message)
{
    (void)model, (void)letter, (void)worker, (void)message;
    return false; /* seats are seen by nobody */
}

static void expires(void *state, uint32_t worker)
{
    struct game_model *model = state;
    const struct world *world = model->world;
    for (uint32_t i = 0; i < model->rooms_count; i++) {
        const struct game_model_room *room = &model->rooms[i];
        if (room->due_ms == 0 || room->due_ms > world->now_ms)
            continue;
        const struct game *game;
        (void)find_room(model, i, &game);
        if (game == world->workers[worker].state)
            game_model_ticks(model, i);
    }
}

static uint64_t next_ms(const void *state)
{
    const struct game_model *model = state;
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < model->rooms_count; i++)
        if (model->rooms[i].due_ms != 0 && model->rooms[i].count > 0 &&
            model->rooms[i].due_ms < next_ms)
            next_ms = model->rooms[i].due_ms;
    return next_ms;
}

/* What players say */

static const struct str garbage[] = {
    STR_INIT(""),
    STR_INIT("hello"),
    STR_INIT("{\"type\":\"Join\"}"),
    STR_INIT("{\"type\":\"Join\",\"room_id\":\"\",\"name\":\"n\",\"color\":\"#"
             "000000\"}"),
    STR_INIT("{\"type\":\"Join\",\"room_id\":\"r\",\"name\":\"n\",\"color\":"
             "\"red\"}"),
    STR_INIT("{\"type\":\"Chat\",\"message\":\"\"}"),
    STR_INIT("{\"type\":\"Update\",\"state\":{\"name\":\"n\",\"color\":\"#000000\","
             "\"position\":[0,0,1000.5],\"rotation\":[1,0,0,0]}}"),
    STR_INIT("{\"type\":\"Update\",\"state\":{\"name\":\"n\",\"color\":\"#000000\","
             "\"position\":[0,0,0],\"rotation\":[1,1,0,0]}}"),
    STR_INIT("{\"type\":\"PlayerLeft\",\"client_id\":\"x\"}"),
};

static const char *draw_number(struct draw *draw)
{
    static const char *const numbers[] = {"0",    "1",      "-1",    "0.5",  "10.0",
                                          "1e2",  "-0.0",   "999.9", "3.25", "-1000",
                                          "1E-3", "0.1000", "7",     "12.5", "1000.0"};
    return numbers[draw_below(draw, sizeof numbers / sizeof *numbers)];
}

/* A state as an Update tells it, written as the server writes it. */
static void draw_state(struct draw *draw, struct game_argument *argument)
{
    static const char *const rotations[] = {"1,0,0,0", "0.707,0.0,0.707,0.0", "0.5,-0.5,0.5,0.5"};
    char rest[160] = "";
    int len = 0;
    if (draw_percent(draw, 30))
        len += snprintf(rest, sizeof rest, ",\"animation\":\"걷기 %u\"", draw_below(draw, 9));
    if (draw_percent(draw, 30))
        len += snprintf(rest + len, sizeof rest - (size_t)len, ",\"velocity\":[%s,%s,%s]",
                        draw_number(draw), draw_number(draw), draw_number(draw));
    if (draw_percent(draw, 20))
        snprintf(rest + len, sizeof rest - (size_t)len, ",\"modelUrl\":\"m%u.glb\"",
                 draw_below(draw, 99));
    const char *position[3] = {draw_number(draw), draw_number(draw), draw_number(draw)};
    snprintf(argument->state, sizeof argument->state,
             "{\"name\":\"%s\",\"color\":\"#%06x\",\"position\":[%s,%s,%s],"
             "\"rotation\":[%s]%s}",
             argument->name, draw_below(draw, 1 << 24), position[0], position[1], position[2],
             rotations[draw_below(draw, 3)], rest);
}

static uint32_t draw_room(struct game_model *model)
{
    struct draw *draw = &model->world->draw;
    if (draw_percent(draw, 15))
        return 0; /* rather crowded */
    return draw_below(draw, model->rooms_count);
}

static void say_join(struct game_model *model, uint32_t client, uint32_t number)
{
    struct world *world = model->world;
    static struct draft text;
    struct game_argument argument;
    char room[32];
    memset(&argument, 0, sizeof argument);
    argument.room = number;
    snprintf(argument.name, sizeof argument.name, "%s%u",
             draw_percent(&world->draw, 20) ? "이름" : "n", client);
    uint32_t color = draw_below(&world->draw, 1 << 24);
    snprintf(argument.state, sizeof argument.state,
             "{\"name\":\"%s\",\"color\":\"#%06x\",\"position\":[0.0,0.0,0.0],"
             "\"rotation\":[1.0,0.0,0.0,0.0]}",
             argument.name, color);
    game_room_name(number, room);
    text.len = 0;
    add_format(&text,
               "{\"type\":\"Join\",\"room_id\":\"%s\",\"name\":\"%s\",\"color\":"
               "\"#%06x\"}",
               room, argument.name, color);
    world_say(world, client, GAME_SAID_JOIN, (struct str){(const char *)&argument, sizeof argument},
              draft_str(&text));
}

static void says(void *state, uint32_t client)
{
    struct game_model *model = state;
    struct world *world = model->world;
    static struct draft text;
    static const uint32_t outside[GAME_SAID] = {80, 8, 8, 4}, inside[GAME_SAID] = {10, 60, 27, 3};
    enum game_said kind = (enum game_said)draw_weighted(
        &world->draw, model->players[client].room == NO_ROOM ? outside : inside, GAME_SAID);
    if (world->clients[client].rude && draw_percent(&world->draw, 70))
        kind = GAME_SAID_GARBAGE;
    struct game_argument argument;
    memset(&argument, 0, sizeof argument);
    struct str bytes = {(const char *)&argument, sizeof argument};
    uint32_t number = (uint32_t)world->serials;
    text.len = 0;
    switch (kind) {
    case GAME_SAID_JOIN:
        say_join(model, client, draw_room(model));
        return;
    case GAME_SAID_UPDATE:
        snprintf(argument.name, sizeof argument.name, "n%u.%u", client, number);
        draw_state(&world->draw, &argument);
        add_format(&text, "{\"type\":\"Update\",\"state\":%s}", argument.state);
        break;
    case GAME_SAID_CHAT:
        snprintf(argument.message, sizeof argument.message, "안녕 %u", number);
        add_format(&text, "{\"message\":\"%s\",\"type\":\"Chat\"}", argument.message);
        break;
    case GAME_SAID_GARBAGE:
        add(&text, garbage[draw_below(&world->draw, sizeof garbage / sizeof *garbage)]);
        bytes.len = 0;
        break;
    case GAME_SAID:
        break;
    }
    world_say(world, client, kind, bytes, draft_str(&text));
}

static void stampede(void *state)
{
    struct game_model *model = state;
    uint32_t room = draw_room(model);
    for (uint32_t i = 0; i < JOINERS_MAX; i++)
        say_join(model, draw_below(&model->world->draw, model->world->options.sessions), room);
}

static size_t fits(void *state, uint32_t client, char kind, uint32_t number, struct str text)
{
    struct game_model *model = state;
    (void)client;
    if (kind == GAP_WHY)
        return text.len > 2 ? text.len - 2 : 0;
    return ids_fit(kind == GAP_PLAYER ? &model->incarnations : &model->entries, number, text,
                   "########-####-4###-%###-############");
}

static uint32_t partner(const void *state, uint32_t client)
{
    const struct game_model *model = state;
    if (model->players[client].room == NO_ROOM)
        return NO_CLIENT;
    const struct game_model_room *room = &model->rooms[model->players[client].room];
    return room->players[0] != client ? room->players[0] : room->players[room->count - 1];
}

/* The service's own state */

static void walk_room(const struct game_model *model, const struct game *game, uint32_t slot)
{
    const struct room *room = game_room_at(game, slot);
    const uint32_t *members = roster_members(&game->rosters, &room->roster);
    bool changed = false;
    if (room->roster.count + room->seats > PLAYERS_MAX)
        world_fails(model->world, 0, "or another: a room has more than all");
    if (room->empty != (room->roster.count + room->seats == 0) || (room->empty && room->count == 0))
        world_fails(model->world, 0, "or another: a room is kept for nothing, or not kept");
    for (uint32_t i = 0; i < room->roster.count; i++) {
        const struct player *player = player_at(game, members[i]);
        changed = changed || player->changed;
        if (player->room != slot || player->place != i)
            world_fails(model->world, 0, "or another: player and room do not name each other");
    }
    if (changed && !wheel_is_set(&room->timer))
        world_fails(model->world, 0, "or another: a change is never told");
}

static void walk_all(const struct game_model *model, const struct game *game)
{
    uint32_t seats = 0, players = 0, empty = 0, joined = 0;
    for (uint32_t slot = 0; (slot = pool_next(&game->rooms, slot)) != POOL_NONE; slot++) {
        const struct room *room = game_room_at(game, slot);
        walk_room(model, game, slot);
        seats += room->seats;
        players += room->roster.count;
        empty += room->empty;
    }
    for (uint32_t slot = 0; (slot = pool_next(&game->players, slot)) != POOL_NONE; slot++)
        joined += player_at(game, slot)->room != NONE;
    if (seats != game->seats.live || players != joined || empty != game->empty_now)
        world_fails(model->world, 0,
                    "or another: %u seats of %u, %u players of %u, %u empty rooms of %u", seats,
                    game->seats.live, players, joined, empty, game->empty_now);
}

static void walk(void *state, uint32_t worker)
{
    struct game_model *model = state;
    const struct world *world = model->world;
    const struct game *game;
    const struct room *room = find_room(model, 0, &game); /* the one that fills up */
    if (room != NULL && is_full(room))
        model->rooms[0].full_step = world->step;
    if (out_of_seats(world->workers[worker].state))
        model->seats_step = world->step;
    if (world->options.sessions <= SMALL_SESSIONS || world->step % WALK_EVERY == 0)
        walk_all(model, world->workers[worker].state);
}

static void settled(void *state)
{
    struct game_model *model = state;
    for (uint32_t i = 0; i < model->world->options.workers; i++) {
        const struct game *game = model->world->workers[i].state;
        walk_all(model, game);
        if (game->seats.live > 0 || game->inquiries.live > 0)
            world_fails(model->world, 0, "or another: a seat or an inquiry is kept for ever");
    }
    for (uint32_t i = 0; i < model->rooms_count; i++) {
        const struct game *game;
        const struct room *room = find_room(model, i, &game);
        uint32_t count = room == NULL ? 0 : room->roster.count;
        if (count != model->rooms[i].count)
            world_fails(model->world, 0, "or another: room %u has %u players, the model %u", i,
                        count, model->rooms[i].count);
    }
    game_store_settled(model);
}

static const char *const kind_names[GAME_SAID] = {"join", "update", "chat", "invalid"};

const struct play game_play = {
    .name = "game",
    .service = &game_service,
    .codec = &game_codec,
    .kinds = GAME_SAID,
    .kind_names = kind_names,
    .mails = true,
    .egress = {.messages_max = 220, .bytes_max = 1 << 20, .volatile_max = 6},
    .begin = begin,
    .end = end,
    .opens = opens,
    .closes = closes,
    .heard = heard,
    .departs = departs,
    .asked = asked,
    .expires = expires,
    .next_ms = next_ms,
    .stored = game_stored,
    .store_acts = game_store_acts,
    .says = says,
    .stampede = stampede,
    .fits = fits,
    .partner = partner,
    .walk = walk,
    .settled = settled,
};
