/* Four clients of one server with all its services, each a stream of bytes: framing, decoding, the
 * service, encoding and the queues together, without a socket.
 *
 * The input is a row of steps: a byte that says who does what (the client, the step's kind, and the
 * service, which counts when the client connects), and for most kinds a length and so many bytes.
 * The last client never reads until it is gone. Whatever comes in, only whole frames of valid UTF-8
 * may go out, nothing after a Close, and when all have gone nothing may be left of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/utf8.h"
#include "chat/chat.h"
#include "game/game.h"
#include "generated/chat_codec.h"
#include "generated/game_codec.h"
#include "generated/live_codec.h"
#include "live/live.h"
#include "net/websocket.h"
#include "runtime/hub.h"
#include "tests/client_frame.h"

enum { CLIENTS = 4, RELUCTANT = 3, CODE_BYTES = 6, SENT_MAX = 1 << 20, RECALLS_MAX = 8 };

enum { CHAT, LIVE, GAME, SERVICES };

enum step {
    STEP_BYTES, /* as they are */
    STEP_FRAME, /* a text frame around them */
    STEP_JOIN,  /* the room whose code was told last, or the one that all know */
    STEP_LEAVE, /* the connection is gone */
    STEP_TIME,  /* passes: the length counts, in tenths of a second; the store answers */
    STEPS
};

struct client {
    struct session session; /* first: the hub's */
    struct ws_rx *rx;
    bool ended;            /* by a Close that is queued */
    bool waiting, resumed; /* for the store's answer; and has it */
};

static struct hub *hub;
static struct stats stats;
static struct random randomness;
static uint64_t seed, now_ms;
static bool remembers; /* the hub does: channels and rooms outlive those who were in them */
static struct client *clients[CLIENTS]; /* NULL: not connected */
static char code[CODE_BYTES];
static uint64_t recalls[RECALLS_MAX]; /* tickets that the store has not answered */
static uint32_t recalls_count;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void refill(void *context, uint8_t *bytes, size_t len)
{
    (void)context;
    for (size_t i = 0; i < len; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(seed >> 56);
    }
}

/* ---- what the hub asks of its transport ---- */

static void on_wake(void *context, struct session *session)
{
    (void)context;
    (void)session;
}

static void push(struct client *client, enum ws_opcode opcode, const uint8_t *bytes, size_t len)
{
    static const struct egress_limits limits = {64, 1 << 16, 8};
    uint8_t *payload;
    struct frame *frame = frame_new(hub_spares(hub), (uint8_t)opcode, len, &payload);
    CHECK(frame != NULL);
    if (len > 0)
        memcpy(payload, bytes, len);
    enum egress_result result = egress_push(&client->session.egress, frame, &limits);
    CHECK(result != EGRESS_FULL && result != EGRESS_NO_MEMORY);
    frame_release(frame);
}

static void end(struct client *client, uint16_t close_code, struct str reason)
{
    uint8_t payload[125];
    if (client->ended)
        return;
    client->ended = true;
    push(client, WS_CLOSE, payload, ws_write_close(payload, close_code, reason));
}

static void on_close(void *context, struct session *session, enum close_name why)
{
    (void)context;
    end((struct client *)(void *)session, close_said[why].code, close_said[why].reason);
}

static bool on_strike(void *context, struct session *session, enum strike strike)
{
    (void)context;
    (void)session;
    return strike == STRIKE_GUESS && now_ms % 7 == 0;
}

static void on_resume(void *context, struct session *session)
{
    (void)context;
    ((struct client *)(void *)session)->resumed = true;
}

static void on_media(void *context, const struct media_order *order)
{
    (void)context;
    (void)order;
}

static bool on_store(void *context, uint32_t binding, const struct store_order *order)
{
    (void)context;
    CHECK(binding == GAME);
    if (order->kind != STORE_RECALL)
        return true;
    if (recalls_count == RECALLS_MAX)
        return false;
    recalls[recalls_count++] = order->ticket;
    return true;
}

static struct str local_host(void *context, struct session *session)
{
    (void)context;
    (void)session;
    return STR("127.0.0.1");
}

static void start(void)
{
    static const struct service_config config = {.workers = 1, .sessions_max = CLIENTS};
    static const struct hub_limits limits = {CLIENTS, {64, 1 << 16, 8}, 50, 100};
    static const struct live_options live = {
        .heartbeat_ms = 30000, .identify_ms = 10000, .media_port = 10000, .media_plain = true};
    static const struct game_options game = {.tick_ms = 100, .store = true, .cache = true};
    static const struct hub_binding bindings[SERVICES] = {
        [CHAT] = {&chat_service, &chat_codec, NULL},
        [LIVE] = {&live_service, &live_codec, &live},
        [GAME] = {&game_service, &game_codec, &game},
    };
    static const struct hub_ports ports = {.wake = on_wake,
                                           .close = on_close,
                                           .strike = on_strike,
                                           .resume = on_resume,
                                           .media = on_media,
                                           .store = on_store,
                                           .local_host = local_host};
    hub = hub_new(&config, &limits, bindings, SERVICES, sizeof(struct client), &ports, &randomness,
                  &stats);
    CHECK(hub != NULL);
    recalls_count = 0;
}

/* ---- what goes out ---- */

static void check_text(struct str text)
{
    static const char before[] = "\"room_code\":\"";
    CHECK(utf8_valid(text));
    CHECK(text.len > 10 &&
          (memcmp(text.base, "{\"type\":\"", 9) == 0 || memcmp(text.base, "{\"op\":", 6) == 0));
    CHECK(text.base[text.len - 1] == '}');
    const char *at = memmem(text.base, text.len, before, sizeof before - 1);
    if (at != NULL && at + sizeof before - 1 + CODE_BYTES <= text.base + text.len)
        memcpy(code, at + sizeof before - 1, CODE_BYTES);
}

static void check_sent(const uint8_t *bytes, size_t len)
{
    bool closed = false;
    while (len > 0) {
        CHECK(!closed && len >= 2);
        enum ws_opcode opcode = bytes[0] & 0xf;
        size_t header_len = bytes[1] < 126 ? 2 : 4;
        size_t payload_len = bytes[1] < 126 ? bytes[1] : (size_t)(bytes[2] << 8 | bytes[3]);
        CHECK((bytes[0] & 0xf0) == 0x80 && bytes[1] < 127 && header_len + payload_len <= len);
        CHECK(opcode == WS_TEXT || opcode == WS_PONG || opcode == WS_CLOSE);
        if (opcode == WS_TEXT)
            check_text((struct str){(const char *)bytes + header_len, payload_len});
        closed = opcode == WS_CLOSE;
        bytes += header_len + payload_len;
        len -= header_len + payload_len;
    }
}

/* The client reads all there is. */
static void read_all(struct client *client)
{
    static uint8_t sent[SENT_MAX];
    size_t len = 0;
    while (client->session.egress != NULL) {
        struct iovec pieces[8];
        uint32_t count = egress_peek(client->session.egress, pieces, 8);
        size_t taken = 0;
        for (uint32_t i = 0; i < count; i++) {
            CHECK(pieces[i].iov_len <= SENT_MAX - len);
            memcpy(sent + len, pieces[i].iov_base, pieces[i].iov_len);
            len += pieces[i].iov_len;
            taken += pieces[i].iov_len;
        }
        CHECK(taken > 0);
        egress_sent(&client->session.egress, taken);
    }
    check_sent(sent, len);
}

static void disconnect(struct client **client)
{
    read_all(*client);
    ws_rx_free(&(*client)->rx);
    hub_closed(hub, &(*client)->session);
    *client = NULL;
}

/* ---- what comes in ---- */

static enum ws_next on_message(void *context, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    struct client *client = context;
    if (opcode == WS_BINARY)
        return WS_GO_ON;
    enum hub_result result =
        hub_receive(hub, &client->session, (struct str){(const char *)bytes, len});
    CHECK(result != HUB_MOVED);
    client->waiting = result == HUB_WAITING;
    return result == HUB_OK ? WS_GO_ON : WS_STOP;
}

static enum ws_next on_control(void *context, enum ws_opcode opcode, uint16_t close_code,
                               const uint8_t *bytes, size_t len)
{
    struct client *client = context;
    if (opcode == WS_PING)
        push(client, WS_PONG, bytes, len);
    if (opcode == WS_CLOSE)
        end(client, close_code, (struct str){NULL, 0});
    return WS_GO_ON;
}

static void feed(struct client *client, const uint8_t *bytes, size_t len)
{
    static const struct ws_sink sink = {on_message, on_control};
    static const struct ws_limits limits = {.message_bytes_max = 4096, .fragments_max = 16};
    if (client->waiting)
        return; /* it is not read */
    uint8_t *copy = malloc(len + 1);
    CHECK(copy != NULL);
    memcpy(copy, bytes, len);
    struct ws_fed fed = ws_feed(&client->rx, &limits, &sink, client, copy, len);
    if (fed.close_code != 0)
        end(client, fed.close_code, fed.reason);
    free(copy);
}

static void feed_text(struct client *client, const char *bytes, size_t len)
{
    static const uint8_t mask[4] = {0};
    uint8_t frame[CLIENT_FRAME_HEAD_MAX + 256];
    feed(client, frame, client_frame_write(frame, 0x80 | WS_TEXT, mask, bytes, len));
}

static void feed_all(struct client *client, const struct str *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        feed_text(client, texts[i].base, texts[i].len);
}

static void join(struct client *client)
{
    static const struct str game[] = {
        STR_INIT("{\"type\":\"Join\",\"room_id\":\"r\",\"name\":\"n\",\"color\":\"#00ff00\"}"),
        STR_INIT("{\"type\":\"Update\",\"state\":{\"name\":\"m\",\"color\":\"#00ff00\","
                 "\"position\":[0,1.5,-2e1],\"rotation\":[1,0,0,0]}}")};
    static const struct str live[] = {
        STR_INIT("{\"op\":3,\"d\":{\"user_id\":\"u\",\"token\":\"t\"}}"),
        STR_INIT(
            "{\"op\":10,\"d\":{\"channel_id\":\"c\",\"channel_name\":\"n\",\"mode\":\"ptt\"}}"),
        STR_INIT("{\"op\":11,\"d\":{\"channel_id\":\"c\",\"ssrc\":7}}"),
        STR_INIT("{\"op\":30,\"d\":{\"channel_id\":\"c\"}}")};
    /* Each a user and an ssrc of its own. */
    static const struct str other[] = {
        STR_INIT("{\"op\":3,\"d\":{\"user_id\":\"v\",\"token\":\"t\"}}"),
        STR_INIT("{\"op\":11,\"d\":{\"channel_id\":\"c\",\"ssrc\":8}}"),
        STR_INIT("{\"op\":30,\"d\":{\"channel_id\":\"c\",\"priority\":101}}")};
    char text[64];
    int len = snprintf(text, sizeof text, "{\"type\":\"join_room\",\"room_code\":\"%.*s\"}",
                       CODE_BYTES, code);
    if (client->session.service == CHAT)
        feed_text(client, text, (size_t)len);
    else if (client->session.service == GAME)
        feed_all(client, game, 2);
    else if (client->session.id.slot == 0)
        feed_all(client, live, 4);
    else
        feed_all(client, other, 3);
}

static struct client *connected(uint32_t number, uint32_t service)
{
    if (clients[number] == NULL) {
        clients[number] = (struct client *)(void *)hub_open(hub, service, number % 2 == 0);
        CHECK(clients[number] != NULL);
        remembers = remembers || service != CHAT;
        CHECK(hub_greet(hub, &clients[number]->session) == HUB_OK);
    }
    return clients[number];
}

/* What waited is run again; it may wait once more. */
static void resume(struct client *client)
{
    client->resumed = client->waiting = false;
    client->waiting = hub_resume(hub, &client->session) == HUB_WAITING;
}

static void settle(void)
{
    for (uint32_t i = 0; i < CLIENTS; i++) {
        if (clients[i] == NULL)
            continue;
        while (clients[i]->waiting && clients[i]->resumed && !clients[i]->ended)
            resume(clients[i]);
        if (i != RELUCTANT)
            read_all(clients[i]);
        if (clients[i]->ended)
            disconnect(&clients[i]);
    }
}

/* The room's last messages: some have one, some cannot be read; the clock, which goes by tenths of
 * a second, says which. */
static void answer_recalls(void)
{
    const uint64_t tenths = now_ms / 100;
    char bytes[512];
    while (recalls_count > 0) {
        uint64_t ticket = recalls[--recalls_count];
        struct store_order entry = {.kind = STORE_ENTRY,
                                    .at_ns = ticket,
                                    .room_id = STR("r"),
                                    .id = STR("00000000-0000-4000-8000-000000000001"),
                                    .client_id = STR("00000000-0000-4000-8000-000000000002"),
                                    .name = STR("n"),
                                    .text = STR("m")};
        struct store_recalled recalled = {
            .ticket = ticket, .refused = tenths % 5 == 0, .count = tenths % 2};
        store_order_pack(&entry, bytes);
        if (recalled.refused)
            recalled.count = 0;
        hub_recalled(hub, GAME, &recalled,
                     (struct str){bytes, recalled.count * store_order_bytes(&entry)});
    }
}

static void take_step(enum step step, uint32_t number, uint32_t service, const uint8_t *bytes,
                      size_t len)
{
    struct client *client = connected(number, service);
    switch (step) {
    case STEP_BYTES:
        feed(client, bytes, len);
        break;
    case STEP_FRAME:
        feed_text(client, (const char *)bytes, len);
        break;
    case STEP_JOIN:
        join(client);
        break;
    case STEP_LEAVE:
        disconnect(&clients[number]);
        break;
    case STEP_TIME:
        now_ms += len * 100;
        hub_time(hub, now_ms, now_ms);
        while (hub_tick(hub) <= now_ms)
            settle();
        if (len % 2 == 0)
            answer_recalls();
        break;
    case STEPS:
        break;
    }
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    seed = 1;
    random_init(&randomness, refill, NULL);
    if (hub == NULL)
        start();
    remembers = false;
    now_ms += 1000;
    hub_time(hub, now_ms, now_ms);
    while (len > 0) {
        enum step step = (enum step)((data[0] >> 2 & 7) % STEPS);
        uint32_t number = data[0] % CLIENTS, service = (data[0] >> 5) % SERVICES;
        bool has_bytes = step == STEP_BYTES || step == STEP_FRAME;
        size_t step_len = len > 1 && (has_bytes || step == STEP_TIME) ? data[1] : 0;
        size_t head_len = len > 1 && (has_bytes || step == STEP_TIME) ? 2 : 1;
        if (has_bytes && step_len > len - head_len)
            step_len = len - head_len;
        take_step(step, number, service, data + head_len, step_len);
        data += head_len + (has_bytes ? step_len : 0);
        len -= head_len + (has_bytes ? step_len : 0);
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        if (clients[i] != NULL)
            disconnect(&clients[i]);
    }
    CHECK(hub_sessions(hub) == 0);
    hub_tick(hub);
    CHECK(stat_get(&stats.services[CHAT].rooms) == 0);
    CHECK(stat_get(&stats.services[GAME].rooms) == 0);
    if (remembers) {
        hub_free(hub);
        hub = NULL;
    }
    return 0;
}
