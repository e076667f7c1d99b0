/* hub_state.h: what the parts of the hub share: hub.c (sessions and calls), effects.c (carrying out
 * what services ask for), passage.c (moves). Nobody else includes it. */
#ifndef PARLEY_RUNTIME_HUB_STATE_H
#define PARLEY_RUNTIME_HUB_STATE_H

#include "base/pool.h"
#include "runtime/hub.h"
#include "runtime/tap.h"

/* A call's memory: what decoding one message may take (40 bytes for each byte of 64 KiB), and a
 * part that input cannot fill, for the service and its events. */
enum { ARENA_DECODE_BYTES = 4 << 20, ARENA_SERVICE_BYTES = 4 << 20 };

enum session_flag {
    SESSION_TRUSTED = 1 << 0,
    SESSION_CLOSING = 1 << 1, /* ports.close was asked for, or it is gone */
    SESSION_MOVING = 1 << 2,  /* from EFFECT_MOVE here to hub_resume there */
    SESSION_WAITING = 1 << 3, /* from EFFECT_WAIT to hub_resume */
    SESSION_RESUMED = 1 << 4  /* ports.resume was asked for */
};

/* A message that is put aside to be run again. */
struct held {
    uint32_t worker; /* SESSION_MOVING: where */
    uint32_t len;
    char text[];
};

/* A service that runs on this worker. */
struct bound {
    const struct service *service;
    const struct codec *codec;
    void *state;
    struct service_stats *stats;
    uint32_t sessions;
};

/* Whom an event is for. */
struct receivers {
    const struct handle *list;
    uint32_t count;
    struct handle except; /* HANDLE_NONE for nobody */
};

/* Who looks at messages and events, and what they are shown of the message that is being handled.
 */
struct tapping {
    struct tap *first;       /* NULL: nobody looks */
    struct session *session; /* whose message it is; NULL between messages */
    struct str text;
    bool is_recorded;
    uint16_t error; /* that it was answered with, plus one; 0: none */
    struct tap_entry entry;
};

struct hub {
    struct hub_limits limits;
    struct hub_ports ports;
    struct stats *stats;
    uint32_t worker, workers;
    uint8_t hash_key[16];
    uint32_t bound_count;
    struct bound bound[STATS_SERVICES_MAX];
    struct pool sessions;
    uint32_t moving_to; /* of the EFFECT_MOVE that is being carried out */
    char *encoded;      /* the event that is being encoded */
    size_t encoded_max;
    void *command, *error; /* room for the largest command and event of all services */
    uint64_t delivered;    /* events queued, each as often as it had receivers */
    struct spares spares;  /* frames, queues, held messages */
    struct arena arena;
    struct turn turn;
    struct tapping tapping;
};

/* hub.c */

/* Every call into a service lies between this and hub_run_effects, unless it has no effects. */
void hub_begin_turn(struct hub *hub);
/* NULL when the worker is full. */
struct session *hub_session_add(struct hub *hub, uint32_t binding, uint8_t flags);
void hub_session_remove(struct hub *hub, struct session *session);
struct session_facts hub_session_facts(const struct session *session);
/* Puts a message aside; false when memory is short. */
bool hub_hold(struct hub *hub, struct session *session, uint32_t worker, struct str text);
void hub_let_go(struct hub *hub, struct session *session);

/* inspect.c */

/* hub_describe within a turn. */
struct service_session hub_show(struct hub *hub, const struct session *session);

/* tap.c */

/* A message comes, which hub_tap_result ends; what it leads to is recorded behind it. */
void hub_tap_message(struct hub *hub, struct session *session, struct str text);
void hub_tap_result(struct hub *hub, enum hub_result result);
/* hub->encoded is about to be queued at those that are open. */
void hub_tap_event(struct hub *hub, const struct bound *bound, const struct encoded *encoded,
                   const struct receivers *to);

/* effects.c */

/* The receiver at this place when it can be sent something; NULL when it cannot, or is left out. */
struct session *hub_find_receiver(const struct hub *hub, const struct receivers *to, uint32_t i);
/* Queues an event at a session that is open. */
void hub_send(struct hub *hub, const struct bound *bound, struct handle to, const void *event);
void hub_strike(struct hub *hub, struct session *session, enum strike kind);
void hub_request_close(struct hub *hub, struct session *session, enum close_name why);
/* Carries out what the turn asks for. `caller`: the session whose command it was, which alone may
 * move or wait; HANDLE_NONE for calls that are no commands. */
void hub_run_effects(struct hub *hub, const struct bound *bound, struct handle caller);

#endif
