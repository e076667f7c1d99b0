/* replay.c: runs a fuzz target once for each file it is given, and for each file in a folder it is
 * given, so that a corpus is a test without libFuzzer.
 *
 * Prints "N passed, 0 failed"; what a target finds ends the process. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATH_BYTES_MAX = 4096 };

static void fail(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(1);
}

static void replay_file(const char *path, size_t len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(len + 1);
    if (file == NULL || data == NULL || fread(data, 1, len, file) != len)
        fail(path);
    fclose(file);
    uint8_t *exact = realloc(data, len > 0 ? len : 1); /* so that reading past the end is caught */
    if (exact == NULL)
        fail(path);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

static unsigned replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        fail(path);
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[PATH_BYTES_MAX];
        struct stat facts;
        int len = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof name || stat(name, &facts) != 0)
            fail(entry->d_name);
        if (!S_ISREG(facts.st_mode))
            continue;
        replay_file(name, (size_t)facts.st_size);
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat facts;
        if (stat(argv[i], &facts) != 0)
            fail(argv[i]);
        if (S_ISDIR(facts.st_mode)) {
            count += replay_folder(argv[i]);
        } else {
            replay_file(argv[i], (size_t)facts.st_size);
            count++;
        }
    }
    printf("%u passed, 0 failed\n", count);
    return count == 0; /* an empty corpus proves nothing */
}
