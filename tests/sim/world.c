#include "world.h"

#include <stdlib.h>

#include "base/check.h"
#include "chat/chat.h"
#include "generated/chat_codec.h"

/* Small bounds, so that they are met. */
static const struct egress_limits egress_limits = {
    .messages_max = 48, .bytes_max = 16384, .volatile_max = 6};
enum { STRIKES_MAX_HERE = 12, STRIKES_REFILL_HERE_MS = 5000 };

static void refill(void *context, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)draw_bits(context);
}

static struct client *client_of(struct world *world, const struct session *session)
{
    return &world->clients[((const struct conn *)session)->client];
}

void world_touch(struct world *world, uint32_t number)
{
    if (!world->clients[number].touched) {
        world->clients[number].touched = true;
        world->touched[world->touched_count++] = number;
    }
}

/* What the hub asks of its transport. */

static void wake(void *context, struct session *session)
{
    struct worker *worker = context;
    client_of(worker->world, session)->woken = true;
    world_touch(worker->world, ((struct conn *)session)->client);
}

static void ask_close(void *context, struct session *session, uint16_t code, struct str reason)
{
    struct world *world = ((struct worker *)context)->world;
    uint32_t number = ((struct conn *)session)->client;
    struct client *client = &world->clients[number];
    history_note(world, number, "is to be closed:", reason);
    if (client->closing != 0)
        world_fails(world, number, "is closed twice, with %u and %u", client->closing, code);
    client->closing = code;
    client->closing_is_new = true;
    world_touch(world, number);
}

static bool strike(void *context, struct session *session, enum strike kind)
{
    (void)context, (void)session, (void)kind;
    return false; /* no bound per address here */
}

/* What the model says that clients must see. */
static void model_sees(void *context, uint32_t number, enum seen kind, struct str text,
                       uint32_t room)
{
    struct world *world = context;
    struct client *client = &world->clients[number];
    CHECK(client->place == HERE);
    if (client->closing != 0 && !client->closing_is_new)
        return;
    struct worker *worker = &world->workers[client->worker];
    if (kind == SEEN_TYPING &&
        stat_sum(worker->stats.services[0].dropped, STATS_DELIVERIES) > worker->dropped) {
        worker->dropped++;
        world->totals.spared++;
        if (client->expected_count < egress_limits.volatile_max)
            world_fails(world, number, "misses partner_typing, though it does not lag");
        return;
    }
    reader_expects(world, number, kind, text, room);
    world_touch(world, number);
}

/* Setting up */

static bool start_worker(struct world *world, uint32_t number)
{
    struct worker *worker = &world->workers[number];
    uint32_t workers = world->options.workers;
    struct service_config config = {.worker = number,
                                    .workers = workers,
                                    .sessions_max = world->limits.sessions_max,
                                    .hash_key = "a key for all"};
    struct hub_binding binding = {&chat_service, &chat_codec, NULL};
    struct hub_ports ports = {
        .context = worker, .wake = wake, .close = ask_close, .strike = strike};
    worker->world = world;
    worker->next_ms = UINT64_MAX;
    worker->draw.state = draw_bits(&world->draw);
    random_init(&worker->random, refill, &worker->draw);
    worker->hub = hub_new(&config, &world->limits, &binding, 1, sizeof(struct conn), &ports,
                          &worker->random, &worker->stats);
    return worker->hub != NULL;
}

struct world *world_new(const struct options *options)
{
    CHECK(options->workers > 0 && options->workers <= WORKERS_MAX && options->sessions > 0);
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL);
    world->options = *options;
    world->draw.state = options->seed;
    world->mail_weight = draw_percent(&world->draw, 70) ? 1500 : 30;
    world->time_weight = 10 + 10000 / options->sessions; /* a client says something each second */
    world->now_ms = 1000;
    /* Now and then a worker is full: more clients want to be there than it can hold. */
    uint32_t share = options->sessions / options->workers;
    world->limits = (struct hub_limits){.sessions_max = share + share / 4 + 1,
                                        .egress = egress_limits,
                                        .strikes_max = STRIKES_MAX_HERE,
                                        .strikes_refill_ms = STRIKES_REFILL_HERE_MS};
    world->clients = calloc(options->sessions, sizeof *world->clients);
    world->touched = calloc(options->sessions, sizeof *world->touched);
    CHECK(world->clients != NULL && world->touched != NULL);
    for (uint32_t i = 0; i < options->sessions; i++) {
        world->clients[i].said_end = &world->clients[i].said;
        world->clients[i].expected_end = &world->clients[i].expected;
    }
    model_init(&world->model, options->sessions);
    world->model.context = world;
    world->model.sees = model_sees;
    for (uint32_t i = 0; i < options->workers; i++) {
        for (uint32_t j = 0; j < options->workers; j++)
            world->mail[i][j].end = &world->mail[i][j].first;
        CHECK(start_worker(world, i));
    }
    return world;
}

void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->options.workers; i++)
        hub_free(world->workers[i].hub);
    model_clear(&world->model);
    free(world->clients);
    free(world->touched);
    free(world->history);
    free(world);
}
