/* What can happen in the world, one event at a time, and what is looked at after each. */
#include <stdlib.h>

#include "base/check.h"
#include "world.h"

/* What a client may have said that is not handled yet. */
enum { SAID_MAX = 16 };

/* Bytes of a frame that its expectation may not have: the header, and what only the server knows
 * (ids, codes, reasons). */
enum { UNKNOWN_BYTES = 200 };

static bool is_open(const struct client *client)
{
    return client->place == HERE && client->closing == 0;
}

/* After each step */

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
    size_t bytes = client->expected_bytes + client->expected_count * UNKNOWN_BYTES;
    if (client->closing == 1013) {
        world->totals.slow_readers++;
        if (client->expected_count <= world->limits.egress.messages_max &&
            bytes <= world->limits.egress.bytes_max)
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
        world_fails(world, number, "misses (kind %d) %.*s", client->expected->kind,
                    (int)client->expected->len, client->expected->text);
}

/* The worker's timers run, in the server and in the model; then all who were concerned are looked
 * at. */
static void end_step(struct world *world, uint32_t number)
{
    struct worker *worker = &world->workers[number];
    bool due = worker->next_ms <= world->now_ms;
    do
        worker->next_ms = hub_tick(worker->hub);
    while (worker->next_ms <= world->now_ms);
    for (uint32_t i = 0; due && i < world->options.sessions; i++)
        if (world->clients[i].place == HERE && world->clients[i].worker == number)
            world->totals.expired += model_expires(&world->model, i, world->now_ms);
    if (stat_sum(worker->stats.services[0].dropped, STATS_DELIVERIES) != worker->dropped)
        world_fails(world, world->touched_count > 0 ? world->touched[0] : 0,
                    "or another is robbed of a message");
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
}

static struct hub *begin_step(struct world *world, uint32_t number)
{
    hub_time(world->workers[number].hub, world->now_ms, world->now_ms);
    return world->workers[number].hub;
}

/* What clients have said */

void world_say(struct world *world, uint32_t number, struct message *message)
{
    struct client *client = &world->clients[number];
    *client->said_end = message;
    client->said_end = &message->next;
    if (client->unread == NULL)
        client->unread = message;
    client->said_count++;
}

static void forget_first_said(struct client *client)
{
    struct message *first = client->said;
    if (client->unread == first)
        client->unread = first->next;
    client->said = first->next;
    if (client->said == NULL)
        client->said_end = &client->said;
    client->said_count--;
    free(first);
}

/* The transport reads a few messages: lengths and texts. */
static void transport_reads(struct client *client, uint32_t count)
{
    for (; count > 0 && client->unread != NULL; count--) {
        struct str text = client->unread->text;
        uint32_t len = (uint32_t)text.len;
        client->input = realloc(client->input, client->input_len + sizeof len + len);
        CHECK(client->input != NULL);
        memcpy(client->input + client->input_len, &len, sizeof len);
        memcpy(client->input + client->input_len + sizeof len, text.base, len);
        client->input_len += sizeof len + len;
        client->unread = client->unread->next;
    }
}

static void drop_input(struct client *client)
{
    free(client->input);
    client->input = NULL;
    client->input_len = 0;
}

/* Beginnings and ends of sessions */

/* Nothing of the session is left at the server: the client may come back as another. */
static void gone(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    while (client->said != NULL)
        forget_first_said(client);
    client->unread = NULL;
    drop_input(client);
    reader_forgets(client);
    client->place = AWAY;
    client->conn = NULL;
    client->closing = 0;
    client->closing_is_new = client->woken = client->dead = false;
}

static void open_client(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    uint32_t at = draw_below(&world->draw, world->options.workers);
    struct hub *hub = begin_step(world, at);
    static const uint32_t paces[] = {85, 10, 5};
    client->pace = (enum pace)draw_weighted(&world->draw, paces, 3);
    client->rude = draw_percent(&world->draw, 2);
    client->trusted = draw_percent(&world->draw, 50);
    client->conn = (struct conn *)hub_open(hub, 0, client->trusted);
    if (client->conn == NULL) {
        world->totals.refused++;
        if (hub_sessions(hub) < world->limits.sessions_max)
            world_fails(world, number, "is refused by a worker that is not full");
        return;
    }
    client->conn->client = number;
    client->place = HERE;
    client->worker = at;
    client->strikes = 0;
    client->strikes_at_ms = world->now_ms;
    world->totals.opened++;
    history_note(world, number, "comes", STR(""));
    hub_greet(hub, &client->conn->session);
    model_opens(&world->model, number);
    end_step(world, at);
}

/* The transport tells the hub that the connection has ended. */
static void close_client(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    uint32_t at = client->worker;
    struct hub *hub = begin_step(world, at);
    if (client->closing != 0 && !client->dead) {
        /* What was queued before the Close still arrives, but for a slow reader. */
        reader_reads(world, number, SIZE_MAX);
        if (client->closing != 1013 && client->expected != NULL)
            world_fails(world, number, "is closed before it has seen all");
    }
    history_note(world, number, "is gone", STR(""));
    hub_closed(hub, &client->conn->session);
    model_closes(&world->model, number);
    gone(world, number);
    end_step(world, at);
}

/* Messages handled */

/* The oldest message of the client has been handled. */
static void handled(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    const struct message *message = client->said;
    history_note(world, number, "is heard:", message->text);
    client->strikes -=
        (double)(world->now_ms - client->strikes_at_ms) / world->limits.strikes_refill_ms;
    client->strikes = client->strikes < 0 ? 0 : client->strikes;
    client->strikes_at_ms = world->now_ms;
    enum fault fault =
        model_hears(&world->model, number, message->kind, message->argument, world->now_ms);
    if (fault == FAULT_INVALID || (fault == FAULT_GUESS && !client->trusted))
        client->strikes++;
    world->totals.said[message->kind]++;
    world->commands++;
    world_touch(world, number);
    forget_first_said(client);
}

/* Sends the client to the worker that its session asks for, with the input that is left. */
static void depart(struct world *world, uint32_t number, struct str rest)
{
    struct client *client = &world->clients[number];
    uint32_t from = client->worker;
    struct letter *letter = malloc(sizeof *letter);
    CHECK(letter != NULL);
    *letter = (struct letter){.client = number};
    letter->passage = hub_depart(world->workers[from].hub, &client->conn->session, rest);
    CHECK(letter->passage != NULL);
    world->totals.moved_with_queue += letter->passage->egress_len > 0;
    uint32_t to = letter->passage->to;
    CHECK(to < world->options.workers && to != from);
    struct mail *mail = &world->mail[from][to];
    *mail->end = letter;
    mail->end = &letter->next;
    drop_input(client);
    client->place = TRAVELLING;
    client->conn = NULL;
    client->dead = draw_percent(&world->draw, 3);
    world->totals.moved++;
    history_note(world, number, "departs with", client->said->text);
}

/* The transport gives the hub up to `count` of the messages that it has read. */
static void handle(struct world *world, uint32_t number, uint32_t count)
{
    struct client *client = &world->clients[number];
    uint32_t at = client->worker, len;
    struct hub *hub = begin_step(world, at);
    for (; count > 0 && client->input_len > 0; count--) {
        memcpy(&len, client->input, sizeof len);
        struct str text = {(const char *)client->input + sizeof len, len};
        struct str rest = {text.base + len, client->input_len - sizeof len - len};
        if (!str_equal(text, client->said->text))
            world_fails(world, number, "said another thing first than %.*s", (int)len, text.base);
        enum hub_result result = hub_receive(hub, &client->conn->session, text);
        if (result == HUB_MOVED) {
            depart(world, number, rest);
        } else {
            CHECK(result == HUB_OK || result == HUB_CLOSING); /* chat never waits */
            handled(world, number);
            client->input_len = result == HUB_CLOSING ? 0 : rest.len;
            memmove(client->input, rest.base, client->input_len);
        }
        end_step(world, at);
    }
}

/* The oldest letter of one worker to another arrives. */
static void deliver(struct world *world, uint32_t from, uint32_t to)
{
    struct mail *mail = &world->mail[from][to];
    struct letter *letter = mail->first;
    mail->first = letter->next;
    if (mail->first == NULL)
        mail->end = &mail->first;
    uint32_t number = letter->client;
    struct passage *passage = letter->passage;
    free(letter);
    struct client *client = &world->clients[number];
    struct hub *hub = begin_step(world, to);
    if (client->dead && draw_percent(&world->draw, 30)) {
        world->totals.died_on_the_way++;
    } else if ((client->conn = (struct conn *)hub_arrive(hub, passage)) == NULL) {
        world->totals.moved_to_full++;
        if (hub_sessions(hub) < world->limits.sessions_max)
            world_fails(world, number, "is not let in by a worker that is not full");
    }
    if (client->conn == NULL) {
        history_note(world, number, "is gone", STR(""));
        passage_free(passage);
        model_closes(&world->model, number);
        gone(world, number);
        return;
    }
    client->conn->client = number;
    client->place = HERE;
    client->worker = to;
    client->woken = false;
    history_note(world, number, "arrives", STR(""));
    struct str input = passage_input(passage);
    client->input = malloc(input.len + 1);
    CHECK(client->input != NULL);
    if (input.len > 0)
        memcpy(client->input, input.base, input.len);
    client->input_len = input.len;
    if (client->dead && draw_percent(&world->draw, 50)) {
        close_client(world, number); /* between its arrival and its message */
    } else {
        if (hub_resume(hub, &client->conn->session) == HUB_MOVED)
            world_fails(world, number, "is sent from one worker to the next");
        handled(world, number);
        end_step(world, to);
    }
    passage_free(passage);
}

static bool deliver_any(struct world *world)
{
    uint32_t workers = world->options.workers;
    uint32_t first = draw_below(&world->draw, workers * workers);
    for (uint32_t i = 0; i < workers * workers; i++) {
        uint32_t pair = (first + i) % (workers * workers);
        if (world->mail[pair / workers][pair % workers].first != NULL) {
            deliver(world, pair / workers, pair % workers);
            return true;
        }
    }
    return false;
}

/* Time */

/* The earliest end of anybody's typing. */
static uint64_t next_expiry_ms(const struct model *model)
{
    uint64_t next_ms = UINT64_MAX;
    for (uint32_t i = 0; i < model->clients_count; i++) {
        const struct model_client *client = &model->clients[i];
        if (client->here && client->typing && client->typing_until_ms < next_ms)
            next_ms = client->typing_until_ms;
    }
    return next_ms;
}

static void pass_time(struct world *world, uint64_t ms)
{
    /* Often to the very millisecond in which something is due. */
    uint64_t expiry_ms = next_expiry_ms(&world->model);
    bool stop_there = expiry_ms <= world->now_ms + ms && draw_percent(&world->draw, 50);
    world->now_ms = stop_there ? expiry_ms : world->now_ms + ms;
    for (uint32_t i = 0; i < world->options.workers; i++) {
        if (world->workers[i].next_ms <= world->now_ms) {
            begin_step(world, i);
            end_step(world, i);
        }
    }
    for (uint32_t i = 0; i < world->options.sessions; i++) {
        const struct model_client *model = &world->model.clients[i];
        if (model->here && model->typing && model->typing_until_ms <= world->now_ms)
            world_fails(world, i, "types on and on");
    }
}

static uint64_t draw_ms(struct draw *draw)
{
    static const uint32_t weights[] = {60, 25, 10, 5};
    static const uint32_t up_to_ms[] = {3, 100, 3000, 15000};
    return draw_below(draw, up_to_ms[draw_weighted(draw, weights, 4)]);
}

/* What happens next */

static void client_acts(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (client->place == AWAY) {
        if (draw_percent(&world->draw, 30))
            open_client(world, number);
        return;
    }
    if (client->dead)
        return;
    if (draw_below(&world->draw, client->place == TRAVELLING ? 10 : 300) == 0) {
        client->dead = true;
        history_note(world, number, "dies", STR(""));
        return;
    }
    uint32_t burst = draw_percent(&world->draw, 90) ? 2 : SAID_MAX;
    for (uint32_t i = draw_below(&world->draw, burst + 1); i > 0 && client->said_count < SAID_MAX;
         i--)
        player_says(world, number);
}

static void transport_acts(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (client->place != HERE)
        return;
    if ((client->dead || client->closing != 0) && draw_percent(&world->draw, 30)) {
        close_client(world, number);
    } else if (client->closing == 0) {
        transport_reads(client, draw_below(&world->draw, 5));
        handle(world, number, 1 + draw_below(&world->draw, 4));
    }
}

static void slow_client_acts(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (is_open(client) && client->pace == SLOW && !client->dead)
        reader_reads(world, number, draw_below(&world->draw, 1500));
}

void world_act(struct world *world)
{
    enum { CLIENT, TRANSPORT, SLOW_CLIENT, MAIL, TIME, STAMPEDE, ACTS };
    const uint32_t weights[ACTS] = {3000, 4500, 300, world->mail_weight, world->time_weight, 3};
    uint32_t number = draw_below(&world->draw, world->options.sessions);
    switch (draw_weighted(&world->draw, weights, ACTS)) {
    case CLIENT:
        client_acts(world, number);
        break;
    case TRANSPORT:
        transport_acts(world, number);
        break;
    case SLOW_CLIENT:
        slow_client_acts(world, number);
        break;
    case MAIL:
        deliver_any(world);
        break;
    case TIME:
        pass_time(world, draw_ms(&world->draw));
        break;
    case STAMPEDE:
        player_stampede(world);
        break;
    }
}

/* Lets a client's part of what is under way come to its end; true when there was something. */
static bool settle_client(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    if (client->place != HERE)
        return false;
    if (client->dead || client->closing != 0) {
        close_client(world, number);
        return true;
    }
    bool busy = client->said_count > 0;
    transport_reads(client, SAID_MAX);
    handle(world, number, UINT32_MAX);
    if (is_open(client))
        reader_reads(world, number, SIZE_MAX);
    return busy;
}

void world_settle(struct world *world)
{
    for (bool busy = true; busy;) {
        busy = false;
        while (deliver_any(world))
            busy = true;
        for (uint32_t i = 0; i < world->options.sessions; i++)
            busy = settle_client(world, i) || busy;
    }
    uint32_t sessions[WORKERS_MAX] = {0};
    for (uint32_t i = 0; i < world->options.sessions; i++) {
        const struct client *client = &world->clients[i];
        if (client->place == HERE)
            sessions[client->worker]++;
        if (client->said != NULL || client->input_len > 0)
            world_fails(world, i, "is not heard: %.*s", (int)client->said->text.len,
                        client->said->text.base);
        if (client->expected != NULL)
            world_fails(world, i, "misses (kind %d) %.*s", client->expected->kind,
                        (int)client->expected->len, client->expected->text);
        if (client->received_len > 0)
            world_fails(world, i, "was sent half a frame");
    }
    uint64_t rooms = 0;
    for (uint32_t i = 0; i < world->options.workers; i++) {
        struct hub *hub = begin_step(world, i);
        end_step(world, i);
        rooms += stat_get(&world->workers[i].stats.services[0].rooms);
        if (hub_sessions(hub) != sessions[i])
            world_fails(world, 0, "or another: worker %u has %u sessions, and %u are there", i,
                        hub_sessions(hub), sessions[i]);
    }
    if (rooms != world->model.rooms_open)
        world_fails(world, 0, "or another: the workers have %llu rooms, the model %u",
                    (unsigned long long)rooms, world->model.rooms_open);
}

void world_empty(struct world *world)
{
    world_settle(world);
    for (uint32_t i = 0; i < world->options.sessions; i++)
        if (world->clients[i].place == HERE)
            close_client(world, i);
    world_settle(world);
    CHECK(world->model.rooms_open == 0);
}
