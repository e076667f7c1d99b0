/* game_fixture.h: the workers' instances of game without a server: commands go in as structs, and
 * what they ask for is carried out and told as lines of text.
 *
 * A line is "CLIENTS EVENT", such as "1+2 left 0", in the order in which it was asked for. Clients
 * are numbered from 0 in the order in which they came; in events, a number stands for a client_id.
 * Moves and waiting commands are carried out as the runtime does; mail is delivered at once unless
 * `held` is set, then by game_deliver.
 *
 * With options.store, what the store is told is told as lines too ("store room r 2"). It keeps
 * messages, and answers at once unless `away` is set, then by game_answer. */
#ifndef PARLEY_TESTS_UNIT_GAME_FIXTURE_H
#define PARLEY_TESTS_UNIT_GAME_FIXTURE_H

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "game/game.h"
#include "game/packing.h"
#include "generated/game_types.h"
#include "generated/protocol.h"
#include "tests/unit/test.h"

enum {
    CLIENTS_MAX = 1100,
    WORKERS_MAX = 4,
    MAILS_MAX = 64,
    RECALLS_MAX = 256,
    ENTRIES_MAX = 64,
    TEXT_BYTES = 1 << 18
};

struct client {
    uint32_t worker, slot;
    uint32_t generation; /* of its handle; grows when it moves */
    bool open, waiting, known;
    char id[UUID_TEXT_LEN];      /* once it was welcomed */
    struct game_command command; /* which it waits with */
};

struct mail {
    uint32_t from, to;
    size_t len;
    uint8_t *bytes;
};

struct recall {
    uint32_t worker;
    uint64_t ticket;
    char room_id[16];
};

/* A message in the store, and its texts in `bytes`. */
struct stored {
    struct store_order order;
    char bytes[1024];
};

struct fixture {
    uint32_t workers;
    void *games[WORKERS_MAX];
    struct game_options options;
    struct client clients[CLIENTS_MAX];
    uint32_t clients_count;
    struct mail mails[MAILS_MAX]; /* a queue, in the order they were sent */
    uint32_t mails_count;
    bool held;                          /* mail waits for game_deliver */
    struct recall recalls[RECALLS_MAX]; /* a queue of questions to the store */
    uint32_t recalls_count;
    bool away; /* the store: it waits for game_answer */
    struct stored entries[ENTRIES_MAX];
    uint32_t entries_count;
    char last_stamp[64]; /* of the last ChatMessage, or of the last entry of a Welcome */
    struct arena arena;
    struct random random;
    uint64_t seed;
    struct turn turn;
    char text[TEXT_BYTES];
    size_t text_len;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t game_draw(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline void game_refill(void *context, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(game_draw(context) >> 56);
}

static inline void game_init_with(struct fixture *f, uint32_t workers, struct game_options options)
{
    memset(f, 0, sizeof *f);
    f->workers = workers;
    f->options = options;
    f->turn.random = &f->random;
    f->turn.arena = &f->arena;
    f->turn.now_ms = 1000;
    f->turn.wall_ms = 1795253529598;
    f->seed = 1;
    CHECK(arena_init(&f->arena, 4 << 20) == 0);
    random_init(&f->random, game_refill, &f->seed);
    for (uint32_t i = 0; i < workers; i++) {
        struct service_config config = {
            .worker = i, .workers = workers, .sessions_max = CLIENTS_MAX, .options = &f->options};
        f->games[i] = game_service.create(&config);
        CHECK(f->games[i] != NULL);
    }
}

static inline void game_init(struct fixture *f, uint32_t workers, uint32_t tick_ms)
{
    game_init_with(f, workers, (struct game_options){.tick_ms = tick_ms});
}

static inline void game_clear(struct fixture *f)
{
    for (uint32_t i = 0; i < f->workers; i++)
        game_service.destroy(f->games[i]);
    for (uint32_t i = 0; i < f->mails_count; i++)
        free(f->mails[i].bytes);
    arena_clear(&f->arena);
}

__attribute__((format(printf, 2, 3))) static inline void game_print(struct fixture *f,
                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(f->text + f->text_len, TEXT_BYTES - f->text_len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < TEXT_BYTES - f->text_len);
    f->text_len += (size_t)len;
}

#define GAME_STR(text) (int)(text).len, (text).len > 0 ? (text).base : ""

/* The number of the client with this id; -1 for those of former times. */
static inline int game_number(const struct fixture *f, struct str id)
{
    for (uint32_t i = 0; i < f->clients_count; i++)
        if (f->clients[i].known && str_equal(id, (struct str){f->clients[i].id, UUID_TEXT_LEN}))
            return (int)i;
    CHECK(f->options.store && id.len == UUID_TEXT_LEN);
    return -1;
}

static inline void game_print_numbers(struct fixture *f, const struct number *numbers,
                                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        game_print(f, "%s%.*s", i > 0 ? "," : " ", (int)numbers[i].text_len, numbers[i].text);
}

static inline void game_print_state(struct fixture *f, struct str client_id,
                                    const struct game_player_state *state)
{
    game_print(f, " %d:%.*s", game_number(f, client_id), GAME_STR(state->name));
    static const struct number first = {.value = 0, .text_len = 3, .text = "0.0"};
    bool initial = memcmp(&state->position[0], &first, 12) == 0 && !state->has_animation &&
                   !state->has_velocity && !state->has_model_url;
    if (initial)
        return;
    game_print(f, " %.*s", GAME_STR(state->color));
    game_print_numbers(f, state->position, 3);
    game_print_numbers(f, state->rotation, 4);
    if (state->has_animation)
        game_print(f, " a=%.*s", GAME_STR(state->animation));
    if (state->has_velocity)
        game_print_numbers(f, state->velocity, 3);
    if (state->has_model_url)
        game_print(f, " m=%.*s", GAME_STR(state->model_url));
}

static inline void game_remember_stamp(struct fixture *f, struct str stamp)
{
    CHECK(stamp.len < sizeof f->last_stamp);
    memset(f->last_stamp, 0, sizeof f->last_stamp);
    memcpy(f->last_stamp, stamp.base, stamp.len);
}

static inline void game_print_welcome(struct fixture *f, const struct game_welcome_evt *welcome)
{
    game_print(f, "welcome");
    for (uint32_t i = 0; i < welcome->room_state_count; i++)
        game_print_state(f, welcome->room_state[i].client_id, &welcome->room_state[i].state);
    for (uint32_t i = 0; i < welcome->chat_history_count; i++) {
        const struct game_entry *entry = &welcome->chat_history[i];
        game_print(f, " (%.*s %d %.*s: %.*s)", GAME_STR(entry->room_id),
                   game_number(f, entry->client_id), GAME_STR(entry->username),
                   GAME_STR(entry->message));
        game_remember_stamp(f, entry->timestamp);
    }
}

static inline void game_print_event(struct fixture *f, const struct game_event *event)
{
    switch (event->type) {
    case GAME_WELCOME_EVT:
        game_print_welcome(f, &event->welcome);
        break;
    case GAME_PLAYER_JOINED_EVT:
        game_print(f, "joined");
        game_print_state(f, event->player_joined.client_id, &event->player_joined.state);
        break;
    case GAME_PLAYER_UPDATE_EVT:
        game_print(f, "update");
        game_print_state(f, event->player_update.client_id, &event->player_update.state);
        break;
    case GAME_PLAYER_LEFT_EVT:
        game_print(f, "left %d", game_number(f, event->player_left.client_id));
        break;
    case GAME_CHAT_MESSAGE_EVT:
        game_print(f, "chat %d %.*s: %.*s", game_number(f, event->chat_message.client_id),
                   GAME_STR(event->chat_message.name), GAME_STR(event->chat_message.message));
        game_remember_stamp(f, event->chat_message.timestamp);
        break;
    case GAME_AUTHENTICATED_EVT:
        game_print(f, "authenticated %llu", (unsigned long long)event->authenticated.expires_at);
        break;
    case GAME_ERROR_EVT:
        game_print(f, "error %.*s", GAME_STR(event->error.message));
        break;
    case GAME_EVENTS:
        CHECK(false);
    }
}

/* A handle's slot is the client's number. */
static inline struct client *game_client(struct fixture *f, struct handle handle)
{
    CHECK(handle.slot < f->clients_count);
    struct client *client = &f->clients[handle.slot];
    return client->open && client->generation == handle.generation ? client : NULL;
}

/* Who gets it, in order of their numbers; false when nobody is left. */
static inline bool game_print_receivers(struct fixture *f, const struct handle *to, uint32_t count,
                                        struct handle except)
{
    bool any = false, numbers[CLIENTS_MAX] = {false};
    for (uint32_t i = 0; i < count; i++) {
        if (handle_equal(to[i], except) || game_client(f, to[i]) == NULL)
            continue;
        CHECK(!numbers[to[i].slot]); /* nobody is sent it twice */
        numbers[to[i].slot] = true;
    }
    for (uint32_t i = 0; i < f->clients_count; i++) {
        if (!numbers[i])
            continue;
        game_print(f, "%s%u", any ? "+" : f->text_len > 0 ? "\n" : "", i);
        any = true;
    }
    if (any)
        game_print(f, " ");
    return any;
}

static inline void game_begin(struct fixture *f)
{
    f->turn.effect_count = 0;
    arena_reset(&f->arena, 0);
}

static inline void game_run(struct fixture *f, uint32_t number);

static inline void game_post(struct fixture *f, uint32_t from, const struct effect *effect)
{
    CHECK(f->mails_count < MAILS_MAX && effect->mail.worker != from &&
          effect->mail.worker < f->workers);
    struct mail *mail = &f->mails[f->mails_count++];
    *mail = (struct mail){.from = from,
                          .to = effect->mail.worker,
                          .len = effect->mail.bytes.len,
                          .bytes = malloc(effect->mail.bytes.len)};
    CHECK(mail->bytes != NULL);
    memcpy(mail->bytes, effect->mail.bytes.base, mail->len);
}

static inline void game_depart(struct fixture *f, uint32_t number, uint32_t worker)
{
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    struct client *client = &f->clients[number];
    size_t len = game_service.pack(f->games[client->worker], client->slot, block);
    CHECK(len <= sizeof block);
    client->generation++;
    client->worker = worker;
    struct session_facts facts = {.session = {number, client->generation}};
    client->slot = game_service.unpack(f->games[worker], &facts, block, len);
    CHECK(client->slot != SERVICE_FULL);
}

static inline void game_tell(struct fixture *f, const struct game_event *event,
                             const struct handle *to, uint32_t count, struct handle except)
{
    if (event->type == GAME_WELCOME_EVT) {
        struct client *client = game_client(f, *to);
        CHECK(event->welcome.client_id.len == UUID_TEXT_LEN);
        CHECK(!client->known || memcmp(client->id, event->welcome.client_id.base, 36) == 0);
        client->known = true;
        memcpy(client->id, event->welcome.client_id.base, UUID_TEXT_LEN);
    }
    if (game_print_receivers(f, to, count, except))
        game_print_event(f, event);
}

/* The store keeps a copy. */
static inline void game_keep(struct fixture *f, const struct store_order *order)
{
    CHECK(f->entries_count < ENTRIES_MAX);
    struct stored *stored = &f->entries[f->entries_count++];
    CHECK(store_order_bytes(order) <= sizeof stored->bytes);
    store_order_pack(order, stored->bytes);
    struct str bytes = {stored->bytes, store_order_bytes(order)};
    CHECK(store_order_unpack(&bytes, &stored->order));
}

static inline void game_ask(struct fixture *f, uint32_t worker, const struct store_order *order)
{
    CHECK(f->recalls_count < RECALLS_MAX);
    struct recall *recall = &f->recalls[f->recalls_count++];
    *recall = (struct recall){.worker = worker, .ticket = order->ticket};
    CHECK(order->room_id.len < sizeof recall->room_id);
    memcpy(recall->room_id, order->room_id.base, order->room_id.len);
}

static inline void game_store(struct fixture *f, uint32_t worker, const struct store_order *order)
{
    static const char *const kinds[] = {[STORE_ENTRY] = "entry",
                                        [STORE_ROOM] = "room",
                                        [STORE_STATE] = "state",
                                        [STORE_GONE] = "gone",
                                        [STORE_RECALL] = "recall"};
    game_print(f, "%sstore %s %.*s", f->text_len > 0 ? "\n" : "", kinds[order->kind],
               GAME_STR(order->room_id));
    struct game_player_state state;
    switch (order->kind) {
    case STORE_ENTRY:
        CHECK(order->id.len == UUID_TEXT_LEN);
        game_print(f, " %d %.*s: %.*s", game_number(f, order->client_id), GAME_STR(order->name),
                   GAME_STR(order->text));
        game_keep(f, order);
        break;
    case STORE_ROOM:
        CHECK(order->at_ns == f->turn.wall_ms * 1000000);
        game_print(f, " %u", order->players);
        break;
    case STORE_STATE:
        CHECK(game_state_unpack(order->text, &state));
        game_print_state(f, order->client_id, &state);
        break;
    case STORE_GONE:
        game_print(f, " %d", game_number(f, order->client_id));
        break;
    case STORE_RECALL:
        game_ask(f, worker, order);
        break;
    }
}

/* A line about a client. */
#define game_note(f, number, ...)                                                                  \
    (game_print(f, "%s%u ", (f)->text_len > 0 ? "\n" : "", number), game_print(f, __VA_ARGS__))

/* Carries out what a call on `worker` asked for. */
static inline void game_effects(struct fixture *f, uint32_t worker)
{
    uint32_t again[PLAYERS_MAX], again_count = 0;
    for (uint32_t i = 0; i < f->turn.effect_count; i++) {
        const struct effect *effect = &f->turn.effects[i];
        uint32_t number = effect->session.slot;
        CHECK(again_count < PLAYERS_MAX);
        switch ((int)effect->kind) {
        case EFFECT_SEND:
            game_tell(f, effect->send, &effect->session, 1, HANDLE_NONE);
            break;
        case EFFECT_CAST:
            game_tell(f, effect->cast.event, effect->cast.to, effect->cast.count,
                      effect->cast.except);
            break;
        case EFFECT_MOVE:
            game_depart(f, number, effect->move.worker);
            again[again_count++] = number;
            break;
        case EFFECT_MAIL:
            game_post(f, worker, effect);
            break;
        case EFFECT_WAIT:
            f->clients[number].waiting = true;
            break;
        case EFFECT_RESUME:
            if (game_client(f, effect->session) != NULL && f->clients[number].waiting) {
                f->clients[number].waiting = false;
                again[again_count++] = number;
            }
            break;
        case EFFECT_STORE:
            game_store(f, worker, effect->store);
            break;
        case EFFECT_EXPIRE:
            game_note(f, number, "expires %llu", (unsigned long long)effect->expires_ms);
            break;
        case EFFECT_STRIKE:
            game_note(f, number, "strike %d", (int)effect->strike);
            break;
        case EFFECT_CLOSE:
            game_note(f, number, "close %d %.*s", close_said[effect->close].code,
                      GAME_STR(close_said[effect->close].reason));
            break;
        default:
            CHECK(false); /* game asks for nothing else */
        }
    }
    game_begin(f);
    for (uint32_t i = 0; i < again_count; i++)
        game_run(f, again[i]);
}

static inline void game_run(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    uint32_t worker = client->worker;
    game_begin(f);
    game_service.command(f->games[worker], client->slot, &client->command, &f->turn);
    game_effects(f, worker);
}

/* The oldest mail is delivered; false when there is none. */
static inline bool game_deliver(struct fixture *f)
{
    if (f->mails_count == 0)
        return false;
    struct mail mail = f->mails[0];
    memmove(&f->mails[0], &f->mails[1], --f->mails_count * sizeof mail);
    game_begin(f);
    game_service.mail(f->games[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
    game_effects(f, mail.to);
    free(mail.bytes);
    return true;
}

/* The store answers the oldest question, or says that it is full; false when there is none. */
static inline bool game_answer(struct fixture *f, bool refused)
{
    if (f->recalls_count == 0)
        return false;
    struct recall recall = f->recalls[0];
    memmove(&f->recalls[0], &f->recalls[1], --f->recalls_count * sizeof recall);
    struct store_order entries[WELCOME_ENTRIES_MAX];
    struct store_recalled answer = {
        .ticket = recall.ticket, .refused = refused, .entries = entries};
    for (uint32_t i = 0; i < f->entries_count && !refused; i++)
        if (str_equal(f->entries[i].order.room_id, TEST_STR((const char *)recall.room_id)) &&
            answer.count < WELCOME_ENTRIES_MAX)
            entries[answer.count++] = f->entries[i].order;
    game_begin(f);
    game_service.recalled(f->games[recall.worker], &answer, &f->turn);
    game_effects(f, recall.worker);
    return true;
}

static inline const char *game_end(struct fixture *f)
{
    while ((!f->held && game_deliver(f)) || (!f->away && game_answer(f, false)))
        continue;
    return f->text;
}

static inline void game_start(struct fixture *f)
{
    f->text_len = 0;
    f->text[0] = 0;
    game_begin(f);
}

static inline const char *game_command(struct fixture *f, uint32_t number,
                                       const struct game_command *command)
{
    CHECK(f->clients[number].open && !f->clients[number].waiting);
    f->clients[number].command = *command;
    game_start(f);
    game_run(f, number);
    return game_end(f);
}

/* A client that comes to a worker; returns its number. */
static inline uint32_t game_open(struct fixture *f, uint32_t worker)
{
    CHECK(f->clients_count < CLIENTS_MAX);
    uint32_t number = f->clients_count++;
    struct client *client = &f->clients[number];
    *client = (struct client){.worker = worker, .generation = 1, .open = true};
    struct session_facts facts = {.session = {number, 1}};
    game_start(f);
    client->slot = game_service.open(f->games[worker], &facts, &f->turn);
    CHECK(client->slot != SERVICE_FULL && f->turn.effect_count == 0); /* it greets nobody */
    return number;
}

static inline const char *game_close(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    game_start(f);
    client->open = false;
    game_service.close(f->games[client->worker], client->slot, &f->turn);
    game_effects(f, client->worker);
    return game_end(f);
}

/* Time passes; then the timers that are due run. */
static inline const char *game_wait(struct fixture *f, uint64_t ms)
{
    f->turn.now_ms += ms;
    f->turn.wall_ms += ms;
    game_start(f);
    for (uint32_t i = 0; i < f->workers; i++) {
        while (game_service.next_ms(f->games[i]) <= f->turn.now_ms) {
            game_begin(f);
            game_service.tick(f->games[i], &f->turn);
            game_effects(f, i);
        }
    }
    return game_end(f);
}

static inline const char *say_join(struct fixture *f, uint32_t number, const char *room,
                                   const char *name)
{
    struct game_command command = {.type = GAME_JOIN_CMD};
    command.join = (struct game_join_cmd){TEST_STR(room), TEST_STR(name), STR("#Aa0099")};
    return game_command(f, number, &command);
}

static inline struct number game_value(const char *text)
{
    struct number number = {.value = strtod(text, NULL), .text_len = (uint8_t)strlen(text)};
    memcpy(number.text, text, number.text_len);
    return number;
}

/* A state with these optional fields; NULL: without. */
static inline struct game_player_state game_state(const char *name, const char *x,
                                                  const char *animation, const char *velocity,
                                                  const char *model)
{
    struct game_player_state state = {.name = TEST_STR(name), .color = STR("#012345")};
    for (uint32_t i = 0; i < 3; i++) {
        state.position[i] = game_value(x);
        state.velocity[i] = game_value(velocity != NULL ? velocity : "");
    }
    for (uint32_t i = 0; i < 4; i++)
        state.rotation[i] = game_value(i == 0 ? "1" : "-0");
    state.has_animation = animation != NULL;
    state.animation = TEST_STR(animation != NULL ? animation : "");
    state.has_velocity = velocity != NULL;
    state.has_model_url = model != NULL;
    state.model_url = TEST_STR(model != NULL ? model : "");
    return state;
}

static inline const char *say_state(struct fixture *f, uint32_t number,
                                    struct game_player_state state)
{
    struct game_command command = {.type = GAME_UPDATE_CMD};
    command.update.state = state;
    return game_command(f, number, &command);
}

static inline const char *say_update(struct fixture *f, uint32_t number, const char *name,
                                     const char *x)
{
    return say_state(f, number, game_state(name, x, NULL, NULL, NULL));
}

static inline const char *say_chat(struct fixture *f, uint32_t number, const char *message)
{
    struct game_command command = {.type = GAME_CHAT_CMD};
    command.chat.message = TEST_STR(message);
    return game_command(f, number, &command);
}

/* The worker that owns this room. */
static inline uint32_t game_owner(const struct fixture *f, const char *room)
{
    static const uint8_t key[16];
    return (uint32_t)(hash_bytes(key, TEST_STR(room)) >> 32) % f->workers;
}

#endif
