/* What is looked at after each step: queues, closes, strikes, those who read at
 * once, timers, and the service's own state. */
#include "base/check.h"
#include "world.h"

static void check_queue(struct world *world, uint32_t number)
{
    const struct client *client = &world->clients[number];
    const struct egress_limits *limits = &world->limits.egress;
    const struct egress *egress = client->conn->session.egress;
    if (egress_messages(egress) > limits->messages_max ||
        egress_bytes(egress) > limits->bytes_max + 10)
        world_fails(world, number, "has a queue of %u messages and %u bytes",
                    egress_messages(egress), egress_bytes(egress));
    if (egress != NULL && !client->woken)
        world_fails(world, number, "has something to read, and nobody was told");
}

/* A close that the hub has just asked for needs a reason. */
static void check_close(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (world->play->may_close != NULL &&
        world->play->may_close(world->model, number, client->closing))
        return;
    if (client->closing == 1013) {
        world->totals.slow_readers++;
        if (client->expected_count <= world->limits.egress.messages_max &&
            client->expected_bytes <= world->limits.egress.bytes_max && !world->mail_refused)
            world_fails(world, number, "is cut off as a slow reader, with %u messages waiting",
                        client->expected_count);
    } else if (client->closing == 1008) {
        world->totals.struck++;
        if (client->strikes < world->limits.strikes_max - 1)
            world_fails(world, number, "is cut off with %.1f strikes", client->strikes);
    } else {
        world_fails(world, number, "is closed with %u", client->closing);
    }
}

static void check_strikes(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (client->strikes > world->limits.strikes_max + 2 && client->closing == 0)
        world_fails(world, number, "may go on after %.1f strikes", client->strikes);
}

/* Those who read at once have now seen all that they must see. */
static void check_reader(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (client->dead || client->closing != 0)
        return;
    if (client->pace != PROMPT) {
        if (client->pace == SLOW && draw_percent(&world->draw, 20))
            reader_reads(world, number, draw_below(&world->draw, 300));
        return;
    }
    reader_reads(world, number, SIZE_MAX);
    if (client->expected != NULL)
        world_fails(world, number, "misses %.*s", (int)client->expected->len,
                    client->expected->text);
}

/* Nothing was dropped or replaced that the model does not know of. What was
 * meant for a session that closed in this step may have come before or after
 * that. */
static void check_counts(struct world *world, struct worker *worker, bool closing)
{
    uint64_t dropped = stat_sum(worker->stats.services[0].dropped, STATS_DELIVERIES);
    uint64_t replaced = stat_sum(worker->stats.services[0].replaced, STATS_DELIVERIES);
    if (dropped != worker->dropped || (replaced != worker->replaced && !closing))
        world_fails(world, world->touched_count > 0 ? world->touched[0] : 0,
                    "or another is robbed of a message: %llu replaced, and %llu should be",
                    (unsigned long long)replaced, (unsigned long long)worker->replaced);
    worker->replaced = replaced;
}

struct hub *world_begin_step(struct world *world, uint32_t number)
{
    struct worker *worker = &world->workers[number];
    world->step++;
    world->posted = NULL;
    world->mail_refused = false;
    for (uint32_t i = 0; i < world->play->codec->errors_count; i++)
        world->errors[i] = stat_get(&worker->stats.services[0].errors[i]);
    hub_time(worker->hub, world->now_ms, world->now_ms);
    return worker->hub;
}

uint64_t world_errors(const struct world *world, uint32_t client, uint32_t error)
{
    const struct worker *worker = &world->workers[world->clients[client].worker];
    return stat_get(&worker->stats.services[0].errors[error]) - world->errors[error];
}

void world_end_step(struct world *world, uint32_t number)
{
    struct worker *worker = &world->workers[number];
    bool due = worker->next_ms <= world->now_ms;
    do
        worker->next_ms = hub_tick(worker->hub);
    while (worker->next_ms <= world->now_ms);
    if (due)
        world->play->expires(world->model, number);
    bool closing = false;
    for (uint32_t i = 0; i < world->touched_count; i++)
        closing = closing || world->clients[world->touched[i]].closing_is_new;
    check_counts(world, worker, closing);
    while (world->touched_count > 0) {
        uint32_t touched = world->touched[--world->touched_count];
        struct client *client = &world->clients[touched];
        client->touched = false;
        if (client->place != HERE)
            continue;
        check_queue(world, touched);
        check_strikes(world, touched);
        if (client->closing_is_new)
            check_close(world, touched);
        client->closing_is_new = false;
        check_reader(world, touched);
    }
    if (world->play->walk != NULL)
        world->play->walk(world->model, number);
}
