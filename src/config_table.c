/* All settings there are. */
#include <stddef.h>

#include "config_options.h"
#include "generated/protocol.h"

#define NAMED(member, flag_name, environment_name)                                                 \
    .flag = flag_name, .environment = environment_name, .offset = offsetof(struct config, member)
#define GIVEN(member) .given = offsetof(struct config, member)
#define NUMBERED(member, flag_name, environment_name, default_number, at_least, at_most)           \
    NAMED(member, flag_name, environment_name), .kind = OPTION_NUMBER, .number = default_number,   \
                                                .min = at_least, .max = at_most

/* Those that main.c binds. */
#define SERVICES "chat, live, game"

static const char *const settings = "Settings";
static const char *const listening = "Listening";
static const char *const admission = "Who may connect";
static const char *const timeouts = "Time";
static const char *const abuse = "What one client may do";
static const char *const live = "Live";
static const char *const game = "Game";
static const char *const store = "What is kept";
static const char *const tokens = "Signed tokens (JWT)";
static const char *const logging = "Logging";

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

const struct option options[] = {
    {settings, NAMED(config_file, "config", "PARLEY_CONFIG"), .kind = OPTION_FILE_NAME,
     .text = "none",
     .doc = "Settings, one a line: an option's name without --, =, and its value. # begins a "
            "comment."},

    {listening, NAMED(host, "host", "SERVER_HOST"), .kind = OPTION_HOST, .text = "127.0.0.1",
     .doc = "Address to listen on. 0.0.0.0 is every IPv4 address of the machine, :: every one."},
    {listening, NAMED(port, "port", "SERVER_PORT"), .kind = OPTION_PORT, .number = 8080,
     .max = 65535, .doc = "TCP port. 0 takes any free one, which the log tells."},
    {listening, NAMED(http_port, "http-port", "HTTP_PORT"), .kind = OPTION_PORT_OR_OFF,
     .number = 3001, .max = 65535, GIVEN(http_port_given),
     .doc = "TCP port that serves the HTTP API too. 0 takes any free one; off, or --port's: none."},
    {listening, NUMBERED(admin_port, "admin-port", "PARLEY_ADMIN_PORT", 0, 0, 65535),
     .doc = "TCP port of the admin API, which parleyctl speaks: plain HTTP. 0 is none."},
    {listening, NAMED(admin_token, "admin-token", "PARLEY_ADMIN_TOKEN"), .kind = OPTION_SECRET,
     .text = "none", .reloadable = true,
     .doc = "What the admin API asks for. Without, it is on 127.0.0.1 only; with, on --host's "
            "address."},
    {listening, NUMBERED(workers, "workers", "PARLEY_WORKERS", 0, 1, CONFIG_WORKERS_MAX),
     .text = "one per core", .unit = "threads",
     .doc = "Threads that serve. Each has its own share of the connections."},
    {listening, NAMED(root_service, "root-service", "ROOT_SERVICE"), .kind = OPTION_CHOICE,
     .text = "chat", .choices = SERVICES,
     .doc = "The service that the bare path / speaks. Each has its own: /chat; /live, /ws; /game."},
    {listening, NAMED(tls_cert, "tls-cert", "PARLEY_TLS_CERT"), .kind = OPTION_FILE_NAME,
     .text = "none", .reloadable = true,
     .doc = "Certificate chain in PEM. With --tls-key, both ports speak https and wss only."},
    {listening, NAMED(tls_key, "tls-key", "PARLEY_TLS_KEY"), .kind = OPTION_FILE_NAME,
     .text = "none", .reloadable = true, .doc = "The certificate's private key in PEM."},

    {admission, NAMED(allowed_origins, "allowed-origins", "ALLOWED_ORIGINS"),
     .kind = OPTION_ORIGINS, .text = "same origin", .reloadable = true,
     .doc =
         "Pages that may connect: origins, or * for all. Programs, without an Origin, always may."},
    {admission,
     NUMBERED(connections_max, "connections-max", "PARLEY_CONNECTIONS_MAX", 100000, 1, 4000000),
     .unit = "connections", .doc = "WebSocket connections in all. More are refused with 503."},
    {admission,
     NUMBERED(connections_per_address_max, "connections-per-address-max",
              "PARLEY_CONNECTIONS_PER_ADDRESS_MAX", 1000, 1, 4000000),
     .unit = "connections", .doc = "Connections from one address, upgraded or not."},
    {admission, NAMED(limit_loopback, "limit-loopback", "PARLEY_LIMIT_LOOPBACK"),
     .kind = OPTION_SWITCH, .text = "no",
     .doc = "Whether 127.0.0.0/8 and ::1 are held to the bounds per address, that on guesses "
            "among them."},
    {admission, NAMED(trusted_proxies, "trusted-proxies", "TRUSTED_PROXIES"),
     .kind = OPTION_PROXIES, .text = "none",
     .doc = "Fronts that are believed whom a request is from (X-Forwarded-For, Forwarded)."},
    {admission, NAMED(proxy_protocol, "proxy-protocol", "PARLEY_PROXY_PROTOCOL"),
     .kind = OPTION_SWITCH, .text = "no",
     .doc = "Whether they begin each connection on --port with a PROXY header, version 1 or 2."},

    {timeouts,
     NUMBERED(header_timeout_ms, "header-timeout-ms", "PARLEY_HEADER_TIMEOUT_MS", 10000, 100,
              10 * MINUTE_MS),
     .unit = "ms", .doc = "For a request to arrive, TLS handshake included."},
    {timeouts,
     NUMBERED(ping_interval_ms, "ping-interval-ms", "PARLEY_PING_INTERVAL_MS", 30000, 100,
              24 * HOUR_MS),
     .unit = "ms", .doc = "Silence of a client after which it is sent a Ping."},
    {timeouts,
     NUMBERED(idle_timeout_ms, "idle-timeout-ms", "PARLEY_IDLE_TIMEOUT_MS", 75000, 200,
              24 * HOUR_MS),
     .unit = "ms", .doc = "Silence, Pongs included, after which a client is given up (1001)."},
    {timeouts,
     NUMBERED(close_timeout_ms, "close-timeout-ms", "PARLEY_CLOSE_TIMEOUT_MS", 3000, 10,
              10 * MINUTE_MS),
     .unit = "ms", .doc = "For a closing connection to take its last bytes."},
    {timeouts,
     NUMBERED(shutdown_timeout_ms, "shutdown-timeout-ms", "PARLEY_SHUTDOWN_TIMEOUT_MS", 5000, 10,
              10 * MINUTE_MS),
     .unit = "ms", .doc = "From SIGTERM or SIGINT to exit, at most."},
    {timeouts,
     NUMBERED(drain_delay_ms, "drain-delay-ms", "PARLEY_DRAIN_DELAY_MS", 0, 0, 10 * MINUTE_MS),
     .unit = "ms", .doc = "Of it: first /readyz alone says so, for balancers to notice."},
    {timeouts, NUMBERED(drain_ms, "drain-ms", "PARLEY_DRAIN_MS", 0, 0, 10 * MINUTE_MS),
     .unit = "ms", .doc = "Of it: then clients are closed (1001), spread over this time."},

    {abuse,
     NUMBERED(header_bytes_max, "header-bytes-max", "PARLEY_HEADER_BYTES_MAX", 32768, 1024, 400000),
     .unit = "bytes", .doc = "A request's line and headers. More are refused with 431."},
    {abuse,
     NUMBERED(egress_messages_max, "egress-messages-max", "PARLEY_EGRESS_MESSAGES_MAX",
              EGRESS_MESSAGES_MAX, 16, 1000000),
     .unit = "messages",
     .doc = "Waiting for one reader. A client that lags further is disconnected (1013)."},
    {abuse,
     NUMBERED(egress_bytes_max, "egress-bytes-max", "PARLEY_EGRESS_BYTES_MAX", 1 << 20, 65536,
              1 << 30),
     .unit = "bytes", .doc = "Likewise, in bytes."},
    {abuse, NUMBERED(message_rate_max, "message-rate-max", "PARLEY_MESSAGE_RATE_MAX", 0, 0, 1000),
     .unit = "messages a second",
     .doc = "Of one client, twice as many at once; more end in 1008. 0 is no bound."},
    {abuse,
     NUMBERED(control_frames_max, "control-frames-max", "PARLEY_CONTROL_FRAMES_MAX", 128, 0,
              1000000),
     .unit = "frames",
     .doc = "Pings and Pongs of one client at once; more end in 1008. 0 is no bound."},
    {abuse,
     NUMBERED(control_frames_refill_ms, "control-frames-refill-ms",
              "PARLEY_CONTROL_FRAMES_REFILL_MS", 50, 1, HOUR_MS),
     .unit = "ms", .doc = "After which one more is allowed."},
    {abuse, NUMBERED(strikes_max, "strikes-max", "PARLEY_STRIKES_MAX", STRIKES_MAX, 1, 65000),
     .unit = "messages",
     .doc = "Invalid ones of one client at once, each answered; the next ends in 1008."},
    {abuse,
     NUMBERED(strikes_refill_ms, "strikes-refill-ms", "PARLEY_STRIKES_REFILL_MS", STRIKES_REFILL_MS,
              1, HOUR_MS),
     .unit = "ms", .doc = "After which one of them is forgiven."},
    {abuse, NUMBERED(guesses_max, "guesses-max", "PARLEY_GUESSES_MAX", 30, 1, 1000000),
     .unit = "guesses",
     .doc = "Wrong room codes and tokens from one address at once; the next ends in 1008."},
    {abuse,
     NUMBERED(guesses_refill_ms, "guesses-refill-ms", "PARLEY_GUESSES_REFILL_MS", 2000, 1, HOUR_MS),
     .unit = "ms", .doc = "After which one of them is forgiven."},

    {live,
     NUMBERED(live_heartbeat_ms, "live-heartbeat-ms", "LIVE_HEARTBEAT_MS", HEARTBEAT_MS, 20,
              24 * HOUR_MS),
     .unit = "ms",
     .doc = "Interval that clients are told. One that is silent for 90 % of it is sent a Ping."},
    {live,
     NUMBERED(live_zombie_ms, "live-zombie-ms", "LIVE_ZOMBIE_MS", ZOMBIE_MS, 20, 24 * HOUR_MS),
     .unit = "ms", .doc = "Silence, Pongs included, after which a client is given up (1001)."},
    {live,
     NUMBERED(live_identify_ms, "live-identify-ms", "LIVE_IDENTIFY_MS", IDENTIFY_MS, 20,
              24 * HOUR_MS),
     .unit = "ms", .doc = "For a client to identify itself. One that has not is closed (1008)."},
    {live, NAMED(live_secret, "live-secret", "LIVE_SECRET"), .kind = OPTION_SECRET, .text = "none",
     .reloadable = true,
     .doc = "What a client's token must be, if not a signed one. With neither, any but an empty "
            "one does."},
    {live, NUMBERED(live_udp_port, "live-udp-port", "LIVE_UDP_PORT", 10000, 0, 65535),
     GIVEN(live_udp_port_given),
     .doc = "UDP port of the media relay. 0 takes any free one; so does the default when it is "
            "taken."},
    {live, NAMED(live_advertise, "advertise-address", "LIVE_ADVERTISE"), .kind = OPTION_REMOTE_HOST,
     .text = "where the client connected to",
     .doc = "Where clients are told to send media: for NAT and containers."},
    {live, NAMED(live_media, "live-media", "LIVE_MEDIA"), .kind = OPTION_CHOICE, .text = "srtp",
     .choices = "srtp, plain",
     .doc = "plain: members without keys are relayed too, unprotected, for closed networks."},
    {live,
     NUMBERED(media_threads, "media-threads", "PARLEY_MEDIA_THREADS", 1, 1,
              CONFIG_MEDIA_THREADS_MAX),
     .unit = "threads", .doc = "Threads that relay media."},

    {game, NUMBERED(game_tick_ms, "game-tick-ms", "GAME_TICK_MS", 0, 0, MINUTE_MS), .unit = "ms",
     .doc = "Players' new states go out together, so long after the first. 0 sends each at once."},

    {store, NAMED(data_dir, "data-dir", "DATA_DIR"), .kind = OPTION_FOLDER, .text = "./data",
     GIVEN(data_dir_given),
     .doc = "Directory of the journal of game's messages and rooms. Unless given, a temporary one "
            "will do."},
    {store, NAMED(durability, "durability", "PARLEY_DURABILITY"), .kind = OPTION_CHOICE,
     .text = "cache", .choices = "cache, fsync",
     .doc = "What was kept survives the end of the process; with fsync, a loss of power too."},
    {store, NUMBERED(store_mb_max, "store-mb-max", "PARLEY_STORE_MB_MAX", 1024, 8, 1 << 20),
     .unit = "MiB", .doc = "That the journal may fill. Then the oldest messages make room."},
    {store, NAMED(redis_url, "redis-url", "REDIS_URL"), .kind = OPTION_URL, .text = "none",
     .choices = "redis://, unix://",
     .doc = "Redis that mirrors players' states: redis://[user:password@]host[:port][/database]."},
    {store, NAMED(mongodb_url, "mongodb-url", "MONGODB_URL"), .kind = OPTION_URL, .text = "none",
     .choices = "mongodb://, mongodb+srv://",
     .doc = "MongoDB that messages and rooms of game are shipped to, and that they outlive us in."},
    {store, NAMED(mongodb_db_name, "mongodb-db-name", "MONGODB_DB_NAME"), .kind = OPTION_TEXT,
     .text = "signight_websocket", .doc = "The database's name there."},

    {tokens, NAMED(jwt_secret, "jwt-secret", "JWT_SECRET"), .kind = OPTION_SECRET, .text = "none",
     .reloadable = true,
     .doc = "Tokens are signed with this, by HS256: 32 bytes or more. Their sub is the user's id."},
    {tokens, NAMED(jwt_public_key, "jwt-public-key", "JWT_PUBLIC_KEY"), .kind = OPTION_TEXT,
     .text = "none", .reloadable = true,
     .doc = "Or with this key's private half: PEM, or a file that holds it. RS256 for RSA, ES256 "
            "for P-256."},
    {tokens, NAMED(jwt_issuer, "jwt-issuer", "JWT_ISSUER"), .kind = OPTION_TEXT, .text = "none",
     .reloadable = true,
     .doc = "What a token's iss must be. Without it: https://auth.signite.com, or no iss at all."},
    {tokens, NAMED(jwt_audience, "jwt-audience", "JWT_AUDIENCE"), .kind = OPTION_TEXT,
     .text = "none", .reloadable = true,
     .doc = "A token's aud must be or contain this. Without it, aud is not read."},
    {tokens, NAMED(token_services, "token-services", "PARLEY_TOKEN_SERVICES"), .kind = OPTION_WORDS,
     .text = "game", .choices = SERVICES,
     .doc =
         "Services that ask for a signed token, given a key. game: /rooms and /chat/history too."},
    {tokens,
     NUMBERED(token_grace_ms, "token-grace-ms", "PARLEY_TOKEN_GRACE_MS", 30000, 0, 24 * HOUR_MS),
     .unit = "ms",
     .doc = "For a client whose token has expired to present a new one; then it is closed (3000)."},

    {logging, NAMED(log_level, "log-level", "LOG_LEVEL"), .kind = OPTION_LEVEL, .text = "info",
     .reloadable = true,
     .doc = "off, error, warn, info or debug. Without LOG_LEVEL, RUST_LOG is heeded."},
    {logging, NAMED(log_format, "log-format", "PARLEY_LOG_FORMAT"), .kind = OPTION_FORMAT,
     .text = "text", .doc = "text or json, one line per event, on standard error."},
};

const uint32_t options_count = sizeof options / sizeof options[0];
_Static_assert(sizeof options / sizeof options[0] <= OPTIONS_MAX, "a larger OPTIONS_MAX");
