/* mongo_link.h: connections to MongoDB, whose every step has a deadline.
 *
 * What fails says why. A connection that failed is not used again. */
#ifndef PARLEY_STORE_MONGO_LINK_H
#define PARLEY_STORE_MONGO_LINK_H

#include <mongoc/mongoc.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/peer.h"

enum { MONGO_NAME_BYTES = 64 }; /* of a database's name, with its end (MongoDB: at most 63) */

/* Where it is. Read-only after mongo_address_init. */
struct mongo_address {
    mongoc_uri_t *uri;
    char database[MONGO_NAME_BYTES];
};

/* False, and a log line that says what would be right, when the URL or the name cannot be used. */
bool mongo_address_init(struct mongo_address *address, const char *url, const char *database)
    __attribute__((warn_unused_result));
void mongo_address_clear(struct mongo_address *address);

struct mongo_link {
    mongoc_client_t *client;
    mongoc_collection_t *messages, *rooms;
};

/* Each of its steps, and whatever is asked of it later, may take timeout_ms. It has answered. False
 * when it cannot be reached, or wants another password. */
bool mongo_connect(struct mongo_link *link, const struct mongo_address *address,
                   uint32_t timeout_ms, char why[PEER_WHY_BYTES])
    __attribute__((warn_unused_result));
/* Harmless on a link that is zeroed. */
void mongo_disconnect(struct mongo_link *link);
bool mongo_ping(struct mongo_link *link, char why[PEER_WHY_BYTES])
    __attribute__((warn_unused_result));
/* Makes the indexes that are not there yet. False when the connection is lost; an index that
 * MongoDB refuses is done without, which the log tells if `tell`. */
bool mongo_make_indexes(struct mongo_link *link, bool tell, char why[PEER_WHY_BYTES])
    __attribute__((warn_unused_result));

#endif
