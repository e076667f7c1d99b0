/* world.h: a simulated server of several workers, its clients, the mail between workers, and time.
 *
 * The workers are the server's own: hub, codec and chat. The transport, the clock and the clients
 * are made up here, and a seed decides who does what next. Each client is compared, frame by frame,
 * with what the model says it must see. What does not agree ends the program: world_fails. */
#ifndef PARLEY_TESTS_SIM_WORLD_H
#define PARLEY_TESTS_SIM_WORLD_H

#include "base/random.h"
#include "draw.h"
#include "model.h"
#include "runtime/hub.h"

enum { WORKERS_MAX = 16 };

struct options {
    uint64_t seed;
    uint64_t commands; /* to be handled before the run ends */
    uint32_t sessions, workers;
};

/* Something that a client has said and the server has not handled. */
struct message {
    struct message *next;
    enum said kind;
    struct str argument; /* what the model is told */
    struct str text;     /* what the server is sent */
    char bytes[];
};

/* Something that a client must see and has not read. */
struct expectation {
    struct expectation *next;
    enum seen kind;
    uint32_t room, serial; /* of SEEN_CREATED */
    size_t len;
    char text[];
};

struct letter {
    struct letter *next;
    uint32_t client;
    struct passage *passage;
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
    bool rude; /* says nonsense and guesses codes, most of the time */
    bool trusted;
    bool dead;           /* has gone, and the server has not noticed */
    bool touched, woken; /* in this step; since its queue was empty */
    uint16_t closing;    /* the code of the close that the hub asked for */
    bool closing_is_new; /* in this step */
    double strikes;      /* bucket that leaks as the hub's */
    uint64_t strikes_at_ms;
    /* All that it said, in order; those before `unread` lie in `input`, too. */
    struct message *said, **said_end, *unread;
    uint32_t said_count;
    uint8_t *input; /* read by the transport, not yet parsed: lengths and texts */
    size_t input_len;
    struct expectation *expected, **expected_end;
    uint32_t expected_count;
    size_t expected_bytes;
    uint8_t *received; /* a frame of which the rest is missing */
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
    struct stats stats;
    struct random random;
    struct draw draw;
    uint64_t next_ms; /* when hub_tick wants to be called */
    uint64_t dropped; /* frames dropped that the model knows of */
};

struct totals {
    uint64_t frames, opened, refused, moved, moved_with_queue, moved_to_full, died_on_the_way;
    uint64_t slow_readers, struck, spared, expired, said[SAID_KINDS];
};

struct world {
    struct options options;
    struct draw draw;
    struct model model;
    struct worker workers[WORKERS_MAX];
    struct mail mail[WORKERS_MAX][WORKERS_MAX]; /* from, to */
    struct client *clients;
    uint32_t *touched;
    uint32_t touched_count;
    uint32_t mail_weight, time_weight; /* how often mail comes and time passes, among all acts */
    uint64_t now_ms;
    uint64_t commands; /* handled */
    struct hub_limits limits;
    struct totals totals;
    struct history *history;
};

struct world *world_new(const struct options *options);
void world_free(struct world *world);
/* This client is to be looked at when the step ends. */
void world_touch(struct world *world, uint32_t client);

/* step.c: */

/* Draws what happens next, and lets it happen. */
void world_act(struct world *world);
/* Lets everything under way come to its end, and compares what is left with the model. */
void world_settle(struct world *world);
/* All clients go; nothing may be left. */
void world_empty(struct world *world);

/* The client says it; the world keeps the message (from malloc). */
void world_say(struct world *world, uint32_t client, struct message *message);

/* reader.c: the client reads up to `max` bytes of what waits for it. */
void reader_reads(struct world *world, uint32_t client, size_t max);
void reader_expects(struct world *world, uint32_t client, enum seen kind, struct str text,
                    uint32_t room);
void reader_forgets(struct client *client);

/* player.c: draws what a client says next. */
void player_says(struct world *world, uint32_t client);
/* Many clients want into one room at once. */
void player_stampede(struct world *world);

/* history.c: what happened last, for the report. */
void history_note(struct world *world, uint32_t client, const char *what, struct str text);
/* Reports and exits: how to run it again, and what the client and its partner saw last. */
_Noreturn void world_fails(struct world *world, uint32_t client, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
