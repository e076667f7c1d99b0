#include "store/mongo.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/inbox.h"
#include "store/mongo_find.h"
#include "store/mongo_link.h"
#include "store/mongo_ship.h"
#include "store/peer.h"
#include "store/thread.h"

enum {
    /* A question gets its answer within SHIP_FIND_TIMEOUT_MS, if at all: it may wait so long, */
    FIND_WAIT_MS = 500,
    /* and MongoDB has the rest. */
    FIND_ASK_MS = SHIP_FIND_TIMEOUT_MS - FIND_WAIT_MS
};

struct mongo {
    struct mongo_address address;
    struct ship_desk desk;
    struct peer peer; /* told by the shipper */
    atomic_ullong deadline_ms;

    struct thread shipper;
    struct inbox batches; /* one at most */
    /* The shipper's own: */
    struct mongo_link ship_link;
    struct mongo_cargo cargo;
    bool told_of_indexes; /* if it refuses some */

    struct thread finder;
    struct inbox questions;
    /* The finder's own: */
    struct mongo_link find_link;
    uint64_t find_again_ms; /* not before */

    bool left_behind; /* a thread did not end in time, and uses all this until the process ends */
};

/* The shipper */

static void lose(struct mongo *mongo, const char *why)
{
    uint64_t now_ms = thread_now_ms();
    mongo_disconnect(&mongo->ship_link);
    inbox_rest(&mongo->batches, now_ms + peer_lost(&mongo->peer, why, now_ms));
}

static void connect_shipper(struct mongo *mongo)
{
    char why[PEER_WHY_BYTES];
    if (!mongo_connect(&mongo->ship_link, &mongo->address, PEER_TIMEOUT_MS, why) ||
        !mongo_make_indexes(&mongo->ship_link, !mongo->told_of_indexes, why)) {
        lose(mongo, why);
        return;
    }
    mongo->told_of_indexes = true;
    if (mongo->cargo.batch == NULL)
        peer_reached(&mongo->peer); /* with a batch at hand, that is what shows it */
}

static void ship(struct mongo *mongo)
{
    char why[PEER_WHY_BYTES];
    struct store_letter *shipped;
    switch (mongo_ship_piece(&mongo->ship_link, &mongo->cargo, why)) {
    case MONGO_TAKEN:
        peer_reached(&mongo->peer);
        shipped = mongo_cargo_done(&mongo->cargo);
        if (shipped != NULL)
            mongo->desk.post(mongo->desk.context, shipped);
        break;
    case MONGO_REFUSED:
        peer_refused(&mongo->peer);
        inbox_rest(&mongo->batches,
                   thread_now_ms() + ((uint64_t)PEER_RETRY_MIN_MS << (mongo->cargo.tries - 1)));
        break;
    case MONGO_LOST:
        lose(mongo, why);
        break;
    }
}

static void wait_for_batch(struct mongo *mongo)
{
    char why[PEER_WHY_BYTES];
    uint64_t posted_ms;
    struct store_letter *batch =
        inbox_take(&mongo->batches, thread_now_ms() + PEER_PING_MS, &posted_ms);
    if (batch != NULL)
        mongo_cargo_load(&mongo->cargo, batch);
    else if (!inbox_rest(&mongo->batches, 0) && !mongo_ping(&mongo->ship_link, why))
        lose(mongo, why);
}

static void run_shipper(void *context)
{
    struct mongo *mongo = context;
    while (!inbox_rest(&mongo->batches, 0)) {
        if (mongo->ship_link.client == NULL)
            connect_shipper(mongo);
        else if (mongo->cargo.batch == NULL)
            wait_for_batch(mongo);
        else
            ship(mongo);
    }
    while (mongo->ship_link.client != NULL && mongo->cargo.batch != NULL &&
           thread_now_ms() < atomic_load(&mongo->deadline_ms))
        ship(mongo);
    mongo_disconnect(&mongo->ship_link);
}

/* The finder */

/* NULL when MongoDB cannot be asked now. */
static struct store_letter *find(struct mongo *mongo, const struct store_letter *question,
                                 uint64_t posted_ms)
{
    char why[PEER_WHY_BYTES];
    uint64_t now_ms = thread_now_ms();
    if (now_ms - posted_ms > FIND_WAIT_MS || peer_health(&mongo->peer) != STORE_HEALTHY ||
        now_ms < mongo->find_again_ms)
        return NULL;
    if (mongo->find_link.client != NULL ||
        mongo_connect(&mongo->find_link, &mongo->address, FIND_ASK_MS, why)) {
        struct store_letter *found = mongo_find(&mongo->find_link, question, why);
        if (found != NULL)
            return found;
    }
    log_debug("MongoDB does not answer a question", log_string("reason", why));
    mongo_disconnect(&mongo->find_link);
    mongo->find_again_ms = thread_now_ms() + PEER_RETRY_MIN_MS;
    return NULL;
}

static void run_finder(void *context)
{
    struct mongo *mongo = context;
    uint64_t posted_ms;
    while (!inbox_rest(&mongo->questions, 0)) {
        struct store_letter *question = inbox_take(&mongo->questions, UINT64_MAX, &posted_ms);
        if (question == NULL)
            continue; /* closed */
        struct store_letter *found = find(mongo, question, posted_ms);
        if (found != NULL) {
            free(question);
        } else {
            found = question;
            found->letter.kind = SHIP_FOUND;
            found->refused = true;
            found->number = 0;
            found->len = 0;
        }
        mongo->desk.post(mongo->desk.context, found);
    }
    mongo_disconnect(&mongo->find_link);
}

/* What others call */

struct mongo *mongo_open(const char *url, const char *database, const struct ship_desk *desk)
{
    struct mongo *mongo = calloc(1, sizeof *mongo);
    if (mongo == NULL) {
        log_error("memory is short");
        return NULL;
    }
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL); /* what matters comes back as a reason */
    if (!mongo_address_init(&mongo->address, url, database)) {
        free(mongo);
        return NULL;
    }
    mongo->desk = *desk;
    mongo->cargo.desk = *desk;
    mongo->cargo.piece_max = MONGO_PIECE_MAX;
    peer_init(&mongo->peer, "mongodb");
    atomic_init(&mongo->deadline_ms, 0);
    inbox_init(&mongo->batches, 1);
    inbox_init(&mongo->questions, SHIP_FINDS_MAX);
    return mongo;
}

bool mongo_start(struct mongo *mongo)
{
    return thread_start(&mongo->shipper, "mongo-ship", run_shipper, mongo) &&
           thread_start(&mongo->finder, "mongo-find", run_finder, mongo);
}

bool mongo_post(struct mongo *mongo, struct store_letter *letter)
{
    return inbox_post(letter->letter.kind == SHIP_BATCH ? &mongo->batches : &mongo->questions,
                      letter);
}

void mongo_stop(struct mongo *mongo, uint64_t deadline_ms)
{
    atomic_store(&mongo->deadline_ms, deadline_ms);
    inbox_close(&mongo->batches);
    inbox_close(&mongo->questions);
    bool shipper_ended = thread_join(&mongo->shipper, deadline_ms);
    bool finder_ended = thread_join(&mongo->finder, deadline_ms);
    mongo->left_behind = !shipper_ended || !finder_ended;
}

bool mongo_close(struct mongo *mongo)
{
    if (mongo == NULL || mongo->left_behind)
        return mongo == NULL;
    free(mongo->cargo.batch);
    inbox_clear(&mongo->batches);
    inbox_clear(&mongo->questions);
    mongo_address_clear(&mongo->address);
    free(mongo);
    mongoc_cleanup();
    return true;
}

enum store_health mongo_health(const struct mongo *mongo)
{
    return peer_health(&mongo->peer);
}

uint64_t mongo_errors(const struct mongo *mongo)
{
    return peer_errors(&mongo->peer);
}
