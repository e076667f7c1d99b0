#include "world.h"

#include <stdlib.h>

#include "base/check.h"

/* Small bounds, so that they are met. */
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

static void ask_close(void *context, struct session *session, enum close_name why)
{
    struct world *world = ((struct worker *)context)->world;
    uint32_t number = ((struct conn *)session)->client;
    struct client *client = &world->clients[number];
    history_note(world, number, "is to be closed:", close_said[why].reason);
    if (client->closing != 0)
        world_fails(world, number, "is closed twice, with %u and %u", client->closing,
                    close_said[why].code);
    client->closing = close_said[why].code;
    client->closing_is_new = true;
    world_touch(world, number);
}

static bool strike(void *context, struct session *session, enum strike kind)
{
    (void)context, (void)session, (void)kind;
    return false; /* no bound per address here */
}

static bool mail(void *context, uint32_t to, uint32_t binding, struct str bytes)
{
    CHECK(binding == 0);
    return post_mail(context, to, bytes);
}

static void resume(void *context, struct session *session)
{
    struct world *world = ((struct worker *)context)->world;
    uint32_t number = ((struct conn *)session)->client;
    struct client *client = &world->clients[number];
    if (client->resumed)
        world_fails(world, number, "may go on twice");
    client->resumed = true;
}

static void media(void *context, const struct media_order *order)
{
    struct world *world = ((struct worker *)context)->world;
    if (world->play->ordered != NULL)
        world->play->ordered(world->model, order);
}

static bool store(void *context, uint32_t binding, const struct store_order *order)
{
    struct worker *worker = context;
    struct world *world = worker->world;
    CHECK(binding == 0 && world->play->stored != NULL);
    return world->play->stored(world->model, (uint32_t)(worker - world->workers), order);
}

static struct str local_host(void *context, struct session *session)
{
    (void)context, (void)session;
    return STR("127.0.0.1");
}

/* Setting up */

/* The service as it is, but that it tells where its state is. */
static void *created;
static const struct service *original;

static void *create(const struct service_config *config)
{
    created = original->create(config);
    return created;
}

static bool start_worker(struct world *world, uint32_t number, const void *options)
{
    struct worker *worker = &world->workers[number];
    struct service_config config = {.worker = number,
                                    .workers = world->options.workers,
                                    .sessions_max = world->limits.sessions_max,
                                    .hash_key = "a key for all"};
    static struct service service;
    original = world->play->service;
    service = *original;
    service.create = create;
    struct hub_binding binding = {&service, world->play->codec, options};
    struct hub_ports ports = {.context = worker,
                              .wake = wake,
                              .close = ask_close,
                              .strike = strike,
                              .mail = mail,
                              .resume = resume,
                              .media = media,
                              .store = store,
                              .local_host = local_host};
    worker->world = world;
    worker->next_ms = UINT64_MAX;
    worker->draw.state = draw_bits(&world->draw);
    random_init(&worker->random, refill, &worker->draw);
    worker->hub = hub_new(&config, &world->limits, &binding, 1, sizeof(struct conn), &ports,
                          &worker->random, &worker->stats);
    worker->state = created;
    return worker->hub != NULL;
}

struct world *world_new(const struct options *options)
{
    CHECK(options->workers > 0 && options->workers <= WORKERS_MAX && options->sessions > 0);
    struct world *world = calloc(1, sizeof *world);
    CHECK(world != NULL);
    world->options = *options;
    world->play = options->play;
    CHECK(world->play->kinds <= KINDS_MAX);
    world->draw.state = options->seed;
    world->mail_weight = draw_percent(&world->draw, 70) ? 1500 : 30;
    if (world->play->mails)
        world->loss = draw_percent(&world->draw, 80) ? 0 : draw_below(&world->draw, 100);
    if (world->play->media_acts != NULL) {
        static const uint32_t weights[] = {50, 35, 15}, tenths[] = {1, 10, 60};
        world->media_weight =
            world->mail_weight * tenths[draw_weighted(&world->draw, weights, 3)] / 10;
    }
    world->time_weight = 10 + 10000 / options->sessions; /* a client says something each second */
    world->now_ms = 1000;
    world->step = 1;
    /* Now and then a worker is full: more clients want to be there than it can
     * hold. */
    uint32_t share = options->sessions / options->workers;
    world->limits = (struct hub_limits){.sessions_max = share + share / 4 + 1,
                                        .egress = world->play->egress,
                                        .strikes_max = STRIKES_MAX_HERE,
                                        .strikes_refill_ms = STRIKES_REFILL_HERE_MS};
    world->clients = calloc(options->sessions, sizeof *world->clients);
    world->touched = calloc(options->sessions, sizeof *world->touched);
    CHECK(world->clients != NULL && world->touched != NULL);
    for (uint32_t i = 0; i < options->sessions; i++) {
        world->clients[i].said_end = &world->clients[i].said;
        world->clients[i].expected_end = &world->clients[i].expected;
    }
    const void *service_options = NULL;
    world->model = world->play->begin(world, &service_options);
    for (uint32_t i = 0; i < options->workers; i++) {
        for (uint32_t j = 0; j < options->workers; j++)
            world->mail[i][j].end = &world->mail[i][j].first;
        CHECK(start_worker(world, i, service_options));
    }
    return world;
}

void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->options.workers; i++)
        hub_free(world->workers[i].hub);
    world->play->end(world->model);
    free(world->clients);
    free(world->touched);
    free(world->history);
    free(world);
}
