/* small_service.h: a service and its codec, small enough to see what the hub does with them.
 *
 * Its messages are a letter and a text:
 *
 *     e…  event to oneself        b…  event to all others    l…  to oneself, latest of its first
 *     v…  volatile, to oneself    c   close oneself              letter
 *     m…  to be answered on worker 1                          t   40 events to all after 10 ms
 *     o   an order to the media relay
 *     a…  asks worker 1 by mail and waits: "yes" when it has sessions, else it moves there
 *     k   recalls what its store keeps, and waits for it
 *     x   is proven until 9000    g   a wrong guess
 *     f…  letter by letter to all; a digit leaves out that slot, a dot goes to oneself only
 *     r   refused by facts        others: invalid */
#ifndef PARLEY_TESTS_UNIT_SMALL_SERVICE_H
#define PARLEY_TESTS_UNIT_SMALL_SERVICE_H

#include <stdlib.h>

#include "service.h"
#include "tests/unit/test.h"
#include "json/codec.h"

enum { SESSIONS = 8 };

/* The codec */

struct message {
    enum {
        ECHO,
        BROADCAST,
        LATEST,
        VOLATILE,
        CLOSE,
        MOVE,
        TIMER,
        GUESS,
        ASK,
        ORDER,
        RECALL,
        EXPIRE,
        FAN,
        KINDS
    } kind;
    struct str text;
};

static const char letters[KINDS] = {'e', 'b', 'l', 'v', 'c', 'm', 't',
                                    'g', 'a', 'o', 'k', 'x', 'f'};
static uint32_t encodings;

static uint32_t small_type(const void *command)
{
    return ((const struct message *)command)->kind;
}

static enum decode_status small_decode(struct str text, uint32_t facts, struct arena *arena,
                                       void *command, void *error)
{
    struct message *message = command;
    message->kind = KINDS;
    const char *kind = text.len == 0 ? NULL : memchr(letters, text.base[0], KINDS);
    if (kind == NULL) {
        *(struct message *)error = (struct message){ECHO, STR("invalid")};
        return text.len > 0 && text.base[0] == 'r' && facts == 7 ? DECODE_REFUSED : DECODE_INVALID;
    }
    message->kind = (uint32_t)(kind - letters);
    message->text = arena_copy(arena, (struct str){text.base + 1, text.len - 1});
    return DECODE_OK;
}

static struct encoded small_encode(const void *event, char *out)
{
    const struct message *message = event;
    encodings++;
    if (message->text.len > 0) {
        memcpy(out, message->text.base, message->text.len);
    }
    struct encoded encoded = {.len = message->text.len,
                              .event = (uint16_t)message->kind,
                              .error = str_equal(message->text, STR("invalid")) ? 1 : 0};
    if (message->kind == LATEST) {
        encoded.delivery = DELIVERY_LATEST;
        encoded.key = (struct str){message->text.base, 1};
    } else if (message->kind == VOLATILE) {
        encoded.delivery = DELIVERY_VOLATILE;
    }
    return encoded;
}

static const struct str small_names[KINDS] = {
    STR_INIT("echo"),  STR_INIT("broadcast"), STR_INIT("latest"), STR_INIT("volatile"),
    STR_INIT("close"), STR_INIT("move"),      STR_INIT("timer"),  STR_INIT("guess"),
    STR_INIT("ask"),   STR_INIT("order"),     STR_INIT("recall"), STR_INIT("expire"),
    STR_INIT("fan"),
};
static const struct str small_errors[] = {STR_INIT("invalid")};

static const struct codec small_codec = {.command_names = small_names,
                                         .event_names = small_names,
                                         .error_names = small_errors,
                                         .commands_count = KINDS,
                                         .events_count = KINDS,
                                         .errors_count = 1,
                                         .event_encoded_max = 1000,
                                         .command_type = small_type,
                                         .decode = small_decode,
                                         .encode = small_encode};

/* The service */

struct small {
    uint32_t worker, timers;
    const void *options;
    char local_host[16];             /* of the session that opened last */
    struct handle all[SESSIONS + 1]; /* who are open; with one stale handle at the end */
    uint32_t count;
    struct {
        bool open, trusted;
        struct handle session;
        uint8_t commands;
        char answer; /* to what it asked; 0 before */
    } slots[SESSIONS];
    uint64_t timer_ms;
};

static struct small *services[2]; /* by worker, to look inside */
static bool services_full;

static void *small_create(const struct service_config *config)
{
    struct small *small = calloc(1, sizeof(*small));
    if (small != NULL) {
        small->worker = config->worker;
        small->options = config->options;
        small->timer_ms = UINT64_MAX;
        services[config->worker] = small;
    }
    return small;
}

static void small_destroy(void *state)
{
    free(state);
}

static uint32_t small_add(struct small *small, const struct session_facts *facts)
{
    for (uint32_t slot = 0; slot < SESSIONS && !services_full; slot++) {
        if (!small->slots[slot].open) {
            small->slots[slot].open = true;
            small->slots[slot].session = facts->session;
            small->slots[slot].commands = 0;
            small->slots[slot].answer = 0;
            small->slots[slot].trusted = facts->trusted;
            small->all[small->count++] = facts->session;
            small->all[small->count] = (struct handle){99, 99};
            return slot;
        }
    }
    return SERVICE_FULL;
}

static void small_remove(struct small *small, uint32_t slot)
{
    uint32_t i = 0;
    while (!handle_equal(small->all[i], small->slots[slot].session)) {
        i++;
    }
    small->all[i] = small->all[--small->count];
    small->all[small->count] = (struct handle){99, 99};
    small->slots[slot].open = false;
}

static void small_cast(struct small *small, struct handle except, const char *text,
                       struct turn *turn)
{
    struct message event = {BROADCAST, {text, strlen(text)}};
    effect_cast(turn, small->all, small->count + 1, except, &event, sizeof(event));
}

static uint32_t small_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    struct small *small = state;
    uint32_t slot = small_add(small, facts);
    EXPECT(facts->local_host.len < sizeof(small->local_host));
    memcpy(small->local_host, facts->local_host.base, facts->local_host.len);
    if (slot != SERVICE_FULL) {
        struct message event = {ECHO, STR("hello")};
        effect_send(turn, facts->session, &event, sizeof(event));
    }
    return slot;
}

static uint32_t small_facts(const void *state, uint32_t slot)
{
    return ((const struct small *)state)->slots[slot].open ? 7 : 0;
}

/* A question or an answer. */
struct small_mail {
    uint32_t slot;
    struct handle session;
    char text;
};

static void small_ask(struct small *small, uint32_t slot, struct turn *turn)
{
    static struct small_mail question;
    struct handle session = small->slots[slot].session;
    struct message event = {ECHO, STR("yes")};
    if (small->slots[slot].answer == 0 && small->worker == 0) {
        question = (struct small_mail){slot, session, '?'};
        effect_mail(turn, session, 1, &question, sizeof(question));
        effect_wait(turn, session);
    } else if (small->slots[slot].answer == 'n') {
        effect_move(turn, session, 1);
    } else {
        small->slots[slot].answer = 0;
        effect_send(turn, session, &event, sizeof(event));
    }
}

static void small_mail(void *state, uint32_t from, const uint8_t *bytes, size_t len,
                       struct turn *turn)
{
    static struct small_mail mail;
    struct small *small = state;
    EXPECT_EQ_INT(len, sizeof(mail));
    memcpy(&mail, bytes, sizeof(mail));
    if (mail.text == '?') {
        mail.text = small->count > 0 ? 'y' : 'n';
        effect_mail(turn, HANDLE_NONE, from, &mail, sizeof(mail));
    } else if (handle_equal(small->slots[mail.slot].session, mail.session)) {
        small->slots[mail.slot].answer = mail.text;
        effect_resume(turn, mail.session);
        effect_resume(turn, mail.session); /* twice is once */
    }
}

static void small_recall(struct small *small, uint32_t slot, const struct message *command,
                         struct turn *turn)
{
    struct handle session = small->slots[slot].session;
    if (small->slots[slot].answer == 0) {
        effect_store(turn, &(struct store_order){
                               .kind = STORE_RECALL, .ticket = slot, .room_id = command->text});
        effect_wait(turn, session);
        return;
    }
    struct message event = {RECALL, {&small->slots[slot].answer, 1}};
    effect_send(turn, session, &event, sizeof(event));
}

static void small_recalled(void *state, const struct store_recalled *recalled, struct turn *turn)
{
    struct small *small = state;
    small->slots[recalled->ticket].answer = recalled->refused ? '-' : '+';
    for (uint32_t i = 0; i < recalled->count; i++) {
        struct message event = {ECHO, recalled->entries[i].text};
        effect_send(turn, small->slots[recalled->ticket].session, &event, sizeof(event));
    }
    effect_resume(turn, small->slots[recalled->ticket].session);
}

static void small_fan(const struct small *small, uint32_t slot, struct str text, struct turn *turn)
{
    for (uint32_t i = 0; i < text.len; i++) {
        char letter = text.base[i];
        struct message event = {FAN, {text.base + i, 1}};
        bool leaves_out = letter >= '0' && letter < '0' + SESSIONS;
        struct handle except = leaves_out ? small->slots[letter - '0'].session : HANDLE_NONE;
        if (letter == '.')
            effect_send(turn, small->slots[slot].session, &event, sizeof(event));
        else
            effect_cast(turn, small->all, small->count + 1, except, &event, sizeof(event));
    }
}

static void small_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    struct small *small = state;
    struct message event = *(const struct message *)command;
    struct handle session = small->slots[slot].session;
    if (event.kind == MOVE && small->worker == 0) {
        effect_move(turn, session, 1);
        return;
    }
    small->slots[slot].commands++;
    switch (event.kind) {
    case ECHO:
    case LATEST:
    case VOLATILE:
    case MOVE:
        effect_send(turn, session, &event, sizeof(event));
        break;
    case BROADCAST:
        effect_cast(turn, small->all, small->count + 1, session, &event, sizeof(event));
        break;
    case CLOSE:
        effect_close(turn, session, CLOSE_NOT_IDENTIFIED);
        effect_send(turn, session, &event, sizeof(event)); /* goes nowhere */
        break;
    case TIMER:
        small->timer_ms = turn->now_ms + 10;
        small->timers += 40;
        break;
    case GUESS:
        effect_strike(turn, session, STRIKE_GUESS);
        break;
    case ASK:
        small_ask(small, slot, turn);
        break;
    case ORDER:
        effect_media(turn, &(struct media_order){.op = MEDIA_END, .channel = 77});
        break;
    case RECALL:
        small_recall(small, slot, &event, turn);
        break;
    case EXPIRE:
        effect_expire(turn, session, 9000);
        break;
    case FAN:
        small_fan(small, slot, event.text, turn);
        break;
    case KINDS:
        break;
    }
}

static void small_close(void *state, uint32_t slot, struct turn *turn)
{
    small_remove(state, slot);
    small_cast(state, HANDLE_NONE, "left", turn);
}

static void small_tick(void *state, struct turn *turn)
{
    struct small *small = state;
    small_cast(small, HANDLE_NONE, "tick", turn);
    if (--small->timers == 0) {
        small->timer_ms = UINT64_MAX;
    }
}

static uint64_t small_next_ms(const void *state)
{
    return ((const struct small *)state)->timer_ms;
}

static size_t small_pack(void *state, uint32_t slot, uint8_t *block)
{
    struct small *small = state;
    block[0] = small->slots[slot].commands;
    small_remove(small, slot);
    return 1;
}

static uint32_t small_unpack(void *state, const struct session_facts *facts, const uint8_t *block,
                             size_t len)
{
    struct small *small = state;
    EXPECT_EQ_INT(len, 1);
    uint32_t slot = small_add(small, facts);
    if (slot != SERVICE_FULL) {
        small->slots[slot].commands = block[0];
    }
    return slot;
}

static uint32_t small_rooms(const void *state)
{
    return ((const struct small *)state)->count;
}

/* Each command leads into the room "hall" or out of it again. */
static struct service_session small_describe(const void *state, uint32_t slot, struct turn *turn)
{
    const struct small *small = state;
    char *user = turn_memory(turn, 2);
    user[0] = 'u';
    user[1] = (char)('0' + slot);
    return (struct service_session){.has_user = true,
                                    .user = {user, 2},
                                    .has_room = small->slots[slot].commands % 2 == 1,
                                    .room = STR_INIT("hall")};
}

static const struct service small_service = {.wants_local_host = true,
                                             .event_bytes = sizeof(struct message),
                                             .command_bytes = sizeof(struct message),
                                             .create = small_create,
                                             .destroy = small_destroy,
                                             .open = small_open,
                                             .facts = small_facts,
                                             .command = small_command,
                                             .close = small_close,
                                             .tick = small_tick,
                                             .next_ms = small_next_ms,
                                             .pack = small_pack,
                                             .unpack = small_unpack,
                                             .mail = small_mail,
                                             .recalled = small_recalled,
                                             .rooms = small_rooms,
                                             .describe = small_describe};

#endif
