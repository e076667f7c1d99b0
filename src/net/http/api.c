#include "net/http/api.h"

#include <errno.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "generated/game_codec.h"
#include "generated/http_routes.h"
#include "generated/protocol.h"
#include "net/http/answer.h"
#include "net/worker.h"
#include "runtime/store_link.h"

/* How long a request waits for the store, and how many may. */
enum { ASK_TIMEOUT_MS = 3000, ASKS_MAX = 256 };

/* Bytes of answers that clients may leave unread: with so much under way, nothing more is asked. */
enum { ANSWERS_BYTES_MAX = 32 * 1024 * 1024 };

/* What decoding one body may take: 40 bytes for each of its own, as for messages. */
enum { ARENA_BYTES = 40 * BODY_BYTES_MAX };

/* In the memory of its request, which may end at any time. */
struct ask {
    struct ask *next, *previous;
    struct worker *worker;
    bool waits;
    h2o_req_t *request;
    const struct http_route *route;
    struct store_letter *letter; /* the answer, while it is being sent */
    uint64_t ticket;
    uint64_t due_ms;
};

static void list(struct ask *ask)
{
    struct asks *asks = &ask->worker->asks;
    ask->previous = asks->last;
    *(asks->last != NULL ? &asks->last->next : &asks->first) = ask;
    asks->last = ask;
    asks->count++;
    ask->waits = true;
}

static void unlist(struct ask *ask)
{
    struct asks *asks = &ask->worker->asks;
    *(ask->previous != NULL ? &ask->previous->next : &asks->first) = ask->next;
    *(ask->next != NULL ? &ask->next->previous : &asks->last) = ask->previous;
    asks->count--;
    ask->waits = false;
}

/* Its request has ended. */
static void on_dispose(void *memory)
{
    struct ask *ask = memory;
    if (ask->waits)
        unlist(ask);
    if (ask->letter != NULL)
        ask->worker->asks.bytes -= ask->letter->len;
    free(ask->letter);
}

static void refuse(struct ask *ask, int status, struct str reason)
{
    unlist(ask);
    answer_refusal(ask->request, status, reason);
}

/* False when the store cannot be asked now. */
static bool post(struct worker *worker, uint64_t ticket, enum store_letter_kind kind,
                 uint32_t number, struct str bytes)
{
    const struct store_link *store = worker->server->setup->store;
    struct store_letter *letter = store != NULL ? malloc(sizeof *letter + bytes.len) : NULL;
    if (letter == NULL)
        return false;
    *letter = (struct store_letter){
        .letter = {.kind = kind, .bytes = (uint32_t)(sizeof *letter + bytes.len)},
        .worker = worker->index,
        .ticket = ticket,
        .number = number,
        .len = bytes.len,
    };
    if (bytes.len > 0)
        memcpy(letter->bytes, bytes.base, bytes.len);
    if (store->post(store->context, letter))
        return true;
    free(letter);
    return false;
}

static void ask_store(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                      enum store_letter_kind kind, uint32_t number, struct str bytes)
{
    struct asks *asks = &worker->asks;
    uint64_t ticket = ++asks->tickets;
    if (asks->count == ASKS_MAX || asks->bytes >= ANSWERS_BYTES_MAX ||
        !post(worker, ticket, kind, number, bytes)) {
        answer_refusal(request, 503, STR("the store cannot be asked now"));
        return;
    }
    struct ask *ask = h2o_mem_alloc_shared(&request->pool, sizeof *ask, on_dispose);
    *ask = (struct ask){.worker = worker,
                        .request = request,
                        .route = route,
                        .ticket = ticket,
                        .due_ms = worker->loop.now_ms + ASK_TIMEOUT_MS};
    list(ask);
}

void api_rooms(struct worker *worker, h2o_req_t *request, const struct http_route *route,
               const struct head *head)
{
    (void)head;
    ask_store(worker, request, route, STORE_ASK_ROOMS, 0, (struct str){NULL, 0});
}

void api_history(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                 const struct head *head)
{
    (void)head;
    struct game_post_chat_history_body body;
    struct str reason;
    struct str text = {request->entity.base, request->entity.len};
    arena_reset(&worker->asks.arena, 0);
    if (!utf8_valid(text))
        answer_refusal(request, 400, STR("the body is not UTF-8"));
    else if (!game_decode_post_chat_history_body(&worker->asks.arena, text, &body, &reason))
        answer_refusal(request, 400, reason);
    else
        ask_store(worker, request, route, STORE_ASK_HISTORY, body.limit, body.room_id);
}

void api_answered(struct worker *worker, struct store_letter *letter)
{
    struct ask *ask = worker->asks.first;
    while (ask != NULL && ask->ticket != letter->ticket)
        ask = ask->next;
    if (ask == NULL) { /* it came too late */
        free(letter);
    } else if (letter->number != 200) {
        free(letter);
        refuse(ask, 503, STR("the store cannot answer"));
    } else {
        unlist(ask);
        ask->letter = letter; /* its bytes are needed until the request ends */
        worker->asks.bytes += letter->len;
        answer_fresh(ask->request, ask->route->content_type,
                     (struct str){letter->bytes, letter->len});
    }
}

uint64_t api_run(struct worker *worker)
{
    struct ask *ask;
    while ((ask = worker->asks.first) != NULL) {
        if (ask->due_ms > worker->loop.now_ms)
            return ask->due_ms;
        refuse(ask, 503, STR("the store does not answer"));
    }
    return UINT64_MAX;
}

void api_drop(struct worker *worker)
{
    while (worker->asks.first != NULL)
        refuse(worker->asks.first, 503, STR("the server is stopping"));
}

int api_init(struct worker *worker)
{
    return arena_init(&worker->asks.arena, ARENA_BYTES);
}

void api_clear(struct worker *worker)
{
    arena_clear(&worker->asks.arena);
}
