/* questions.h: what is asked of the store: from the journal, from MongoDB if there is one, and from
 * what the disk has not taken yet.
 *
 * A question is a letter: STORE_ASK_ROOMS, STORE_ASK_HISTORY, or STORE_RECALLED with the room's id
 * as its bytes. Each is answered once: when MongoDB has answered or its time is over, at once when
 * there is none or it is away. For the journal's thread. */
#ifndef PARLEY_STORE_QUESTIONS_H
#define PARLEY_STORE_QUESTIONS_H

#include "generated/protocol.h"
#include "store/journal.h"
#include "store/mongo.h"
#include "store/ship.h"

struct questions {
    struct journal *journal;
    struct mongo *mongo; /* or NULL */
    void (*answer)(void *context, struct store_letter *letter);
    void *answer_context;
    struct arena arena;
    struct journal_list list; /* in the arena; for whatever is read from the journal */
    uint64_t finds;           /* sent to MongoDB since the start: each one's ticket */
    uint64_t tell_ms;         /* that the journal cannot be read: not before */
    struct {
        struct store_letter *question; /* NULL: free */
        uint64_t ticket, due_ms;
    } open[SHIP_FINDS_MAX];
};

/* The moment, and what there is beside the database: letters that are not in the journal yet. */
struct questions_now {
    uint64_t now_ms, wall_ns;
    const struct letter *waiting;
    bool refuse; /* no new room can be opened */
};

/* Orders that the list holds. */
enum { QUESTIONS_LIST_MAX = 2 * ROOMS_LISTED_MAX };

/* -ENOMEM. */
int questions_init(struct questions *questions, struct journal *journal, struct mongo *mongo)
    __attribute__((warn_unused_result));
/* Frees what was not answered. */
void questions_clear(struct questions *questions);

/* The list with its memory emptied; the one before is gone. */
struct journal_list *questions_list(struct questions *questions);

/* Takes a question. */
void questions_ask(struct questions *questions, struct store_letter *question,
                   const struct questions_now *now);
/* Takes a SHIP_FOUND. */
void questions_found(struct questions *questions, struct store_letter *found,
                     const struct questions_now *now);
/* Answers some of those whose time is over; returns when the next one's is, UINT64_MAX for none. */
uint64_t questions_tick(struct questions *questions, const struct questions_now *now);

#endif
