/* world.h: a simulated server of several workers, its clients, the mail between
 * workers, and time.
 *
 * The workers are the server's own: hub, codec and one service. The transport,
 * the clock and the clients are made up here, and a seed decides who does what
 * next. What a client says, and what it must see, is the service's play: a
 * model that is told of each thing at the moment in which the server has done
 * it. Each client is compared, frame by frame, with what the model says. What
 * does not agree ends the program: world_fails. */
#ifndef PARLEY_TESTS_SIM_WORLD_H
#define PARLEY_TESTS_SIM_WORLD_H

#include "base/random.h"
#include "draft.h"
#include "draw.h"
#include "runtime/hub.h"

enum { WORKERS_MAX = 16 };
#define NO_CLIENT UINT32_MAX

struct play;

struct options {
    const struct play *play;
    uint64_t seed;
    uint64_t commands; /* to be handled before the run ends */
    uint32_t sessions, workers;
};

/* Something that a client has said and the server has not handled. */
struct message {
    struct message *next;
    uint32_t kind;
    uint64_t serial;     /* unique */
    uint64_t tried_step; /* when the server first looked at it; 0: not yet */
    uint64_t tried_ms;
    bool done; /* by the worker that it was a question to, with this outcome, both
                  the play's */
    uint32_t outcome;
    struct str argument; /* what the model is told */
    struct str text;     /* what the server is sent */
    char bytes[];
};

/* Something that a client must see and has not read. */
struct expectation {
    struct expectation *next;
    enum delivery delivery;
    uint32_t key; /* of DELIVERY_LATEST and DELIVERY_SEAL */
    size_t bytes; /* of its frame, at most */
    size_t len;
    char *text; /* with gaps */
};

/* What goes from one worker to another: a session that moves, or a service's
 * mail. */
struct letter {
    struct letter *next;
    uint32_t client;         /* who moves; or whose message this is about, or NO_CLIENT */
    struct passage *passage; /* NULL for mail */
    /* Mail that carries a question: the message that asks, as it was. */
    bool question;
    uint32_t kind, hops;
    uint64_t serial;
    size_t argument_len, len;
    char *bytes; /* the argument, then what the service wrote */
};

struct mail {
    struct letter *first, **end;
};

enum place { AWAY, HERE, TRAVELLING };

/* How a client reads: at once, now and then, or not at all. */
enum pace { PROMPT, SLOW, STUCK };

struct client {
    enum place place;
    uint32_t worker;   /* where it is */
    struct conn *conn; /* HERE */
    enum pace pace;
    bool rude;             /* says nonsense and guesses, most of the time */
    bool dead;             /* has gone, and the server has not noticed */
    bool touched, woken;   /* in this step; since its queue was empty */
    bool waiting, resumed; /* with its oldest message; and may go on */
    uint16_t closing;      /* the code of the close that the hub asked for */
    bool closing_is_new;   /* in this step */
    double strikes;        /* bucket that leaks as the hub's */
    uint64_t strikes_at_ms;
    uint64_t opened_ms;
    /* All that it said, in order; those before `unread` lie in `input`, too. */
    struct message *said, **said_end, *unread;
    uint32_t said_count;
    uint8_t *input; /* read by the transport, not yet parsed: lengths and texts */
    size_t input_len;
    struct expectation *expected, **expected_end;
    uint32_t expected_count;
    size_t expected_bytes; /* of their frames, at most */
    uint32_t carried;      /* those that it brought from another worker, the first ones */
    bool refused;          /* it did not take all that waited; until it has */
    uint8_t *received;     /* a frame of which the rest is missing */
    size_t received_len;
};

/* The transport's part of a session. */
struct conn {
    struct session session;
    uint32_t client;
};

struct worker {
    struct world *world;
    struct hub *hub;
    void *state; /* the service's */
    struct stats stats;
    struct random random;
    struct draw draw;
    uint64_t next_ms;  /* when hub_tick wants to be called */
    uint64_t dropped;  /* frames dropped that the model knows of */
    uint64_t replaced; /* frames replaced, likewise */
};

enum { KINDS_MAX = 24 };

struct totals {
    uint64_t frames, opened, refused, moved, moved_with_queue, moved_to_full, died_on_the_way;
    uint64_t slow_readers, struck, spared, replaced, waited, mails, mails_lost;
    uint64_t packets_sent, packets_believed, packets_passed_on;
    uint64_t said[KINDS_MAX];
};

struct world {
    struct options options;
    const struct play *play;
    void *model; /* the play's */
    struct draw draw;
    struct worker workers[WORKERS_MAX];
    struct mail mail[WORKERS_MAX][WORKERS_MAX]; /* from, to */
    struct client *clients;
    uint32_t *touched;
    uint32_t touched_count;
    /* How often mail comes, time passes and media flow, among all acts. Where mail is slow, so are
     * clients: then media is rare, too. */
    uint32_t mail_weight, time_weight, media_weight;
    uint32_t loss; /* of a thousand mails */
    uint64_t now_ms, step;
    uint64_t serials;                 /* of messages */
    uint64_t commands;                /* handled */
    struct letter *posted;            /* the last mail of this step */
    bool mail_refused;                /* in this step */
    uint64_t errors[STATS_TYPES_MAX]; /* that the worker had sent before this step */
    struct hub_limits limits;
    struct totals totals;
    struct history *history;
};

/* What the server counts against a client. */
enum fault { FAULT_NONE, FAULT_INVALID, FAULT_GUESS };

/* What the simulator has to know of a service. `model` is what begin returned.
 */
struct play {
    const char *name;
    const struct service *service;
    const struct codec *codec;
    uint32_t kinds;
    const char *const *kind_names;
    bool mails;                  /* its instances write to each other */
    struct egress_limits egress; /* small, so that they are met */
    /* Draws the service's options, for the run. */
    void *(*begin)(struct world *world, const void **options);
    void (*end)(void *model);
    /* What has happened to a session. */
    void (*opens)(void *model, uint32_t client);
    void (*closes)(void *model, uint32_t client);
    /* The client's message has been handled; or waits for an answer; or takes it
     * to another worker, where it is handled. The last two may be NULL. */
    enum fault (*heard)(void *model, uint32_t client, const struct message *message);
    void (*waits)(void *model, uint32_t client, const struct message *message);
    void (*departs)(void *model, uint32_t client, const struct message *message);
    /* A question has come to a worker; `message` is what asks, NULL when its
     * client has gone. True when what that worker writes carries the question on.
     */
    bool (*asked)(void *model, const struct letter *letter, uint32_t worker,
                  struct message *message);
    /* The worker's timers have run; and when any should run next. */
    void (*expires)(void *model, uint32_t worker);
    uint64_t (*next_ms)(const void *model);
    /* The hub wants to close a session for a reason of the service's. */
    bool (*may_close)(const void *model, uint32_t client, uint16_t code);
    /* An order to the media relay; and something happens there by itself. NULL where there is none.
     */
    void (*ordered)(void *model, const struct media_order *order);
    void (*media_acts)(void *model);
    /* The service's orders to a store, and what that does by itself; false when
     * it cannot take any more, or has nothing to do. NULL where there is none. */
    bool (*stored)(void *model, uint32_t worker, const struct store_order *order);
    bool (*store_acts)(void *model);
    /* Draws what a client says next; and many who want the same at once. */
    void (*says)(void *model, uint32_t client);
    void (*stampede)(void *model);
    /* How many bytes of `text` may stand in the gap; 0 when it does not fit. */
    size_t (*fits)(void *model, uint32_t client, char kind, uint32_t number, struct str text);
    /* Another client that the report of a failure should tell of, or NO_CLIENT.
     */
    uint32_t (*partner)(const void *model, uint32_t client);
    /* Looks at the service's own state after a step; and when all has come to its
     * end. */
    void (*walk)(void *model, uint32_t worker);
    void (*settled)(void *model);
};

extern const struct play chat_play, live_play, game_play;

struct world *world_new(const struct options *options);
void world_free(struct world *world);
/* This client is to be looked at when the step ends. */
void world_touch(struct world *world, uint32_t client);
struct hub *world_begin_step(struct world *world, uint32_t worker);
/* The worker's timers run, in the server and in the model; then all who were
 * concerned are looked at. */
void world_end_step(struct world *world, uint32_t worker);
static inline bool is_open(const struct client *client)
{
    return client->place == HERE && client->closing == 0;
}

/* How often the worker that the client is at has sent this error in this step.
 */
uint64_t world_errors(const struct world *world, uint32_t client, uint32_t error);

/* step.c: */

/* Draws what happens next, and lets it happen. */
void world_act(struct world *world);
/* Lets everything under way come to its end, and compares what is left with the
 * model. */
void world_settle(struct world *world);
/* All clients go; nothing may be left. */
void world_empty(struct world *world);
/* The client says it, if it can. */
void world_say(struct world *world, uint32_t client, uint32_t kind, struct str argument,
               struct str text);
/* A session comes to the worker that it moved to; the passage is freed. */
void world_arrive(struct world *world, uint32_t worker, uint32_t client, struct passage *passage);

/* post.c: */

/* The worker's mail to another; false when it is refused. */
bool post_mail(struct worker *worker, uint32_t to, struct str bytes);
void post_passage(struct world *world, uint32_t client, struct passage *passage);
/* What was posted last carries this message's question. */
void post_question(struct world *world, uint32_t client, const struct message *message);
/* Delivers one letter that is the oldest from its worker to its worker; false
 * when there is none.
 */
bool post_deliver_any(struct world *world);

/* reader.c: */

/* The client reads up to `max` bytes of what waits for it. */
void reader_reads(struct world *world, uint32_t client, size_t max);
/* The client must see it, if it can see anything. */
void reader_expects(struct world *world, uint32_t client, struct str text, enum delivery delivery,
                    uint32_t key);
static inline void expects(struct world *world, uint32_t client, const struct draft *text)
{
    reader_expects(world, client, draft_str(text), DELIVERY_RELIABLE, 0);
}
void reader_forgets(struct client *client);
/* What waits for it moves with it, as bytes: nothing takes its place any more.
 */
void reader_moves(struct client *client);
/* For gaps: the length of a text of this form at the start of `text`, or 0. '#'
 * stands for a hexadecimal digit, '%' for one of 89ab, '@' for one of a code's.
 */
size_t form_len(struct str text, const char *form);

/* history.c: what happened last, for the report. */
void history_note(struct world *world, uint32_t client, const char *what, struct str text);
/* Reports and exits: how to run it again, and what the client and its partner
 * saw last. */
_Noreturn void world_fails(struct world *world, uint32_t client, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
