/* Reads the configuration, says which services there are, and runs the server until a signal stops
 * it. Exit codes: 0 stopped as asked, or answered --help and the like; 1 a setting is wrong or the
 * server could not start. */
#include <stdio.h>

#include "base/check.h"
#include "chat/chat.h"
#include "config.h"
#include "generated/chat_codec.h"
#include "generated/protocol.h"
#include "net/server.h"

/* Frames that one message may come in: bounds floods of empty ones. */
enum { FRAGMENTS_MAX = 16 * 1024 };

static const struct hub_binding bindings[] = {
    {&chat_service, &chat_codec, NULL},
};

static uint32_t binding_of(struct str service)
{
    uint32_t i = 0;
    while (!str_equal(bindings[i].service->name, service)) {
        i++;
        CHECK(i < sizeof(bindings) / sizeof(bindings[0]));
    }
    return i;
}

int main(int argc, char **argv)
{
    struct config config;
    switch (config_read(&config, argc, argv, stdout, stderr)) {
    case CONFIG_DONE:
        return 0;
    case CONFIG_WRONG:
        return 1;
    case CONFIG_RUN:
        break;
    }
    log_start(config.log_level, config.log_format);

    const struct server_route routes[] = {
        {STR_INIT("/"), binding_of(config.root_service)},
        {STR_INIT("/chat"), binding_of(STR("chat"))},
    };
    const struct server_setup setup = {
        .config = &config,
        .bindings = bindings,
        .bindings_count = sizeof(bindings) / sizeof(bindings[0]),
        .routes = routes,
        .routes_count = sizeof(routes) / sizeof(routes[0]),
        .version = STR_INIT(PARLEY_VERSION),
        .spec_hash = STR_INIT(PROTOCOL_HASH),
        .message_bytes_max = FRAME_BYTES_MAX,
        .fragments_max = FRAGMENTS_MAX,
    };
    return server_run(&setup);
}
