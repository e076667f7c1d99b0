/* exposition.h: writes Prometheus's text format (0.0.4) into a buffer: families of samples.
 *
 * Which samples there are is fixed when the program is built, so the buffer's size is too: that it
 * is large enough is the caller's business, and CHECKed. */
#ifndef PARLEY_NET_HTTP_EXPOSITION_H
#define PARLEY_NET_HTTP_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/stats.h"

struct exposition {
    char *base;
    size_t len, max;
    const char *family; /* that samples belong to now */
};

/* What a sample's value counts. */
enum exposition_unit { EXPOSITION_ONES, EXPOSITION_MS, EXPOSITION_NS };

/* The names are written with the prefix "parley_". `type`: counter, gauge or histogram. */
void exposition_family(struct exposition *out, const char *name, const char *type,
                       const char *help);
/* Times are written in seconds. `labels`: a format such as "service=\"%.*s\"". */
void exposition_value(struct exposition *out, enum exposition_unit unit, uint64_t value);
void exposition_sample(struct exposition *out, enum exposition_unit unit, uint64_t value,
                       const char *labels, ...) __attribute__((format(printf, 4, 5)));
/* A family of one number without labels. */
void exposition_single(struct exposition *out, const char *name, const char *type, const char *help,
                       uint64_t value);
/* A histogram's samples; `buckets` has STATS_BUCKETS + 1 counts, not cumulated. `labels`: as they
 * are to be written, or "". */
void exposition_times(struct exposition *out, const uint64_t *buckets, uint64_t sum_ns,
                      const char *labels);

#endif
