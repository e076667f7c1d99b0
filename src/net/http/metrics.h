/* metrics.h: what the server counts, as text for Prometheus (format 0.0.4). */
#ifndef PARLEY_NET_HTTP_METRICS_H
#define PARLEY_NET_HTTP_METRICS_H

#include <stddef.h>

struct worker;

enum { METRICS_BYTES_MAX = 64 * 1024 };

/* Writes all metrics, summed over the workers, and returns their length. `worker`: who answers. */
size_t metrics_write(const struct worker *worker, char *text, size_t text_max);

#endif
