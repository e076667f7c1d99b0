/* fixture.h: a service's instances on several workers without a server: commands go in as structs,
 * and what they ask for is carried out and told as lines of text.
 *
 * A line is "CLIENTS EVENT", such as "0+2 left 1", in the order in which it was asked for. Clients
 * are numbered from 0 in the order in which they came. Moves and waiting commands are carried out
 * as the runtime does; mail is delivered at once unless `held` is set, then by fixture_deliver.
 * game_fixture.h and live_fixture.h know what their events say. */
#ifndef PARLEY_TESTS_UNIT_FIXTURE_H
#define PARLEY_TESTS_UNIT_FIXTURE_H

#include <stdarg.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/hash.h"
#include "service.h"
#include "tests/unit/test.h"

enum {
    CLIENTS_MAX = 1100,
    WORKERS_MAX = 4,
    MAILS_MAX = 64,
    MEDIA_ORDERS_MAX = 64,
    COMMAND_BYTES_MAX = 1024,
    TEXT_BYTES = 1 << 18
};

struct client {
    uint32_t worker, slot;
    uint32_t generation; /* of its handle; grows when it moves */
    bool open, waiting;
    _Alignas(16) uint8_t command[COMMAND_BYTES_MAX]; /* its last one, which it may wait with */
};

struct mail {
    uint32_t from, to;
    size_t len;
    uint8_t *bytes;
};

struct fixture;

/* What a service's own fixture knows of it. */
struct fixture_kind {
    const struct service *service;
    /* Adds what an event says to the text. `to`: whom it is sent; FIXTURE_MANY when it is cast. */
    void (*tell)(struct fixture *f, uint32_t to, const void *event);
    /* NULL: the service orders nothing of a store. */
    void (*store)(struct fixture *f, uint32_t worker, const struct store_order *order);
    /* The store answers one question, if there is any. NULL likewise. */
    bool (*answer)(struct fixture *f);
};

/* Stands for a client where there are several. */
#define FIXTURE_MANY UINT32_MAX

struct fixture {
    const struct fixture_kind *kind;
    const struct service *service;
    uint32_t workers;
    void *states[WORKERS_MAX]; /* the service's instances */
    struct client clients[CLIENTS_MAX];
    uint32_t clients_count;
    struct mail mails[MAILS_MAX]; /* a queue, in the order they were sent */
    uint32_t mails_count;
    bool held;                                   /* mail waits for fixture_deliver */
    struct media_order orders[MEDIA_ORDERS_MAX]; /* since the last call */
    uint32_t orders_count;
    struct arena arena;
    struct random random;
    uint64_t seed;
    struct turn turn;
    char text[TEXT_BYTES]; /* what has happened since the last call */
    size_t text_len;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t fixture_draw(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static inline void fixture_refill(void *context, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(fixture_draw(context) >> 56);
}

/* `options`, the service's, must outlive the fixture. */
static inline void fixture_start(struct fixture *f, const struct fixture_kind *kind,
                                 const void *options, uint32_t workers, uint32_t sessions_max)
{
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->service = kind->service;
    f->workers = workers;
    f->turn.random = &f->random;
    f->turn.arena = &f->arena;
    f->turn.now_ms = 1000;
    f->turn.wall_ms = 1795253529598;
    f->seed = 1;
    CHECK(f->service->command_bytes <= COMMAND_BYTES_MAX);
    CHECK(arena_init(&f->arena, 4 << 20) == 0);
    random_init(&f->random, fixture_refill, &f->seed);
    for (uint32_t i = 0; i < workers; i++) {
        struct service_config config = {
            .worker = i, .workers = workers, .sessions_max = sessions_max, .options = options};
        f->states[i] = f->service->create(&config);
        CHECK(f->states[i] != NULL);
    }
}

static inline void fixture_clear(struct fixture *f)
{
    for (uint32_t i = 0; i < f->workers; i++)
        f->service->destroy(f->states[i]);
    for (uint32_t i = 0; i < f->mails_count; i++)
        free(f->mails[i].bytes);
    arena_clear(&f->arena);
}

__attribute__((format(printf, 2, 3))) static inline void fixture_print(struct fixture *f,
                                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(f->text + f->text_len, TEXT_BYTES - f->text_len, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && (size_t)len < TEXT_BYTES - f->text_len);
    f->text_len += (size_t)len;
}

/* For "%.*s". */
#define FIXTURE_STR(text) (int)(text).len, (text).len > 0 ? (text).base : ""

/* Begins a line about a client. */
static inline void fixture_line(struct fixture *f, uint32_t number)
{
    fixture_print(f, "%s%u ", f->text_len > 0 ? "\n" : "", number);
}

/* A handle's slot is the client's number; NULL when it has left, or moved since. */
static inline struct client *fixture_client(struct fixture *f, struct handle handle)
{
    CHECK(handle.slot < f->clients_count);
    struct client *client = &f->clients[handle.slot];
    return client->open && client->generation == handle.generation ? client : NULL;
}

/* Begins a line with who gets it, in order of their numbers; false when nobody is left. */
static inline bool fixture_print_receivers(struct fixture *f, const struct effect *effect)
{
    bool any = false, numbers[CLIENTS_MAX] = {false};
    for (uint32_t i = 0; i < effect->cast.count; i++) {
        struct handle to = effect->cast.to[i];
        if (handle_equal(to, effect->cast.except) || fixture_client(f, to) == NULL)
            continue;
        CHECK(!numbers[to.slot]); /* nobody is sent it twice */
        numbers[to.slot] = true;
    }
    for (uint32_t i = 0; i < f->clients_count; i++) {
        if (!numbers[i])
            continue;
        fixture_print(f, "%s%u", any ? "+" : f->text_len > 0 ? "\n" : "", i);
        any = true;
    }
    if (any)
        fixture_print(f, " ");
    return any;
}

static inline void fixture_begin(struct fixture *f)
{
    f->turn.effect_count = 0;
    arena_reset(&f->arena, 0);
}

static inline void fixture_post(struct fixture *f, uint32_t from, const struct effect *effect)
{
    CHECK(f->mails_count < MAILS_MAX && effect->mail.worker != from &&
          effect->mail.worker < f->workers && effect->mail.bytes.len <= SERVICE_MAIL_BYTES_MAX);
    struct mail *mail = &f->mails[f->mails_count++];
    *mail = (struct mail){.from = from,
                          .to = effect->mail.worker,
                          .len = effect->mail.bytes.len,
                          .bytes = malloc(effect->mail.bytes.len)};
    CHECK(mail->bytes != NULL);
    memcpy(mail->bytes, effect->mail.bytes.base, mail->len);
}

static inline void fixture_depart(struct fixture *f, uint32_t number, uint32_t worker)
{
    uint8_t block[SERVICE_PACKED_BYTES_MAX];
    struct client *client = &f->clients[number];
    size_t len = f->service->pack(f->states[client->worker], client->slot, block);
    CHECK(len <= sizeof block);
    client->generation++;
    client->worker = worker;
    struct session_facts facts = {.session = {number, client->generation}};
    client->slot = f->service->unpack(f->states[worker], &facts, block, len);
    CHECK(client->slot != SERVICE_FULL);
}

/* An effect on one session that is told as a line. */
static inline void fixture_tell(struct fixture *f, const struct effect *effect)
{
    fixture_line(f, effect->session.slot);
    if (effect->kind == EFFECT_SEND)
        f->kind->tell(f, effect->session.slot, effect->send);
    else if (effect->kind == EFFECT_CLOSE)
        fixture_print(f, "close %u %.*s", close_said[effect->close].code,
                      FIXTURE_STR(close_said[effect->close].reason));
    else if (effect->kind == EFFECT_STRIKE)
        fixture_print(f, "strike %d", (int)effect->strike);
    else
        fixture_print(f, "expires %llu", (unsigned long long)effect->expires_ms);
}

/* An effect on one session. True when that client's command is to be run again. */
static inline bool fixture_effect(struct fixture *f, const struct effect *effect)
{
    struct client *client = &f->clients[effect->session.slot];
    bool waited = client->waiting;
    switch ((int)effect->kind) {
    case EFFECT_WAIT:
        client->waiting = true;
        return false;
    case EFFECT_RESUME:
        client->waiting = false;
        return waited;
    case EFFECT_MOVE:
        fixture_depart(f, effect->session.slot, effect->move.worker);
        return true;
    default:
        fixture_tell(f, effect);
        return false;
    }
}

static inline void fixture_run(struct fixture *f, uint32_t number);

/* Carries out what a call on `worker` asked for, and what follows from it. */
static inline void fixture_effects(struct fixture *f, uint32_t worker)
{
    uint32_t again[CLIENTS_MAX], again_count = 0;
    for (uint32_t i = 0; i < f->turn.effect_count; i++) {
        const struct effect *effect = &f->turn.effects[i];
        if (effect->kind == EFFECT_MAIL) {
            fixture_post(f, worker, effect);
        } else if (effect->kind == EFFECT_MEDIA) {
            CHECK(f->orders_count < MEDIA_ORDERS_MAX);
            f->orders[f->orders_count++] = *effect->media;
        } else if (effect->kind == EFFECT_STORE) {
            f->kind->store(f, worker, effect->store);
        } else if (effect->kind == EFFECT_CAST) {
            if (fixture_print_receivers(f, effect))
                f->kind->tell(f, FIXTURE_MANY, effect->cast.event);
        } else if (fixture_client(f, effect->session) != NULL) {
            CHECK(f->clients[effect->session.slot].worker == worker);
            if (fixture_effect(f, effect))
                again[again_count++] = effect->session.slot;
        }
    }
    for (uint32_t i = 0; i < again_count; i++)
        fixture_run(f, again[i]);
}

static inline void fixture_run(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    uint32_t worker = client->worker;
    if (!client->open)
        return;
    fixture_begin(f);
    f->service->command(f->states[worker], client->slot, client->command, &f->turn);
    fixture_effects(f, worker);
}

/* The oldest mail arrives; false when there is none. */
static inline bool fixture_deliver(struct fixture *f)
{
    if (f->mails_count == 0)
        return false;
    struct mail mail = f->mails[0];
    memmove(f->mails, f->mails + 1, --f->mails_count * sizeof *f->mails);
    fixture_begin(f);
    f->service->mail(f->states[mail.to], mail.from, mail.bytes, mail.len, &f->turn);
    fixture_effects(f, mail.to);
    free(mail.bytes);
    return true;
}

static inline void fixture_forget(struct fixture *f)
{
    f->text_len = 0;
    f->text[0] = 0;
    f->orders_count = 0;
    fixture_begin(f);
}

/* What has happened since fixture_forget, and what comes of it. */
static inline const char *fixture_settle(struct fixture *f)
{
    while ((!f->held && fixture_deliver(f)) || (f->kind->answer != NULL && f->kind->answer(f)))
        continue;
    return f->text;
}

/* What all mail leads to that was held. */
static inline const char *fixture_deliver_all(struct fixture *f)
{
    fixture_forget(f);
    while (fixture_deliver(f))
        continue;
    return f->text;
}

/* A client that comes to a worker; returns its number. Its greeting is in f->text. */
static inline uint32_t fixture_open(struct fixture *f, uint32_t worker)
{
    CHECK(f->clients_count < CLIENTS_MAX);
    uint32_t number = f->clients_count++;
    struct client *client = &f->clients[number];
    *client = (struct client){.worker = worker, .generation = 1, .open = true};
    struct session_facts facts = {.session = {number, 1}, .local_host = STR_INIT("192.0.2.1")};
    fixture_forget(f);
    client->slot = f->service->open(f->states[worker], &facts, &f->turn);
    CHECK(client->slot != SERVICE_FULL);
    fixture_effects(f, worker);
    return number;
}

static inline const char *fixture_command(struct fixture *f, uint32_t number, const void *command)
{
    struct client *client = &f->clients[number];
    CHECK(client->open && !client->waiting);
    memcpy(client->command, command, f->service->command_bytes);
    fixture_forget(f);
    fixture_run(f, number);
    return fixture_settle(f);
}

static inline const char *fixture_close(struct fixture *f, uint32_t number)
{
    struct client *client = &f->clients[number];
    client->open = client->waiting = false;
    fixture_forget(f);
    f->service->close(f->states[client->worker], client->slot, &f->turn);
    fixture_effects(f, client->worker);
    return fixture_settle(f);
}

/* Time passes; then the timers that are due run, on all workers. */
static inline const char *fixture_wait(struct fixture *f, uint64_t ms)
{
    f->turn.now_ms += ms;
    f->turn.wall_ms += ms;
    fixture_forget(f);
    for (uint32_t i = 0; i < f->workers; i++) {
        while (f->service->next_ms(f->states[i]) <= f->turn.now_ms) {
            fixture_begin(f);
            f->service->tick(f->states[i], &f->turn);
            fixture_effects(f, i);
        }
    }
    return fixture_settle(f);
}

/* The worker that owns the room or the channel of this name. */
static inline uint32_t fixture_owner(const struct fixture *f, const char *name)
{
    static const uint8_t key[16];
    return (uint32_t)(hash_bytes(key, TEST_STR(name)) >> 32) % f->workers;
}

/* Two names that each worker owns. */
static inline void fixture_names(const struct fixture *f, char names[][2][16])
{
    uint32_t found[WORKERS_MAX] = {0};
    for (uint32_t i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        uint32_t owner = fixture_owner(f, name);
        if (found[owner] < 2)
            memcpy(names[owner][found[owner]++], name, sizeof name);
    }
}

/* A text to compare with, which stands until the next. */
__attribute__((format(printf, 1, 2))) static inline const char *want(const char *format, ...)
{
    static char wanted[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(wanted, sizeof wanted, format, arguments);
    va_end(arguments);
    return wanted;
}

#endif
