#include "store/mongo_ship.h"

#include "base/check.h"
#include "store/mongo_documents.h"

enum { DUPLICATE_KEY = 11000 }; /* MongoDB's error code */

struct upserts {
    mongoc_bulk_operation_t *bulk;
    uint32_t count;
    bool once; /* whoever else has made the same document meanwhile has made it right */
};

static struct upserts upserts_into(mongoc_collection_t *collection, bool once)
{
    bson_t *unordered = BCON_NEW("ordered", BCON_BOOL(false));
    struct upserts upserts = {
        .bulk = mongoc_collection_create_bulk_operation_with_opts(collection, unordered),
        .once = once};
    bson_destroy(unordered);
    return upserts;
}

static void add(struct upserts *upserts, const struct store_order *order)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    bson_t *upsert = BCON_NEW("upsert", BCON_BOOL(true));
    CHECK(order->kind == STORE_ENTRY ? mongo_document_of_entry(order, &selector, &update)
                                     : mongo_document_of_room(order, &selector, &update));
    CHECK(mongoc_bulk_operation_update_one_with_opts(upserts->bulk, &selector, &update, upsert,
                                                     NULL));
    upserts->count++;
    bson_destroy(upsert);
    bson_destroy(&selector);
    bson_destroy(&update);
}

/* Whether nothing is wrong but that documents are there already. */
static bool only_duplicates(const bson_t *reply)
{
    bson_iter_t at, errors;
    if (bson_iter_init_find(&at, reply, "writeConcernErrors") && bson_iter_recurse(&at, &errors) &&
        bson_iter_next(&errors))
        return false;
    if (!bson_iter_init_find(&at, reply, "writeErrors") || !bson_iter_recurse(&at, &errors))
        return false;
    bool any = false;
    while (bson_iter_next(&errors)) {
        bson_iter_t code;
        if (!bson_iter_recurse(&errors, &code) || !bson_iter_find(&code, "code") ||
            bson_iter_as_int64(&code) != DUPLICATE_KEY)
            return false;
        any = true;
    }
    return any;
}

/* Sends them, and frees. */
static bool execute(struct upserts *upserts, char why[PEER_WHY_BYTES])
{
    bson_t reply;
    bson_error_t error = {0};
    bool done = upserts->count == 0;
    if (!done) {
        done = mongoc_bulk_operation_execute(upserts->bulk, &reply, &error) != 0 ||
               (upserts->once && error.code == DUPLICATE_KEY && only_duplicates(&reply));
        bson_destroy(&reply);
    }
    if (!done)
        peer_say(why, error.message);
    mongoc_bulk_operation_destroy(upserts->bulk);
    return done;
}

bool mongo_ship_piece(struct mongo_link *link, struct mongo_cargo *cargo, char why[PEER_WHY_BYTES])
{
    struct upserts messages = upserts_into(link->messages, true);
    struct upserts rooms = upserts_into(link->rooms, false);
    struct str rest = cargo->rest;
    struct store_order order;
    for (uint32_t i = 0; i < cargo->piece_max && store_order_unpack(&rest, &order); i++)
        add(order.kind == STORE_ENTRY ? &messages : &rooms, &order);
    bool messages_done = execute(&messages, why);
    bool rooms_done = execute(&rooms, why);
    if (!messages_done || !rooms_done) {
        cargo->piece_max = cargo->piece_max > 1 ? cargo->piece_max / 2 : 1;
        return false;
    }
    cargo->rest = rest;
    if (cargo->piece_max < MONGO_PIECE_MAX)
        cargo->piece_max *= 2;
    return true;
}
