/* settings.h: the configuration with the keys that it names, and how SIGHUP exchanges both.
 *
 * What was read last is in use; a token is looked at with it by whichever thread asks. A question
 * ends within the turn of a worker, so that what was in use before can be dropped when all workers
 * have begun another (net/reload.h). The first configuration stays until the end. */
#ifndef PARLEY_SETTINGS_H
#define PARLEY_SETTINGS_H

#include <stdatomic.h>

#include "config.h"
#include "net/server.h"
#include "service.h"
#include "store/jwt.h"

/* Read at one time; never changed after. */
struct settings {
    struct config config;  /* first, so that one can be told from the other */
    struct jwt_rules *jwt; /* NULL: tokens are not signed */
};

struct settings_book {
    int argc;
    char **argv;
    struct settings *first; /* with which the process started */
    _Atomic(struct settings *) current;
};

/* As config_read; with CONFIG_RUN, book->first is there, else nothing is. What it finds beside
 * wrong values (keys that cannot be used, say) is logged. */
enum config_outcome settings_open(struct settings_book *book, int argc, char **argv)
    __attribute__((warn_unused_result));
void settings_close(struct settings_book *book);

/* For the server; `book` is its context. */
struct server_reload settings_reload(struct settings_book *book);

/* A token_verify, with the book as its verifier: the token is signed, whoever it is for. */
bool settings_verify_token(const void *book, struct str token, uint64_t wall_ms,
                           uint64_t *expires_ms);
/* What proves who a client of live is: the secret, or a signed token for that user. */
bool settings_verify_user(const void *book, struct str user_id, struct str token, uint64_t wall_ms,
                          uint64_t *expires_ms);

#endif
