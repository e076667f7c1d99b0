/* What a client reads, held against what it must see. */
#include <stdlib.h>
#include <sys/uio.h>

#include "base/check.h"
#include "world.h"

enum { PIECES = 16 };

/* Whether the client lags, so that it is spared what a newer one follows. */
static bool lags(const struct world *world, const struct client *client)
{
    /* What it brought with it from another worker is one piece in its queue. */
    uint32_t carried = client->carried > 0 ? client->carried - 1 : 0;
    return client->refused ||
           client->expected_count - carried >= world->limits.egress.messages_max / 2;
}

/* The expectation that a newer one of this key takes the place of, as the queue
 * does; NULL when there is none. What has begun to leave, or was sealed since,
 * stays. */
static struct expectation *find_older(const struct client *client, uint32_t key)
{
    struct expectation *found = NULL;
    for (struct expectation *e = client->expected; e != NULL; e = e->next) {
        if (e->delivery == DELIVERY_SEAL_ALL || (e->delivery == DELIVERY_SEAL && e->key == key))
            found = NULL;
        else if (e->delivery == DELIVERY_LATEST && e->key == key)
            found = e;
    }
    return found == client->expected && client->received_len > 0 ? NULL : found;
}

/* The most bytes that the frame has: a header, and more in each gap than it
 * holds here. */
static size_t bytes_at_most(struct str text)
{
    enum { HEADER_BYTES = 10, FILLED_BYTES = 200 };
    size_t bytes = HEADER_BYTES + text.len;
    for (size_t i = 0; i < text.len; i++)
        bytes += text.base[i] == GAP ? FILLED_BYTES : 0;
    return bytes;
}

static void set_text(struct client *client, struct expectation *expectation, struct str text)
{
    client->expected_bytes -= expectation->bytes;
    expectation->bytes = bytes_at_most(text);
    client->expected_bytes += expectation->bytes;
    free(expectation->text);
    expectation->text = malloc(text.len + 1);
    CHECK(expectation->text != NULL);
    expectation->len = text.len;
    if (text.len > 0)
        memcpy(expectation->text, text.base, text.len);
}

void reader_expects(struct world *world, uint32_t number, struct str text, enum delivery delivery,
                    uint32_t key)
{
    struct client *client = &world->clients[number];
    if (client->place != HERE || (client->closing != 0 && !client->closing_is_new))
        return;
    world_touch(world, number);
    struct worker *worker = &world->workers[client->worker];
    if (delivery == DELIVERY_VOLATILE &&
        stat_sum(worker->stats.services[0].dropped, STATS_DELIVERIES) > worker->dropped) {
        worker->dropped++;
        world->totals.spared++;
        if (client->expected_count < world->limits.egress.volatile_max)
            world_fails(world, number, "misses what it could be told: it does not lag");
        return;
    }
    struct expectation *older = NULL;
    if (delivery == DELIVERY_LATEST && lags(world, client))
        older = find_older(client, key);
    if (older != NULL) {
        set_text(client, older, text);
        worker->replaced++;
        world->totals.replaced++;
        return;
    }
    struct expectation *expectation = calloc(1, sizeof *expectation);
    CHECK(expectation != NULL);
    expectation->delivery = delivery;
    expectation->key = key;
    set_text(client, expectation, text);
    *client->expected_end = expectation;
    client->expected_end = &expectation->next;
    client->expected_count++;
}

static void forget_first(struct client *client)
{
    struct expectation *first = client->expected;
    client->expected = first->next;
    if (client->expected == NULL)
        client->expected_end = &client->expected;
    client->expected_count--;
    client->expected_bytes -= first->bytes;
    free(first->text);
    free(first);
}

void reader_forgets(struct client *client)
{
    while (client->expected != NULL)
        forget_first(client);
    free(client->received);
    client->received = NULL;
    client->received_len = 0;
    client->carried = 0;
    client->refused = false;
}

void reader_moves(struct client *client)
{
    for (struct expectation *e = client->expected; e != NULL; e = e->next)
        e->delivery = DELIVERY_RELIABLE;
    client->carried = client->expected_count;
    client->refused = false;
}

static bool in_class(char c, const char *class)
{
    return c != 0 && strchr(class, c) != NULL;
}

size_t form_len(struct str text, const char *form)
{
    size_t len = strlen(form);
    if (len > text.len)
        return 0;
    for (size_t i = 0; i < len; i++) {
        char c = text.base[i];
        bool fits = form[i] == '#'   ? in_class(c, "0123456789abcdef")
                    : form[i] == '%' ? in_class(c, "89ab")
                    : form[i] == '@' ? in_class(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
                                     : form[i] == c;
        if (!fits)
            return 0;
    }
    return len;
}

static bool meets(struct world *world, uint32_t number, const struct expectation *expectation,
                  struct str text)
{
    const char *at = expectation->text, *end = at + expectation->len;
    while (at < end) {
        const char *gap = memchr(at, GAP, (size_t)(end - at));
        size_t len = (size_t)((gap != NULL ? gap : end) - at);
        if (len > text.len || memcmp(at, text.base, len) != 0)
            return false;
        text = (struct str){text.base + len, text.len - len};
        at += len;
        if (gap != NULL) {
            uint32_t of;
            memcpy(&of, gap + 2, sizeof of);
            len = world->play->fits(world->model, number, gap[1], of, text);
            if (len == 0 || len > text.len)
                return false;
            text = (struct str){text.base + len, text.len - len};
            at += GAP_BYTES;
        }
    }
    return text.len == 0;
}

static void sees(struct world *world, uint32_t number, struct str text)
{
    struct client *client = &world->clients[number];
    history_note(world, number, "reads", text);
    world->totals.frames++;
    if (client->expected == NULL)
        world_fails(world, number, "is sent too much: %.*s", (int)text.len, text.base);
    if (!meets(world, number, client->expected, text))
        world_fails(world, number, "is sent\n  %.*s\nand should see\n  %.*s", (int)text.len,
                    text.base, (int)client->expected->len, client->expected->text);
    forget_first(client);
    client->carried -= client->carried > 0;
}

/* The length of the whole frame at the start of `bytes`, 0 while that is not
 * known (RFC 6455, 5.2). */
static size_t frame_len(const uint8_t *bytes, size_t len, size_t *header)
{
    if (len < 2)
        return 0;
    *header = bytes[1] == 126 ? 4 : bytes[1] == 127 ? 10 : 2;
    if (len < *header)
        return 0;
    if (*header == 2)
        return 2 + (size_t)bytes[1];
    size_t payload = 0;
    for (size_t i = 2; i < *header; i++)
        payload = payload << 8 | bytes[i];
    return *header + payload;
}

static void take_frames(struct world *world, uint32_t number)
{
    struct client *client = &world->clients[number];
    size_t at = 0, header = 0;
    for (;;) {
        uint8_t *frame = client->received + at;
        size_t len = frame_len(frame, client->received_len - at, &header);
        if (len == 0 || len > client->received_len - at)
            break;
        if (frame[0] != 0x81) /* one whole text message */
            world_fails(world, number, "is sent a frame that starts with %02x", frame[0]);
        sees(world, number, (struct str){(const char *)frame + header, len - header});
        at += len;
    }
    client->received_len -= at;
    memmove(client->received, client->received + at, client->received_len);
}

void reader_reads(struct world *world, uint32_t number, size_t max)
{
    struct client *client = &world->clients[number];
    CHECK(client->place == HERE && !client->dead);
    struct egress **egress = &client->conn->session.egress;
    while (max > 0 && *egress != NULL) {
        struct iovec pieces[PIECES];
        uint32_t count = egress_peek(*egress, pieces, PIECES);
        size_t len = 0;
        for (uint32_t i = 0; i < count; i++)
            len += pieces[i].iov_len;
        len = len < max ? len : max;
        uint8_t *received = realloc(client->received, client->received_len + len);
        CHECK(received != NULL && len > 0);
        client->received = received;
        max -= len;
        size_t left = len;
        for (uint32_t i = 0; left > 0; i++) {
            size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
            memcpy(received + client->received_len, pieces[i].iov_base, part);
            client->received_len += part;
            left -= part;
        }
        egress_sent(egress, len);
    }
    client->woken = client->refused = *egress != NULL;
    if (client->refused)
        egress_refused(egress);
    if (client->received_len > 0)
        take_frames(world, number);
}
