#include "net/http/errand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "net/http/admin.h"
#include "net/http/taps.h"
#include "net/letters.h"
#include "net/sweep.h"
#include "net/worker.h"
#include "runtime/inspect.h"

/* What an errand carries at most: the texts of an entry are bounded by protocol.yaml. */
enum { ENTRY_BYTES_MAX = 4096 };

/* Sessions or rooms that are looked at for one page, so that a filter which few pass does not hold
 * up the worker. */
enum { LOOKS_MAX = 4096 };

struct errand *errand_new(enum errand_kind kind, uint32_t limit)
{
    struct errand *errand = calloc(1, sizeof *errand);
    size_t room = (size_t)(limit + 1) * ENTRY_BYTES_MAX;
    if (errand == NULL || arena_init(&errand->arena, room) != 0) {
        free(errand);
        return NULL;
    }
    errand->letter = (struct letter){.kind = LETTER_ERRAND, .bytes = (uint32_t)room};
    errand->kind = kind;
    errand->limit = limit;
    errand->service = ERRAND_ANY;
    if (kind == ERRAND_SESSIONS)
        errand->sessions = arena_alloc(&errand->arena, limit * sizeof *errand->sessions);
    else if (kind == ERRAND_ROOMS)
        errand->rooms = arena_alloc(&errand->arena, limit * sizeof *errand->rooms);
    else if (kind == ERRAND_TRACE)
        errand->messages = arena_alloc(&errand->arena, limit * sizeof *errand->messages);
    return errand;
}

void errand_free(struct errand *errand)
{
    arena_clear(&errand->arena);
    free(errand);
}

struct str errand_keep(struct errand *errand, struct str text)
{
    struct str kept = arena_copy(&errand->arena, text);
    CHECK(kept.base != NULL || text.len == 0);
    return kept;
}

/* Lists. */

struct str errand_session_name(struct errand *errand, const struct worker *worker,
                               struct handle session)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32 ".%" PRIu32, worker->index,
                       session.slot, session.generation);
    return errand_keep(errand, (struct str){text, (size_t)len});
}

bool errand_parse_session(struct str text, uint32_t *worker, struct handle *session)
{
    uint32_t numbers[3] = {0};
    uint32_t dots = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.base[i] >= '0' && text.base[i] <= '9';
        if (digit && numbers[dots] < UINT32_MAX / 10)
            numbers[dots] = numbers[dots] * 10 + (uint32_t)(text.base[i] - '0');
        else if (text.base[i] == '.' && dots < 2)
            dots++;
        else
            return false;
    }
    *worker = numbers[0];
    *session = (struct handle){numbers[1], numbers[2]};
    return dots == 2;
}

static void add_session(struct worker *worker, struct errand *errand, struct session *session,
                        const struct service_session *shown)
{
    const struct connection *connection = connection_of(session);
    char address[IP_TEXT_BYTES];
    uint32_t now_s = (uint32_t)(worker->loop.wall_ms / 1000);
    errand->sessions[errand->count++] = (struct http_session){
        .session = errand_session_name(errand, worker, session->id),
        .service = worker->server->setup->bindings[session->service].service->name,
        .has_user = shown->has_user,
        .user = errand_keep(errand, shown->user),
        .has_room = shown->has_room,
        .room = errand_keep(errand, shown->room),
        .address = errand_keep(errand, ip_print(&connection->address, address)),
        .age_seconds = now_s > connection->opened_s ? now_s - connection->opened_s : 0,
        .silent_seconds = sweep_silent_ms(connection) / 1000,
        .waiting_messages = session->egress != NULL ? egress_messages(session->egress) : 0,
        .waiting_bytes = session->egress != NULL ? egress_bytes(session->egress) : 0,
    };
}

/* `room`: NULL for none. */
static bool is_wanted(const struct errand *errand, uint32_t service, const struct str *room)
{
    if (errand->service != ERRAND_ANY && errand->service != service)
        return false;
    return !errand->has_room || (room != NULL && str_equal(*room, errand->room));
}

/* Each of these does the worker's part; true when the errand is done, else it goes on. */

static bool list_sessions(struct worker *worker, struct errand *errand)
{
    struct session *session;
    for (uint32_t looks = 0; (session = hub_next_session(worker->hub, &errand->slot)) != NULL;
         looks++) {
        if (errand->count == errand->limit || looks == LOOKS_MAX)
            return true;
        struct service_session shown = hub_describe(worker->hub, session);
        if (is_wanted(errand, session->service, shown.has_room ? &shown.room : NULL))
            add_session(worker, errand, session, &shown);
        errand->slot++;
    }
    return false;
}

static void add_room(struct worker *worker, struct errand *errand, const struct service_room *room)
{
    errand->rooms[errand->count++] = (struct http_room_entry){
        .room = errand_keep(errand, room->id),
        .service = worker->server->setup->bindings[errand->binding].service->name,
        .has_title = room->has_title,
        .title = errand_keep(errand, room->title),
        .has_mode = room->mode.len > 0,
        .mode = room->mode, /* a literal */
        .members = room->members,
        .members_max = room->members_max,
        .has_holder = room->has_holder,
        .holder = errand_keep(errand, room->holder),
        .waiting = room->waiting,
    };
}

static bool list_rooms(struct worker *worker, struct errand *errand)
{
    uint32_t looks = 0;
    for (; errand->binding < worker->server->setup->bindings_count; errand->binding++) {
        struct service_room room;
        for (; hub_next_room(worker->hub, errand->binding, &errand->slot, &room); looks++) {
            if (errand->count == errand->limit || looks == LOOKS_MAX)
                return true;
            if (is_wanted(errand, errand->binding, &room.id))
                add_room(worker, errand, &room);
            errand->slot++;
        }
        errand->slot = 0;
    }
    return false;
}

/* Acts. */

static bool disconnect(struct worker *worker, struct errand *errand)
{
    struct session *session = hub_find(worker->hub, errand->session);
    errand->found = session != NULL && !(connection_of(session)->flags & CONNECTION_ENDING);
    if (errand->found)
        connection_close(connection_of(session), CLOSE_DISCONNECTED);
    return true;
}

static bool revoke_floor(struct worker *worker, struct errand *errand)
{
    struct str holder;
    errand->revocation = hub_revoke(worker->hub, errand->room, &holder);
    if (errand->revocation == REVOCATION_DONE)
        errand->holder = errand_keep(errand, holder);
    return errand->revocation != REVOCATION_NO_ROOM;
}

/* The way. */

static bool run(struct worker *worker, struct errand *errand)
{
    switch (errand->kind) {
    case ERRAND_SESSIONS:
        return list_sessions(worker, errand);
    case ERRAND_ROOMS:
        return list_rooms(worker, errand);
    case ERRAND_DISCONNECT:
        return disconnect(worker, errand);
    case ERRAND_REVOKE:
        return revoke_floor(worker, errand);
    case ERRAND_TRACE:
        taps_collect(worker, errand);
        return false;
    }
    return true;
}

static void post(struct worker *worker, struct errand *errand)
{
    uint32_t to = errand->done ? errand->home : errand->worker;
    if (!mailbox_post(worker->server->workers[to].mailbox, &errand->letter))
        errand_free(errand);
}

void errand_take(struct worker *worker, struct errand *errand)
{
    if (!errand->done) {
        errand->done = run(worker, errand);
        if (!errand->done) {
            errand->slot = errand->binding = 0;
            errand->done = ++errand->worker == worker->server->workers_count;
        }
        if (!errand->done || errand->home != worker->index) {
            post(worker, errand);
            return;
        }
    }
    admin_answered(worker, errand);
}

void errand_send(struct worker *worker, struct errand *errand)
{
    errand->home = worker->index;
    if (errand->worker == worker->index)
        errand_take(worker, errand);
    else
        post(worker, errand);
}
