/* move.h: connections that go from one worker to another, because the room they enter lives there.
 *
 * The session is packed, its socket taken out of this worker's loop, and both are mailed, with the
 * message that made it move and the input that came after it; so nothing is lost or reordered. */
#ifndef PARLEY_NET_MOVE_H
#define PARLEY_NET_MOVE_H

#include "net/connection.h"

/* The hub said HUB_MOVED. `input` was received but not parsed. The connection is given back. */
void move_depart(struct connection *connection, struct str input);
/* Takes in all that wait in the worker's mailbox. */
void move_arrive_all(struct worker *worker);
/* Drops what is left in the mailbox, when no thread runs any more. */
void move_drop_all(struct worker *worker);

#endif
