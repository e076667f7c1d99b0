/* scratch.h: a directory for files that need not outlive the process. For the main thread. */
#ifndef PARLEY_STORE_SCRATCH_H
#define PARLEY_STORE_SCRATCH_H

#include <stdbool.h>

enum { SCRATCH_PATH_BYTES = 256 };

/* Makes a new one, for this user alone, where TMPDIR says. False when that fails, which was logged;
 * `path` is then empty. */
bool scratch_make(char path[SCRATCH_PATH_BYTES]) __attribute__((warn_unused_result));
/* Removes it with the files that are in it. Does nothing for an empty path. */
void scratch_remove(const char *path);

#endif
