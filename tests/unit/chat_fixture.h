/* chat_fixture.h: one worker's chat without a server: commands go in as structs, and what it asks
 * for comes out as lines of text.
 *
 * A line is "CLIENT EVENT FIELDS", such as "1 chat Alice: hello", "0 partner_left", "1 move 3" or
 * "0 strike". Clients are numbered from 0 in the order in which they came, rooms from 1: "#2" is
 * the code of the second room that was created. */
#ifndef PARLEY_TESTS_UNIT_CHAT_FIXTURE_H
#define PARLEY_TESTS_UNIT_CHAT_FIXTURE_H

#include <stdarg.h>

#include "base/check.h"
#include "chat/chat.h"
#include "generated/chat_types.h"
#include "generated/protocol.h"
#include "tests/unit/test.h"

enum { CLIENTS_MAX = EFFECTS_MAX + 100, ROOMS_MAX = CLIENTS_MAX, CODE_BYTES = 6 };

struct fixture {
    void *chat;
    uint32_t slots[CLIENTS_MAX]; /* by client */
    uint32_t clients;
    char codes[ROOMS_MAX][CODE_BYTES + 1]; /* by room, from 1 */
    uint32_t rooms;
    struct arena arena;
    struct random random;
    uint64_t seed;
    struct turn turn;
    char text[65536]; /* the effects of the last call */
    size_t text_len;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline void fixture_refill(void *context, uint8_t *bytes, size_t len)
{
    uint64_t *seed = context;
    for (size_t i = 0; i < len; i++) {
        uint64_t z = *seed += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        bytes[i] = (uint8_t)(z >> 56);
    }
}

static inline void fixture_init(struct fixture *f, uint32_t worker, uint32_t workers,
                                uint32_t sessions_max)
{
    struct service_config config = {
        .worker = worker, .workers = workers, .sessions_max = sessions_max};
    *f = (struct fixture){.seed = worker + 1};
    CHECK(arena_init(&f->arena, 1 << 20) == 0);
    random_init(&f->random, fixture_refill, &f->seed);
    f->turn.random = &f->random;
    f->turn.arena = &f->arena;
    f->turn.now_ms = 1000;
    f->chat = chat_service.create(&config);
    CHECK(f->chat != NULL);
}

static inline void fixture_clear(struct fixture *f)
{
    chat_service.destroy(f->chat);
    arena_clear(&f->arena);
}

__attribute__((format(printf, 2, 3))) static inline void fixture_print(struct fixture *f,
                                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(f->text + f->text_len, sizeof f->text - f->text_len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < sizeof f->text - f->text_len);
    f->text_len += (size_t)len;
}

static inline void fixture_print_str(struct fixture *f, const char *before, struct str text)
{
    fixture_print(f, "%s%.*s", before, (int)text.len, text.len > 0 ? text.base : "");
}

/* The number of a room whose code was seen before, else its code. */
static inline void fixture_print_code(struct fixture *f, struct str code)
{
    for (uint32_t i = 1; i <= f->rooms; i++) {
        if (str_equal(code, (struct str){f->codes[i], CODE_BYTES})) {
            fixture_print(f, " #%u", i);
            return;
        }
    }
    fixture_print_str(f, " ", code);
}

static inline void fixture_print_event(struct fixture *f, const struct chat_event *event)
{
    switch (event->type) {
    case CHAT_CONNECTED_EVT:
        fixture_print_str(f, "connected ", event->connected.client_id);
        break;
    case CHAT_USERNAME_SET_EVT:
        fixture_print_str(f, "username_set ", event->username_set.username);
        break;
    case CHAT_ROOM_CREATED_EVT:
        CHECK(event->room_created.room_code.len == CODE_BYTES && f->rooms + 1 < ROOMS_MAX);
        memcpy(f->codes[++f->rooms], event->room_created.room_code.base, CODE_BYTES);
        fixture_print(f, "room_created");
        fixture_print_code(f, event->room_created.room_code);
        break;
    case CHAT_ROOM_JOINED_EVT:
        fixture_print(f, "room_joined");
        fixture_print_code(f, event->room_joined.room_code);
        if (event->room_joined.has_partner)
            fixture_print_str(f, " with ", event->room_joined.partner);
        break;
    case CHAT_PARTNER_JOINED_EVT:
        fixture_print_str(f, "partner_joined ", event->partner_joined.username);
        break;
    case CHAT_CHAT_EVT:
        fixture_print_str(f, "chat ", event->chat.from);
        fixture_print_str(f, ": ", event->chat.content);
        break;
    case CHAT_PARTNER_TYPING_EVT:
        fixture_print(f, "partner_typing");
        break;
    case CHAT_PARTNER_STOP_TYPING_EVT:
        fixture_print(f, "partner_stop_typing");
        break;
    case CHAT_PARTNER_LEFT_EVT:
        fixture_print(f, "partner_left");
        break;
    case CHAT_AUTHENTICATED_EVT:
        fixture_print(f, "authenticated %llu", (unsigned long long)event->authenticated.expires_at);
        break;
    case CHAT_ERROR_EVT:
        fixture_print_str(f, "error ", event->error.code);
        fixture_print_str(f, ": ", event->error.message);
        break;
    case CHAT_EVENTS:
        CHECK(event->type != CHAT_EVENTS);
    }
}

/* What the last call asked for, as lines without a last newline. */
static inline const char *fixture_effects(struct fixture *f)
{
    f->text_len = 0;
    f->text[0] = 0;
    for (uint32_t i = 0; i < f->turn.effect_count; i++) {
        const struct effect *effect = &f->turn.effects[i];
        fixture_print(f, "%s%u ", i > 0 ? "\n" : "", effect->session.slot);
        CHECK(effect->kind == EFFECT_SEND || effect->kind == EFFECT_MOVE ||
              effect->kind == EFFECT_STRIKE); /* chat asks for nothing else */
        if (effect->kind == EFFECT_SEND)
            fixture_print_event(f, effect->send);
        else if (effect->kind == EFFECT_MOVE)
            fixture_print(f, "move %u", effect->move.worker);
        else
            fixture_print(f, effect->strike == STRIKE_GUESS ? "strike" : "another strike");
    }
    return f->text;
}

static inline void fixture_begin(struct fixture *f)
{
    f->turn.effect_count = 0;
    arena_reset(&f->arena, 0);
}

/* A client that comes; its greeting is in fixture_effects. Returns its number. */
static inline uint32_t fixture_open(struct fixture *f)
{
    CHECK(f->clients < CLIENTS_MAX);
    uint32_t client = f->clients++;
    struct session_facts facts = {.session = {client, 1}, .trusted = false};
    fixture_begin(f);
    f->slots[client] = chat_service.open(f->chat, &facts, &f->turn);
    return client;
}

static inline const char *fixture_command(struct fixture *f, uint32_t client,
                                          struct chat_command command)
{
    fixture_begin(f);
    chat_service.command(f->chat, f->slots[client], &command, &f->turn);
    return fixture_effects(f);
}

static inline const char *say_name(struct fixture *f, uint32_t client, const char *name)
{
    struct chat_command command = {.type = CHAT_SET_USERNAME_CMD};
    command.set_username.username = TEST_STR(name);
    return fixture_command(f, client, command);
}

static inline const char *say_join(struct fixture *f, uint32_t client, const char *code)
{
    struct chat_command command = {.type = CHAT_JOIN_ROOM_CMD};
    command.join_room.room_code = TEST_STR(code);
    return fixture_command(f, client, command);
}

static inline const char *say_chat(struct fixture *f, uint32_t client, const char *content)
{
    struct chat_command command = {.type = CHAT_CHAT_CMD};
    command.chat.content = TEST_STR(content);
    return fixture_command(f, client, command);
}

/* A command without fields. */
static inline const char *say(struct fixture *f, uint32_t client, enum chat_command_type type)
{
    return fixture_command(f, client, (struct chat_command){.type = type});
}

static inline const char *fixture_close(struct fixture *f, uint32_t client)
{
    fixture_begin(f);
    chat_service.close(f->chat, f->slots[client], &f->turn);
    return fixture_effects(f);
}

/* Time passes; then the timers that are due run. */
static inline const char *fixture_wait(struct fixture *f, uint64_t ms)
{
    f->turn.now_ms += ms;
    fixture_begin(f);
    chat_service.tick(f->chat, &f->turn);
    return fixture_effects(f);
}

/* A client with a name. */
static inline uint32_t fixture_open_named(struct fixture *f, const char *name)
{
    uint32_t client = fixture_open(f);
    say_name(f, client, name);
    return client;
}

#endif
