#include "store/questions.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/reserve.h"
#include "generated/protocol.h"
#include "store/answers.h"

enum {
    /* Of the texts of a list; only what is used is taken. */
    TEXT_BYTES_MAX = QUESTIONS_LIST_MAX * 8 * 1024,
    LATE_AT_ONCE = 8, /* whose time is over: the thread has more to do than to answer */
    HTTP_UNAVAILABLE = 503,
    TELL_MS = 60 * 1000 /* between two lines in the log about the same */
};

_Static_assert(ROOMS_LISTED_MAX >= HISTORY_ENTRIES_MAX &&
                   HISTORY_ENTRIES_MAX >= WELCOME_ENTRIES_MAX,
               "the longest list is that of rooms");

static const uint64_t active_ns = 3600ull * 1000 * 1000 * 1000; /* 1 hour, as protocol.yaml says */

int questions_init(struct questions *questions, struct journal *journal, struct mongo *mongo)
{
    *questions = (struct questions){.journal = journal, .mongo = mongo};
    questions->list.arena = &questions->arena;
    questions->list.orders = reserve_new(QUESTIONS_LIST_MAX * sizeof(struct store_order));
    if (questions->list.orders == NULL)
        return -ENOMEM;
    return arena_init(&questions->arena, (size_t)TEXT_BYTES_MAX + ANSWERS_BYTES_MAX);
}

void questions_clear(struct questions *questions)
{
    for (uint32_t i = 0; i < SHIP_FINDS_MAX; i++)
        free(questions->open[i].question);
    arena_clear(&questions->arena);
    reserve_free(questions->list.orders, QUESTIONS_LIST_MAX * sizeof(struct store_order));
}

struct journal_list *questions_list(struct questions *questions)
{
    arena_reset(&questions->arena, 0);
    questions->list.count = 0;
    return &questions->list;
}

static bool is_of_rooms(const struct store_letter *question)
{
    return question->letter.kind == STORE_ASK_ROOMS;
}

static struct str bytes_of(const struct store_letter *letter)
{
    return (struct str){letter->bytes, letter->len};
}

/* How many are wanted. */
static uint32_t wanted(const struct store_letter *question)
{
    if (is_of_rooms(question))
        return ROOMS_LISTED_MAX;
    uint32_t max =
        question->letter.kind == STORE_RECALLED ? WELCOME_ENTRIES_MAX : HISTORY_ENTRIES_MAX;
    return question->number < max ? question->number : max;
}

/* What there is, in several places. */

/* Adds those of the packed orders that are asked for, but for the first `skip`; returns how many
 * are asked for. */
static uint32_t add_packed(struct journal_list *list, const struct store_letter *question,
                           struct str packed, uint32_t skip)
{
    struct store_order order;
    uint32_t seen = 0;
    while (store_order_unpack(&packed, &order)) {
        bool asked_for = is_of_rooms(question) ? order.kind == STORE_ROOM
                                               : order.kind == STORE_ENTRY &&
                                                     str_equal(order.room_id, bytes_of(question));
        if (asked_for && seen++ >= skip && list->count < QUESTIONS_LIST_MAX)
            list->orders[list->count++] = order;
    }
    return seen;
}

/* Adds those that wait for the disk, likewise. */
static uint32_t add_waiting(struct journal_list *list, const struct store_letter *question,
                            const struct letter *waiting, uint32_t skip)
{
    uint32_t seen = 0;
    for (; waiting != NULL; waiting = waiting->next)
        if (waiting->kind == STORE_ORDERS)
            seen += add_packed(list, question,
                               bytes_of((const struct store_letter *)(const void *)waiting),
                               skip > seen ? skip - seen : 0);
    return seen;
}

/* Everything about what is asked; false when the journal cannot be read. */
static bool gather(struct questions *questions, const struct store_letter *question,
                   struct str found, const struct questions_now *now, struct journal_list *list)
{
    uint32_t max = wanted(question);
    bool read = is_of_rooms(question)
                    ? journal_read_rooms(questions->journal, now->wall_ns - active_ns, max, list)
                    : journal_read_entries(questions->journal, bytes_of(question), max, list);
    add_packed(list, question, found, 0);
    if (!is_of_rooms(question)) { /* rooms are told of again and again */
        uint32_t waiting = add_waiting(list, question, now->waiting, UINT32_MAX);
        add_waiting(list, question, now->waiting, waiting > max ? waiting - max : 0);
    }
    list->count = answers_merge(list->orders, list->count, max);
    return read;
}

static struct store_letter *letter_of(const struct store_letter *question,
                                      const struct journal_list *list)
{
    if (question->letter.kind == STORE_RECALLED)
        return answers_recalled(question, list->orders, list->count);
    if (is_of_rooms(question))
        return answers_rooms(question, list->orders, list->count, list->arena);
    return answers_history(question, list->orders, list->count, list->arena);
}

/* Takes the question. `found` is what MongoDB has. */
static void answer(struct questions *questions, struct store_letter *question, struct str found,
                   const struct questions_now *now)
{
    struct journal_list *list = questions_list(questions);
    bool read = gather(questions, question, found, now, list);
    if (!read && now->now_ms >= questions->tell_ms) {
        log_error("the journal cannot be read",
                  log_string("error", journal_error(questions->journal)));
        questions->tell_ms = now->now_ms + TELL_MS;
    }
    struct store_letter *letter = letter_of(question, list);
    if (letter != NULL) {
        if (letter->letter.kind == STORE_ANSWER && !read)
            letter->number = HTTP_UNAVAILABLE;
        letter->refused = now->refuse && list->count == 0 &&
                          !journal_knows_room(questions->journal, bytes_of(question));
        questions->answer(questions->answer_context, letter);
    }
    free(question); /* without a letter, memory was short: its asker does not wait for ever */
}

/* MongoDB. */

static struct store_letter *find_letter(const struct store_letter *question,
                                        const struct questions_now *now)
{
    uint64_t since_ns = now->wall_ns - active_ns;
    struct str bytes = is_of_rooms(question)
                           ? (struct str){(const char *)&since_ns, sizeof since_ns}
                           : bytes_of(question);
    struct store_letter *letter = malloc(sizeof *letter + bytes.len);
    if (letter == NULL)
        return NULL;
    *letter = (struct store_letter){
        .letter = {.kind = is_of_rooms(question) ? SHIP_FIND_ROOMS : SHIP_FIND_ENTRIES,
                   .bytes = (uint32_t)(sizeof *letter + bytes.len)},
        .number = wanted(question),
        .len = bytes.len};
    memcpy(letter->bytes, bytes.base, bytes.len);
    return letter;
}

/* Whether MongoDB was asked. */
static bool find(struct questions *questions, struct store_letter *question,
                 const struct questions_now *now)
{
    uint32_t slot = 0;
    while (slot < SHIP_FINDS_MAX && questions->open[slot].question != NULL)
        slot++;
    if (slot == SHIP_FINDS_MAX)
        return false;
    struct store_letter *letter = find_letter(question, now);
    if (letter == NULL)
        return false;
    letter->ticket = ++questions->finds;
    if (!mongo_post(questions->mongo, letter)) {
        free(letter);
        return false;
    }
    questions->open[slot].question = question;
    questions->open[slot].ticket = questions->finds;
    questions->open[slot].due_ms = now->now_ms + SHIP_FIND_TIMEOUT_MS;
    return true;
}

void questions_ask(struct questions *questions, struct store_letter *question,
                   const struct questions_now *now)
{
    if (questions->mongo == NULL || mongo_health(questions->mongo) != STORE_HEALTHY ||
        !find(questions, question, now))
        answer(questions, question, STR(""), now);
}

static void answer_open(struct questions *questions, uint32_t slot, struct str found,
                        const struct questions_now *now)
{
    struct store_letter *question = questions->open[slot].question;
    questions->open[slot].question = NULL;
    answer(questions, question, found, now);
}

void questions_found(struct questions *questions, struct store_letter *found,
                     const struct questions_now *now)
{
    for (uint32_t i = 0; i < SHIP_FINDS_MAX; i++)
        if (questions->open[i].question != NULL && questions->open[i].ticket == found->ticket)
            answer_open(questions, i, found->refused ? STR("") : bytes_of(found), now);
    free(found);
}

uint64_t questions_tick(struct questions *questions, const struct questions_now *now)
{
    uint64_t next_ms = UINT64_MAX;
    uint32_t answered = 0;
    for (uint32_t i = 0; i < SHIP_FINDS_MAX; i++) {
        if (questions->open[i].question == NULL)
            continue;
        if (questions->open[i].due_ms <= now->now_ms && answered++ < LATE_AT_ONCE)
            answer_open(questions, i, STR(""), now);
        else if (questions->open[i].due_ms < next_ms)
            next_ms = questions->open[i].due_ms;
    }
    return next_ms;
}
