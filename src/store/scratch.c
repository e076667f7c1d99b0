#include "store/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

bool scratch_make(char path[SCRATCH_PATH_BYTES])
{
    const char *parent = getenv("TMPDIR");
    int len = snprintf(path, SCRATCH_PATH_BYTES, "%s/parley-XXXXXX",
                       parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (len > 0 && len < SCRATCH_PATH_BYTES && mkdtemp(path) != NULL)
        return true;
    log_error("no temporary directory can be made", log_system_error(errno),
              log_string("advice", "TMPDIR may name a directory that can be written"));
    path[0] = '\0';
    return false;
}

void scratch_remove(const char *path)
{
    DIR *directory = *path != '\0' ? opendir(path) : NULL;
    if (directory == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        (void)unlinkat(dirfd(directory), entry->d_name, 0); /* "." and ".." stay */
    closedir(directory);
    (void)rmdir(path);
}
