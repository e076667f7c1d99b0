/* Chat, as the simulator plays it: what clients say, sense, nonsense, and the
 * same in many spellings. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "chat/chat.h"
#include "chat_model.h"
#include "generated/chat_codec.h"

enum { ARGUMENT_MAX = 8192, WRITTEN_MAX = 6 * ARGUMENT_MAX, JOINERS_MAX = 50 };

/* A text that is put together. */
struct buffer {
    size_t len, capacity;
    char *bytes;
};

static void put(struct buffer *buffer, struct str more)
{
    CHECK(more.len <= buffer->capacity - buffer->len);
    if (more.len > 0)
        memcpy(buffer->bytes + buffer->len, more.base, more.len);
    buffer->len += more.len;
}

/* Pieces of text: as they are meant, and ways to write them in JSON. */
static const struct {
    struct str meant, written[2];
} pieces[] = {
    {STR_INIT("a"), {STR_INIT("a"), STR_INIT("\\u0061")}},
    {STR_INIT("Z"), {STR_INIT("Z"), STR_INIT("\\u005A")}},
    {STR_INIT(" "), {STR_INIT(" "), STR_INIT("\\u0020")}},
    {STR_INIT("7"), {STR_INIT("7"), STR_INIT("\\u0037")}},
    {STR_INIT("/"), {STR_INIT("/"), STR_INIT("\\/")}},
    {STR_INIT("\""), {STR_INIT("\\\""), STR_INIT("\\u0022")}},
    {STR_INIT("\\"), {STR_INIT("\\\\"), STR_INIT("\\u005c")}},
    {STR_INIT("é"), {STR_INIT("é"), STR_INIT("\\u00e9")}},
    {STR_INIT("안"), {STR_INIT("안"), STR_INIT("\\uc548")}},
    {STR_INIT("😀"), {STR_INIT("😀"), STR_INIT("\\uD83D\\ude00")}},
};
enum { PIECE_KINDS = sizeof pieces / sizeof *pieces };

/* Texts that are no messages of chat, each for a reason of its own. */
static const struct str garbage[] = {
    STR_INIT(""),
    STR_INIT("hello"),
    STR_INIT("[]"),
    STR_INIT("null"),
    STR_INIT("{\"type\":\"typing\""),
    STR_INIT("{\"type\":\"typing\",}"),
    STR_INIT("{\"type\":\"typing\"}}"),
    STR_INIT("{\"type\":\"nonsense\"}"),
    STR_INIT("{\"type\":\"Typing\"}"),
    STR_INIT("{\"Type\":\"typing\"}"),
    STR_INIT("{\"type\":7}"),
    STR_INIT("{\"type\":\"chat\"}"),
    STR_INIT("{\"type\":\"chat\",\"content\":null}"),
    STR_INIT("{\"type\":\"chat\",\"content\":\"a\",\"content\":\"b\"}"),
    STR_INIT("{\"type\":\"chat\",\"content\":\"\\u0000\"}"),
    STR_INIT("{\"type\":\"chat\",\"content\":\"\\ud800\"}"),
    STR_INIT("{\"type\":\"join_room\"}"),
    STR_INIT("{\"type\":\"join_room\",\"room_code\":[\"ABC123\"]}"),
    STR_INIT("{\"type\":\"set_username\",\"username\":{}}"),
    STR_INIT("{\"type\":\"typing\",\"x\":1e999}"),
};

/* What stands around a message's fields, and may differ without a difference.
 */
static const struct str spaces[] = {STR_INIT(""), STR_INIT(""), STR_INIT(""), STR_INIT(" "),
                                    STR_INIT("\r\n\t")};
static const struct str extras[] = {STR_INIT("\"x\":null"), STR_INIT("\"from\":\"nobody\""),
                                    STR_INIT("\"x\":[1,-2.5e3,{\"type\":\"chat\"}]")};

static const struct {
    const char *tag, *field; /* NULL: without a field */
} commands[SAID_KINDS] = {
    [SAID_NAME] = {"set_username", "username"}, [SAID_CREATE] = {"create_room", NULL},
    [SAID_JOIN] = {"join_room", "room_code"},   [SAID_CHAT] = {"chat", "content"},
    [SAID_TYPING] = {"typing", NULL},           [SAID_STOP] = {"stop_typing", NULL},
    [SAID_LEAVE] = {"leave_room", NULL},
};

static void put_space(struct draw *draw, struct buffer *text)
{
    put(text, spaces[draw_below(draw, sizeof spaces / sizeof *spaces)]);
}

static void put_name(struct buffer *text, const char *name)
{
    put(text, STR("\""));
    put(text, (struct str){name, strlen(name)});
    put(text, STR("\""));
}

/* "name" : "value", the value written already. */
static void put_member(struct draw *draw, struct buffer *text, const char *name, struct str value)
{
    put_space(draw, text);
    put_name(text, name);
    put_space(draw, text);
    put(text, STR(":"));
    put_space(draw, text);
    put(text, STR("\""));
    put(text, value);
    put(text, STR("\""));
    put_space(draw, text);
}

/* The members stand in any order, with one among them that the server does not
 * know. */
static void put_message(struct draw *draw, struct buffer *text, enum said kind, struct str written)
{
    enum { TAG, FIELD, EXTRA } members[3] = {TAG};
    uint32_t count = 1;
    if (commands[kind].field != NULL)
        members[count++] = FIELD;
    if (draw_percent(draw, 5))
        members[count++] = EXTRA;
    uint32_t first = draw_percent(draw, 80) ? 0 : draw_below(draw, count);
    for (uint32_t i = 0; i < count; i++) {
        put(text, i == 0 ? STR("{") : STR(","));
        switch (members[(first + i) % count]) {
        case TAG:
            put_member(draw, text, "type",
                       (struct str){commands[kind].tag, strlen(commands[kind].tag)});
            break;
        case FIELD:
            put_member(draw, text, commands[kind].field, written);
            break;
        case EXTRA:
            put(text, extras[draw_below(draw, sizeof extras / sizeof *extras)]);
            break;
        }
    }
    put(text, STR("}"));
}

/* `pieces_count` pieces: what is meant, and one way to write it. */
static void put_pieces(struct draw *draw, uint32_t count, size_t bytes_max, struct buffer *meant,
                       struct buffer *written)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = draw_percent(draw, 70) ? 0 : draw_below(draw, PIECE_KINDS);
        if (meant->len + pieces[kind].meant.len > bytes_max)
            return;
        put(meant, pieces[kind].meant);
        put(written, pieces[kind].written[draw_percent(draw, 10)]);
    }
}

static uint32_t draw_len(struct draw *draw, uint32_t usual, uint32_t max)
{
    return draw_percent(draw, 97) ? draw_below(draw, usual) : draw_below(draw, max);
}

/* A code: of an open room, of one that has closed, or of none. */
static void put_code(struct world *world, struct buffer *meant)
{
    struct draw *draw = &world->draw;
    static const struct str others[] = {STR_INIT(""),        STR_INIT("ABC12"),
                                        STR_INIT("ABC1234"), STR_INIT("no room"),
                                        STR_INIT("!!!!!!"),  STR_INIT("안녕")};
    if (draw_percent(draw, 8)) {
        put(meant, others[draw_below(draw, sizeof others / sizeof *others)]);
        return;
    }
    const struct model *model = world->model;
    const struct model_room *room = NULL;
    for (uint32_t tries = 0; tries < 12; tries++) {
        const struct model_room *drawn = &model->rooms[draw_below(draw, model->clients_count)];
        if (!drawn->code_known)
            continue;
        room = drawn;
        /* Rather one that has a place, but not always. */
        if (room->host != NO_CLIENT && (room->guest == NO_CLIENT || draw_percent(draw, 10)))
            break;
    }
    if (room == NULL) {
        put(meant, STR("ZZZZZZ"));
        return;
    }
    for (size_t i = 0; i < MODEL_CODE_BYTES; i++) {
        char c = room->code[i];
        if (c >= 'A' && draw_percent(draw, 10))
            c = (char)(c - 'A' + 'a');
        put(meant, (struct str){&c, 1});
    }
}

static void say(struct world *world, uint32_t client, enum said kind, struct str meant,
                struct str written)
{
    static char bytes[WRITTEN_MAX];
    struct buffer text = {.capacity = sizeof bytes, .bytes = bytes};
    put_message(&world->draw, &text, kind, written);
    world_say(world, client, kind, meant, (struct str){text.bytes, text.len});
}

/* What is likely to be said depends on where the model has the client; since it
 * may have said more that is on its way, everything can be said everywhere. */
static enum said draw_kind(struct world *world, uint32_t client)
{
    static const uint32_t nameless[SAID_KINDS] = {60, 8, 8, 6, 4, 4, 4, 2};
    static const uint32_t outside[SAID_KINDS] = {3, 30, 52, 4, 3, 2, 3, 2};
    static const uint32_t inside[SAID_KINDS] = {5, 2, 3, 55, 18, 8, 7, 2};
    const struct model *model = world->model;
    const struct model_client *c = &model->clients[client];
    if (world->clients[client].rude && draw_percent(&world->draw, 80))
        return c->named && draw_percent(&world->draw, 70) ? SAID_JOIN : SAID_GARBAGE;
    return (enum said)draw_weighted(&world->draw,
                                    !c->named             ? nameless
                                    : c->room == ROOMLESS ? outside
                                                          : inside,
                                    SAID_KINDS);
}

static void says(void *state, uint32_t client)
{
    struct world *world = ((struct model *)state)->world;
    static char meant_bytes[ARGUMENT_MAX], written_bytes[WRITTEN_MAX / 2];
    struct draw *draw = &world->draw;
    struct buffer meant = {.capacity = sizeof meant_bytes, .bytes = meant_bytes};
    struct buffer written = {.capacity = sizeof written_bytes, .bytes = written_bytes};
    enum said kind = draw_kind(world, client);
    switch (kind) {
    case SAID_GARBAGE:
        world_say(world, client, kind, STR(""),
                  garbage[draw_below(draw, sizeof garbage / sizeof *garbage)]);
        return;
    case SAID_NAME:
        put_pieces(draw, draw_len(draw, 12, 300), MODEL_NAME_BYTES, &meant, &written);
        break;
    case SAID_CHAT:
        put_pieces(draw, draw_len(draw, 30, 2000), ARGUMENT_MAX, &meant, &written);
        break;
    case SAID_JOIN:
        put_code(world, &meant);
        put(&written, (struct str){meant.bytes, meant.len});
        break;
    case SAID_CREATE:
    case SAID_TYPING:
    case SAID_STOP:
    case SAID_LEAVE:
    case SAID_KINDS:
        break;
    }
    say(world, client, kind, (struct str){meant.bytes, meant.len},
        (struct str){written.bytes, written.len});
}

/* Many clients want into one room at once. */
static void stampede(void *state)
{
    const struct model *model = state;
    struct world *world = model->world;
    const struct model_room *room = &model->rooms[draw_below(&world->draw, model->clients_count)];
    if (room->host == NO_CLIENT || !room->code_known)
        return;
    struct str code = {room->code, MODEL_CODE_BYTES};
    for (uint32_t i = 0; i < JOINERS_MAX; i++) {
        uint32_t client = draw_below(&world->draw, model->clients_count);
        if (model->clients[client].here && model->clients[client].room == ROOMLESS)
            say(world, client, SAID_JOIN, code, code);
    }
}

/* The play */

static void *begin(struct world *world, const void **options)
{
    (void)options;
    struct model *model = malloc(sizeof *model);
    CHECK(model != NULL);
    model_init(model, world);
    return model;
}

static void end(void *model)
{
    model_clear(model);
    free(model);
}

static void opens(void *model, uint32_t client)
{
    model_opens(model, client);
}

static void closes(void *model, uint32_t client)
{
    model_closes(model, client);
}

static enum fault heard(void *state, uint32_t client, const struct message *message)
{
    struct model *model = state;
    return model_hears(model, client, (enum said)message->kind, message->argument,
                       model->world->now_ms);
}

static void expires(void *state, uint32_t worker)
{
    struct model *model = state;
    const struct world *world = model->world;
    for (uint32_t i = 0; i < model->clients_count; i++)
        if (world->clients[i].place == HERE && world->clients[i].worker == worker)
            model_expires(model, i, world->now_ms);
}

/* The earliest end of anybody's typing. */
static uint64_t next_ms(const void *state)
{
    const struct model *model = state;
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < model->clients_count; i++) {
        const struct model_client *client = &model->clients[i];
        if (client->here && client->typing && client->typing_until_ms < next_ms)
            next_ms = client->typing_until_ms;
    }
    return next_ms;
}

static size_t fits(void *model, uint32_t client, char kind, uint32_t number, struct str text)
{
    size_t len;
    switch (kind) {
    case GAP_UUID:
        return form_len(text, "########-####-4###-%###-############");
    case GAP_CODE:
        len = form_len(text, "@@@@@@");
        if (len > 0 && !model_learn_code(model, number, text.base))
            world_fails(((struct model *)model)->world, client, "two open rooms share a code");
        return len;
    default:
        return text.len > 2 ? text.len - 2 : 0; /* a reason */
    }
}

static uint32_t partner(const void *model, uint32_t client)
{
    return model_partner(model, client);
}

static void settled(void *state)
{
    const struct model *model = state;
    uint64_t rooms = 0;
    for (uint32_t i = 0; i < model->world->options.workers; i++)
        rooms += stat_get(&model->world->workers[i].stats.services[0].rooms);
    if (rooms != model->rooms_open)
        world_fails(model->world, 0, "or another: the workers have %llu rooms, the model %u",
                    (unsigned long long)rooms, model->rooms_open);
}

static const char *const kind_names[SAID_KINDS] = {"names",  "create", "join",  "chat",
                                                   "typing", "stop",   "leave", "invalid"};

const struct play chat_play = {
    .name = "chat",
    .service = &chat_service,
    .codec = &chat_codec,
    .kinds = SAID_KINDS,
    .kind_names = kind_names,
    .egress = {.messages_max = 48, .bytes_max = 16384, .volatile_max = 6},
    .begin = begin,
    .end = end,
    .opens = opens,
    .closes = closes,
    .heard = heard,
    .expires = expires,
    .next_ms = next_ms,
    .says = says,
    .stampede = stampede,
    .fits = fits,
    .partner = partner,
    .settled = settled,
};
