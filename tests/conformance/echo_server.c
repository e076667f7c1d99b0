/* echo_server.c: the server's own network code around the simplest of services: every message goes
 * back as it came. What the conformance suites talk to.
 *
 * echo_server [PORT]: 127.0.0.1, any free port by default; the log tells which. */
#include <stdlib.h>

#include "config.h"
#include "net/connection.h"
#include "net/server.h"
#include "tests/idle_service.h"

enum {
    MEBIBYTE = 1024 * 1024,
    MESSAGE_BYTES_MAX = 16 * MEBIBYTE,    /* the longest of the suites' messages */
    FRAGMENTS_MAX = 4 * MEBIBYTE / 64 + 1 /* the most that one has; the suite ends it empty */
};

static enum ws_next echo(struct connection *connection, enum ws_opcode opcode, const uint8_t *bytes,
                         size_t len)
{
    connection_send(connection, opcode, bytes, len);
    return WS_GO_ON;
}

/* A service that greets nobody and is never given a message: `echo` takes them all. */

static char no_state;

static void *idle_create(const struct service_config *config)
{
    (void)config;
    return &no_state;
}

static void idle_destroy(void *state)
{
    (void)state;
}

static uint32_t idle_open(void *state, const struct session_facts *facts, struct turn *turn)
{
    (void)state;
    (void)facts;
    (void)turn;
    return 0;
}

static void idle_command(void *state, uint32_t slot, const void *command, struct turn *turn)
{
    (void)state;
    (void)slot;
    (void)command;
    (void)turn;
    abort(); /* `echo` has taken it */
}

static const struct service idle = {
    .name = STR_INIT("echo"),
    .create = idle_create,
    .destroy = idle_destroy,
    .open = idle_open,
    .facts = idle_facts,
    .command = idle_command,
    .close = idle_close,
    .tick = idle_tick,
    .next_ms = idle_next_ms,
    .pack = idle_pack,
    .unpack = idle_unpack,
    .rooms = idle_rooms,
};

static const struct codec nothing = {.service = STR_INIT("echo")};

int main(int argc, char **argv)
{
    const struct config config = {
        .host = "127.0.0.1",
        .port = argc > 1 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0,
        .workers = 1,
        .connections_max = 1000,
        .connections_per_address_max = 1000,
        .header_bytes_max = 32 * 1024,
        .header_timeout_ms = 10000,
        .ping_interval_ms = 60000,
        .idle_timeout_ms = 120000,
        .close_timeout_ms = 2000,
        .shutdown_timeout_ms = 5000,
        .strikes_max = 1,
        .strikes_refill_ms = 1,
        .egress_messages_max = 4096,
        .egress_bytes_max = 4 * MESSAGE_BYTES_MAX,
    };
    const struct hub_binding binding = {&idle, &nothing, NULL};
    const struct server_route route = {STR("/"), 0};
    const struct server_setup setup = {
        .config = &config,
        .bindings = &binding,
        .bindings_count = 1,
        .routes = &route,
        .routes_count = 1,
        .version = STR("echo"),
        .spec_hash = STR(""),
        .message_bytes_max = MESSAGE_BYTES_MAX,
        .fragments_max = FRAGMENTS_MAX,
        .raw = echo,
    };
    return server_run(&setup);
}
