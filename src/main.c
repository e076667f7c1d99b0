/* Reads the configuration, says which services there are, and runs the server until a signal stops
 * it. Exit codes: 0 stopped as asked, or answered --help and the like; 1 a setting is wrong or the
 * server could not start. */
#include <stdio.h>

#include "base/check.h"
#include "chat/chat.h"
#include "config.h"
#include "generated/chat_codec.h"
#include "generated/live_codec.h"
#include "generated/protocol.h"
#include "live/live.h"
#include "net/media.h"
#include "net/server.h"

/* Frames that one message may come in: bounds floods of empty ones. */
enum { FRAGMENTS_MAX = 16 * 1024 };

enum binding { CHAT, LIVE, BINDINGS };

static enum binding binding_of(struct str service)
{
    return str_equal(service, STR("live")) ? LIVE : CHAT;
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

    struct media *media = media_open(&config);
    if (media == NULL)
        return 1;
    const struct live_options live_options = {
        .media_host = {config.live_advertise,
                       config.live_advertise == NULL ? 0 : strlen(config.live_advertise)},
        .media_port = media_port(media),
        .media_plain = str_equal(config.live_media, STR("plain")),
        .heartbeat_ms = config.live_heartbeat_ms,
        .identify_ms = config.live_identify_ms,
        .verify = config.live_secret.len > 0 ? live_verify_secret : NULL,
        .verifier = &config.live_secret,
    };
    const struct hub_binding bindings[BINDINGS] = {
        [CHAT] = {&chat_service, &chat_codec, NULL},
        [LIVE] = {&live_service, &live_codec, &live_options},
    };
    const struct server_silence silences[BINDINGS] = {
        [CHAT] = {config.ping_interval_ms, config.idle_timeout_ms},
        [LIVE] = {config.live_heartbeat_ms * 9 / 10, config.live_zombie_ms},
    };
    const struct server_route routes[] = {
        {STR_INIT("/"), binding_of(config.root_service)},
        {STR_INIT("/chat"), CHAT},
        {STR_INIT("/live"), LIVE},
        {STR_INIT("/ws"), LIVE},
    };
    const struct server_setup setup = {
        .config = &config,
        .bindings = bindings,
        .bindings_count = BINDINGS,
        .media = media,
        .silences = silences,
        .routes = routes,
        .routes_count = sizeof(routes) / sizeof(routes[0]),
        .version = STR_INIT(PARLEY_VERSION),
        .spec_hash = STR_INIT(PROTOCOL_HASH),
        .message_bytes_max = FRAME_BYTES_MAX,
        .fragments_max = FRAGMENTS_MAX,
    };
    int result = server_run(&setup);
    media_close(media);
    return result;
}
