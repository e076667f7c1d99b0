/* What can happen in the world, one event at a time. */
#include <stdlib.h>

#include "base/check.h"
#include "world.h"

/* What a client may have said that is not handled yet. */
enum { SAID_MAX = 16 };

/* How long seats and the like may outlive their sessions. */
enum { LEFTOVERS_MS = 20000 };

/* What clients have said */

void world_say(struct world *world, uint32_t number, uint32_t kind, struct str argument,
               struct str text)
{
    struct client *client = &world->clients[number];
    if (client->place == AWAY || client->dead)
        return;
    struct message *message = malloc(sizeof *message + argument.len + text.len);
    CHECK(message != NULL && kind < world->play->kinds);
    *message = (struct message){.kind = kind,
                                .serial = ++world->serials,
                                .argument = {message->bytes, argument.len},
                                .text = {message->bytes + argument.len, text.len}};
    if (argument.len > 0)
        memcpy(message->bytes, argument.base, argument.len);
    if (text.len > 0)
        memcpy(message->bytes + argument.len, text.base, text.len);
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

/* Nothing of the session is left at the server: the client may come back as
 * another. */
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
    client->waiting = client->resumed = false;
}

static void open_client(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    uint32_t at = draw_below(&world->draw, world->options.workers);
    struct hub *hub = world_begin_step(world, at);
    static const uint32_t paces[] = {85, 10, 5};
    client->pace = (enum pace)draw_weighted(&world->draw, paces, 3);
    client->rude = draw_percent(&world->draw, 2);
    client->conn = (struct conn *)hub_open(hub, 0, draw_percent(&world->draw, 50));
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
    client->strikes_at_ms = client->opened_ms = world->now_ms;
    world->totals.opened++;
    history_note(world, number, "comes", STR(""));
    if (hub_greet(hub, &client->conn->session) != HUB_OK)
        world_fails(world, number, "is not greeted");
    world->play->opens(world->model, number);
    world_end_step(world, at);
}

/* The transport tells the hub that the connection has ended. */
static void close_client(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    uint32_t at = client->worker;
    struct hub *hub = world_begin_step(world, at);
    if (client->closing != 0 && !client->dead) {
        /* What was queued before the Close still arrives, but for a slow reader. */
        reader_reads(world, number, SIZE_MAX);
        if (client->closing != 1013 && client->expected != NULL)
            world_fails(world, number, "is closed before it has seen all");
    }
    history_note(world, number, "is gone", STR(""));
    hub_closed(hub, &client->conn->session);
    world->play->closes(world->model, number);
    gone(world, number);
    world_end_step(world, at);
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
    enum fault fault = world->play->heard(world->model, number, message);
    if (fault != FAULT_NONE)
        client->strikes++;
    world->totals.said[message->kind]++;
    world->commands++;
    world_touch(world, number);
    forget_first_said(client);
}

/* Sends the client to the worker that its session asks for, with the input that
 * is left. */
static void depart(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    struct str rest = {(const char *)client->input, client->input_len};
    struct passage *passage =
        hub_depart(world->workers[client->worker].hub, &client->conn->session, rest);
    CHECK(passage != NULL);
    world->totals.moved_with_queue += passage->egress_len > 0;
    post_passage(world, number, passage);
    if (world->play->departs != NULL)
        world->play->departs(world->model, number, client->said);
    reader_moves(client);
    drop_input(client);
    client->place = TRAVELLING;
    client->conn = NULL;
    client->dead = draw_percent(&world->draw, 3);
    world->totals.moved++;
    history_note(world, number, "departs with", client->said->text);
}

/* What became of the client's oldest message. */
static void proceed(struct world *world, uint32_t number, enum hub_result result)
{
    struct client *client = &world->clients[number];
    client->waiting = false;
    switch (result) {
    case HUB_MOVED:
        depart(world, number);
        break;
    case HUB_WAITING:
        client->waiting = true;
        world->totals.waited++;
        history_note(world, number, "waits with", client->said->text);
        if (world->play->waits != NULL)
            world->play->waits(world->model, number, client->said);
        post_question(world, number, client->said);
        break;
    case HUB_OK:
        handled(world, number);
        break;
    case HUB_CLOSING:
        if (!world->mail_refused) /* else it would have had to wait */
            handled(world, number);
        drop_input(client);
        break;
    }
}

static void try_first(struct world *world, uint32_t number)
{
    struct message *message = world->clients[number].said;
    if (message->tried_step == 0) {
        message->tried_step = world->step;
        message->tried_ms = world->now_ms;
    }
}

/* The message that waited is run again. */
static void go_on(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    uint32_t at = client->worker;
    struct hub *hub = world_begin_step(world, at);
    client->resumed = false;
    proceed(world, number, hub_resume(hub, &client->conn->session));
    world_end_step(world, at);
}

/* The transport gives the hub up to `count` of the messages that it has read.
 */
static void handle(struct world *world, uint32_t number, uint32_t count)
{
    struct client *client = &world->clients[number];
    if (client->waiting && client->resumed)
        go_on(world, number);
    for (; count > 0 && is_open(client) && !client->waiting && client->input_len > 0; count--) {
        uint32_t at = client->worker, len;
        struct hub *hub = world_begin_step(world, at);
        memcpy(&len, client->input, sizeof len);
        struct str text = {(const char *)client->input + sizeof len, len};
        if (!str_equal(text, client->said->text))
            world_fails(world, number, "said another thing first than %.*s", (int)len, text.base);
        try_first(world, number);
        enum hub_result result = hub_receive(hub, &client->conn->session, text);
        client->input_len -= sizeof len + len;
        memmove(client->input, text.base + len, client->input_len);
        proceed(world, number, result);
        world_end_step(world, at);
    }
}

void world_arrive(struct world *world, uint32_t to, uint32_t number, struct passage *passage)
{
    struct client *client = &world->clients[number];
    struct hub *hub = world_begin_step(world, to);
    if (client->dead && draw_percent(&world->draw, 30)) {
        world->totals.died_on_the_way++;
    } else if ((client->conn = (struct conn *)hub_arrive(hub, passage)) == NULL) {
        world->totals.moved_to_full++;
        if (hub_sessions(hub) < world->limits.sessions_max)
            world_fails(world, number, "is not let in by a worker that is not full");
    }
    if (client->conn == NULL) {
        history_note(world, number, "is gone", STR(""));
        world->play->closes(world->model, number);
        gone(world, number);
        passage_free(passage);
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
        enum hub_result result = hub_resume(hub, &client->conn->session);
        if (result == HUB_MOVED)
            world_fails(world, number, "is sent from one worker to the next");
        proceed(world, number, result);
        world_end_step(world, to);
    }
    passage_free(passage);
}

/* Time */

static void pass_time(struct world *world, uint64_t ms)
{
    /* Often to the very millisecond in which something is due. */
    uint64_t due_ms = world->play->next_ms(world->model);
    for (uint32_t i = 0; i < world->options.workers; i++)
        if (world->workers[i].next_ms < due_ms)
            due_ms = world->workers[i].next_ms;
    bool stop_there = due_ms <= world->now_ms + ms && draw_percent(&world->draw, 50);
    world->now_ms = stop_there ? due_ms : world->now_ms + ms;
    for (uint32_t i = 0; i < world->options.workers; i++) {
        if (world->workers[i].next_ms <= world->now_ms) {
            world_begin_step(world, i);
            world_end_step(world, i);
        }
    }
    if (world->play->next_ms(world->model) <= world->now_ms)
        world_fails(world, 0, "or another goes on though its time is over");
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
        world->play->says(world->model, number);
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
    enum { CLIENT, TRANSPORT, SLOW_CLIENT, MAIL, TIME, MEDIA, STORE, STAMPEDE, ACTS };
    const uint32_t weights[ACTS] = {
        3000, 4500, 300, world->mail_weight, world->time_weight, world->media_weight, 30, 3};
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
        post_deliver_any(world);
        break;
    case TIME:
        pass_time(world, draw_ms(&world->draw));
        break;
    case MEDIA:
        world->play->media_acts(world->model);
        break;
    case STORE:
        if (world->play->store_acts != NULL)
            world->play->store_acts(world->model);
        break;
    case STAMPEDE:
        if (world->play->stampede != NULL)
            world->play->stampede(world->model);
        break;
    }
}

/* Lets a client's part of what is under way come to its end; true when there
 * was something. */
static bool settle_client(struct world *world, uint32_t number, bool last)
{
    struct client *client = &world->clients[number];
    if (client->place != HERE)
        return false;
    if (client->dead || client->closing != 0) {
        close_client(world, number);
        return true;
    }
    if (client->waiting && !client->resumed) {
        /* Its answer was lost: it would be silent for too long. */
        bool lost = last && world->loss > 0;
        if (lost)
            close_client(world, number);
        return lost;
    }
    bool busy = client->said_count > 0;
    transport_reads(client, SAID_MAX);
    handle(world, number, UINT32_MAX);
    if (is_open(client))
        reader_reads(world, number, SIZE_MAX);
    return busy;
}

/* All that can be delivered, handled and read; true when there was something.
 */
static bool settle_all(struct world *world)
{
    bool any = false, busy = true, last = false;
    while (busy || !last) {
        last = !busy;
        busy = false;
        while (post_deliver_any(world))
            busy = true;
        while (world->play->store_acts != NULL && world->play->store_acts(world->model))
            busy = true;
        for (uint32_t i = 0; i < world->options.sessions; i++)
            busy = settle_client(world, i, last) || busy;
        any = any || busy;
    }
    return any;
}

/* Time passes until seats that nobody came for have ended, and all that waits
 * for a timer has gone out; true when that made something happen. */
static bool settle_leftovers(struct world *world)
{
    bool any = false;
    for (uint64_t until_ms = world->now_ms + LEFTOVERS_MS; world->now_ms < until_ms;) {
        pass_time(world, LEFTOVERS_MS);
        any = settle_all(world) || any;
    }
    return any;
}

void world_settle(struct world *world)
{
    settle_all(world);
    while (world->play->mails && settle_leftovers(world))
        ;
    uint32_t sessions[WORKERS_MAX] = {0};
    for (uint32_t i = 0; i < world->options.sessions; i++) {
        const struct client *client = &world->clients[i];
        if (client->place == HERE)
            sessions[client->worker]++;
        if (client->said != NULL || client->input_len > 0)
            world_fails(world, i, "is not heard: %.*s", (int)client->said->text.len,
                        client->said->text.base);
        if (client->expected != NULL)
            world_fails(world, i, "misses %.*s", (int)client->expected->len,
                        client->expected->text);
        if (client->received_len > 0)
            world_fails(world, i, "was sent half a frame");
    }
    for (uint32_t i = 0; i < world->options.workers; i++) {
        struct hub *hub = world_begin_step(world, i);
        world_end_step(world, i);
        if (hub_sessions(hub) != sessions[i])
            world_fails(world, 0, "or another: worker %u has %u sessions, and %u are there", i,
                        hub_sessions(hub), sessions[i]);
    }
    world->play->settled(world->model);
}

void world_empty(struct world *world)
{
    world_settle(world);
    for (uint32_t i = 0; i < world->options.sessions; i++)
        if (world->clients[i].place == HERE)
            close_client(world, i);
    world_settle(world);
}
