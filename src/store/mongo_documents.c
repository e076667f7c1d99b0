#include "store/mongo_documents.h"

#include "base/uuid.h"

enum { NS_PER_MS = 1000000, NS_DIGITS = 20, ORDER_TEXT_MAX = UINT16_MAX };

int64_t mongo_date(uint64_t unix_ns)
{
    return (int64_t)(unix_ns / NS_PER_MS);
}

static bool put_text(bson_t *document, const char *field, struct str text)
{
    return bson_append_utf8(document, field, -1, text.len > 0 ? text.base : "", (int)text.len);
}

static bool put_date(bson_t *document, const char *field, uint64_t unix_ns)
{
    return bson_append_date_time(document, field, -1, mongo_date(unix_ns));
}

static bool put_message_id(bson_t *document, const struct store_order *entry)
{
    char text[NS_DIGITS + 1 + 64];
    if (entry->id.len > sizeof text - NS_DIGITS - 1)
        return false;
    uint64_t rest = entry->at_ns;
    for (uint32_t i = NS_DIGITS; i > 0; i--, rest /= 10)
        text[i - 1] = (char)('0' + rest % 10);
    text[NS_DIGITS] = '-';
    memcpy(text + NS_DIGITS + 1, entry->id.base, entry->id.len);
    return put_text(document, "_id", (struct str){text, NS_DIGITS + 1 + entry->id.len});
}

bool mongo_document_of_entry(const struct store_order *entry, bson_t *selector, bson_t *update)
{
    bson_t fields;
    if (!put_message_id(selector, entry) ||
        !bson_append_document_begin(update, "$setOnInsert", -1, &fields))
        return false;
    bool all = put_text(&fields, "id", entry->id) && put_text(&fields, "room_id", entry->room_id) &&
               put_text(&fields, "client_id", entry->client_id) &&
               put_text(&fields, "username", entry->name) &&
               put_text(&fields, "message", entry->text) &&
               put_date(&fields, "timestamp", entry->at_ns);
    return bson_append_document_end(update, &fields) && all;
}

bool mongo_document_of_room(const struct store_order *room, bson_t *selector, bson_t *update)
{
    return put_text(selector, "id", room->room_id) && put_text(update, "id", room->room_id) &&
           put_text(update, "name", room->room_id) &&
           put_date(update, "created_at", room->ticket) &&
           put_date(update, "last_activity", room->at_ns) &&
           bson_append_int32(update, "player_count", -1, (int32_t)room->players);
}

static bool text_of(const bson_t *document, const char *field, struct str *text)
{
    bson_iter_t at;
    uint32_t len;
    if (!bson_iter_init_find(&at, document, field) || !BSON_ITER_HOLDS_UTF8(&at))
        return false;
    const char *base = bson_iter_utf8(&at, &len);
    *text = (struct str){base, len};
    return len <= ORDER_TEXT_MAX && bson_utf8_validate(base, len, false);
}

static bool date_of(const bson_t *document, const char *field, uint64_t *unix_ns)
{
    bson_iter_t at;
    if (!bson_iter_init_find(&at, document, field) || !BSON_ITER_HOLDS_DATE_TIME(&at))
        return false;
    int64_t ms = bson_iter_date_time(&at);
    *unix_ns = (uint64_t)ms * NS_PER_MS;
    return ms >= 0 && (uint64_t)ms <= UINT64_MAX / NS_PER_MS;
}

/* With the nanoseconds in front of _id, when they are of this millisecond. */
static uint64_t refined(const bson_t *document, uint64_t unix_ns)
{
    struct str id;
    uint64_t exact = 0;
    if (!text_of(document, "_id", &id) || id.len <= NS_DIGITS || id.base[NS_DIGITS] != '-')
        return unix_ns;
    for (uint32_t i = 0; i < NS_DIGITS; i++) {
        if (id.base[i] < '0' || id.base[i] > '9')
            return unix_ns;
        exact = exact * 10 + (uint64_t)(id.base[i] - '0'); /* unsigned: may wrap, is compared */
    }
    return mongo_date(exact) == mongo_date(unix_ns) ? exact : unix_ns;
}

bool mongo_entry_of(const bson_t *document, struct store_order *entry)
{
    *entry = (struct store_order){.kind = STORE_ENTRY};
    if (!text_of(document, "id", &entry->id) || !uuid_is_text(entry->id) ||
        !text_of(document, "room_id", &entry->room_id) ||
        !text_of(document, "client_id", &entry->client_id) || !uuid_is_text(entry->client_id) ||
        !text_of(document, "username", &entry->name) ||
        !text_of(document, "message", &entry->text) ||
        !date_of(document, "timestamp", &entry->at_ns))
        return false;
    entry->at_ns = refined(document, entry->at_ns);
    return true;
}

bool mongo_room_of(const bson_t *document, struct store_order *room)
{
    bson_iter_t at;
    *room = (struct store_order){.kind = STORE_ROOM};
    if (!text_of(document, "id", &room->room_id) ||
        !date_of(document, "created_at", &room->ticket) ||
        !date_of(document, "last_activity", &room->at_ns) ||
        !bson_iter_init_find(&at, document, "player_count"))
        return false;
    int64_t players = bson_iter_as_int64(&at);
    room->players = (uint32_t)players;
    return players >= 0 && players <= UINT32_MAX;
}
