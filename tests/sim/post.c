/* The mail between workers: sessions that move and what services write, in one
 * queue for each two of them, late, sometimes lost. */
#include <stdlib.h>

#include "base/check.h"
#include "world.h"

static void post(struct world *world, uint32_t from, uint32_t to, struct letter *letter)
{
    struct mail *mail = &world->mail[from][to];
    letter->next = NULL;
    *mail->end = letter;
    mail->end = &letter->next;
}

bool post_mail(struct worker *worker, uint32_t to, struct str bytes)
{
    struct world *world = worker->world;
    uint32_t from = (uint32_t)(worker - world->workers);
    CHECK(to < world->options.workers && to != from);
    if (draw_below(&world->draw, 1000) < world->loss) {
        world->mail_refused = true;
        world->totals.mails_lost++;
        return false;
    }
    struct letter *letter = calloc(1, sizeof *letter);
    CHECK(letter != NULL);
    letter->client = NO_CLIENT;
    letter->len = bytes.len;
    letter->bytes = malloc(bytes.len + 1);
    CHECK(letter->bytes != NULL);
    memcpy(letter->bytes, bytes.base, bytes.len);
    post(world, from, to, letter);
    world->posted = letter;
    world->totals.mails++;
    return true;
}

void post_passage(struct world *world, uint32_t client, struct passage *passage)
{
    uint32_t from = world->clients[client].worker;
    struct letter *letter = calloc(1, sizeof *letter);
    CHECK(letter != NULL);
    CHECK(passage->to < world->options.workers && passage->to != from);
    letter->client = client;
    letter->passage = passage;
    post(world, from, passage->to, letter);
}

static void carry_question(struct letter *letter, uint32_t client, uint32_t kind, uint64_t serial,
                           uint32_t hops, struct str argument)
{
    letter->question = true;
    letter->client = client;
    letter->kind = kind;
    letter->serial = serial;
    letter->hops = hops;
    letter->argument_len = argument.len;
    letter->bytes = realloc(letter->bytes, argument.len + letter->len + 1);
    CHECK(letter->bytes != NULL);
    memmove(letter->bytes + argument.len, letter->bytes, letter->len);
    if (argument.len > 0)
        memcpy(letter->bytes, argument.base, argument.len);
}

void post_question(struct world *world, uint32_t client, const struct message *message)
{
    if (world->posted != NULL)
        carry_question(world->posted, client, message->kind, message->serial, 1, message->argument);
}

/* The message that asks, if its client still waits. */
static struct message *asking(struct world *world, const struct letter *letter)
{
    struct message *message = world->clients[letter->client].said;
    return message != NULL && message->serial == letter->serial ? message : NULL;
}

static void deliver_mail(struct world *world, uint32_t from, uint32_t to, struct letter *letter)
{
    struct hub *hub = world_begin_step(world, to);
    struct str bytes = {letter->bytes + letter->argument_len, letter->len};
    hub_mail(hub, 0, from, bytes);
    if (letter->question && world->play->asked(world->model, letter, to, asking(world, letter)) &&
        world->posted != NULL)
        carry_question(world->posted, letter->client, letter->kind, letter->serial,
                       letter->hops + 1, (struct str){letter->bytes, letter->argument_len});
    world_end_step(world, to);
    free(letter->bytes);
    free(letter);
}

bool post_deliver_any(struct world *world)
{
    uint32_t workers = world->options.workers, pairs = workers * workers;
    uint32_t first = draw_below(&world->draw, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        uint32_t from = (first + i) % pairs / workers, to = (first + i) % pairs % workers;
        struct mail *mail = &world->mail[from][to];
        struct letter *letter = mail->first;
        if (letter == NULL)
            continue;
        mail->first = letter->next;
        if (mail->first == NULL)
            mail->end = &mail->first;
        if (letter->passage != NULL) {
            world_arrive(world, to, letter->client, letter->passage);
            free(letter);
        } else {
            deliver_mail(world, from, to, letter);
        }
        return true;
    }
    return false;
}
