/* checkpoint.h: a thread that brings what was committed from the journal's log into the database,
 * and waits for the disk meanwhile, so that nobody else has to.
 *
 * For one other thread, which asks it. */
#ifndef PARLEY_STORE_CHECKPOINT_H
#define PARLEY_STORE_CHECKPOINT_H

#include <stdbool.h>

struct checkpointer;

/* For a database that is open already. NULL when that fails, which was logged. */
struct checkpointer *checkpointer_new(const char *path) __attribute__((warn_unused_result));
/* Ends the thread after what it is at. NULL is fine. */
void checkpointer_free(struct checkpointer *checkpointer);

/* Asks for one, if it is not at one. */
void checkpointer_ask(struct checkpointer *checkpointer);
bool checkpointer_is_busy(const struct checkpointer *checkpointer);

#endif
