#include "net/http/taps.h"

#include "net/http/errand.h"
#include "net/worker.h"
#include "runtime/tap.h"

/* How long a trace is kept for somebody who does not ask. */
enum { PATIENCE_MS = 3000 };

/* The trace's tap, a new one if need be; NULL when all are taken, or memory is short. */
static struct tap *find_tap(struct worker *worker, uint64_t name, bool *begun)
{
    struct taps *taps = &worker->admin.taps;
    uint32_t at = 0;
    while (at < TAPS_MAX && (taps->list[at].tap == NULL || taps->list[at].name != name))
        at++;
    *begun = at == TAPS_MAX;
    if (*begun) {
        at = 0;
        while (at < TAPS_MAX && taps->list[at].tap != NULL)
            at++;
        if (at == TAPS_MAX)
            return NULL;
        taps->list[at].tap = hub_tap(worker->hub);
        taps->list[at].name = name;
    }
    taps->list[at].due_ms = worker->loop.now_ms + PATIENCE_MS;
    admin_due(&worker->admin, taps->list[at].due_ms);
    return taps->list[at].tap;
}

static struct str keep_text(struct errand *errand, const struct tap_text *text)
{
    return errand_keep(errand, (struct str){text->base, text->len});
}

static void add_message(const struct worker *worker, struct errand *errand,
                        const struct tap_entry *entry)
{
    bool has_session = !handle_equal(entry->session, HANDLE_NONE);
    struct http_traced_message *message = &errand->messages[errand->count++];
    *message = (struct http_traced_message){
        .at_ms = entry->at_ms,
        .direction = entry->is_event ? HTTP_TRACE_DIRECTION_OUT : HTTP_TRACE_DIRECTION_IN,
        .has_session = has_session,
        .service = worker->server->setup->bindings[entry->binding].service->name,
        .has_type = entry->type.len > 0,
        .type = entry->type, /* a literal, as the outcome */
        .has_user = entry->user.has,
        .user = keep_text(errand, &entry->user),
        .has_room = entry->room.has,
        .room = keep_text(errand, &entry->room),
        .bytes = entry->bytes,
        .receivers = entry->receivers,
        .outcome = entry->outcome,
        .shape = errand_keep(errand, (struct str){entry->shape, entry->shape_len}),
    };
    if (has_session)
        message->session = errand_session_name(errand, worker, entry->session);
}

void taps_collect(struct worker *worker, struct errand *errand)
{
    uint32_t workers_left = worker->server->workers_count - worker->index;
    uint32_t share = (errand->limit - errand->count + workers_left - 1) / workers_left;
    bool begun;
    struct tap *tap = find_tap(worker, errand->trace, &begun);
    if (tap == NULL) {
        errand->found = false;
        return;
    }
    errand->begun |= begun;
    tap_set(tap,
            &(struct tap_filter){
                .binding = errand->service,
                .has_session = errand->has_session,
                .session = errand->session_worker == worker->index ? errand->session : HANDLE_NONE,
                .room = errand->room,
                .type = errand->type,
                .one_of = errand->one_of,
            });
    const struct tap_entry *entry;
    for (uint32_t i = 0; i < share && (entry = tap_take(tap)) != NULL; i++)
        add_message(worker, errand, entry);
    errand->lost += tap_lost(tap);
    errand->waiting += tap_waiting(tap);
}

void taps_run(struct worker *worker)
{
    struct taps *taps = &worker->admin.taps;
    for (uint32_t i = 0; i < TAPS_MAX; i++) {
        if (taps->list[i].tap == NULL)
            continue;
        if (taps->list[i].due_ms <= worker->loop.now_ms) {
            hub_untap(worker->hub, taps->list[i].tap);
            taps->list[i].tap = NULL;
        } else {
            admin_due(&worker->admin, taps->list[i].due_ms);
        }
    }
}
