/* pause.h: connections whose last message waits for an answer from elsewhere: they are not read,
 * and what they had sent behind it is kept, until the hub lets them go on. Others yield: who has
 * sent much work, until the next turn of the worker, so that it does not hold up everybody else;
 * who does not read what it is answered, until it does. */
#ifndef PARLEY_NET_PAUSE_H
#define PARLEY_NET_PAUSE_H

#include "base/str.h"

struct connection;
struct worker;
struct pause;

/* The hub said HUB_WAITING. `input` was received but not parsed. */
void pause_begin(struct connection *connection, struct str input);
/* The hub lets it go on, perhaps before HUB_WAITING has been seen: it does at the end of the turn.
 */
void pause_end(struct connection *connection);
/* Its messages have led to enough for this turn, or it is behind (output_is_behind); `input`
 * likewise. */
void pause_yield(struct connection *connection, struct str input);
/* It is not behind any more. */
void pause_caught_up(struct connection *connection);
/* Has those that may go on do so. */
void pauses_resume(struct worker *worker);
/* Once in a turn, when others were read: has those go on that have yielded in the last one. */
void pauses_next_turn(struct worker *worker);
/* The connection ends. */
void pause_drop(struct connection *connection);

#endif
