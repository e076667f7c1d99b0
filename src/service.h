/* service.h: the one seam between the runtime and the services: a service's few functions, and the
 * effects it may ask for.
 *
 * A service is a pure state machine. Time, random numbers and memory are handed in with each call
 * (struct turn); what shall happen is handed out as effects, which the caller carries out, in
 * order, before the next call. A service does no I/O, reads no clock, draws no random number of its
 * own and allocates nothing after _new. One instance belongs to one worker; instances share
 * nothing. The same objects run in the server and in the simulator. */
#ifndef PARLEY_SERVICE_H
#define PARLEY_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/handle.h"
#include "base/random.h"
#include "base/str.h"
#include "generated/closes.h"
#include "media_order.h"
#include "store_order.h"

/* Most effects that one call may ask for; each service says in its header why it stays below. */
enum { EFFECTS_MAX = 1100 };

/* Bytes that a packed session may take while it moves between workers. */
enum { SERVICE_PACKED_BYTES_MAX = 1024 };

/* Bytes of one mail between two workers' instances of a service. */
enum { SERVICE_MAIL_BYTES_MAX = 1 << 20 };

enum effect_kind {
    EFFECT_SEND,   /* an event to one session */
    EFFECT_CAST,   /* an event to many: encoded once, shared by all */
    EFFECT_CLOSE,  /* end a session, after what is queued for it was sent */
    EFFECT_MOVE,   /* take the session to another worker and run the present command again there */
    EFFECT_STRIKE, /* the session did what an attacker would do too: counted against it and its
                      address */
    EFFECT_MAIL,   /* bytes to the service's instance on another worker */
    EFFECT_WAIT,   /* put the present command aside: it is run again after EFFECT_RESUME, and what
                      the session sends meanwhile comes after it */
    EFFECT_RESUME, /* run what a session waits with; ignored when it does not wait */
    EFFECT_MEDIA,  /* an order to the media relay */
    EFFECT_STORE,  /* an order to the store; lost when that cannot take any more */
    EFFECT_EXPIRE /* what the session may is proven until then: ended some time after, unless proven
                     anew */
};

enum strike {
    STRIKE_INVALID, /* a message that does not decode */
    STRIKE_GUESS,   /* a room code that names no room, a token that proves nothing */
    STRIKES
};

struct effect {
    enum effect_kind kind;
    struct handle session; /* whom it concerns; unused by EFFECT_CAST, EFFECT_MEDIA and
                              EFFECT_STORE; EFFECT_MAIL: on whose behalf, disconnected when the mail
                              cannot be sent, or HANDLE_NONE */
    union {
        const void *send; /* the service's event, in the turn's arena */
        struct {
            const void *event;
            const struct handle *to; /* borrowed from the service until its next call */
            uint32_t count;
            struct handle except; /* left out; HANDLE_NONE for nobody */
        } cast;
        enum close_name close;
        struct {
            uint32_t worker;
        } move;
        enum strike strike;
        struct {
            uint32_t worker;
            struct str bytes; /* borrowed: in the turn's arena, or the service's until its next call
                               */
        } mail;
        const struct media_order *media; /* in the turn's arena */
        const struct store_order *store; /* likewise; its texts are borrowed like a mail's bytes */
        uint64_t expires_ms;             /* Unix time */
    };
};

/* What one call into a service is given, and where it leaves what it asks for. */
struct turn {
    uint64_t now_ms;  /* monotonic; never goes back */
    uint64_t wall_ms; /* Unix time, for what people read; may jump */
    struct random *random;
    struct arena *arena; /* emptied after the effects have been carried out */
    bool barred; /* told to command: the session's address has no wrong guess left, so a right one
                    must not be told from a wrong one either */
    uint32_t effect_count;
    struct effect effects[EFFECTS_MAX];
};

/* What a session's service is told when it opens. */
struct session_facts {
    struct handle session; /* names it in effects; changes when it moves */
    bool trusted;          /* from an address that the limits spare (loopback, by default) */
    struct str local_host; /* the connection's own end as text, without port, borrowed for the call;
                              only told to open, of a service that asks for it */
};

/* What a worker hands each service at start. */
struct service_config {
    uint32_t worker;       /* this worker's number, from 0 */
    uint32_t workers;      /* how many there are */
    uint32_t sessions_max; /* sessions that this worker can hold */
    uint8_t hash_key[16];  /* the same for all workers: owners are hash(room) % workers */
    const void *options;   /* the service's own settings; NULL for its defaults */
};

/* For the options of services that look at tokens: whether one is good, and until when (Unix time).
 */
typedef bool token_verify(const void *verifier, struct str token, uint64_t wall_ms,
                          uint64_t *expires_ms);

/* What those who run the server are shown of a session, and of a room. Texts are borrowed until the
 * service's next call. */
struct service_session {
    bool has_user, has_room;
    struct str user, room;
};

struct service_room {
    struct str id;
    struct str mode; /* empty: rooms of this service have none */
    bool has_title, has_holder;
    struct str title;
    struct str holder; /* of its floor */
    uint32_t members, members_max;
    uint32_t waiting; /* for the floor */
};

/* What became of a floor that was to be revoked. */
enum revocation {
    REVOCATION_NO_ROOM, /* there is no such room here */
    REVOCATION_NO_HOLDER,
    REVOCATION_DONE
};

/* What open and unpack return instead of a slot when the service is full. */
#define SERVICE_FULL UINT32_MAX

/* `slot` is the service's own number for a session, given by open or unpack and valid until close
 * or pack. All functions have to be there, but for those that may be NULL. */
struct service {
    struct str name;
    bool wants_local_host;                                /* see struct session_facts */
    size_t event_bytes, command_bytes;                    /* sizes of the service's tagged unions */
    void *(*create)(const struct service_config *config); /* NULL when memory is short */
    void (*destroy)(void *state);
    uint32_t (*open)(void *state, const struct session_facts *facts, struct turn *turn);
    /* Guards as bits, for the decoder of a service whose guards come before its payloads. */
    uint32_t (*facts)(const void *state, uint32_t slot);
    void (*command)(void *state, uint32_t slot, const void *command, struct turn *turn);
    /* The session has ended, whatever the cause. */
    void (*close)(void *state, uint32_t slot, struct turn *turn);
    /* Timers that are due; asks to be called again at next_ms, UINT64_MAX for never. At most
     * EFFECTS_MAX effects a call: when more is due, next_ms is in the past. */
    void (*tick)(void *state, struct turn *turn);
    uint64_t (*next_ms)(const void *state);
    /* Takes a session out of this instance as bytes (at most SERVICE_PACKED_BYTES_MAX), silently:
     * nobody is told. */
    size_t (*pack)(void *state, uint32_t slot, uint8_t *block);
    uint32_t (*unpack)(void *state, const struct session_facts *facts, const uint8_t *block,
                       size_t len);
    /* Mail from the instance on worker `from`. Mails of one worker come in the order they were
     * sent, and are lost only when memory or the mailbox is exhausted. What they name may be gone.
     * NULL for a service that sends none. */
    void (*mail)(void *state, uint32_t from, const uint8_t *bytes, size_t len, struct turn *turn);
    /* The store's answer to a STORE_RECALL; may come late, or never. Borrowed for the call. NULL
     * for a service that does not ask. */
    void (*recalled)(void *state, const struct store_recalled *recalled, struct turn *turn);
    /* Rooms and the like that are open now, for the metrics. */
    uint32_t (*rooms)(const void *state);
    /* For those who run the server; NULL where nobody asks. */
    struct service_session (*describe)(const void *state, uint32_t slot, struct turn *turn);
    /* The first room at *slot or after it, where *slot is set to; false when there is none. */
    bool (*next_room)(const void *state, uint32_t *slot, struct service_room *room,
                      struct turn *turn);
    /* Takes the floor of a room from its holder, who is told so; *holder is who had it. NULL for a
     * service without floors. */
    enum revocation (*revoke)(void *state, struct str room, struct str *holder, struct turn *turn);
};

/* The turn's memory, which is sized for the greatest command and what it leads to: never NULL, it
 * CHECKs that there is room. Not zeroed. */
void *turn_memory(struct turn *turn, size_t len);

/* Appends an effect. The event is copied into the turn's arena. CHECKs that there is room. */
void effect_send(struct turn *turn, struct handle to, const void *event, size_t event_bytes);
void effect_cast(struct turn *turn, const struct handle *to, uint32_t count, struct handle except,
                 const void *event, size_t event_bytes);
void effect_close(struct turn *turn, struct handle session, enum close_name why);
void effect_move(struct turn *turn, struct handle session, uint32_t worker);
/* For a command that would try a guess in a turn that is barred: ends the session. */
void effect_bar(struct turn *turn, struct handle session);
void effect_strike(struct turn *turn, struct handle session, enum strike strike);
/* To another worker than one's own; at most SERVICE_MAIL_BYTES_MAX. */
void effect_mail(struct turn *turn, struct handle session, uint32_t worker, const void *bytes,
                 size_t len);
void effect_wait(struct turn *turn, struct handle session);
void effect_resume(struct turn *turn, struct handle session);
/* The order is copied into the turn's arena. */
void effect_media(struct turn *turn, const struct media_order *order);
void effect_store(struct turn *turn, const struct store_order *order);
void effect_expire(struct turn *turn, struct handle session, uint64_t expires_ms);

#endif
