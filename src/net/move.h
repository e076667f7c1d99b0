/* move.h: connections that go from one worker to another, because the room they enter lives there.
 *
 * The session is packed, its socket taken out of this worker's loop, and both are mailed, with the
 * message that made it move and the input that came after it; so nothing is lost or reordered. */
#ifndef PARLEY_NET_MOVE_H
#define PARLEY_NET_MOVE_H

#include "net/connection.h"
#include "runtime/mailbox.h"

/* The hub said HUB_MOVED. `input` was received but not parsed. The connection is given back. */
void move_depart(struct connection *connection, struct str input);
/* A letter of kind LETTER_MOVE has come; or is dropped, when no thread runs any more. */
void move_arrive(struct worker *worker, struct letter *letter);
void move_drop(struct worker *worker, struct letter *letter);

#endif
