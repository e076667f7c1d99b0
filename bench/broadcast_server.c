/* broadcast_server.c: the server with broadcast_service.h bound to /broadcast instead of chat, to
 * measure fan-out. Takes the server's own options. */
#include <stdio.h>
#include <stdlib.h>

#include "broadcast_service.h"
#include "config.h"
#include "net/server.h"

int main(int argc, char **argv)
{
    static const struct hub_binding binding = {&broadcast_service, &broadcast_codec, NULL};
    static const struct server_route route = {STR_INIT("/broadcast"), 0};
    static struct config config;
    enum config_outcome outcome = config_read(&config, argc, argv, stdout, stderr);
    if (outcome != CONFIG_RUN)
        return outcome == CONFIG_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
    log_start(config.log_level, config.log_format);
    const struct server_setup setup = {.config = &config,
                                       .bindings = &binding,
                                       .bindings_count = 1,
                                       .routes = &route,
                                       .routes_count = 1,
                                       .version = STR("bench"),
                                       .spec_hash = STR("none"),
                                       .message_bytes_max = 65536,
                                       .fragments_max = 16};
    return server_run(&setup);
}
