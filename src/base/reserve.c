#include "base/reserve.h"

#include <sys/mman.h>

#include "base/check.h"

void *reserve_new(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    /* One touched byte shall cost a page, not two megabytes. A kernel without huge pages refuses
     * this, and then there is nothing to prevent. */
    (void)madvise(memory, bytes, MADV_NOHUGEPAGE);
    return memory;
}

void reserve_free(void *memory, size_t bytes)
{
    if (memory != NULL) {
        int failed = munmap(memory, bytes);
        CHECK(!failed);
    }
}
