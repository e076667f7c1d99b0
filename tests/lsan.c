/* lsan.c: what H2O keeps until the process ends is no leak. Part of every program that is built
 * with AddressSanitizer and serves through H2O: its calls come here first.
 *
 * Suppressions could say the same, but finding the names that they go by takes each process a tenth
 * of a second at its end, which is most of what a server costs that a test starts. */
#include <dlfcn.h>
#include <sanitizer/lsan_interface.h>

#include "base/check.h"
#include "net/h2o.h"

static void *next(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    CHECK(function != NULL);
    return function;
}

/* Its queue is closed with the context, and not freed. */
void h2o_context_init(h2o_context_t *context, h2o_loop_t *loop, h2o_globalconf_t *config)
{
    void (*init)(h2o_context_t *, h2o_loop_t *, h2o_globalconf_t *);
    *(void **)&init = next("h2o_context_init");
    init(context, loop, config);
    __lsan_ignore_object(context->queue);
}

/* Each thread keeps a few buffers to use them again, and ends without freeing them. */
void *h2o_mem_alloc_recycle(h2o_mem_recycle_t *allocator, size_t bytes)
{
    static __thread void *(*alloc)(h2o_mem_recycle_t *, size_t);
    if (alloc == NULL)
        *(void **)&alloc = next("h2o_mem_alloc_recycle");
    void *buffer = alloc(allocator, bytes);
    __lsan_ignore_object(buffer);
    return buffer;
}
