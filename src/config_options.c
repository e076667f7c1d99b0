#include "config_options.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "generated/protocol.h"

#define NAMED(member, flag_name, environment_name)                                                 \
    .flag = flag_name, .environment = environment_name, .offset = offsetof(struct config, member)
#define NUMBERED(member, flag_name, environment_name, default_number, at_least, at_most)           \
    NAMED(member, flag_name, environment_name), .kind = OPTION_NUMBER, .number = default_number,   \
                                                .min = at_least, .max = at_most

static const char *const listening = "Listening";
static const char *const admission = "Who may connect";
static const char *const timeouts = "Time";
static const char *const abuse = "What one client may do";
static const char *const live = "Live";
static const char *const game = "Game";
static const char *const tokens = "Signed tokens (JWT)";
static const char *const logging = "Logging";

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

const struct option options[] = {
    {listening, NAMED(host, "host", "SERVER_HOST"), .kind = OPTION_HOST, .text = "127.0.0.1",
     .doc = "Address to listen on. 0.0.0.0 is every IPv4 address of the machine, :: every one."},
    {listening, NAMED(port, "port", "SERVER_PORT"), .kind = OPTION_PORT, .number = 8080,
     .max = 65535, .doc = "TCP port. 0 takes any free one, which the log tells."},
    {listening, NAMED(http_port, "http-port", "HTTP_PORT"), .kind = OPTION_PORT_OR_OFF,
     .number = 3001, .max = 65535,
     .doc = "TCP port that serves the HTTP API too. 0 takes any free one; off, or --port's: none."},
    {listening, NUMBERED(workers, "workers", "PARLEY_WORKERS", 0, 1, 256), .text = "one per core",
     .unit = "threads", .doc = "Threads that serve. Each has its own share of the connections."},
    {listening, NAMED(root_service, "root-service", "ROOT_SERVICE"), .kind = OPTION_CHOICE,
     .text = "chat", .choices = "chat, live, game",
     .doc = "The service that the bare path / speaks. Each has its own: /chat; /live, /ws; /game."},
    {listening, NAMED(tls_cert, "tls-cert", "PARLEY_TLS_CERT"), .kind = OPTION_FILE_NAME,
     .text = "none",
     .doc = "Certificate chain in PEM. With --tls-key, the port speaks https and wss only."},
    {listening, NAMED(tls_key, "tls-key", "PARLEY_TLS_KEY"), .kind = OPTION_FILE_NAME,
     .text = "none", .doc = "The certificate's private key in PEM."},

    {admission, NAMED(allowed_origins, "allowed-origins", "ALLOWED_ORIGINS"),
     .kind = OPTION_ORIGINS, .text = "same origin",
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
     .doc = "Whether 127.0.0.0/8 and ::1 are held to the bounds per address and to those on "
            "guesses."},

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
     .doc = "What a client's token must be, if not a signed one. With neither, any but an empty "
            "one does."},
    {live, NUMBERED(live_udp_port, "live-udp-port", "LIVE_UDP_PORT", 10000, 0, 65535),
     .doc = "UDP port of the media relay. 0 takes any free one; so does the default when it is "
            "taken."},
    {live, NAMED(live_advertise, "advertise-address", "LIVE_ADVERTISE"), .kind = OPTION_REMOTE_HOST,
     .text = "where the client connected to",
     .doc = "Where clients are told to send media: for NAT and containers."},
    {live, NAMED(live_media, "live-media", "LIVE_MEDIA"), .kind = OPTION_CHOICE, .text = "srtp",
     .choices = "srtp, plain",
     .doc = "plain: members without keys are relayed too, unprotected, for closed networks."},
    {live, NUMBERED(media_threads, "media-threads", "PARLEY_MEDIA_THREADS", 1, 1, 16),
     .unit = "threads", .doc = "Threads that relay media."},

    {game, NUMBERED(game_tick_ms, "game-tick-ms", "GAME_TICK_MS", 0, 0, MINUTE_MS), .unit = "ms",
     .doc = "Players' new states go out together, so long after the first. 0 sends each at once."},

    {tokens, NAMED(jwt_secret, "jwt-secret", "JWT_SECRET"), .kind = OPTION_SECRET, .text = "none",
     .doc = "Tokens are signed with this, by HS256: 32 bytes or more. Their sub is the user's id."},
    {tokens, NAMED(jwt_public_key, "jwt-public-key", "JWT_PUBLIC_KEY"), .kind = OPTION_TEXT,
     .text = "none",
     .doc = "Or with this key's private half: PEM, or a file that holds it. RS256 for RSA, ES256 "
            "for P-256."},
    {tokens, NAMED(jwt_issuer, "jwt-issuer", "JWT_ISSUER"), .kind = OPTION_TEXT, .text = "none",
     .doc = "What a token's iss must be. Without it: https://auth.signite.com, or no iss at all."},
    {tokens, NAMED(jwt_audience, "jwt-audience", "JWT_AUDIENCE"), .kind = OPTION_TEXT,
     .text = "none", .doc = "A token's aud must be or contain this. Without it, aud is not read."},
    {tokens, NAMED(token_services, "token-services", "PARLEY_TOKEN_SERVICES"), .kind = OPTION_WORDS,
     .text = "game", .choices = "chat, live, game",
     .doc =
         "Services that ask for a signed token, given a key. game: /rooms and /chat/history too."},
    {tokens,
     NUMBERED(token_grace_ms, "token-grace-ms", "PARLEY_TOKEN_GRACE_MS", 30000, 0, 24 * HOUR_MS),
     .unit = "ms",
     .doc = "For a client whose token has expired to present a new one; then it is closed (3000)."},

    {logging, NAMED(log_level, "log-level", "LOG_LEVEL"), .kind = OPTION_LEVEL, .text = "info",
     .doc = "off, error, warn, info or debug. Without LOG_LEVEL, RUST_LOG is heeded."},
    {logging, NAMED(log_format, "log-format", "PARLEY_LOG_FORMAT"), .kind = OPTION_FORMAT,
     .text = "text", .doc = "text or json, one line per event, on standard error."},
};

const uint32_t options_count = sizeof(options) / sizeof(options[0]);
_Static_assert(sizeof(options) / sizeof(options[0]) <= OPTIONS_MAX, "a larger OPTIONS_MAX");

static void *member(const struct config *config, const struct option *option)
{
    return (uint8_t *)(uintptr_t)config + option->offset;
}

static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *number = (uint32_t)value;
    return value >= min && value <= max;
}

static bool set_number(struct config *config, const struct option *option, const char *text)
{
    uint32_t number;
    if (!read_number(text, option->min, option->max, &number)) {
        return false;
    }
    if (option->kind == OPTION_NUMBER) {
        *(uint32_t *)member(config, option) = number;
    } else {
        *(uint16_t *)member(config, option) = (uint16_t)number;
    }
    return true;
}

static bool set_port_or_off(struct config *config, const struct option *option, const char *text)
{
    config->http_port_on = strcmp(text, "off") != 0;
    return !config->http_port_on || set_number(config, option, text);
}

static bool set_host(struct config *config, struct str host)
{
    char text[CONFIG_HOST_BYTES];
    struct in6_addr address;
    if (host.len >= sizeof(text)) {
        return false;
    }
    if (str_equal(host, STR("localhost"))) {
        host = STR("127.0.0.1");
    }
    memcpy(text, host.base, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1) {
        return false;
    }
    memcpy(config->host, text, host.len + 1);
    return true;
}

/* The part before the first separator; *rest is what follows it. */
static struct str next_part(const char **rest, char separator)
{
    const char *end = strchrnul(*rest, separator);
    struct str part = {*rest, (size_t)(end - *rest)};
    *rest = *end == '\0' ? NULL : end + 1;
    while (part.len > 0 && *part.base == ' ') {
        part.base++;
        part.len--;
    }
    return part;
}

bool config_lists(const char *words, struct str word)
{
    for (const char *rest = words; rest != NULL;) {
        if (str_equal(next_part(&rest, ','), word)) {
            return true;
        }
    }
    return false;
}

static bool set_choice(struct config *config, const struct option *option, const char *text)
{
    for (const char *rest = option->choices; rest != NULL;) {
        struct str choice = next_part(&rest, ',');
        if (str_equal(choice, (struct str){text, strlen(text)})) {
            *(struct str *)member(config, option) = choice;
            return true;
        }
    }
    return false;
}

static bool set_words(struct config *config, const struct option *option, const char *text)
{
    *(const char **)member(config, option) = text;
    if (strcmp(text, "none") == 0) {
        return true;
    }
    for (const char *rest = text; rest != NULL;) {
        if (!config_lists(option->choices, next_part(&rest, ','))) {
            return false;
        }
    }
    return true;
}

/* RFC 6454, 6.2: scheme://host or scheme://host:port, nothing behind. */
static bool is_origin(struct str origin)
{
    const char *colon = memchr(origin.base, ':', origin.len);
    if (colon == NULL || colon == origin.base) {
        return str_equal(origin, STR("*")) || str_equal(origin, STR("null"));
    }
    struct str rest = {colon, origin.len - (size_t)(colon - origin.base)};
    return rest.len > 3 && memcmp(rest.base, "://", 3) == 0 &&
           memchr(rest.base + 3, '/', rest.len - 3) == NULL &&
           memchr(origin.base, ' ', origin.len) == NULL;
}

static bool set_origins(struct config *config, const char *text)
{
    config->allowed_origins_count = 0;
    for (const char *rest = text; rest != NULL;) {
        struct str origin = next_part(&rest, ',');
        if (!is_origin(origin) || config->allowed_origins_count == CONFIG_ORIGINS_MAX) {
            return false;
        }
        config->allowed_origins[config->allowed_origins_count++] = origin;
    }
    return true;
}

/* The characters of names and of addresses; RFC 1035, 2.3.4 bounds names. */
static bool is_host(const char *text)
{
    static const char *const allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
    size_t len = strspn(text, allowed);
    return len > 0 && len <= 253 && text[len] == '\0';
}

static bool set_switch(struct config *config, const struct option *option, const char *text)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        bool is_yes = strcasecmp(text, yes[i]) == 0;
        if (is_yes || strcasecmp(text, no[i]) == 0) {
            *(bool *)member(config, option) = is_yes;
            return true;
        }
    }
    return false;
}

static const char *const level_names[] = {"off", "error", "warn", "info", "debug"};
static const char *const format_names[] = {"text", "json"};

static bool read_level(struct str text, enum log_level *level)
{
    for (int i = LOG_OFF; i <= LOG_DEBUG; i++) {
        if (text.len == strlen(level_names[i]) &&
            strncasecmp(text.base, level_names[i], text.len) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool set_format(struct config *config, const char *text)
{
    for (int i = LOG_TEXT; i <= LOG_JSON; i++) {
        if (strcmp(text, format_names[i]) == 0) {
            config->log_format = (enum log_format)i;
            return true;
        }
    }
    return false;
}

bool option_set(struct config *config, const struct option *option, const char *text)
{
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_PORT:
        return set_number(config, option, text);
    case OPTION_PORT_OR_OFF:
        return set_port_or_off(config, option, text);
    case OPTION_HOST:
        return set_host(config, (struct str){text, strlen(text)});
    case OPTION_CHOICE:
        return set_choice(config, option, text);
    case OPTION_FILE_NAME:
    case OPTION_TEXT:
        *(const char **)member(config, option) = text;
        return *text != '\0';
    case OPTION_REMOTE_HOST:
        *(const char **)member(config, option) = text;
        return is_host(text);
    case OPTION_SECRET:
        *(struct str *)member(config, option) = (struct str){text, strlen(text)};
        return *text != '\0';
    case OPTION_WORDS:
        return set_words(config, option, text);
    case OPTION_ORIGINS:
        return set_origins(config, text);
    case OPTION_SWITCH:
        return set_switch(config, option, text);
    case OPTION_LEVEL:
        return read_level((struct str){text, strlen(text)}, &config->log_level);
    case OPTION_FORMAT:
        return set_format(config, text);
    }
    return false;
}

void option_set_default(struct config *config, const struct option *option)
{
    switch (option->kind) {
    case OPTION_NUMBER:
        *(uint32_t *)member(config, option) = option->number;
        break;
    case OPTION_PORT_OR_OFF:
        config->http_port_on = true;
        *(uint16_t *)member(config, option) = (uint16_t)option->number;
        break;
    case OPTION_PORT:
        *(uint16_t *)member(config, option) = (uint16_t)option->number;
        break;
    case OPTION_HOST:
    case OPTION_CHOICE:
    case OPTION_WORDS:
    case OPTION_SWITCH:
    case OPTION_LEVEL:
    case OPTION_FORMAT: {
        bool right = option_set(config, option, option->text);
        CHECK(right);
        break;
    }
    case OPTION_FILE_NAME:
    case OPTION_TEXT:
    case OPTION_REMOTE_HOST:
    case OPTION_SECRET:
    case OPTION_ORIGINS:
        break; /* none, as a zeroed config has it */
    }
}

void option_rule(const struct option *option, char rule[OPTION_RULE_BYTES])
{
    static const char *const rules[] = {
        [OPTION_HOST] = "a numeric address such as 127.0.0.1, 0.0.0.0 or ::1",
        [OPTION_FILE_NAME] = "the name of a file",
        [OPTION_TEXT] = "a text that is not empty",
        [OPTION_REMOTE_HOST] = "the name or the address of a machine",
        [OPTION_SECRET] = "a text that is not empty",
        [OPTION_ORIGINS] =
            "up to 32 origins such as https://example.org, separated by commas, or *",
        [OPTION_SWITCH] = "yes or no",
        [OPTION_LEVEL] = "off, error, warn, info or debug",
        [OPTION_FORMAT] = "text or json",
    };
    switch (option->kind) {
    case OPTION_NUMBER:
    case OPTION_PORT:
        snprintf(rule, OPTION_RULE_BYTES, "a whole number from %u to %u", option->min, option->max);
        break;
    case OPTION_PORT_OR_OFF:
        snprintf(rule, OPTION_RULE_BYTES, "a whole number from %u to %u, or off", option->min,
                 option->max);
        break;
    case OPTION_CHOICE:
        snprintf(rule, OPTION_RULE_BYTES, "one of: %s", option->choices);
        break;
    case OPTION_WORDS:
        snprintf(rule, OPTION_RULE_BYTES, "some of: %s; separated by commas, or none",
                 option->choices);
        break;
    case OPTION_HOST:
    case OPTION_FILE_NAME:
    case OPTION_TEXT:
    case OPTION_REMOTE_HOST:
    case OPTION_SECRET:
    case OPTION_ORIGINS:
    case OPTION_SWITCH:
    case OPTION_LEVEL:
    case OPTION_FORMAT:
        snprintf(rule, OPTION_RULE_BYTES, "%s", rules[option->kind]);
        break;
    }
}

const char *option_value_name(const struct option *option)
{
    static const char *const names[] = {
        [OPTION_NUMBER] = "N",         [OPTION_PORT] = "N",         [OPTION_HOST] = "ADDRESS",
        [OPTION_CHOICE] = "NAME",      [OPTION_FILE_NAME] = "FILE", [OPTION_ORIGINS] = "LIST",
        [OPTION_REMOTE_HOST] = "HOST", [OPTION_SECRET] = "TEXT",    [OPTION_SWITCH] = "",
        [OPTION_LEVEL] = "LEVEL",      [OPTION_FORMAT] = "FORMAT",  [OPTION_TEXT] = "TEXT",
        [OPTION_PORT_OR_OFF] = "N",    [OPTION_WORDS] = "LIST",
    };
    return names[option->kind];
}

void option_print(const struct option *option, const struct config *config, FILE *out)
{
    const void *value = member(config, option);
    switch (option->kind) {
    case OPTION_NUMBER:
        fprintf(out, "%u", *(const uint32_t *)value);
        break;
    case OPTION_PORT_OR_OFF:
        if (!config->http_port_on) {
            fputs("off", out);
            break;
        }
        fprintf(out, "%u", *(const uint16_t *)value);
        break;
    case OPTION_PORT:
        fprintf(out, "%u", *(const uint16_t *)value);
        break;
    case OPTION_HOST:
        fprintf(out, "%s", config->host);
        break;
    case OPTION_CHOICE: {
        const struct str *choice = value;
        fprintf(out, "%.*s", (int)choice->len, choice->base);
        break;
    }
    case OPTION_FILE_NAME:
    case OPTION_WORDS:
    case OPTION_REMOTE_HOST: {
        const char *name = *(const char *const *)value;
        fprintf(out, "%s", name == NULL ? option->text : name);
        break;
    }
    case OPTION_TEXT: { /* of a key in PEM the first line */
        const char *text = *(const char *const *)value;
        text = text == NULL ? option->text : text;
        fprintf(out, "%.*s", (int)strcspn(text, "\r\n"), text);
        break;
    }
    case OPTION_SECRET:
        fputs(((const struct str *)value)->len == 0 ? option->text : "(set)", out);
        break;
    case OPTION_ORIGINS:
        for (uint32_t i = 0; i < config->allowed_origins_count; i++) {
            struct str origin = config->allowed_origins[i];
            fprintf(out, "%s%.*s", i == 0 ? "" : ",", (int)origin.len, origin.base);
        }
        fputs(config->allowed_origins_count == 0 ? option->text : "", out);
        break;
    case OPTION_SWITCH:
        fputs(*(const bool *)value ? "yes" : "no", out);
        break;
    case OPTION_LEVEL:
        fputs(level_names[config->log_level], out);
        break;
    case OPTION_FORMAT:
        fputs(format_names[config->log_format], out);
        break;
    }
}

bool config_set_address(struct config *config, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL) {
        return false;
    }
    struct str host = {text, (size_t)(colon - text)};
    bool bracketed = host.len > 2 && host.base[0] == '[' && host.base[host.len - 1] == ']';
    if (bracketed) {
        host = (struct str){host.base + 1, host.len - 2};
    }
    bool v6 = memchr(host.base, ':', host.len) != NULL;
    uint32_t port;
    if (v6 != bracketed || !read_number(colon + 1, 0, UINT16_MAX, &port)) {
        return false;
    }
    config->port = (uint16_t)port;
    return set_host(config, host);
}

/* RUST_LOG is often set for other programs too: of "info,parley=debug,hyper=warn" the parts that
 * are a level or are about this program count, the more special one more. "trace" is debug. */
bool config_set_rust_log(struct config *config, const char *text)
{
    bool found = false;
    bool special = false;
    for (const char *rest = text; rest != NULL;) {
        struct str part = next_part(&rest, ',');
        bool ours = part.len > 7 && memcmp(part.base, "parley=", 7) == 0;
        if (ours) {
            part = (struct str){part.base + 7, part.len - 7};
        }
        if (part.len == 5 && strncasecmp(part.base, "trace", 5) == 0) {
            part = STR("debug");
        }
        if ((ours || !special) && read_level(part, &config->log_level)) {
            found = true;
            special = ours;
        }
    }
    return found;
}
