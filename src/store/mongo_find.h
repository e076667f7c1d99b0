/* mongo_find.h: questions to MongoDB, as letters, and their answers.
 *
 * One thread. */
#ifndef PARLEY_STORE_MONGO_FIND_H
#define PARLEY_STORE_MONGO_FIND_H

#include <stdbool.h>

#include "runtime/store_link.h"
#include "store/mongo_link.h"

/* The SHIP_FOUND to a SHIP_FIND_ENTRIES or SHIP_FIND_ROOMS; NULL when MongoDB gives none. */
struct store_letter *mongo_find(struct mongo_link *link, const struct store_letter *question,
                                char why[PEER_WHY_BYTES]) __attribute__((warn_unused_result));

#endif
