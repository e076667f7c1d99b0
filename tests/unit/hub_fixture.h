/* hub_fixture.h: hubs with the small service, and a transport that notes what they ask of it. */
#ifndef PARLEY_TESTS_UNIT_HUB_FIXTURE_H
#define PARLEY_TESTS_UNIT_HUB_FIXTURE_H

#include "runtime/hub.h"
#include "tests/unit/small_service.h"
#include "tests/unit/test.h"

/* The transport */

static struct {
    uint32_t wakes, closes, address_strikes;
    struct handle closed; /* the last one */
    enum close_name why;
    bool address_over;
    bool mail_refused;
    uint32_t mail_to, resumes;
    char mail[64]; /* the last one */
    struct session *resumed;
    uint64_t ordered; /* the channel of the last order to the media relay */
    bool store_refuses;
    enum store_order_kind stored; /* the last order to the store, */
    uint64_t ticket;
    char room_id[16];
    uint64_t expires_ms;
} port;

static void port_wake(void *context, struct session *session)
{
    (void)context;
    EXPECT(session->egress != NULL);
    port.wakes++;
}

static void port_close(void *context, struct session *session, enum close_name why)
{
    (void)context;
    port.closes++;
    port.closed = session->id;
    port.why = why;
}

static bool port_strike(void *context, struct session *session, enum strike strike)
{
    (void)context;
    (void)session;
    (void)strike;
    port.address_strikes++;
    return port.address_over;
}

static bool port_mail(void *context, uint32_t worker, uint32_t binding, struct str bytes)
{
    (void)context;
    EXPECT(binding == 0 && bytes.len <= sizeof(port.mail));
    if (port.mail_refused) {
        return false;
    }
    memcpy(port.mail, bytes.base, bytes.len);
    port.mail_to = worker;
    return true;
}

static void port_resume(void *context, struct session *session)
{
    (void)context;
    port.resumes++;
    port.resumed = session;
}

static void port_media(void *context, const struct media_order *order)
{
    (void)context;
    EXPECT_EQ_INT(order->op, MEDIA_END);
    port.ordered = order->channel;
}

static bool port_store(void *context, uint32_t binding, const struct store_order *order)
{
    (void)context;
    EXPECT_EQ_INT(binding, 0);
    EXPECT(order->room_id.len < sizeof(port.room_id));
    port.stored = order->kind;
    port.ticket = order->ticket;
    memcpy(port.room_id, order->room_id.base, order->room_id.len);
    return !port.store_refuses;
}

static void port_expire(void *context, struct session *session, uint64_t expires_ms)
{
    (void)context;
    EXPECT(session != NULL);
    port.expires_ms = expires_ms;
}

static struct str port_local_host(void *context, struct session *session)
{
    (void)context;
    EXPECT(session != NULL);
    return STR("192.0.2.7");
}

struct transport {
    struct session session;
    char mark;
};

static struct stats stats[2];

static struct hub *new_hub(uint32_t worker)
{
    const struct service_config config = {.worker = worker, .workers = 2, .sessions_max = SESSIONS};
    const struct hub_limits limits = {.sessions_max = SESSIONS,
                                      .egress = {16, 10000, 1},
                                      .strikes_max = 3,
                                      .strikes_refill_ms = 100};
    const struct hub_binding binding = {&small_service, &small_codec, "options"};
    const struct hub_ports ports = {.wake = port_wake,
                                    .close = port_close,
                                    .strike = port_strike,
                                    .mail = port_mail,
                                    .resume = port_resume,
                                    .media = port_media,
                                    .store = port_store,
                                    .expire = port_expire,
                                    .local_host = port_local_host};
    memset(&stats[worker], 0, sizeof(stats[worker]));
    memset(&port, 0, sizeof(port));
    services_full = false;
    struct hub *hub = hub_new(&config, &limits, &binding, 1, sizeof(struct transport), &ports, NULL,
                              &stats[worker]);
    if (hub != NULL) {
        hub_time(hub, 1000, 5000);
    }
    return hub;
}

static struct session *open_session(struct hub *hub, bool trusted)
{
    struct session *session = hub_open(hub, 0, trusted);
    if (session != NULL) {
        EXPECT_EQ_INT(hub_greet(hub, session), HUB_OK);
    }
    return session;
}

static enum hub_result say(struct hub *hub, struct session *session, const char *text)
{
    return hub_receive(hub, session, (struct str){text, strlen(text)});
}

/* What waits for a session, the texts separated by spaces; all of it is taken as sent. */
static struct str heard(struct session *session)
{
    static char text[8192];
    uint8_t wire[8192];
    uint32_t len = egress_bytes(session->egress);
    EXPECT(len <= sizeof(wire));
    egress_flatten(session->egress, wire);
    size_t at = 0;
    for (uint32_t i = 0; i < len; i += 2u + wire[i + 1]) {
        EXPECT_EQ_INT(wire[i], 0x81);
        if (at > 0) {
            text[at++] = ' ';
        }
        memcpy(text + at, wire + i + 2, wire[i + 1]);
        at += wire[i + 1];
    }
    egress_sent(&session->egress, len);
    return (struct str){text, at};
}

#endif
