#include "store/mongo_ship.h"

#include "base/check.h"
#include "store/mongo_documents.h"

struct upserts {
    mongoc_bulk_operation_t *bulk;
    uint32_t count;
};

static struct upserts upserts_into(mongoc_collection_t *collection)
{
    bson_t *unordered = BCON_NEW("ordered", BCON_BOOL(false));
    struct upserts upserts = {
        .bulk = mongoc_collection_create_bulk_operation_with_opts(collection, unordered)};
    bson_destroy(unordered);
    return upserts;
}

static void add(struct upserts *upserts, const struct store_order *order)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    bson_t *upsert = BCON_NEW("upsert", BCON_BOOL(true));
    bool added = order->kind == STORE_ENTRY
                     ? mongo_document_of_entry(order, &selector, &update) &&
                           mongoc_bulk_operation_update_one_with_opts(upserts->bulk, &selector,
                                                                      &update, upsert, NULL)
                     : mongo_document_of_room(order, &selector, &update) &&
                           mongoc_bulk_operation_replace_one_with_opts(upserts->bulk, &selector,
                                                                       &update, upsert, NULL);
    CHECK(added);
    upserts->count++;
    bson_destroy(upsert);
    bson_destroy(&selector);
    bson_destroy(&update);
}

/* Sends them, and frees. Another server that makes the same document at the same moment has one of
 * us fail; sent again, it is there. */
static bool execute(struct upserts *upserts, char why[PEER_WHY_BYTES])
{
    bson_error_t error = {0};
    bool done =
        upserts->count == 0 || mongoc_bulk_operation_execute(upserts->bulk, NULL, &error) != 0;
    if (!done)
        peer_say(why, error.message);
    mongoc_bulk_operation_destroy(upserts->bulk);
    return done;
}

bool mongo_ship_piece(struct mongo_link *link, struct mongo_cargo *cargo, char why[PEER_WHY_BYTES])
{
    struct upserts messages = upserts_into(link->messages);
    struct upserts rooms = upserts_into(link->rooms);
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
