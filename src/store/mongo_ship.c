#include "store/mongo_ship.h"

#include "base/check.h"
#include "base/log.h"
#include "base/utf8.h"
#include "store/mongo_documents.h"

enum {
    TRIES_MAX = 5, /* with the pauses between them about 1.5 s */
    REASON_BYTES_MAX = 1000
};

/* A collection's part of a piece. */
struct part {
    mongoc_bulk_operation_t *bulk;
    bool of_rooms;
    enum mongo_shipping result;
    bson_t *reply; /* or NULL */
    uint32_t count;
    uint32_t places[MONGO_PIECE_MAX]; /* of its orders, in the piece */
};

/* Sending */

static void part_init(struct part *part, mongoc_collection_t *collection, bool of_rooms)
{
    bson_t *unordered = BCON_NEW("ordered", BCON_BOOL(false));
    part->bulk = mongoc_collection_create_bulk_operation_with_opts(collection, unordered);
    part->of_rooms = of_rooms;
    part->count = 0;
    part->reply = NULL;
    bson_destroy(unordered);
}

static void part_clear(struct part *part)
{
    bson_destroy(part->reply);
    mongoc_bulk_operation_destroy(part->bulk);
}

static void add(struct part *part, const struct mongo_piece *piece, uint32_t place)
{
    const struct store_order *order = &piece->orders[place];
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    bson_t *upsert = BCON_NEW("upsert", BCON_BOOL(true));
    bool added = part->of_rooms
                     ? mongo_document_of_room(order, &selector, &update) &&
                           mongoc_bulk_operation_replace_one_with_opts(part->bulk, &selector,
                                                                       &update, upsert, NULL)
                     : mongo_document_of_entry(order, &selector, &update) &&
                           mongoc_bulk_operation_update_one_with_opts(part->bulk, &selector,
                                                                      &update, upsert, NULL);
    CHECK(added);
    part->places[part->count++] = place;
    bson_destroy(upsert);
    bson_destroy(&selector);
    bson_destroy(&update);
}

/* What MongoDB says of it */

/* Whether an error tells of the server's state, and not of the document: then time heals it. The
 * numbers are those of MongoDB's error_codes.yml: the errors of its retryable writes, and locks,
 * conflicts, time limits, a full disk, too many requests. */
static bool is_passing(int64_t code)
{
    static const int16_t codes[] = {6,     7,     24,    46,    50,    63,    64,    89,
                                    91,    112,   133,   150,   189,   262,   9001,  10107,
                                    11600, 11601, 11602, 13388, 13435, 13436, 14031, 16500};
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Servers quote documents in braces; what people wrote does not belong into the log. */
static void say(char why[PEER_WHY_BYTES], const char *text)
{
    peer_say(why, text);
    why[strcspn(why, "{")] = 0;
}

static uint32_t number_of(const bson_t *reply, const char *field)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, reply, field) ? (uint32_t)bson_iter_as_int64(&at) : 0;
}

/* Notes one of the reply's writeErrors; false when it is not about a document of the part. */
static bool read_refusal(const bson_iter_t *from, const struct part *part,
                         struct mongo_piece *piece)
{
    bson_iter_t at;
    int64_t index = -1, code = 0;
    uint32_t len;
    struct str reason = STR("no reason given");
    if (!BSON_ITER_HOLDS_DOCUMENT(from) || !bson_iter_recurse(from, &at))
        return false;
    while (bson_iter_next(&at)) {
        if (strcmp(bson_iter_key(&at), "index") == 0)
            index = bson_iter_as_int64(&at);
        else if (strcmp(bson_iter_key(&at), "code") == 0)
            code = bson_iter_as_int64(&at);
        else if (strcmp(bson_iter_key(&at), "errmsg") == 0 && BSON_ITER_HOLDS_UTF8(&at))
            reason.base = bson_iter_utf8(&at, &len), reason.len = len;
    }
    if (index < 0 || index >= part->count || is_passing(code))
        return false;
    piece->reasons[part->places[index]] =
        utf8_valid(reason) ? utf8_cut(reason, REASON_BYTES_MAX) : STR("not a text");
    return true;
}

/* Whether MongoDB has taken, for good, all documents of the part but those that it refuses, which
 * are noted. */
static bool read_refusals(const struct part *part, struct mongo_piece *piece)
{
    bson_iter_t found, at;
    uint32_t refused = 0;
    if (bson_has_field(part->reply, "writeConcernErrors") ||
        !bson_iter_init_find(&found, part->reply, "writeErrors") || !bson_iter_recurse(&found, &at))
        return false;
    for (; bson_iter_next(&at); refused++)
        if (!read_refusal(&at, part, piece))
            return false;
    return refused > 0 &&
           number_of(part->reply, "nMatched") + number_of(part->reply, "nUpserted") + refused ==
               part->count;
}

/* Another server that makes the same document at the same moment has one of us fail; sent again, it
 * is there. */
static enum mongo_shipping send_part(struct part *part, struct mongo_piece *piece,
                                     char why[PEER_WHY_BYTES])
{
    bson_error_t error = {0};
    bson_t reply;
    if (part->count == 0)
        return MONGO_TAKEN;
    bool done = mongoc_bulk_operation_execute(part->bulk, &reply, &error) != 0;
    part->reply = bson_copy(&reply);
    bson_destroy(&reply);
    if (done)
        return MONGO_TAKEN;
    say(why, error.message);
    if (read_refusals(part, piece))
        return MONGO_REFUSED;
    /* No messages wait for rooms that, say, are not ours to write. */
    return part->of_rooms && error.domain == MONGOC_ERROR_SERVER && !is_passing(error.code)
               ? MONGO_REFUSED
               : MONGO_LOST;
}

/* A piece that is done */

static bool is_refused(const struct mongo_piece *piece, uint32_t place)
{
    return piece->reasons[place].base != NULL && piece->orders[place].kind == STORE_ENTRY;
}

static bool set_aside(const struct mongo_cargo *cargo, uint32_t place)
{
    struct store_order refused = cargo->piece.orders[place];
    char words[PEER_WHY_BYTES];
    refused.text = cargo->piece.reasons[place];
    struct store_letter *letter = ship_letter_new(SHIP_REFUSED, 0, &refused, 1);
    if (letter == NULL)
        return false;
    say(words, refused.text.base);
    log_warn("MongoDB refuses a message, which is set aside", log_text("id", refused.id),
             log_string("reason", words));
    cargo->desk.post(cargo->desk.context, letter);
    return true;
}

/* False when they are too many, or memory is short. */
static bool set_all_aside(struct mongo_cargo *cargo)
{
    const struct mongo_piece *piece = &cargo->piece;
    uint32_t refused = 0;
    for (uint32_t i = 0; i < piece->count; i++)
        refused += is_refused(piece, i);
    if (refused > cargo->batch->ticket)
        return false;
    for (uint32_t i = 0; i < piece->count; i++)
        if (is_refused(piece, i) && !set_aside(cargo, i))
            return false;
    cargo->batch->ticket -= refused;
    return true;
}

/* What MongoDB has of the piece is moved behind what it took before. */
static void take_off(struct mongo_cargo *cargo)
{
    struct store_order order;
    for (uint32_t i = 0; i < cargo->piece.count; i++) {
        const char *at = cargo->rest.base;
        CHECK(store_order_unpack(&cargo->rest, &order));
        size_t len = (size_t)(cargo->rest.base - at);
        if (is_refused(&cargo->piece, i))
            continue;
        memmove(cargo->batch->bytes + cargo->taken, at, len);
        cargo->taken += len;
    }
}

static void note_rooms(struct mongo_cargo *cargo, bool refused, const char *why)
{
    if (refused && !cargo->rooms_refused)
        log_warn("MongoDB refuses rooms", log_string("reason", why));
    cargo->rooms_refused = refused;
}

static enum mongo_shipping settle(struct mongo_cargo *cargo, const struct part *messages,
                                  const struct part *rooms, const char *why)
{
    bool rooms_refused = rooms->result == MONGO_REFUSED;
    if (messages->result == MONGO_LOST || rooms->result == MONGO_LOST) {
        cargo->piece_max = cargo->piece_max > 1 ? cargo->piece_max / 2 : 1;
        return MONGO_LOST;
    }
    if ((messages->result == MONGO_REFUSED || (rooms_refused && !cargo->rooms_refused)) &&
        ++cargo->tries < TRIES_MAX)
        return MONGO_REFUSED;
    if (!set_all_aside(cargo))
        return MONGO_LOST;
    if (rooms->count > 0)
        note_rooms(cargo, rooms_refused, why);
    take_off(cargo);
    cargo->tries = 0;
    cargo->piece_max =
        cargo->piece_max < MONGO_PIECE_MAX / 2 ? 2 * cargo->piece_max : (uint32_t)MONGO_PIECE_MAX;
    return MONGO_TAKEN;
}

enum mongo_shipping mongo_ship_piece(struct mongo_link *link, struct mongo_cargo *cargo,
                                     char why[PEER_WHY_BYTES])
{
    struct mongo_piece *piece = &cargo->piece;
    struct str rest = cargo->rest;
    struct part messages, rooms;
    part_init(&messages, link->messages, false);
    part_init(&rooms, link->rooms, true);
    piece->count = 0;
    while (piece->count < cargo->piece_max &&
           store_order_unpack(&rest, &piece->orders[piece->count])) {
        piece->reasons[piece->count] = (struct str){NULL, 0};
        add(piece->orders[piece->count].kind == STORE_ENTRY ? &messages : &rooms, piece,
            piece->count);
        piece->count++;
    }
    messages.result = send_part(&messages, piece, why);
    rooms.result = send_part(&rooms, piece, why);
    enum mongo_shipping result = settle(cargo, &messages, &rooms, why);
    part_clear(&messages);
    part_clear(&rooms);
    return result;
}

/* The batch */

void mongo_cargo_load(struct mongo_cargo *cargo, struct store_letter *batch)
{
    cargo->batch = batch;
    cargo->rest = (struct str){batch->bytes, batch->len};
    cargo->taken = 0;
    cargo->tries = 0;
}

struct store_letter *mongo_cargo_done(struct mongo_cargo *cargo)
{
    struct store_letter *batch = cargo->batch;
    if (cargo->rest.len > 0)
        return NULL;
    batch->letter.kind = SHIP_SHIPPED;
    batch->len = cargo->taken;
    cargo->batch = NULL;
    return batch;
}
