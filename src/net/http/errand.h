/* errand.h: what those who run the server ask of all workers: a letter that goes from worker to
 * worker, does its part at each, and comes home to the one that sent it.
 *
 * A list stops where its page is full; the next errand goes on there. An errand owns all that it
 * carries. One that finds a mailbox full is lost: whoever waits for it has a deadline. */
#ifndef PARLEY_NET_HTTP_ERRAND_H
#define PARLEY_NET_HTTP_ERRAND_H

#include "base/arena.h"
#include "base/handle.h"
#include "generated/http_types.h"
#include "runtime/mailbox.h"
#include "service.h"

struct worker;

enum errand_kind {
    ERRAND_SESSIONS,
    ERRAND_ROOMS,
    ERRAND_DISCONNECT, /* goes to one worker only */
    ERRAND_REVOKE,
    ERRAND_TRACE
};

/* A service of which an errand is not only. */
#define ERRAND_ANY UINT32_MAX

struct errand {
    struct letter letter; /* first */
    enum errand_kind kind;
    uint32_t home;
    uint64_t ticket; /* the sender's */
    bool done;
    struct arena arena; /* of all texts and lists */

    /* What is asked. */
    uint32_t service; /* a binding, or ERRAND_ANY */
    bool has_room;
    struct str room; /* of lists and traces: this one's only; whose floor is revoked */
    bool has_session;
    uint32_t session_worker;
    struct handle session; /* to be disconnected; of traces: this one's only */
    uint32_t limit;        /* of entries in a list */
    uint64_t trace;        /* its name */
    struct str type;       /* of what is traced, a literal; len 0: of all */
    uint32_t one_of;       /* of so many that fit, one is traced */

    /* Where it is, or where the next one goes on. */
    uint32_t worker, binding, slot;

    /* What was found. */
    uint32_t count;
    struct http_session *sessions;
    struct http_room_entry *rooms;
    struct http_traced_message *messages;
    uint64_t lost;    /* of the trace, */
    uint32_t waiting; /* for the next errand */
    bool begun;       /* the trace is new, at one worker at least */
    bool found;       /* the session; a place for the trace, at all workers */
    enum revocation revocation;
    struct str holder; /* of REVOCATION_DONE: whom the floor was taken from */
};

/* With room for its lists; NULL when memory is short. */
struct errand *errand_new(enum errand_kind kind, uint32_t limit);
void errand_free(struct errand *errand);
/* A copy that the errand owns. */
struct str errand_keep(struct errand *errand, struct str text);
/* What a session of this worker is called: "0.17.3". */
struct str errand_session_name(struct errand *errand, const struct worker *worker,
                               struct handle session);
/* Sends it on its way, to errand->worker; it comes back through admin_answered, perhaps at once. */
void errand_send(struct worker *worker, struct errand *errand);
/* It has arrived as a letter. */
void errand_take(struct worker *worker, struct errand *errand);
/* Reads what a session is called by the admin API; false when it is no such name. */
bool errand_parse_session(struct str text, uint32_t *worker, struct handle *session);

#endif
