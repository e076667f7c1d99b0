#include "base/check.h"
#include "base/reserve.h"
#include "base/utf8.h"
#include "runtime/hub_state.h"
#include "runtime/shape.h"

struct tap {
    struct tap *next; /* of its hub's */
    struct tap_filter filter;
    char room[TAP_ROOM_BYTES]; /* the filter's */
    uint64_t fitting;          /* messages and events that the filter let pass */
    bool was_inside;           /* the message that is handled came from where the filter looks */
    struct tap_entry *message; /* what is recorded of it; NULL: nothing */
    uint64_t lost;
    uint32_t first, count;
    struct tap_entry entries[TAP_ENTRIES_MAX];
};

/* A message is still there when all that it led to is recorded. */
_Static_assert(TAP_ENTRIES_MAX > EFFECTS_MAX + 1, "a turn's events and the message");

struct tap *hub_tap(struct hub *hub)
{
    struct tap *tap = reserve_new(sizeof *tap);
    if (tap != NULL) {
        tap->next = hub->tapping.first;
        hub->tapping.first = tap;
        tap->filter = (struct tap_filter){.binding = TAP_ANY, .one_of = 1};
    }
    return tap;
}

void hub_untap(struct hub *hub, struct tap *tap)
{
    struct tap **place = &hub->tapping.first;
    while (*place != tap)
        place = &(*place)->next;
    *place = tap->next;
    reserve_free(tap, sizeof *tap);
}

void tap_set(struct tap *tap, const struct tap_filter *filter)
{
    CHECK(filter->room.len <= sizeof tap->room && filter->one_of > 0);
    tap->filter = *filter;
    if (filter->room.len > 0)
        memcpy(tap->room, filter->room.base, filter->room.len);
    tap->filter.room.base = tap->room;
}

const struct tap_entry *tap_take(struct tap *tap)
{
    if (tap->count == 0)
        return NULL;
    const struct tap_entry *entry = &tap->entries[tap->first];
    tap->first = (tap->first + 1) % TAP_ENTRIES_MAX;
    tap->count--;
    return entry;
}

uint32_t tap_waiting(const struct tap *tap)
{
    return tap->count;
}

uint64_t tap_lost(struct tap *tap)
{
    uint64_t lost = tap->lost;
    tap->lost = 0;
    return lost;
}

/* Recording */

static void keep(struct tap_text *kept, bool has, struct str text)
{
    if (!has) {
        return; /* what it was stays */
    }
    text = utf8_cut(text, sizeof kept->base);
    kept->has = true;
    kept->len = (uint8_t)text.len;
    if (text.len > 0)
        memcpy(kept->base, text.base, text.len);
}

static bool is_inside(const struct tap *tap, const struct service_session *shown)
{
    struct str room = tap->filter.room;
    return room.len == 0 || (shown->has_room && str_equal(shown->room, room));
}

/* By all but session and room. */
static bool fits(const struct tap *tap, const struct tap_entry *entry)
{
    const struct tap_filter *filter = &tap->filter;
    return (filter->binding == TAP_ANY || filter->binding == entry->binding) &&
           (filter->type.len == 0 || str_equal(filter->type, entry->type));
}

/* The place that the entry is copied to; NULL when it is one of those that are left out. */
static struct tap_entry *record(struct tap *tap, const struct tap_entry *entry, struct str text)
{
    if (tap->fitting++ % tap->filter.one_of != 0)
        return NULL;
    if (tap->count < TAP_ENTRIES_MAX) {
        tap->count++;
    } else {
        tap->first = (tap->first + 1) % TAP_ENTRIES_MAX;
        tap->lost++;
    }
    struct tap_entry *place = &tap->entries[(tap->first + tap->count - 1) % TAP_ENTRIES_MAX];
    *place = *entry;
    place->bytes = (uint32_t)text.len;
    place->shape_len = (uint8_t)shape_of(text, place->shape, sizeof place->shape);
    return place;
}

/* A message is recorded when it has been handled, but before the first event that it led to: then
 * it is known where it has brought its session. */
static void record_message(struct hub *hub)
{
    struct tapping *tapping = &hub->tapping;
    if (tapping->session == NULL || tapping->is_recorded)
        return;
    tapping->is_recorded = true;
    const struct codec *codec = hub->bound[tapping->session->service].codec;
    uint32_t type = codec->command_type(hub->command);
    struct service_session shown = hub_show(hub, tapping->session);
    struct tap_entry *entry = &tapping->entry;
    if (type < codec->commands_count)
        entry->type = codec->command_names[type];
    keep(&entry->user, shown.has_user, shown.user);
    keep(&entry->room, shown.has_room, shown.room);
    for (struct tap *tap = tapping->first; tap != NULL; tap = tap->next) {
        bool is_of_session =
            !tap->filter.has_session || handle_equal(tap->filter.session, entry->session);
        if (is_of_session && fits(tap, entry) && (tap->was_inside || is_inside(tap, &shown)))
            tap->message = record(tap, entry, tapping->text);
    }
}

void hub_tap_message(struct hub *hub, struct session *session, struct str text)
{
    hub_begin_turn(hub);
    struct service_session shown = hub_show(hub, session);
    struct tapping *tapping = &hub->tapping;
    tapping->session = session;
    tapping->text = text;
    tapping->is_recorded = false;
    tapping->error = 0;
    tapping->entry = (struct tap_entry){
        .at_ms = hub->turn.wall_ms, .binding = session->service, .session = session->id};
    keep(&tapping->entry.user, shown.has_user, shown.user);
    keep(&tapping->entry.room, shown.has_room, shown.room);
    for (struct tap *tap = tapping->first; tap != NULL; tap = tap->next) {
        tap->message = NULL;
        tap->was_inside = is_inside(tap, &shown);
    }
}

static struct str outcome_of(const struct hub *hub, enum hub_result result)
{
    const struct tapping *tapping = &hub->tapping;
    if (result == HUB_MOVED)
        return STR("moved");
    if (result == HUB_WAITING)
        return STR("waits");
    if (tapping->error > 0)
        return hub->bound[tapping->session->service].codec->error_names[tapping->error - 1];
    return result == HUB_CLOSING ? STR("closed") : STR("ok");
}

void hub_tap_result(struct hub *hub, enum hub_result result)
{
    record_message(hub);
    struct str outcome = outcome_of(hub, result);
    for (struct tap *tap = hub->tapping.first; tap != NULL; tap = tap->next) {
        if (tap->message != NULL) {
            tap->message->outcome = outcome;
            tap->message = NULL;
        }
    }
    hub->tapping.session = NULL;
}

/* How many an event is for. *whom: of them the one that the tap looks at, or the first; NULL for
 * none. */
static uint32_t count_receivers(const struct hub *hub, const struct tap *tap,
                                const struct receivers *to, struct session **whom)
{
    uint32_t receivers = 0;
    *whom = NULL;
    for (uint32_t i = 0; i < to->count; i++) {
        struct session *session = hub_find_receiver(hub, to, i);
        bool is_wanted = !tap->filter.has_session || handle_equal(to->list[i], tap->filter.session);
        receivers += session != NULL;
        if (*whom == NULL && is_wanted)
            *whom = session;
    }
    return receivers;
}

void hub_tap_event(struct hub *hub, const struct bound *bound, const struct encoded *encoded,
                   const struct receivers *to)
{
    struct tapping *tapping = &hub->tapping;
    const struct codec *codec = bound->codec;
    record_message(hub);
    if (encoded->error > 0 && tapping->session != NULL &&
        handle_equal(to->list[0], tapping->session->id))
        tapping->error = encoded->error;
    for (struct tap *tap = tapping->first; tap != NULL; tap = tap->next) {
        struct session *session;
        uint32_t receivers = count_receivers(hub, tap, to, &session);
        if (session == NULL)
            continue;
        struct service_session shown = hub_show(hub, session);
        struct tap_entry entry = {
            .at_ms = hub->turn.wall_ms,
            .binding = session->service,
            .is_event = true,
            .type = codec->event_names[encoded->event],
            .receivers = receivers,
            .outcome = encoded->error > 0 ? codec->error_names[encoded->error - 1] : STR("ok")};
        keep(&entry.room, shown.has_room, shown.room);
        if (receivers == 1 || tap->filter.has_session) {
            entry.session = session->id;
            keep(&entry.user, shown.has_user, shown.user);
        }
        bool is_there = is_inside(tap, &shown) || (session == tapping->session && tap->was_inside);
        if (is_there && fits(tap, &entry)) {
            record(tap, &entry, (struct str){hub->encoded, encoded->len});
        }
    }
}
