#include "net/archive.h"

#include <stdlib.h>

#include "net/http/api.h"
#include "net/letters.h"
#include "net/worker.h"

/* Bytes of orders that one letter begins with, and that one letter may come to while the store
 * takes none. */
enum { LETTER_BYTES = 2 * 1024, LETTER_BYTES_MAX = 8 * 1024 * 1024 };

/* The open letter with room for `bytes` more; NULL when there is none. */
static struct store_letter *open_letter(struct worker *worker, uint32_t binding, size_t bytes)
{
    struct store_letter *letter = worker->archive.open[binding].letter;
    size_t needed = (letter != NULL ? letter->len : 0) + bytes;
    size_t room = worker->archive.open[binding].room;
    if (needed > LETTER_BYTES_MAX)
        return NULL;
    if (needed <= room)
        return letter;
    size_t larger = room > 0 ? 2 * room : LETTER_BYTES;
    larger = needed > larger ? needed : larger;
    struct store_letter *grown = realloc(letter, sizeof *grown + larger);
    if (grown == NULL)
        return NULL;
    if (letter == NULL)
        *grown = (struct store_letter){
            .letter = {.kind = STORE_ORDERS}, .worker = worker->index, .binding = binding};
    grown->letter.bytes = (uint32_t)(sizeof *grown + larger);
    worker->archive.open[binding].letter = grown;
    worker->archive.open[binding].room = larger;
    return grown;
}

bool archive_keep(struct worker *worker, uint32_t binding, const struct store_order *order)
{
    size_t bytes = store_order_bytes(order);
    struct store_letter *letter = open_letter(worker, binding, bytes);
    if (letter == NULL)
        return false;
    store_order_pack(order, letter->bytes + letter->len);
    letter->len += bytes;
    letter->number++;
    worker->archive.fresh = true;
    return true;
}

void archive_post(struct worker *worker)
{
    const struct store_link *store = worker->server->setup->store;
    worker->archive.fresh = false;
    for (uint32_t i = 0; i < STATS_SERVICES_MAX; i++) {
        struct store_letter *letter = worker->archive.open[i].letter;
        if (letter == NULL || !store->post(store->context, letter))
            continue;
        worker->archive.open[i].letter = NULL;
        worker->archive.open[i].room = 0;
    }
}

void archive_post_fresh(struct worker *worker)
{
    if (worker->archive.fresh)
        archive_post(worker);
}

bool archive_holds(const struct worker *worker)
{
    for (uint32_t i = 0; i < STATS_SERVICES_MAX; i++)
        if (worker->archive.open[i].letter != NULL)
            return true;
    return false;
}

void archive_clear(struct worker *worker)
{
    for (uint32_t i = 0; i < STATS_SERVICES_MAX; i++)
        free(worker->archive.open[i].letter);
}

void archive_answer(void *context, struct store_letter *letter)
{
    const struct server *server = context;
    letter->letter.kind = letter->letter.kind == STORE_RECALLED ? LETTER_RECALLED : LETTER_ANSWER;
    letter->letter.bytes = (uint32_t)(sizeof *letter + letter->len);
    /* Whoever waits for one that is lost waits until its own deadline. */
    if (!mailbox_post(server->workers[letter->worker].mailbox, &letter->letter))
        free(letter);
}

void archive_take(struct worker *worker, struct store_letter *letter)
{
    if (letter->letter.kind == LETTER_ANSWER) {
        api_answered(worker, letter);
        return;
    }
    const struct store_recalled recalled = {
        .ticket = letter->ticket, .refused = letter->refused, .count = letter->number};
    hub_recalled(worker->hub, letter->binding, &recalled, (struct str){letter->bytes, letter->len});
    free(letter);
}
