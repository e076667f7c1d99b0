#include "store/mongo_find.h"

#include <stdlib.h>

#include "base/check.h"
#include "generated/protocol.h"
#include "store/mongo_documents.h"
#include "store/ship.h"

enum {
    /* Asked for beyond the number wanted: MongoDB sorts by milliseconds, so that of messages said
     * in one it may give any; with so many more, none of the newest is missing. */
    TIES = 64,
    FIND_MAX = ROOMS_LISTED_MAX + TIES, /* documents */
    /* A message at its bounds has about 2,000; larger ones are of others, and left out. */
    DOCUMENT_BYTES_MAX = 8192
};

_Static_assert(ROOMS_LISTED_MAX >= HISTORY_ENTRIES_MAX, "rooms are the longest list");

/* Documents found, and what they say. */
struct finds {
    bson_t *documents[FIND_MAX];
    struct store_order orders[FIND_MAX];
    uint32_t count;
};

static bson_t *filter_of(const struct store_letter *question)
{
    if (question->letter.kind == SHIP_FIND_ENTRIES) {
        bson_t *filter = bson_new();
        CHECK(bson_append_utf8(filter, "room_id", -1, question->bytes, (int)question->len));
        return filter;
    }
    uint64_t since_ns;
    CHECK(question->len == sizeof since_ns);
    memcpy(&since_ns, question->bytes, sizeof since_ns);
    return BCON_NEW("last_activity", "{", "$gte", BCON_DATE_TIME(mongo_date(since_ns)), "}");
}

static void take(struct finds *finds, const bson_t *document, bool entries)
{
    if (document->len > DOCUMENT_BYTES_MAX)
        return;
    bson_t *copy = bson_copy(document);
    struct store_order *order = &finds->orders[finds->count];
    if (entries ? mongo_entry_of(copy, order) : mongo_room_of(copy, order))
        finds->documents[finds->count++] = copy;
    else
        bson_destroy(copy);
}

/* False when MongoDB does not give all of them. */
static bool fill(struct finds *finds, struct mongo_link *link, const struct store_letter *question,
                 uint32_t limit, char why[PEER_WHY_BYTES])
{
    bool entries = question->letter.kind == SHIP_FIND_ENTRIES;
    bson_t *filter = filter_of(question);
    bson_t *options = BCON_NEW("sort", "{", entries ? "timestamp" : "last_activity", BCON_INT32(-1),
                               "}", "limit", BCON_INT64(limit));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(
        entries ? link->messages : link->rooms, filter, options, NULL);
    const bson_t *document;
    bson_error_t error;
    while (finds->count < limit && mongoc_cursor_next(cursor, &document))
        take(finds, document, entries);
    bool failed = mongoc_cursor_error(cursor, &error);
    if (failed)
        peer_say(why, error.message);
    mongoc_cursor_destroy(cursor);
    bson_destroy(options);
    bson_destroy(filter);
    return !failed;
}

static int newest_first(const void *left, const void *right)
{
    const struct store_order *a = left, *b = right;
    return a->at_ns == b->at_ns ? 0 : a->at_ns > b->at_ns ? -1 : 1;
}

struct store_letter *mongo_find(struct mongo_link *link, const struct store_letter *question,
                                char why[PEER_WHY_BYTES])
{
    struct store_letter *found = NULL;
    struct finds *finds = malloc(sizeof *finds);
    peer_say(why, "memory is short");
    if (finds == NULL)
        return NULL;
    finds->count = 0;
    CHECK(question->number <= FIND_MAX - TIES);
    if (fill(finds, link, question, question->number + TIES, why)) {
        qsort(finds->orders, finds->count, sizeof finds->orders[0], newest_first);
        uint32_t count = finds->count < question->number ? finds->count : question->number;
        found = ship_letter_new(SHIP_FOUND, question->ticket, finds->orders, count);
    }
    for (uint32_t i = 0; i < finds->count; i++)
        bson_destroy(finds->documents[i]);
    free(finds);
    return found;
}
