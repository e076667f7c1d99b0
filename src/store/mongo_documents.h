/* mongo_documents.h: messages and rooms as MongoDB's documents (docs/operating.md), and back.
 *
 *     chat_messages  _id, id, room_id, client_id, username, message, timestamp
 *     rooms          _id, id, name, created_at, last_activity, player_count
 *
 * A date of BSON has milliseconds. The nanoseconds of a message, which tell the order of those said
 * in one millisecond, are in its _id: "<20 digits, ns since 1970>-<id>". Pure functions. */
#ifndef PARLEY_STORE_MONGO_DOCUMENTS_H
#define PARLEY_STORE_MONGO_DOCUMENTS_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store_order.h"

/* Appends to `selector` what finds the order's document. A message's `update` makes it, and leaves
 * it alone when it is there: what was said does not change. A room's is the whole document, to
 * replace the one before; `ticket` is when the room was created, ns since 1970. False when that is
 * too much for a document. */
bool mongo_document_of_entry(const struct store_order *entry, bson_t *selector, bson_t *update)
    __attribute__((warn_unused_result));
bool mongo_document_of_room(const struct store_order *room, bson_t *selector, bson_t *update)
    __attribute__((warn_unused_result));

/* The order's texts are borrowed from the document. False when a field is missing or not
 * as we write it: the collections may have other writers. */
bool mongo_entry_of(const bson_t *document, struct store_order *entry)
    __attribute__((warn_unused_result));
bool mongo_room_of(const bson_t *document, struct store_order *room)
    __attribute__((warn_unused_result));

int64_t mongo_date(uint64_t unix_ns); /* ms since 1970 */

#endif
