#include "store/mongo_link.h"

#include "base/log.h"

bool mongo_address_init(struct mongo_address *address, const char *url, const char *database)
{
    bson_error_t error = {0};
    if (database == NULL)
        database = "signight_websocket";
    size_t len = strlen(database);
    if (len == 0 || len >= sizeof address->database || strpbrk(database, "/\\. \"$*<>:|?")) {
        log_error("the name of MongoDB's database cannot be used", log_string("name", database),
                  log_string("advice", "1 to 63 bytes, none of /\\. \"$*<>:|?"));
        return false;
    }
    memcpy(address->database, database, len + 1);
    address->uri = mongoc_uri_new_with_error(url, &error);
    if (address->uri == NULL) {
        /* The reason may quote a part of the URL, and that a password. */
        log_error("MONGODB_URL is not the URL of a MongoDB",
                  log_string("reason", strchr(url, '@') ? "not shown: it may hold the password"
                                                        : error.message),
                  log_string("advice", "mongodb://[user:password@]host[:port][/?options], special "
                                       "characters of the password as %XX"));
    }
    return address->uri != NULL;
}

void mongo_address_clear(struct mongo_address *address)
{
    mongoc_uri_destroy(address->uri);
}

/* Acknowledged means: a majority has it on disk. The URL's own write concern is not asked. */
static mongoc_write_concern_t *durable(uint32_t timeout_ms)
{
    mongoc_write_concern_t *concern = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(concern, (int32_t)timeout_ms);
    mongoc_write_concern_set_journal(concern, true);
    return concern;
}

static mongoc_client_t *new_client(const struct mongo_address *address, uint32_t timeout_ms,
                                   bson_error_t *error)
{
    mongoc_uri_t *uri = mongoc_uri_copy(address->uri);
    int32_t timeout = (int32_t)timeout_ms;
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, timeout);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, timeout);
    mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SOCKETTIMEOUTMS, timeout);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false); /* we do that ourselves */
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    mongoc_client_t *client = mongoc_client_new_from_uri_with_error(uri, error);
    mongoc_uri_destroy(uri);
    return client;
}

bool mongo_connect(struct mongo_link *link, const struct mongo_address *address,
                   uint32_t timeout_ms, char why[PEER_WHY_BYTES])
{
    bson_error_t error = {0};
    *link = (struct mongo_link){.client = new_client(address, timeout_ms, &error)};
    if (link->client == NULL) {
        peer_say(why, error.message);
        return false;
    }
    mongoc_client_set_error_api(link->client, MONGOC_ERROR_API_VERSION_2);
    mongoc_client_set_appname(link->client, "parley");
    mongoc_write_concern_t *concern = durable(timeout_ms);
    link->messages = mongoc_client_get_collection(link->client, address->database, "chat_messages");
    link->rooms = mongoc_client_get_collection(link->client, address->database, "rooms");
    mongoc_collection_set_write_concern(link->messages, concern);
    mongoc_collection_set_write_concern(link->rooms, concern);
    mongoc_write_concern_destroy(concern);
    if (mongo_ping(link, why))
        return true;
    mongo_disconnect(link);
    return false;
}

void mongo_disconnect(struct mongo_link *link)
{
    if (link->client != NULL) {
        mongoc_collection_destroy(link->messages);
        mongoc_collection_destroy(link->rooms);
        mongoc_client_destroy(link->client);
        *link = (struct mongo_link){0};
    }
}

bool mongo_ping(struct mongo_link *link, char why[PEER_WHY_BYTES])
{
    bson_error_t error = {0};
    bson_t *ping = BCON_NEW("ping", BCON_INT32(1));
    bool answered = mongoc_client_command_simple(link->client, "admin", ping, NULL, NULL, &error);
    bson_destroy(ping);
    if (!answered)
        peer_say(why, error.message);
    return answered;
}

static const struct index {
    bool of_rooms, unique;
    const char *name;
    struct {
        const char *field; /* or NULL */
        int32_t direction;
    } keys[2];
} indexes[] = {
    {.name = "room_id_1_timestamp_-1", .keys = {{"room_id", 1}, {"timestamp", -1}}},
    {.of_rooms = true, .name = "last_activity_-1", .keys = {{"last_activity", -1}}},
    {.of_rooms = true, .unique = true, .name = "id_1", .keys = {{"id", 1}}},
};

static bool make_index(mongoc_collection_t *collection, const struct index *index,
                       bson_error_t *error)
{
    bson_t keys = BSON_INITIALIZER, options = BSON_INITIALIZER;
    for (uint32_t i = 0; i < 2 && index->keys[i].field != NULL; i++)
        BSON_APPEND_INT32(&keys, index->keys[i].field, index->keys[i].direction);
    BSON_APPEND_DOCUMENT(&options, "key", &keys);
    BSON_APPEND_UTF8(&options, "name", index->name);
    if (index->unique)
        BSON_APPEND_BOOL(&options, "unique", true);
    bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(mongoc_collection_get_name(collection)),
                               "indexes", "[", BCON_DOCUMENT(&options), "]");
    bool made = mongoc_collection_write_command_with_opts(collection, command, NULL, NULL, error);
    bson_destroy(command);
    bson_destroy(&options);
    bson_destroy(&keys);
    return made;
}

bool mongo_make_indexes(struct mongo_link *link, bool tell, char why[PEER_WHY_BYTES])
{
    for (uint32_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
        const struct index *index = &indexes[i];
        bson_error_t error = {0};
        if (make_index(index->of_rooms ? link->rooms : link->messages, index, &error))
            continue;
        if (error.domain != MONGOC_ERROR_SERVER) {
            peer_say(why, error.message);
            return false;
        }
        if (tell)
            log_warn("MongoDB does not make an index", log_string("index", index->name),
                     log_string("reason", error.message));
    }
    return true;
}
