/* hub.h: one worker's sessions and services: text in, effects out, sessions moved. Knows no socket
 * and names no message.
 *
 * The hub runs a service for each message, encodes each event once, queues it at its receivers, and
 * hands sessions to the worker that owns their room. Everything it asks of the world goes through
 * struct hub_ports, so that the server (net/) and the simulator (tests/sim) drive the same code.
 * One thread calls it. */
#ifndef PARLEY_RUNTIME_HUB_H
#define PARLEY_RUNTIME_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bucket.h"
#include "base/handle.h"
#include "base/str.h"
#include "runtime/egress.h"
#include "runtime/stats.h"
#include "service.h"
#include "json/codec.h"

struct hub;

/* The runtime's part of a connection: the first member of the transport's own struct, in a pool
 * that the hub keeps. Kept small: an idle connection costs this, the transport's part and the
 * service's. */
struct session {
    struct handle id;      /* names it on this worker; changes when it moves */
    uint32_t service_slot; /* the service's own number for it; SERVICE_FULL when it has none */
    uint8_t service;       /* index into the hub's bindings */
    uint8_t flags;         /* enum session_flag, the hub's */
    struct bucket strikes; /* that it may still have */
    struct egress *egress; /* NULL when nothing waits */
    struct held *held;     /* the message to be run again, elsewhere or later; NULL for none */
};

/* What the hub asks of its transport. None of them may call back into the hub. */
struct hub_ports {
    void *context;
    /* Something was queued at a session where nothing waited: see that it is sent by the end of the
     * turn. */
    void (*wake)(void *context, struct session *session);
    /* End it: what is queued first, then Close with this code and reason (RFC 6455, 7.4); the
     * transport calls hub_closed in due time. Asked at most once per session, and nothing is queued
     * for it afterwards. */
    void (*close)(void *context, struct session *session, enum close_name why);
    /* A session from an address that is not trusted has struck; true: over the address's bound, the
     * session is to be ended. */
    bool (*strike)(void *context, struct session *session, enum strike strike);
    /* Whether the address of a session that is not trusted has no wrong guess left; NULL where
     * guesses are not bounded. */
    bool (*barred)(void *context, struct session *session);
    /* Bring a copy of these bytes to another worker, and have hub_mail called there; false when
     * that cannot be. */
    bool (*mail)(void *context, uint32_t worker, uint32_t binding, struct str bytes);
    /* A session that waits may go on: hub_resume is to be called for it, but not from here. Asked
     * once per HUB_WAITING. */
    void (*resume)(void *context, struct session *session);
    /* Hand an order to the media relay; NULL where there is none. */
    void (*media)(void *context, const struct media_order *order);
    /* Hand an order to the store, whose texts are borrowed for the call; false when it cannot take
     * any more. NULL where there is no store. */
    bool (*store)(void *context, uint32_t binding, const struct store_order *order);
    /* What the session may is proven until then (Unix time). NULL where nothing expires. */
    void (*expire)(void *context, struct session *session, uint64_t expires_ms);
    /* The connection's own end as text, without port, valid until the next call; NULL where there
     * is none. Only asked for services that want it, before they are told of a session. */
    struct str (*local_host)(void *context, struct session *session);
};

struct hub_binding {
    const struct service *service;
    const struct codec *codec;
    const void *options; /* for struct service_config */
};

struct hub_limits {
    uint32_t sessions_max;
    struct egress_limits egress;
    uint32_t strikes_max;       /* strikes that a session may have in a burst */
    uint32_t strikes_refill_ms; /* one is forgiven after this long */
};

/* session_bytes: size of the transport's struct, whose first member is struct session. NULL when
 * memory is short. */
struct hub *hub_new(const struct service_config *config, const struct hub_limits *limits,
                    const struct hub_binding *bindings, uint32_t bindings_count,
                    size_t session_bytes, const struct hub_ports *ports, struct random *random,
                    struct stats *stats);
void hub_free(struct hub *hub);

/* The moment that all calls until the next hub_time use. */
void hub_time(struct hub *hub, uint64_t now_ms, uint64_t wall_ms);

enum hub_result {
    HUB_OK,
    HUB_MOVED,   /* the message is for another worker: no more input, hub_depart is to be called */
    HUB_WAITING, /* the message waits for an answer: no more input until ports.resume asks */
    HUB_CLOSING  /* ports.close was asked for; further input is to be ignored */
};

/* A session that opens; zeroed but for `session`. NULL when the worker is full (the answer is 503
 * or 1013). */
struct session *hub_open(struct hub *hub, uint32_t binding, bool trusted);
/* Greets it: separate from hub_open, so that the transport can fill in its part first. */
enum hub_result hub_greet(struct hub *hub, struct session *session);
/* One complete text message, valid UTF-8, borrowed for the call. */
enum hub_result hub_receive(struct hub *hub, struct session *session, struct str text);
/* Runs the message that was put aside: after ports.resume, and after hub_arrive. */
enum hub_result hub_resume(struct hub *hub, struct session *session);
/* Events that were queued so far, each counted as often as it had receivers: by which to see what a
 * message has cost. */
uint64_t hub_delivered(const struct hub *hub);
/* Mail from the service's instance on worker `from`, borrowed for the call. */
void hub_mail(struct hub *hub, uint32_t binding, uint32_t from, struct str bytes);
/* The store's answer to what the service of this binding asked: `count` packed orders. */
void hub_recalled(struct hub *hub, uint32_t binding, const struct store_recalled *recalled,
                  struct str entries);
/* The connection is gone or was ended: the service is told, what was queued is dropped, the entry
 * given back, its handle stale. */
void hub_closed(struct hub *hub, struct session *session);
/* NULL for a stale handle. */
struct session *hub_find(const struct hub *hub, struct handle id);

/* A session on its way between workers, with the message that made it move. One block of memory,
 * owned by whoever holds the pointer. */
struct passage {
    uint32_t to; /* worker */
    uint8_t binding, flags;
    struct bucket strikes;
    uint32_t packed_len; /* of the service's state */
    uint32_t text_len;   /* the message to run again on arrival */
    uint32_t egress_len; /* frames that had not left yet, flattened; the first may be partly sent */
    uint32_t input_len;  /* bytes received after the message, not yet parsed: the transport's */
    uint8_t bytes[];     /* packed, text, egress, input, in this order */
};

/* After HUB_MOVED: packs the session and gives its entry back. `input` is what the transport has
 * read but not parsed. NULL when memory is short: the session has then been ended as by
 * hub_closed. */
struct passage *hub_depart(struct hub *hub, struct session *session, struct str input);
/* On the worker that owns the room. NULL when it is full, or memory short: the transport answers
 * 1013. The message is not yet run: fill in the transport's part, then hub_resume. A connection
 * that ended on the way need not arrive: its passage is freed, and no service is told. */
struct session *hub_arrive(struct hub *hub, const struct passage *passage);
struct str passage_input(const struct passage *passage);
/* Of memory that it takes. */
size_t passage_bytes(const struct passage *passage);
void passage_free(struct passage *passage);

/* Runs the services' due timers; returns when to call again (monotonic ms, in the past when more is
 * due), UINT64_MAX for never. */
uint64_t hub_tick(struct hub *hub);

/* Calls `each` for every open session: shutdown and sweeps. `each` may close the session it is
 * given. */
void hub_each(struct hub *hub, void (*each)(void *context, struct session *session), void *context);
uint32_t hub_sessions(const struct hub *hub);
/* Memory for frames of the transport's own. All frames and queues must be gone before hub_free. */
struct spares *hub_spares(struct hub *hub);

#endif
