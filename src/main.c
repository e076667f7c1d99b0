/* Reads the configuration, says which services there are, and runs the server until a signal stops
 * it. Exit codes: 0 stopped as asked, or answered --help and the like; 1 a setting is wrong or the
 * server could not start. */
#include <stdio.h>

#include "base/check.h"
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
#include "store/jwt.h"
#include "store/scratch.h"
#include "store/store.h"

/* Frames that one message may come in: bounds floods of empty ones. */
enum { FRAGMENTS_MAX = 16 * 1024 };

enum binding { CHAT, LIVE, GAME, BINDINGS };

static enum binding binding_of(struct str service)
{
    if (str_equal(service, STR("game")))
        return GAME;
    return str_equal(service, STR("live")) ? LIVE : CHAT;
}

/* What proves who a client of live is: the secret, or a signed token for that user. */
struct proofs {
    struct str secret;     /* or empty */
    struct jwt_rules *jwt; /* or NULL */
};

static bool verify(const void *verifier, struct str user_id, struct str token, uint64_t wall_ms,
                   uint64_t *expires_ms)
{
    const struct proofs *proofs = verifier;
    return live_verify_secret(&proofs->secret, user_id, token, wall_ms, expires_ms) ||
           (proofs->jwt != NULL &&
            jwt_rules_accept(proofs->jwt, token, &user_id, wall_ms, expires_ms));
}

/* A token_verify: the token is signed, whoever it is for. */
static bool verify_token(const void *verifier, struct str token, uint64_t wall_ms,
                         uint64_t *expires_ms)
{
    return jwt_rules_accept(verifier, token, NULL, wall_ms, expires_ms);
}

/* False, and a log line, when the key for tokens cannot be used. */
static bool open_proofs(struct proofs *proofs, const struct config *config)
{
    *proofs = (struct proofs){.secret = config->live_secret};
    if (config->jwt_secret.len == 0 && config->jwt_public_key == NULL) {
        return true;
    }
    proofs->jwt = jwt_rules_new(&(struct jwt_settings){
        .secret = config->jwt_secret,
        .public_key = config->jwt_public_key,
        .issuer = config->jwt_issuer,
        .audience = config->jwt_audience,
    });
    return proofs->jwt != NULL;
}

/* Who may connect where. */
static struct server_tokens tokens_of(const struct config *config, const struct proofs *proofs,
                                      const struct hub_binding bindings[BINDINGS])
{
    struct server_tokens tokens = {.verify = verify_token, .verifier = proofs->jwt};
    if (proofs->jwt == NULL)
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

/* Binds the services, and serves until a signal. Returns the exit code. */
static int run(const struct config *config, const struct proofs *proofs, struct media *media,
               const struct store *store)
{
    const struct live_options live_options = {
        .media_host = {config->live_advertise,
                       config->live_advertise == NULL ? 0 : strlen(config->live_advertise)},
        .media_port = media_port(media),
        .media_plain = str_equal(config->live_media, STR("plain")),
        .heartbeat_ms = config->live_heartbeat_ms,
        .identify_ms = config->live_identify_ms,
        .verify = proofs->secret.len > 0 || proofs->jwt != NULL ? verify : NULL,
        .verifier = proofs,
    };
    token_verify *token = proofs->jwt != NULL ? verify_token : NULL;
    const struct chat_options chat_options = {.verify = token, .verifier = proofs->jwt};
    const struct game_options game_options = {.tick_ms = config->game_tick_ms,
                                              .store = true,
                                              .cache = config->redis_url != NULL,
                                              .verify = token,
                                              .verifier = proofs->jwt};
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
    const struct server_route routes[] = {
        {STR_INIT("/"), binding_of(config->root_service)},
        {STR_INIT("/chat"), CHAT},
        {STR_INIT("/live"), LIVE},
        {STR_INIT("/ws"), LIVE},
        {STR_INIT("/game"), GAME},
    };
    const struct server_setup setup = {
        .config = config,
        .bindings = bindings,
        .bindings_count = BINDINGS,
        .media = media,
        .store = store_link(store),
        .tokens = tokens_of(config, proofs, bindings),
        .silences = silences,
        .routes = routes,
        .routes_count = sizeof(routes) / sizeof(routes[0]),
        .version = STR_INIT(PARLEY_VERSION),
        .spec_hash = STR_INIT(PROTOCOL_HASH),
        .message_bytes_max = FRAME_BYTES_MAX,
        .fragments_max = FRAGMENTS_MAX,
    };
    return server_run(&setup);
}

int main(int argc, char **argv)
{
    struct config config;
    switch (config_read(&config, argc, argv, stdout, stderr)) {
    case CONFIG_DONE:
    case CONFIG_CHECK:
        config_clear(&config);
        return 0;
    case CONFIG_WRONG:
        config_clear(&config);
        return 1;
    case CONFIG_RUN:
        break;
    }
    log_start(config.log_level, config.log_format);

    struct proofs proofs;
    if (!open_proofs(&proofs, &config))
        return 1;
    struct media *media = media_open(&config);
    char scratch[SCRATCH_PATH_BYTES] = "";
    struct store *store = media != NULL ? open_store(&config, scratch) : NULL;
    int result = store != NULL ? run(&config, &proofs, media, store) : 1;
    store_close(store);
    scratch_remove(scratch);
    media_close(media);
    jwt_rules_free(proofs.jwt);
    config_clear(&config);
    return result;
}
