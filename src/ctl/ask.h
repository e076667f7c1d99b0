/* ask.h: one request to a server's admin API, and its answer. */
#ifndef PARLEY_CTL_ASK_H
#define PARLEY_CTL_ASK_H

#include <stdbool.h>

struct cJSON;

/* Where the server is, and what it is shown. */
struct server_at {
    const char *host, *port;
    const char *token; /* NULL: none */
};

/* The answer's body, to be given to cJSON_Delete; NULL when there is none or the server refuses,
 * which was told on standard error. `body` may be NULL: the request is a GET then. */
struct cJSON *ask(const struct server_at *server, const char *path, const struct cJSON *body);

#endif
