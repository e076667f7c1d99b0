/* archive.h: a worker's end of the store: orders out, answers in.
 *
 * What the services of a worker ask of the store in a turn is packed into one letter for each of
 * them, which is posted before anything that the turn has to say is sent. A letter that the store
 * cannot take yet stays open and grows, up to a bound; orders over it are lost, and counted. */
#ifndef PARLEY_NET_ARCHIVE_H
#define PARLEY_NET_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/stats.h"
#include "runtime/store_link.h"
#include "store_order.h"

struct worker;

struct archive {
    struct {
        struct store_letter *letter; /* orders not posted yet; NULL when there are none */
        size_t room;                 /* bytes that it has for them */
    } open[STATS_SERVICES_MAX];      /* by binding */
    bool fresh;                      /* there are some that were not tried to be posted */
};

/* Takes an order of a service; false when it is lost. */
bool archive_keep(struct worker *worker, uint32_t binding, const struct store_order *order);
/* Posts what is open. */
void archive_post(struct worker *worker);
/* Posts what was not tried to be posted. */
void archive_post_fresh(struct worker *worker);
/* Whether orders wait that the store could not take. */
bool archive_holds(const struct worker *worker);
void archive_clear(struct worker *worker);

/* For struct store_link: brings a letter of the store to its worker. `server` is a struct server.
 */
void archive_answer(void *server, struct store_letter *letter);
/* The same letter on its worker's thread; takes it. */
void archive_take(struct worker *worker, struct store_letter *letter);

#endif
