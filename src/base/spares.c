#include "base/spares.h"

#include <stdlib.h>

/* A block that is kept is out of bounds, but for its link: AddressSanitizer finds those who still
 * use it. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(block, bytes) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(block, bytes) ((void)0)
#endif

struct spare {
    struct spare *next;
};

/* The index of the smallest size that holds `bytes`; SPARES_SIZES or more when none does. */
static size_t size_of(size_t bytes)
{
    return (bytes - 1) / SPARES_STEP;
}

static size_t size_bytes(size_t size)
{
    return (size + 1) * SPARES_STEP;
}

void spares_clear(struct spares *spares)
{
    for (size_t size = 0; size < SPARES_SIZES; size++) {
        struct spare *spare = spares->sizes[size].first;
        while (spare != NULL) {
            struct spare *next = spare->next;
            free(spare);
            spare = next;
        }
    }
    *spares = (struct spares){0};
}

void *spares_take(struct spares *spares, size_t bytes)
{
    size_t size = size_of(bytes);
    if (size >= SPARES_SIZES)
        return malloc(bytes);
    struct spare *spare = spares->sizes[size].first;
    if (spare == NULL)
        return malloc(size_bytes(size));
    ASAN_UNPOISON_MEMORY_REGION(spare + 1, size_bytes(size) - sizeof *spare);
    spares->sizes[size].first = spare->next;
    spares->sizes[size].count--;
    return spare;
}

void spares_give_back(struct spares *spares, void *block, size_t bytes)
{
    size_t size = size_of(bytes);
    if (size >= SPARES_SIZES ||
        spares->sizes[size].count >= SPARES_KEPT_BYTES_MAX / size_bytes(size)) {
        free(block);
        return;
    }
    struct spare *spare = block;
    spare->next = spares->sizes[size].first;
    spares->sizes[size].first = spare;
    spares->sizes[size].count++;
    ASAN_POISON_MEMORY_REGION(spare + 1, size_bytes(size) - sizeof *spare);
}
