/* load.h: what the parts of the load generator share: load.c (the command line), load_open.c
 * (opening connections and bringing them into rooms), load_run.c (the measured part).
 *
 * One thread, one load. Messages carry their sender, their number and a moment. */
#ifndef PARLEY_BENCH_LOAD_H
#define PARLEY_BENCH_LOAD_H

#include "client.h"
#include "form.h"
#include "histogram.h"

#define LOAD_USERNAME "bench-user"

enum { LOAD_OUT_BYTES = 1 << 18, LOAD_ID_LEN = 36 /* a UUID */ };

struct load;

/* What is spoken; the floor takes any. */
enum dialect { DIALECT_CHAT, DIALECT_BARE, DIALECT_LIVE, DIALECT_GAME };

struct mode {
    const char *name, *help;
    const char *floor; /* what the floor is asked for */
    enum dialect dialect;
    void (*prepare)(struct load *load);
    void (*run)(struct load *load, uint64_t messages);
    bool warm_up; /* run is called before, with a tenth of the messages */
};

struct options {
    const struct mode *mode;
    struct client_target target;
    bool floor, step;
    bool slow; /* the first player of each room says nothing, and reads nothing while it is measured
                */
    uint32_t clients, members, in_flight, bytes;
    uint64_t messages, rate;
    uint32_t time_limit_s;
};

/* Messages that were heard, and those that came too late to be: newer ones took their place. */
struct tally {
    uint64_t heard, passed_over;
    uint64_t awaited; /* both, once everything has come */
};

struct load {
    struct options options;
    struct client *clients;
    uint32_t open;
    int epoll;
    struct form say, hear;
    uint64_t goal, sent;         /* messages of this run; a broadcast is heard many times */
    struct tally tally;          /* of those who read */
    bool replies;                /* a message heard causes the next one */
    uint8_t out[LOAD_OUT_BYTES]; /* what is to be sent after the present read */
    size_t out_len;
    struct histogram latency;
    uint64_t *rooms_heard; /* cast: of each room, how often its messages were heard; or NULL */
    /* game, of each client: its id, and what it is to hear next of each place in its room. */
    char (*ids)[LOAD_ID_LEN];
    uint32_t *next_numbers;
    struct tally slow_tally; /* of those who do not read */
};

uint64_t load_now_ns(void);

/* load_open.c: each opens all connections. */

void load_open_clients(struct load *load);
/* chat: named, in rooms of two. */
void load_open_pairs(struct load *load);
/* live: identified, `members` of them in each channel; each has heard that the others came. */
void load_open_members(struct load *load, uint32_t members);
/* game: in rooms of --members, likewise. */
void load_open_players(struct load *load);
/* Has them watched for input: all but those that are slow; those. */
void load_watch(struct load *load);
void load_watch_slow(struct load *load);
/* Does not read what it is sent. */
bool load_is_slow(const struct load *load, const struct client *client);

/* load_run.c: each says `messages`, and waits until all have been heard. */

/* To and fro: --in-flight of them per pair, or per connection of an echo. */
void load_run_ping_pong(struct load *load, uint64_t messages);
/* --rate a second, each when it is due, whatever has come back. */
void load_run_rate(struct load *load, uint64_t messages);
/* The first of each room speaks, all of the room hear: --in-flight of them per room. */
void load_run_cast(struct load *load, uint64_t messages);
/* Connects, upgrades, hears the greeting, closes: --clients at a time. */
void load_run_connect(struct load *load, uint64_t messages);
/* game: leaves more unread at the slow ones than their sockets hold. */
void load_fill_slow(struct load *load);
/* They read after all: the newest of each of the others must be there. */
void load_drain_slow(struct load *load);

#endif
