/* A disk that does as a test says: loaded into a server before the C library, whose calls it stands
 * in for. The file that DISK_ORDERS names has a word for it: "sync-fails", "sync-hangs",
 * "write-hangs". What hangs goes on when there is another word. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool is_told(const char *word)
{
    char told[16] = "";
    int fd = open(getenv("DISK_ORDERS"), O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, told, sizeof told - 1);
    if (fd >= 0)
        close(fd);
    return len > 0 && strcmp(told, word) == 0;
}

static void wait_while_told(const char *word)
{
    while (is_told(word))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static int sync_by(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    wait_while_told("sync-hangs");
    if (is_told("sync-fails")) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fsync(int fd)
{
    return sync_by("fsync", fd);
}

int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    wait_while_told("write-hangs");
    return real(fd, bytes, len, at);
}
