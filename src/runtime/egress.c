#include "runtime/egress.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"

/* Frames are numbered as they come (32 bits, wrapping). Number n lies in place n mod capacity.
 *
 * To find the waiting frame of a key in constant time, each place names the frame before it that
 * has the same bucket, and buckets name the newest. A chain runs strictly backwards in time, so it
 * ends where it would leave the queue: frames that have left need not be taken out of it. */
struct place {
    struct frame *frame;
    uint32_t
        older; /* number of the next older frame in the bucket; valid when the frame has a key */
};

/* Frames: as many as a tick brings in a busy room. A power of two, as all capacities. */
enum { CAPACITY_MIN = 8 };

struct egress {
    struct spares *spares;
    struct frame *begun; /* has partly left: nothing may come between its bytes */
    uint32_t begun_sent; /* bytes of it that have left */
    uint32_t bytes;      /* that wait, in all */
    struct frame *pongs; /* oldest first, by next */
    struct frame *close;
    uint32_t first;    /* number of the oldest frame in places */
    uint32_t count;    /* frames in places */
    uint32_t sealed;   /* so many of the oldest are not replaced any more */
    uint32_t capacity; /* of places and buckets */
    bool refused;      /* the kernel has, and not all has left since */
    uint32_t *buckets; /* behind the places */
    struct place places[];
};

/* A queue of one frame that has not begun to leave is that frame: a pointer to it, marked in the
 * bit that is always 0. Most queues are never more: what a turn casts to many has left at its end.
 */
static bool is_lone(const struct egress *egress)
{
    return ((uintptr_t)egress & 1) != 0;
}

static struct egress *lone_egress(struct frame *frame)
{
    return (struct egress *)((uintptr_t)frame | 1);
}

static struct frame *lone_frame(const struct egress *egress)
{
    return (struct frame *)((uintptr_t)egress & ~(uintptr_t)1);
}

static struct place *place_of(const struct egress *egress, uint32_t number)
{
    return (struct place *)&egress->places[number & (egress->capacity - 1)];
}

static uint32_t *bucket_of(const struct egress *egress, uint64_t key)
{
    return &egress->buckets[key & (egress->capacity - 1)];
}

static size_t size_of(uint32_t capacity)
{
    return sizeof(struct egress) + capacity * (sizeof(struct place) + sizeof(uint32_t));
}

static struct egress *egress_new(struct spares *spares, uint32_t capacity)
{
    struct egress *egress = spares_take(spares, size_of(capacity));
    if (egress != NULL) {
        *egress = (struct egress){.spares = spares, .capacity = capacity};
        egress->buckets = (uint32_t *)(void *)(egress->places + capacity);
        memset(egress->buckets, 0xff, capacity * sizeof(uint32_t));
    }
    return egress;
}

static bool has_key(const struct frame *frame)
{
    return frame->delivery == DELIVERY_LATEST || frame->delivery == DELIVERY_SEAL;
}

static void append(struct egress *egress, struct frame *frame)
{
    uint32_t number = egress->first + egress->count++;
    struct place *place = place_of(egress, number);
    place->frame = frame;
    if (has_key(frame)) {
        uint32_t *bucket = bucket_of(egress, frame->key);
        place->older = *bucket;
        *bucket = number;
    } else if (frame->delivery == DELIVERY_SEAL_ALL) {
        egress->sealed = egress->count;
    }
}

/* Twice the capacity. False when memory is short: all is as before. */
static bool grow(struct egress **egress)
{
    struct egress *old = *egress;
    struct egress *new = egress_new(old->spares, old->capacity * 2);
    if (new == NULL)
        return false;
    new->begun = old->begun;
    new->begun_sent = old->begun_sent;
    new->bytes = old->bytes;
    new->pongs = old->pongs;
    new->close = old->close;
    new->refused = old->refused;
    for (uint32_t i = 0; i < old->count; i++)
        append(new, place_of(old, old->first + i)->frame);
    spares_give_back(old->spares, old, size_of(old->capacity));
    *egress = new;
    return true;
}

/* Gives a lone frame a queue around it. False when memory is short: all is as before. */
static bool unfold(struct egress **egress)
{
    struct frame *frame = lone_frame(*egress);
    struct egress *new = egress_new(frame->spares, CAPACITY_MIN);
    if (new == NULL)
        return false;
    new->bytes = frame->len;
    if (frame->opcode == FRAME_PONG)
        new->pongs = frame;
    else if (frame->opcode == FRAME_CLOSE)
        new->close = frame;
    else
        append(new, frame);
    *egress = new;
    return true;
}

/* Where the frame's older one waits; NULL when there is none that may be replaced. */
static struct place *find_older(const struct egress *egress, const struct frame *frame)
{
    uint32_t end = egress->count; /* offsets from first; each step must go back */
    uint32_t number = *bucket_of(egress, frame->key);
    while (number - egress->first < end && number - egress->first >= egress->sealed) {
        struct place *place = place_of(egress, number);
        if (!has_key(place->frame)) {
            return NULL; /* a number from before a wrap around: as good as left */
        }
        if (place->frame->key == frame->key) {
            if (place->frame->delivery == DELIVERY_SEAL)
                return NULL;
            if (place->frame->event == frame->event)
                return place;
        }
        end = number - egress->first;
        number = place->older;
    }
    return NULL;
}

static bool bytes_fit(const struct egress *egress, uint32_t more,
                      const struct egress_limits *limits)
{
    return egress->bytes == 0 ||
           (egress->bytes <= limits->bytes_max && more <= limits->bytes_max - egress->bytes);
}

static uint32_t data_messages(const struct egress *egress)
{
    return egress->count + (egress->begun != NULL);
}

static bool lags(const struct egress *egress, const struct egress_limits *limits)
{
    return egress->refused || egress_is_half_full(egress, limits);
}

static enum egress_result push_data(struct egress **egress, struct frame *frame,
                                    const struct egress_limits *limits)
{
    struct egress *e = *egress;
    if (frame->delivery == DELIVERY_VOLATILE && data_messages(e) >= limits->volatile_max)
        return EGRESS_DROPPED;
    if (frame->delivery == DELIVERY_LATEST && lags(e, limits)) {
        struct place *place = find_older(e, frame);
        if (place != NULL) {
            e->bytes -= place->frame->len;
            bool fits = bytes_fit(e, frame->len, limits);
            e->bytes += fits ? frame->len : place->frame->len;
            if (!fits)
                return EGRESS_FULL;
            frame_release(place->frame);
            place->frame = frame_keep(frame);
            return EGRESS_REPLACED;
        }
    }
    if (data_messages(e) >= limits->messages_max || !bytes_fit(e, frame->len, limits))
        return EGRESS_FULL;
    if (e->count == e->capacity && !grow(egress))
        return EGRESS_NO_MEMORY;
    append(*egress, frame_keep(frame));
    (*egress)->bytes += frame->len;
    return EGRESS_QUEUED;
}

static enum egress_result push_control(struct egress *egress, struct frame *frame)
{
    if (frame->opcode == FRAME_CLOSE) {
        egress->close = frame_keep(frame);
        egress->bytes += frame->len;
        return EGRESS_QUEUED;
    }
    struct frame **end = &egress->pongs;
    for (uint32_t i = 1; *end != NULL && i < EGRESS_PONGS_MAX; i++)
        end = &(*end)->next;
    enum egress_result result = EGRESS_QUEUED;
    if (*end != NULL) {
        egress->bytes -= (*end)->len;
        frame_release(*end);
        result = EGRESS_REPLACED;
    }
    *end = frame_keep(frame);
    frame->next = NULL;
    egress->bytes += frame->len;
    return result;
}

static enum egress_result push_first(struct egress **egress, struct frame *frame,
                                     const struct egress_limits *limits)
{
    if (frame->delivery == DELIVERY_VOLATILE && limits->volatile_max == 0)
        return EGRESS_DROPPED;
    if (frame->opcode == FRAME_PONG)
        frame->next = NULL;
    *egress = lone_egress(frame_keep(frame));
    return EGRESS_QUEUED;
}

/* Kept out of egress_push, whose usual frame finds nothing in its way. */
__attribute__((noinline)) static enum egress_result
push_behind(struct egress **egress, struct frame *frame, const struct egress_limits *limits)
{
    if (is_lone(*egress) && !unfold(egress))
        return EGRESS_NO_MEMORY;
    if ((*egress)->close != NULL)
        return EGRESS_DROPPED;
    bool is_control = frame->opcode == FRAME_CLOSE || frame->opcode == FRAME_PONG;
    return is_control ? push_control(*egress, frame) : push_data(egress, frame, limits);
}

enum egress_result egress_push(struct egress **egress, struct frame *frame,
                               const struct egress_limits *limits)
{
    return *egress == NULL ? push_first(egress, frame, limits) : push_behind(egress, frame, limits);
}

static struct iovec piece_of(const struct frame *frame, uint32_t from)
{
    return (struct iovec){(void *)(uintptr_t)(frame->bytes + from), (size_t)frame->len - from};
}

uint32_t egress_peek(const struct egress *egress, struct iovec *pieces, uint32_t max)
{
    if (egress == NULL || max == 0)
        return 0;
    uint32_t count = 0;
    if (is_lone(egress)) {
        pieces[count++] = piece_of(lone_frame(egress), 0);
        return count;
    }
    if (egress->begun != NULL)
        pieces[count++] = piece_of(egress->begun, egress->begun_sent);
    for (const struct frame *pong = egress->pongs; pong != NULL && count < max; pong = pong->next)
        pieces[count++] = piece_of(pong, 0);
    uint32_t number = egress->first;
    for (uint32_t left = egress->count; left > 0 && count < max; left--)
        pieces[count++] = piece_of(place_of(egress, number++)->frame, 0);
    if (egress->close != NULL && count < max)
        pieces[count++] = piece_of(egress->close, 0);
    return count;
}

/* Takes out the frame that leaves next and makes it the begun one. */
static struct frame *begin(struct egress *egress)
{
    struct frame *frame;
    if (egress->pongs != NULL) {
        frame = egress->pongs;
        egress->pongs = frame->next;
    } else if (egress->count > 0) {
        frame = place_of(egress, egress->first)->frame;
        egress->first++;
        egress->count--;
        egress->sealed -= egress->sealed > 0;
    } else {
        CHECK(egress->close != NULL);
        frame = egress->close;
        egress->close = NULL;
    }
    egress->begun = frame;
    egress->begun_sent = 0;
    return frame;
}

int egress_sent(struct egress **egress, size_t sent)
{
    if (sent == 0)
        return 0;
    CHECK(*egress != NULL && sent <= egress_bytes(*egress));
    if (sent == egress_bytes(*egress)) {
        uint32_t messages = egress_messages(*egress);
        egress_free(egress);
        return (int)messages;
    }
    if (is_lone(*egress) && !unfold(egress))
        return -ENOMEM;
    struct egress *e = *egress;
    int complete = 0;
    e->bytes -= (uint32_t)sent;
    while (sent > 0) {
        struct frame *frame = e->begun != NULL ? e->begun : begin(e);
        uint32_t rest = frame->len - e->begun_sent;
        if (sent < rest) {
            e->begun_sent += (uint32_t)sent;
            return complete;
        }
        sent -= rest;
        frame_release(frame);
        e->begun = NULL;
        complete++;
    }
    return complete;
}

void egress_refused(struct egress **egress)
{
    if (*egress != NULL && (!is_lone(*egress) || unfold(egress)))
        (*egress)->refused = true;
}

static void release(struct frame *frame)
{
    if (frame != NULL)
        frame_release(frame);
}

static void release_unbegun(struct egress *egress)
{
    while (egress->pongs != NULL) {
        struct frame *pong = egress->pongs;
        egress->pongs = pong->next;
        frame_release(pong);
    }
    release(egress->close);
    egress->close = NULL;
    for (uint32_t i = 0; i < egress->count; i++)
        frame_release(place_of(egress, egress->first + i)->frame);
    egress->first += egress->count;
    egress->count = 0;
    egress->sealed = 0;
}

void egress_drop(struct egress **egress)
{
    struct egress *e = *egress;
    if (e == NULL || is_lone(e) || e->begun == NULL) {
        egress_free(egress);
        return;
    }
    release_unbegun(e);
    e->bytes = e->begun->len - e->begun_sent;
}

void egress_free(struct egress **egress)
{
    struct egress *e = *egress;
    *egress = NULL;
    if (is_lone(e)) {
        frame_release(lone_frame(e));
    } else if (e != NULL) {
        release_unbegun(e);
        release(e->begun);
        spares_give_back(e->spares, e, size_of(e->capacity));
    }
}

uint32_t egress_messages(const struct egress *egress)
{
    if (egress == NULL || is_lone(egress))
        return egress == NULL ? 0 : 1;
    uint32_t count = data_messages(egress) + (egress->close != NULL);
    for (const struct frame *pong = egress->pongs; pong != NULL; pong = pong->next)
        count++;
    return count;
}

uint32_t egress_bytes(const struct egress *egress)
{
    if (egress == NULL)
        return 0;
    return is_lone(egress) ? lone_frame(egress)->len : egress->bytes;
}

bool egress_is_half_full(const struct egress *egress, const struct egress_limits *limits)
{
    if (egress_bytes(egress) > limits->bytes_max / 2)
        return true;
    return egress != NULL && !is_lone(egress) && data_messages(egress) >= limits->messages_max / 2;
}

static uint8_t *flatten_frame(uint8_t *out, const struct frame *frame, uint32_t from)
{
    if (frame == NULL)
        return out;
    memcpy(out, frame->bytes + from, frame->len - from);
    return out + (frame->len - from);
}

void egress_flatten(const struct egress *egress, uint8_t *out)
{
    if (egress == NULL)
        return;
    if (is_lone(egress)) {
        flatten_frame(out, lone_frame(egress), 0);
        return;
    }
    out = flatten_frame(out, egress->begun, egress->begun_sent);
    for (const struct frame *pong = egress->pongs; pong != NULL; pong = pong->next)
        out = flatten_frame(out, pong, 0);
    for (uint32_t i = 0; i < egress->count; i++)
        out = flatten_frame(out, place_of(egress, egress->first + i)->frame, 0);
    flatten_frame(out, egress->close, 0);
}

struct egress *egress_new_flattened(struct spares *spares, struct str wire)
{
    CHECK(wire.len > 0);
    struct egress *egress = egress_new(spares, CAPACITY_MIN);
    if (egress == NULL)
        return NULL;
    egress->begun = frame_of_wire(spares, wire);
    if (egress->begun == NULL) {
        egress_free(&egress);
        return NULL;
    }
    egress->bytes = egress->begun->len;
    return egress;
}
