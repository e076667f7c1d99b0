/* game_fixture.h: game on several workers without a server (fixture.h).
 *
 * In events, a number stands for a client_id. With options.store, what the store is told is told as
 * lines too ("store room r 2"). It keeps messages, and answers at once unless `away` is set, then
 * by game_answer. */
#ifndef PARLEY_TESTS_UNIT_GAME_FIXTURE_H
#define PARLEY_TESTS_UNIT_GAME_FIXTURE_H

#include "base/uuid.h"
#include "game/game.h"
#include "game/packing.h"
#include "generated/game_types.h"
#include "generated/protocol.h"
#include "tests/unit/fixture.h"

enum { RECALLS_MAX = 256, ENTRIES_MAX = 64 };

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

/* What there is besides the workers. */
static struct {
    struct game_options options;
    char ids[CLIENTS_MAX][UUID_TEXT_LEN]; /* of clients that were welcomed, else zeros */
    struct recall recalls[RECALLS_MAX];   /* a queue of questions to the store */
    uint32_t recalls_count;
    bool away; /* the store: it waits for game_answer */
    struct stored entries[ENTRIES_MAX];
    uint32_t entries_count;
    char last_stamp[64]; /* of the last ChatMessage, or of the last entry of a Welcome */
} own;

/* The number of the client with this id; -1 for those of former times. */
static inline int game_number(const struct fixture *f, struct str id)
{
    for (uint32_t i = 0; i < f->clients_count; i++)
        if (str_equal(id, (struct str){own.ids[i], UUID_TEXT_LEN}))
            return (int)i;
    CHECK(own.options.store && id.len == UUID_TEXT_LEN);
    return -1;
}

static inline void game_print_numbers(struct fixture *f, const struct number *numbers,
                                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        fixture_print(f, "%s%.*s", i > 0 ? "," : " ", (int)numbers[i].text_len, numbers[i].text);
}

static inline void game_print_state(struct fixture *f, struct str client_id,
                                    const struct game_player_state *state)
{
    fixture_print(f, " %d:%.*s", game_number(f, client_id), FIXTURE_STR(state->name));
    static const struct number first = {.value = 0, .text_len = 3, .text = "0.0"};
    bool initial = memcmp(&state->position[0], &first, 12) == 0 && !state->has_animation &&
                   !state->has_velocity && !state->has_model_url;
    if (initial)
        return;
    fixture_print(f, " %.*s", FIXTURE_STR(state->color));
    game_print_numbers(f, state->position, 3);
    game_print_numbers(f, state->rotation, 4);
    if (state->has_animation)
        fixture_print(f, " a=%.*s", FIXTURE_STR(state->animation));
    if (state->has_velocity)
        game_print_numbers(f, state->velocity, 3);
    if (state->has_model_url)
        fixture_print(f, " m=%.*s", FIXTURE_STR(state->model_url));
}

static inline void game_remember_stamp(struct str stamp)
{
    CHECK(stamp.len < sizeof own.last_stamp);
    memset(own.last_stamp, 0, sizeof own.last_stamp);
    memcpy(own.last_stamp, stamp.base, stamp.len);
}

static inline void game_print_welcome(struct fixture *f, uint32_t to,
                                      const struct game_welcome_evt *welcome)
{
    static const char unknown[UUID_TEXT_LEN];
    struct str id = {own.ids[to], UUID_TEXT_LEN};
    CHECK(str_equal(id, (struct str){unknown, UUID_TEXT_LEN}) || str_equal(id, welcome->client_id));
    memcpy(own.ids[to], welcome->client_id.base, UUID_TEXT_LEN);
    fixture_print(f, "welcome");
    for (uint32_t i = 0; i < welcome->room_state_count; i++)
        game_print_state(f, welcome->room_state[i].client_id, &welcome->room_state[i].state);
    for (uint32_t i = 0; i < welcome->chat_history_count; i++) {
        const struct game_entry *entry = &welcome->chat_history[i];
        fixture_print(f, " (%.*s %d %.*s: %.*s)", FIXTURE_STR(entry->room_id),
                      game_number(f, entry->client_id), FIXTURE_STR(entry->username),
                      FIXTURE_STR(entry->message));
        game_remember_stamp(entry->timestamp);
    }
}

static inline void game_tell(struct fixture *f, uint32_t to, const void *told)
{
    const struct game_event *event = told;
    switch (event->type) {
    case GAME_WELCOME_EVT:
        game_print_welcome(f, to, &event->welcome);
        break;
    case GAME_PLAYER_JOINED_EVT:
        fixture_print(f, "joined");
        game_print_state(f, event->player_joined.client_id, &event->player_joined.state);
        break;
    case GAME_PLAYER_UPDATE_EVT:
        fixture_print(f, "update");
        game_print_state(f, event->player_update.client_id, &event->player_update.state);
        break;
    case GAME_PLAYER_LEFT_EVT:
        fixture_print(f, "left %d", game_number(f, event->player_left.client_id));
        break;
    case GAME_CHAT_MESSAGE_EVT:
        fixture_print(f, "chat %d %.*s: %.*s", game_number(f, event->chat_message.client_id),
                      FIXTURE_STR(event->chat_message.name),
                      FIXTURE_STR(event->chat_message.message));
        game_remember_stamp(event->chat_message.timestamp);
        break;
    case GAME_AUTHENTICATED_EVT:
        fixture_print(f, "authenticated %llu", (unsigned long long)event->authenticated.expires_at);
        break;
    case GAME_ERROR_EVT:
        fixture_print(f, "error %.*s", FIXTURE_STR(event->error.message));
        break;
    case GAME_EVENTS:
        CHECK(false);
    }
}

/* The store keeps a copy. */
static inline void game_keep(const struct store_order *order)
{
    CHECK(own.entries_count < ENTRIES_MAX);
    struct stored *stored = &own.entries[own.entries_count++];
    CHECK(store_order_bytes(order) <= sizeof stored->bytes);
    store_order_pack(order, stored->bytes);
    struct str bytes = {stored->bytes, store_order_bytes(order)};
    CHECK(store_order_unpack(&bytes, &stored->order));
}

static inline void game_ask(uint32_t worker, const struct store_order *order)
{
    CHECK(own.recalls_count < RECALLS_MAX);
    struct recall *recall = &own.recalls[own.recalls_count++];
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
    fixture_print(f, "%sstore %s %.*s", f->text_len > 0 ? "\n" : "", kinds[order->kind],
                  FIXTURE_STR(order->room_id));
    struct game_player_state state;
    switch (order->kind) {
    case STORE_ENTRY:
        CHECK(order->id.len == UUID_TEXT_LEN);
        fixture_print(f, " %d %.*s: %.*s", game_number(f, order->client_id),
                      FIXTURE_STR(order->name), FIXTURE_STR(order->text));
        game_keep(order);
        break;
    case STORE_ROOM:
        CHECK(order->at_ns == f->turn.wall_ms * 1000000);
        fixture_print(f, " %u", order->players);
        break;
    case STORE_STATE:
        CHECK(game_state_unpack(order->text, &state));
        game_print_state(f, order->client_id, &state);
        break;
    case STORE_GONE:
        fixture_print(f, " %d", game_number(f, order->client_id));
        break;
    case STORE_RECALL:
        game_ask(worker, order);
        break;
    }
}

/* The store answers the oldest question, or says that it is full; false when there is none. */
static inline bool game_answer(struct fixture *f, bool refused)
{
    if (own.recalls_count == 0)
        return false;
    struct recall recall = own.recalls[0];
    memmove(&own.recalls[0], &own.recalls[1], --own.recalls_count * sizeof recall);
    struct store_order entries[WELCOME_ENTRIES_MAX];
    struct store_recalled answer = {
        .ticket = recall.ticket, .refused = refused, .entries = entries};
    for (uint32_t i = 0; i < own.entries_count && !refused; i++)
        if (str_equal(own.entries[i].order.room_id, TEST_STR((const char *)recall.room_id)) &&
            answer.count < WELCOME_ENTRIES_MAX)
            entries[answer.count++] = own.entries[i].order;
    fixture_begin(f);
    game_service.recalled(f->states[recall.worker], &answer, &f->turn);
    fixture_effects(f, recall.worker);
    return true;
}

/* At once, unless it is away. */
static inline bool game_answer_now(struct fixture *f)
{
    return !own.away && game_answer(f, false);
}

static inline void game_init_with(struct fixture *f, uint32_t workers, struct game_options options)
{
    static const struct fixture_kind kind = {&game_service, game_tell, game_store, game_answer_now};
    memset(&own, 0, sizeof own);
    own.options = options;
    fixture_start(f, &kind, &own.options, workers, CLIENTS_MAX);
}

static inline void game_init(struct fixture *f, uint32_t workers, uint32_t tick_ms)
{
    game_init_with(f, workers, (struct game_options){.tick_ms = tick_ms});
}

static inline const char *say_join(struct fixture *f, uint32_t number, const char *room,
                                   const char *name)
{
    struct game_command command = {.type = GAME_JOIN_CMD};
    command.join = (struct game_join_cmd){TEST_STR(room), TEST_STR(name), STR("#Aa0099")};
    return fixture_command(f, number, &command);
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
    return fixture_command(f, number, &command);
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
    return fixture_command(f, number, &command);
}

#endif
