/* Live, as the simulator plays it: what becomes of what clients say, and what
 * must hold of the service's own state. */
#include <stdlib.h>

#include "base/check.h"
#include "generated/live_codec.h"
#include "live/live.h"
#include "live_media.h"
#include "live_play.h"
#include "live_walk.h"

enum { SMALL_SESSIONS = 64, WALK_EVERY = 1024, SEAT_LASTS_MS = 10000, IDENTIFY_WITHIN_MS = 10000 };

static void *begin(struct world *world, const void **options)
{
    static struct live_options live_options;
    struct live_model *model = calloc(1, sizeof *model);
    CHECK(model != NULL);
    model->world = world;
    model->plain = draw_percent(&world->draw, 50);
    model->clients = calloc(world->options.sessions, sizeof *model->clients);
    model->channels_count = 1 + draw_below(&world->draw, world->options.sessions / 5 + 1);
    if (model->channels_count > LIVE_CHANNELS_HERE)
        model->channels_count = LIVE_CHANNELS_HERE;
    model->ssrcs_count = world->options.sessions + draw_below(&world->draw, 20);
    CHECK(model->clients != NULL);
    for (uint32_t i = 0; i < model->channels_count; i++) {
        snprintf(model->channels[i].id, LIVE_TEXT_HERE, "%s %u", i % 3 == 0 ? "채널" : "ch", i);
        model->channels[i].holder = NO_CLIENT;
    }
    model->media = live_media_new(model);
    live_options = live_defaults;
    live_options.identify_ms = IDENTIFY_WITHIN_MS;
    live_options.media_port = 10000;
    live_options.media_plain = model->plain;
    *options = &live_options;
    return model;
}

static void end(void *state)
{
    struct live_model *model = state;
    for (uint32_t i = 0; i < model->world->options.sessions; i++)
        free(model->clients[i].answer);
    for (uint32_t i = 0; i < model->lists_count; i++)
        free(model->lists[i]);
    free(model->lists);
    live_media_free(model->media);
    free(model->clients);
    free(model->sessions.ids);
    free(model->messages.ids);
    free(model->keys.ids);
    free(model);
}

static void opens(void *model, uint32_t client)
{
    live_model_opens(model, client);
}

static void closes(void *model, uint32_t client)
{
    live_model_closes(model, client);
}

static void departs(void *model, uint32_t client, const struct message *message)
{
    (void)message;
    live_model_leaves(model, client);
}

static struct live_argument argument_of(struct str bytes)
{
    struct live_argument argument;
    memset(&argument, 0, sizeof argument);
    if (bytes.len > 0)
        memcpy(&argument, bytes.base, sizeof argument);
    return argument;
}

static uint32_t owner_of(const struct live_model *model, uint32_t channel)
{
    const char *id = model->channels[channel].id;
    return live_walk_owner(model->world->workers[0].state, (struct str){id, strlen(id)});
}

static bool is_full(const struct live_model *model, uint32_t channel)
{
    const char *id = model->channels[channel].id;
    return live_walk_full(model->world->workers[owner_of(model, channel)].state,
                          (struct str){id, strlen(id)});
}

static bool is_crowded(const struct live_model *model)
{
    for (uint32_t i = 0; i < model->world->options.workers; i++)
        if (live_walk_crowded(model->world->workers[i].state))
            return true;
    return false;
}

/* Questions */

static struct draft *answer_of(struct live_model *model, uint32_t client)
{
    struct draft **answer = &model->clients[client].answer;
    if (*answer == NULL)
        *answer = malloc(sizeof **answer);
    CHECK(*answer != NULL);
    return *answer;
}

/* The worker's channels, one behind the other. */
static void list(struct live_model *model, uint32_t worker, struct draft *answer)
{
    for (uint32_t i = 0; i < model->channels_count; i++) {
        if (!model->channels[i].open || owner_of(model, i) != worker)
            continue;
        live_model_describe(model, i, false, answer);
        add(answer, STR("\n"));
    }
}

static void inform(struct live_model *model, uint32_t client, uint32_t channel)
{
    struct draft *answer = answer_of(model, client);
    answer->len = 0;
    add(answer, STR("{\"op\":200,\"d\":{\"op\":16,\"data\":"));
    live_model_describe(model, channel, true, answer);
    add(answer, STR(",\"members\":["));
    live_model_add_members(model, channel, NO_CLIENT, answer);
    add(answer, STR("]}}}"));
}

/* What the channel's owner does; the number of an error, or 0. */
static uint32_t decide(struct live_model *model, uint32_t client, enum live_said kind,
                       const struct live_argument *argument, bool heard)
{
    bool found = model->channels[argument->channel].open;
    if (kind == LIVE_SAID_CREATE) {
        live_model_create(model, argument);
        return 0;
    }
    if (kind == LIVE_SAID_UPDATE)
        found = live_model_update(model, argument);
    else if (kind == LIVE_SAID_DELETE)
        found = live_model_delete(model, argument);
    else if (kind == LIVE_SAID_INFO && found && heard)
        inform(model, client, argument->channel);
    return found ? 0 : 2000;
}

static void waits(void *state, uint32_t client, const struct message *message)
{
    struct live_model *model = state;
    if (message->kind != LIVE_SAID_LIST)
        return;
    struct draft *answer = answer_of(model, client);
    answer->len = 0;
    list(model, model->world->clients[client].worker, answer);
}

/* Their answers are sent as soon as they come. */
static void tell_list(struct live_model *model, uint32_t client)
{
    static struct draft text;
    const struct draft *answer = answer_of(model, client);
    model->lists = realloc(model->lists, (model->lists_count + 1) * sizeof *model->lists);
    char *copy = strndup(answer->bytes, answer->len);
    CHECK(model->lists != NULL && copy != NULL);
    model->lists[model->lists_count] = copy;
    text.len = 0;
    add(&text, STR("{\"op\":200,\"d\":{\"op\":15,\"data\":{\"channels\":"));
    add_gap(&text, GAP_LIST, model->lists_count++);
    add(&text, STR("}}}"));
    expects(model->world, client, &text);
}

static bool asked_for_list(struct live_model *model, uint32_t client, uint32_t worker)
{
    if (model->world->clients[client].worker == worker) {
        tell_list(model, client); /* it has been to all */
        return false;
    }
    list(model, worker, answer_of(model, client));
    return true;
}

static bool asked(void *state, const struct letter *letter, uint32_t worker,
                  struct message *message)
{
    struct live_model *model = state;
    struct live_argument argument = argument_of((struct str){letter->bytes, letter->argument_len});
    enum live_said kind = (enum live_said)letter->kind;
    if (kind == LIVE_SAID_JOIN)
        return false; /* seats are seen by nobody */
    if (kind == LIVE_SAID_LIST)
        return message != NULL && asked_for_list(model, letter->client, worker);
    if (letter->hops == 2) {
        if (message != NULL)
            expects(model->world, letter->client, answer_of(model, letter->client));
        return false;
    }
    uint32_t error = decide(model, letter->client, kind, &argument, message != NULL);
    if (message != NULL) {
        message->done = true;
        message->outcome = error;
    }
    return kind == LIVE_SAID_INFO && error == 0;
}

/* What was heard */

static void ack(struct live_model *model, uint32_t client, uint32_t op, const char *channel,
                const char *name)
{
    static struct draft text;
    text.len = 0;
    add_format(&text, "{\"op\":200,\"d\":{\"op\":%u,\"data\":{\"channel_id\":\"%s\"", op, channel);
    if (name != NULL)
        add_format(&text, ",\"channel_name\":\"%s\"", name);
    add(&text, STR("}}}"));
    expects(model->world, client, &text);
}

static void hears_question(struct live_model *model, uint32_t client, const struct message *message,
                           const struct live_argument *argument)
{
    const char *id = model->channels[argument->channel].id;
    enum live_said kind = (enum live_said)message->kind;
    uint32_t error = message->done ? message->outcome : decide(model, client, kind, argument, true);
    if (error != 0)
        live_model_error(model, client, error, "Channel not found: ", id);
    else if (kind == LIVE_SAID_CREATE)
        ack(model, client, 10, id, argument->text);
    else if (kind == LIVE_SAID_UPDATE)
        ack(model, client, 13, id, argument->text);
    else if (kind == LIVE_SAID_DELETE)
        ack(model, client, 14, id, NULL);
    else if (!message->done)
        expects(model->world, client, answer_of(model, client));
}

/* The outcome of a join is the server's to say, but it must have had a reason.
 */
static void hears_join(struct live_model *model, uint32_t client, const struct message *message,
                       const struct live_argument *argument)
{
    struct world *world = model->world;
    const struct live_model_channel *channel = &model->channels[argument->channel];
    const struct live_model_client *c = &model->clients[client];
    const char *wrong = NULL;
    if (world_errors(world, client, LIVE_ERROR_CHANNEL_NOT_FOUND) > 0) {
        if (channel->open && channel->absent_step < message->tried_step)
            wrong = "does not find its channel";
        live_model_error(model, client, 2000, "Channel not found: ", channel->id);
    } else if (world_errors(world, client, LIVE_ERROR_CHANNEL_FULL) > 0) {
        if (!is_full(model, argument->channel) && channel->full_step < message->tried_step)
            wrong = "is told that its channel is full";
        live_model_error(model, client, 2001, "Channel is full: ", channel->id);
    } else if (world_errors(world, client, LIVE_ERROR_ALREADY_IN_CHANNEL) > 0) {
        if (c->channel != argument->channel && strncmp(c->user, "shared", 6) != 0)
            wrong = "is told that it is in its channel already";
        live_model_error(model, client, 2003, "Already in channel: ", channel->id);
    } else if (world_errors(world, client, LIVE_ERROR_SSRC_IN_USE) > 0) {
        live_model_error(model, client, 1004, "Invalid payload: ssrc is in use", "");
    } else if (world_errors(world, client, LIVE_ERROR_INTERNAL_ERROR) > 0) {
        if (world->now_ms - message->tried_ms < SEAT_LASTS_MS && !is_crowded(model) &&
            model->crowded_step < message->tried_step)
            wrong = "is told of an internal error";
        live_model_error(model, client, 9000, "Internal server error", "");
    } else {
        live_model_joins(model, client, argument);
    }
    if (wrong != NULL)
        world_fails(world, client, "%s, and should not be", wrong);
}

/* What only members may say. */
static void hears_member(struct live_model *model, uint32_t client, enum live_said kind,
                         const struct live_argument *argument)
{
    const char *id = model->channels[argument->channel].id;
    if (model->clients[client].channel != argument->channel) {
        bool message = kind == LIVE_SAID_MESSAGE;
        live_model_error(model, client, message ? 3002 : 2004,
                         message ? "Must join channel before messaging: " : "Not in channel: ", id);
    } else if (kind == LIVE_SAID_LEAVE) {
        ack(model, client, 12, id, NULL);
        live_model_leaves(model, client);
    } else if (kind == LIVE_SAID_MESSAGE) {
        live_model_says(model, client, argument->text);
    } else if (kind == LIVE_SAID_REQUEST) {
        live_model_requests(model, client, argument);
    } else if (kind == LIVE_SAID_RELEASE) {
        live_model_releases(model, client);
    } else {
        live_model_pings(model, client);
    }
}

static void hears_garbage(struct live_model *model, uint32_t client)
{
    static struct draft text;
    text.len = 0;
    add(&text, STR("{\"op\":201,\"d\":{\"code\":1004,\"reason\":\"Invalid payload: "));
    add_gap(&text, GAP_INVALID, 0);
    add(&text, STR("\"}}"));
    expects(model->world, client, &text);
}

static enum fault heard(void *state, uint32_t client, const struct message *message)
{
    struct live_model *model = state;
    struct live_argument argument = argument_of(message->argument);
    enum live_said kind = (enum live_said)message->kind;
    if (!model->clients[client].identified && kind != LIVE_SAID_IDENTIFY &&
        kind != LIVE_SAID_HEARTBEAT) {
        live_model_error(model, client, 1000, "Authentication required", "");
        return FAULT_NONE;
    }
    switch (kind) {
    case LIVE_SAID_IDENTIFY:
        live_model_identifies(model, client, argument.user);
        break;
    case LIVE_SAID_HEARTBEAT:
        reader_expects(model->world, client, STR("{\"op\":2,\"d\":null}"), DELIVERY_RELIABLE, 0);
        break;
    case LIVE_SAID_CREATE:
    case LIVE_SAID_UPDATE:
    case LIVE_SAID_DELETE:
    case LIVE_SAID_INFO:
        hears_question(model, client, message, &argument);
        break;
    case LIVE_SAID_LIST:
        if (model->world->options.workers == 1) {
            answer_of(model, client)->len = 0;
            list(model, 0, answer_of(model, client));
            tell_list(model, client);
        }
        break;
    case LIVE_SAID_JOIN:
        hears_join(model, client, message, &argument);
        break;
    case LIVE_SAID_LEAVE:
    case LIVE_SAID_MESSAGE:
    case LIVE_SAID_REQUEST:
    case LIVE_SAID_RELEASE:
    case LIVE_SAID_PING:
        hears_member(model, client, kind, &argument);
        break;
    case LIVE_SAID_UNKNOWN:
        live_model_error(model, client, 1003, "Unknown opcode: 99", "");
        return FAULT_INVALID;
    case LIVE_SAID_GARBAGE:
        hears_garbage(model, client);
        return FAULT_INVALID;
    case LIVE_SAID:
        break;
    }
    return FAULT_NONE;
}

/* Time */

static void expires(void *state, uint32_t worker)
{
    struct live_model *model = state;
    for (uint32_t i = 0; i < model->channels_count; i++)
        if (live_model_floor_due_ms(&model->channels[i]) <= model->world->now_ms &&
            owner_of(model, i) == worker)
            live_model_floor_expires(model, i);
}

static bool may_close(const void *state, uint32_t client, uint16_t code)
{
    const struct live_model *model = state;
    const struct world *world = model->world;
    return code == 1008 && !model->clients[client].identified &&
           world->now_ms >= world->clients[client].opened_ms + IDENTIFY_WITHIN_MS;
}

static uint64_t next_ms(const void *state)
{
    const struct live_model *model = state;
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < model->channels_count; i++) {
        uint64_t due_ms = live_model_floor_due_ms(&model->channels[i]);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    for (uint32_t i = 0; i < model->world->options.sessions; i++) {
        const struct client *client = &model->world->clients[i];
        uint64_t due_ms = client->opened_ms + IDENTIFY_WITHIN_MS;
        if (is_open(client) && !model->clients[i].identified && due_ms < next_ms)
            next_ms = due_ms;
    }
    return next_ms;
}

/* What only the server knows */

/* The channels may stand in any order: the list has each of those lines, and
 * nothing else. */
static size_t list_fits(struct live_model *model, uint32_t number, struct str text)
{
    size_t len = 2, lines = 0;
    for (const char *at = model->lists[number]; *at != 0; lines++) {
        size_t line_len = strcspn(at, "\n");
        if (memmem(text.base, text.len, at, line_len) == NULL)
            return 0;
        len += line_len + (lines > 0);
        at += line_len + 1;
    }
    if (text.len < len || text.base[0] != '[' || text.base[len - 1] != ']')
        return 0;
    free(model->lists[number]);
    model->lists[number] = NULL;
    return len;
}

/* Those that the relay seals with. */
static size_t key_fits(const struct id *key, struct str text)
{
    return text.len > key->len && memcmp(text.base, key->text, key->len) == 0 ? key->len : 0;
}

static size_t fits(void *state, uint32_t client, char kind, uint32_t number, struct str text)
{
    struct live_model *model = state;
    (void)client;
    switch (kind) {
    case GAP_SESSION:
        return ids_fit(&model->sessions, number, text, "sess_################################");
    case GAP_MESSAGE:
        return ids_fit(&model->messages, number, text, "msg_################################");
    case GAP_KEY:
        return key_fits(&model->keys.ids[number], text);
    case GAP_LIST:
        return list_fits(model, number, text);
    default:
        return text.len > 3 ? text.len - 3 : 0; /* a reason */
    }
}

static uint32_t partner(const void *state, uint32_t client)
{
    const struct live_model *model = state;
    if (model->clients[client].channel == NO_CHANNEL)
        return NO_CLIENT;
    const struct live_model_channel *channel = &model->channels[model->clients[client].channel];
    return channel->members[0] != client ? channel->members[0]
                                         : channel->members[channel->count - 1];
}

static void ordered(void *state, const struct media_order *order)
{
    const struct live_model *model = state;
    live_media_ordered(model->media, order);
}

static void media_acts(void *state)
{
    const struct live_model *model = state;
    live_media_acts(model->media);
}

/* The service's own state */

static void walk(void *state, uint32_t worker)
{
    struct live_model *model = state;
    const struct world *world = model->world;
    for (uint32_t i = 0; i < model->channels_count; i++) {
        struct live_model_channel *channel = &model->channels[i];
        if (!channel->open)
            channel->absent_step = world->step;
        else if (is_full(model, i))
            channel->full_step = world->step;
    }
    if (live_walk_crowded(world->workers[worker].state))
        model->crowded_step = world->step;
    if (world->options.sessions > SMALL_SESSIONS && world->step % WALK_EVERY != 0)
        return;
    const char *wrong = live_walk(world->workers[worker].state);
    if (wrong != NULL)
        world_fails(model->world, 0, "or another: %s", wrong);
}

static void settled(void *state)
{
    struct live_model *model = state;
    void *lives[WORKERS_MAX];
    uint32_t workers = model->world->options.workers;
    for (uint32_t i = 0; i < workers; i++) {
        lives[i] = model->world->workers[i].state;
        walk(model, i);
    }
    live_media_settles(model->media);
    const char *wrong = live_walk_together(lives, workers);
    if (wrong != NULL && model->world->loss == 0)
        world_fails(model->world, 0, "or another: %s", wrong);
}

static const char *const kind_names[LIVE_SAID] = {
    "identify", "heartbeat", "create",  "join",    "leave", "update",  "delete", "list",
    "info",     "message",   "request", "release", "ping",  "unknown", "invalid"};

const struct play live_play = {
    .name = "live",
    .service = &live_service,
    .codec = &live_codec,
    .kinds = LIVE_SAID,
    .kind_names = kind_names,
    .mails = true,
    .egress = {.messages_max = 100, .bytes_max = 65536, .volatile_max = 6},
    .begin = begin,
    .end = end,
    .opens = opens,
    .closes = closes,
    .heard = heard,
    .waits = waits,
    .departs = departs,
    .asked = asked,
    .expires = expires,
    .next_ms = next_ms,
    .may_close = may_close,
    .ordered = ordered,
    .media_acts = media_acts,
    .says = live_says,
    .stampede = live_stampede,
    .fits = fits,
    .partner = partner,
    .walk = walk,
    .settled = settled,
};
