#include "net/heralds.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "net/proxy.h"
#include "net/worker.h"

struct herald {
    struct source source;
    struct worker *worker;
    struct herald *next, *previous;
    struct arrival arrival;
    uint64_t due_ms; /* when its time is up (monotonic) */
    bool waits;      /* for its source */
    size_t len;
    char bytes[PROXY_BYTES_MAX];
};

/* Ends it; what it has arrived with goes on. */
static void leave(struct herald *herald)
{
    struct heralds *heralds = &herald->worker->heralds;
    *(herald->previous != NULL ? &herald->previous->next : &heralds->first) = herald->next;
    *(herald->next != NULL ? &herald->next->previous : &heralds->last) = herald->previous;
    if (herald->waits)
        loop_remove(&herald->worker->loop, &herald->source);
    free(herald);
}

static void drop(struct herald *herald)
{
    struct worker *worker = herald->worker;
    struct ending ending = {
        .fd = herald->arrival.fd, .admitted = herald->arrival.admitted, .broken = true};
    leave(herald);
    farewell_begin(worker, &ending);
}

static void refuse(struct herald *herald)
{
    stat_add(&herald->worker->stats.proxy_headers_refused, 1);
    drop(herald);
}

/* The connection counts for its client from now on; false when that has too many. */
static bool turn(struct herald *herald, const struct ip *client)
{
    struct arrival *arrival = &herald->arrival;
    struct admission *admission = herald->worker->server->admission;
    arrival->address = *client;
    if (!admission_is_proxy(admission, client))
        return admission_turn(admission, &arrival->admitted, admission_client(admission, client));
    return true; /* which says in its requests whose they are */
}

/* The header is complete, and the input behind it is a guest's. */
static void become_guest(struct herald *herald, size_t header_len)
{
    struct worker *worker = herald->worker;
    struct str input = {herald->bytes + header_len, herald->len - header_len};
    struct arrival arrival = herald->arrival;
    if (herald->waits)
        loop_remove(&worker->loop, &herald->source);
    herald->waits = false;
    guests_enter(worker, &arrival, input);
    leave(herald);
}

static void turn_away(struct herald *herald)
{
    struct worker *worker = herald->worker;
    struct arrival arrival = herald->arrival;
    leave(herald);
    stat_add(&worker->stats.accept_refused_address, 1);
    listener_turn_away(worker, arrival.fd, STR("too many connections from this address"));
    admission_leave(worker->server->admission, arrival.admitted);
}

/* Reads what has come. False when the herald is gone. */
static bool proceed(struct herald *herald)
{
    ssize_t got = recv(herald->arrival.fd, herald->bytes + herald->len,
                       sizeof herald->bytes - herald->len, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0) {
        drop(herald);
        return false;
    }
    herald->len += (size_t)got;
    size_t header_len = 0;
    struct ip client;
    switch (proxy_read((struct str){herald->bytes, herald->len}, &header_len, &client)) {
    case PROXY_MORE:
        return true;
    case PROXY_WRONG:
        refuse(herald);
        return false;
    case PROXY_CLIENT:
        if (!turn(herald, &client)) {
            turn_away(herald);
            return false;
        }
        break;
    case PROXY_OWN:
        break;
    }
    become_guest(herald, header_len);
    return false;
}

static void on_ready(struct source *source, uint32_t events)
{
    (void)events;
    proceed(SOURCE_OWNER(source, struct herald, source));
}

bool heralds_expected(const struct worker *worker, enum listener_name port)
{
    return worker_config(worker)->proxy_protocol && port == LISTENER_MAIN;
}

void heralds_enter(struct worker *worker, const struct arrival *arrival)
{
    struct heralds *heralds = &worker->heralds;
    struct herald *herald = malloc(sizeof *herald);
    if (herald == NULL) {
        farewell_begin(
            worker,
            &(struct ending){.fd = arrival->fd, .admitted = arrival->admitted, .broken = true});
        return;
    }
    herald->source = (struct source){.ready = on_ready, .fd = arrival->fd};
    herald->worker = worker;
    herald->arrival = *arrival;
    herald->due_ms = worker->loop.now_ms + worker_config(worker)->header_timeout_ms;
    herald->waits = false;
    herald->len = 0;
    herald->next = NULL;
    herald->previous = heralds->last;
    *(heralds->last != NULL ? &heralds->last->next : &heralds->first) = herald;
    heralds->last = herald;
    if (!proceed(herald))
        return;
    herald->waits = loop_add(&worker->loop, &herald->source, EPOLLIN) == 0;
    if (!herald->waits)
        drop(herald);
}

uint64_t heralds_run(struct worker *worker)
{
    struct herald *first;
    while ((first = worker->heralds.first) != NULL && first->due_ms <= worker->loop.now_ms)
        refuse(first);
    return first != NULL ? first->due_ms : UINT64_MAX;
}

void heralds_drop(struct worker *worker)
{
    while (worker->heralds.first != NULL)
        drop(worker->heralds.first);
}
