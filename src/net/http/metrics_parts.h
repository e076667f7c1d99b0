/* metrics_parts.h: the metrics that no worker counts: the process, the store and the media relay.
 */
#ifndef PARLEY_NET_HTTP_METRICS_PARTS_H
#define PARLEY_NET_HTTP_METRICS_PARTS_H

struct exposition;
struct server;
struct worker;

void metrics_write_process(struct exposition *out, const struct worker *worker);
/* Nothing where there is no store. */
void metrics_write_store(struct exposition *out, const struct server *server);
/* Nothing where there is no relay. */
void metrics_write_media(struct exposition *out, const struct server *server);

#endif
