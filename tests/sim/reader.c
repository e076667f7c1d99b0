/* What a client reads, held against what it must see. */
#include <stdlib.h>
#include <sys/uio.h>

#include "base/check.h"
#include "world.h"

enum { PIECES = 16 };

void reader_expects(struct world *world, uint32_t number, enum seen kind, struct str text,
                    uint32_t room)
{
    struct client *client = &world->clients[number];
    struct expectation *expectation = malloc(sizeof *expectation + text.len);
    CHECK(expectation != NULL);
    *expectation = (struct expectation){.kind = kind, .room = room, .len = text.len};
    if (room != ROOMLESS)
        expectation->serial = world->model.rooms[room].serial;
    if (text.len > 0)
        memcpy(expectation->text, text.base, text.len);
    *client->expected_end = expectation;
    client->expected_end = &expectation->next;
    client->expected_count++;
    client->expected_bytes += text.len;
}

static void forget_first(struct client *client)
{
    struct expectation *first = client->expected;
    client->expected = first->next;
    if (client->expected == NULL)
        client->expected_end = &client->expected;
    client->expected_count--;
    client->expected_bytes -= first->len;
    free(first);
}

void reader_forgets(struct client *client)
{
    while (client->expected != NULL)
        forget_first(client);
    free(client->received);
    client->received = NULL;
    client->received_len = 0;
}

static bool in_class(char c, const char *class)
{
    return c != 0 && strchr(class, c) != NULL;
}

/* `text` is `form`, in which # stands for a hexadecimal digit, % for the variant of a UUID, @ for a
 * character of a room code, and * for the rest. */
static bool has_form(struct str text, const char *form)
{
    for (size_t i = 0;; i++) {
        if (form[i] == '*')
            return true;
        if (i == text.len || form[i] == 0)
            return i == text.len && form[i] == 0;
        char c = text.base[i];
        bool fits = form[i] == '#'   ? in_class(c, "0123456789abcdef")
                    : form[i] == '%' ? in_class(c, "89ab")
                    : form[i] == '@' ? in_class(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
                                     : form[i] == c;
        if (!fits)
            return false;
    }
}

static bool meets(struct world *world, uint32_t number, const struct expectation *expectation,
                  struct str text)
{
    static const char created[] = "{\"type\":\"room_created\",\"room_code\":\"";
    switch (expectation->kind) {
    case SEEN_TEXT:
    case SEEN_TYPING:
        return str_equal(text, (struct str){expectation->text, expectation->len});
    case SEEN_GREETING:
        return has_form(text, "{\"type\":\"connected\",\"client_id\":"
                              "\"########-####-4###-%###-############\"}");
    case SEEN_CREATED:
        if (!has_form(text, "{\"type\":\"room_created\",\"room_code\":\"@@@@@@\"}"))
            return false;
        if (!model_learn_code(&world->model, expectation->room, expectation->serial,
                              text.base + sizeof created - 1))
            world_fails(world, number, "two open rooms share a code");
        return true;
    case SEEN_INVALID:
        return has_form(text, "{\"type\":\"error\",\"code\":\"invalid_message\","
                              "\"message\":\"Invalid message format: *");
    }
    return false;
}

static void sees(struct world *world, uint32_t number, struct str text)
{
    struct client *client = &world->clients[number];
    history_note(world, number, "reads", text);
    world->totals.frames++;
    if (client->expected == NULL)
        world_fails(world, number, "is sent too much: %.*s", (int)text.len, text.base);
    if (!meets(world, number, client->expected, text))
        world_fails(world, number, "is sent\n  %.*s\nand should see (kind %d)\n  %.*s",
                    (int)text.len, text.base, client->expected->kind, (int)client->expected->len,
                    client->expected->text);
    forget_first(client);
}

/* The length of the whole frame at the start of `bytes`, 0 while that is not known (RFC 6455,
 * 5.2). */
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
    client->woken = *egress != NULL;
    if (client->received_len > 0)
        take_frames(world, number);
}
