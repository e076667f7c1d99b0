/* Reads the configuration, says which services there are, and runs the server until a signal stops
 * it. Exit codes: 0 stopped as asked, or answered --help and the like; 1 a setting is wrong or the
 * server could not start. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "chat/chat.h"
#include "config.h"
#include "game/game.h"
#include "generated/chat_codec.h"
#include "generated/game_codec.h"
#include "generated/live_codec.h"
#include "generated/protocol.h"
#include "live/live.h"
#include "net/media.h"
#include "net/server.h"
#include "settings.h"
#include "store/scratch.h"
#include "store/store.h"

/* Frames that one message may come in: bounds floods of empty ones. */
enum { FRAGMENTS_MAX = 16 * 1024 };

enum binding { CHAT, LIVE, GAME, BINDINGS };

/* Paths that speak WebSocket. */
enum { ROUTES_MAX = 16 };

/* Each service has its own paths; / is one's of them. */
static uint32_t fill_routes(const struct config *config,
                            const struct hub_binding bindings[BINDINGS],
                            struct server_route routes[ROUTES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < BINDINGS; i++) {
        const struct codec *codec = bindings[i].codec;
        CHECK(count + 1 + codec->paths_count <= ROUTES_MAX);
        if (str_equal(codec->service, config->root_service))
            routes[count++] = (struct server_route){STR_INIT("/"), i};
        for (uint32_t j = 0; j < codec->paths_count; j++)
            routes[count++] = (struct server_route){codec->paths[j], i};
    }
    return count;
}

/* Who may connect where. */
static struct server_tokens tokens_of(const struct settings_book *book,
                                      const struct hub_binding bindings[BINDINGS])
{
    const struct config *config = &book->first->config;
    struct server_tokens tokens = {.verify = settings_verify_token, .verifier = book};
    if (book->first->jwt == NULL)
        return (struct server_tokens){.verify = NULL};
    for (uint32_t i = 0; i < BINDINGS; i++)
        if (config_lists(config->token_services, bindings[i].service->name))
            tokens.services |= 1u << i;
    tokens.http = (tokens.services & 1u << GAME) != 0;
    return tokens;
}

/* NULL, and a log line, when the journal cannot be opened. A directory that nobody has asked for is
 * not worth a server that does not start: `scratch` stands in for one that cannot be written, or is
 * another server's. */
static struct store *open_store(const struct config *config, char scratch[SCRATCH_PATH_BYTES])
{
    const char *data_dir = config->data_dir;
    if (!config->data_dir_given && !store_has_place(data_dir) && scratch_make(scratch)) {
        log_warn("what is kept ends with this process", log_string("path", scratch),
                 log_string("reason", "./data cannot be written, or is another server's"),
                 log_string("advice", "set DATA_DIR"));
        data_dir = scratch;
    }
    return store_open(&(struct store_settings){
        .data_dir = data_dir,
        .fsync = str_equal(config->durability, STR("fsync")),
        .bytes_max = (uint64_t)config->store_mb_max << 20,
        .mongodb_url = config->mongodb_url,
        .mongodb_database = config->mongodb_db_name,
        .redis_url = config->redis_url,
    });
}

/* With a tick, what players send changes nothing for others before it is over; messages of chat
 * alone would notice, so they are not read much later either. */
static uint32_t gathering_ms(const struct config *config)
{
    enum { LONGEST_MS = 10 };
    if (config->tls_cert != NULL)
        return 0;
    return config->game_tick_ms < LONGEST_MS ? config->game_tick_ms : LONGEST_MS;
}

/* Binds the services, and serves until a signal. Returns the exit code. */
static int run(struct settings_book *book, struct media *media, const struct store *store)
{
    const struct config *config = &book->first->config;
    const bool signed_tokens = book->first->jwt != NULL;
    const struct server_gathering gathering = {.ms = gathering_ms(config), .bindings = 1u << GAME};
    const struct live_options live_options = {
        .media_host = {config->live_advertise,
                       config->live_advertise == NULL ? 0 : strlen(config->live_advertise)},
        .media_port = media_port(media),
        .media_plain = str_equal(config->live_media, STR("plain")),
        .heartbeat_ms = config->live_heartbeat_ms,
        .identify_ms = config->live_identify_ms,
        .verify = config->live_secret.len > 0 || signed_tokens ? settings_verify_user : NULL,
        .verifier = book,
    };
    token_verify *token = signed_tokens ? settings_verify_token : NULL;
    const struct chat_options chat_options = {.verify = token, .verifier = book};
    const struct game_options game_options = {.tick_ms = config->game_tick_ms,
                                              .gathered_ms = gathering.ms,
                                              .store = true,
                                              .cache = config->redis_url != NULL,
                                              .verify = token,
                                              .verifier = book};
    const struct hub_binding bindings[BINDINGS] = {
        [CHAT] = {&chat_service, &chat_codec, &chat_options},
        [LIVE] = {&live_service, &live_codec, &live_options},
        [GAME] = {&game_service, &game_codec, &game_options},
    };
    const struct server_silence silences[BINDINGS] = {
        [CHAT] = {config->ping_interval_ms, config->idle_timeout_ms},
        [LIVE] = {config->live_heartbeat_ms * 9 / 10, config->live_zombie_ms},
        [GAME] = {config->ping_interval_ms, config->idle_timeout_ms},
    };
    struct server_route routes[ROUTES_MAX];
    const uint32_t routes_count = fill_routes(config, bindings, routes);
    const struct server_reload reload = settings_reload(book);
    const struct server_setup setup = {
        .config = config,
        .bindings = bindings,
        .bindings_count = BINDINGS,
        .media = media,
        .store = store_link(store),
        .tokens = tokens_of(book, bindings),
        .reload = &reload,
        .silences = silences,
        .gathering = gathering,
        .routes = routes,
        .routes_count = routes_count,
        .version = STR_INIT(PARLEY_VERSION),
        .spec_hash = STR_INIT(PROTOCOL_HASH),
        .message_bytes_max = FRAME_BYTES_MAX,
        .fragments_max = FRAGMENTS_MAX,
    };
    return server_run(&setup);
}

/* What holds for the whole process, before it opens anything. */
static bool prepare_process(void)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is told by errno, */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow (ulimit -f) */
    /* Whoever starts us may have closed these: what we open first would then be in their place, and
     * the log would be written into it. */
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            log_error("/dev/null cannot be opened",
                      log_string("advice", "start with descriptors 0 to 2 open"));
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct settings_book book;
    if (!prepare_process())
        return 1;
    switch (settings_open(&book, argc, argv)) {
    case CONFIG_DONE:
    case CONFIG_CHECK:
        return 0;
    case CONFIG_WRONG:
        return 1;
    case CONFIG_RUN:
        break;
    }
    const struct config *config = &book.first->config;
    struct media *media = media_open(config);
    char scratch[SCRATCH_PATH_BYTES] = "";
    struct store *store = media != NULL ? open_store(config, scratch) : NULL;
    int result = store != NULL ? run(&book, media, store) : 1;
    store_close(store);
    scratch_remove(scratch);
    media_close(media);
    settings_close(&book);
    return result;
}
