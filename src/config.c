#include "config.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "config_file.h"
#include "config_options.h"
#include "generated/protocol.h"

/* Of a file's name with a line's number. */
enum { FILE_PLACE_BYTES = 4200 };

struct reading {
    struct config *config;
    const char *from[OPTIONS_MAX]; /* where each value came from, */
    uint32_t line[OPTIONS_MAX];    /* and in which line of the configuration file; or 0 */
    bool check;
    uint32_t mistakes;
    FILE *errors; /* NULL: mistakes are only counted */
};

__attribute__((format(printf, 2, 3))) static void complain(struct reading *reading,
                                                           const char *format, ...)
{
    reading->mistakes++;
    if (reading->errors == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    fputs("parley: ", reading->errors);
    vfprintf(reading->errors, format, arguments);
    fputs("\n", reading->errors);
    va_end(arguments);
}

static void take(struct reading *reading, const struct option *option, const char *text,
                 const char *named, const char *from)
{
    if (!option_set(reading->config, option, text)) {
        char rule[OPTION_RULE_BYTES];
        option_rule(option, rule);
        if (option->kind == OPTION_URL) /* which may hold a password */
            complain(reading, "%s must be %s", named, rule);
        else
            complain(reading, "%s is \"%s\"; it must be %s", named, text, rule);
    }
    if (option->given != 0)
        *(bool *)((uint8_t *)reading->config + option->given) = true;
    reading->from[option - options] = from;
    reading->line[option - options] = 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return least((uint32_t)count, CONFIG_WORKERS_MAX);
}

static void take_defaults(struct reading *reading)
{
    for (uint32_t i = 0; i < options_count; i++) {
        option_set_default(reading->config, &options[i]);
        reading->from[i] = "default";
    }
    reading->config->workers = cores();
}

static void take_environment(struct reading *reading)
{
    for (uint32_t i = 0; i < options_count; i++) {
        const char *text = getenv(options[i].environment);
        if (text != NULL && *text != '\0')
            take(reading, &options[i], text, options[i].environment, options[i].environment);
        else if (options[i].kind == OPTION_LEVEL && getenv("RUST_LOG") != NULL &&
                 config_set_rust_log(reading->config, getenv("RUST_LOG")))
            reading->from[i] = "RUST_LOG";
    }
}

static const struct option *find_option(struct str name)
{
    for (uint32_t i = 0; i < options_count; i++) {
        if (str_equal(name, (struct str){options[i].flag, strlen(options[i].flag)}))
            return &options[i];
    }
    return NULL;
}

/* How many letters have to be put in, taken out or changed (Levenshtein), for short words. */
static uint32_t distance(struct str a, const char *b)
{
    enum { LEN_MAX = 48 };
    uint32_t row[LEN_MAX + 1];
    size_t b_len = strlen(b);
    if (a.len > LEN_MAX || b_len > LEN_MAX)
        return UINT32_MAX;
    for (uint32_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (uint32_t i = 1; i <= a.len; i++) {
        uint32_t diagonal = row[0];
        row[0] = i;
        for (uint32_t j = 1; j <= b_len; j++) {
            uint32_t changed = diagonal + (a.base[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[b_len];
}

static const char *const questions[] = {"help", "version", "check-config"};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

static bool is_question(struct str name)
{
    for (uint32_t i = 0; i < QUESTIONS; i++) {
        if (str_equal(name, (struct str){questions[i], strlen(questions[i])}))
            return true;
    }
    return false;
}

/* `place` and `dashes` are what stands before the name: "--", or the file and its line. */
static void complain_unknown(struct reading *reading, const char *place, const char *dashes,
                             struct str name)
{
    const char *nearest = NULL;
    uint32_t nearest_distance = (uint32_t)(name.len / 3 + 2);
    for (uint32_t i = 0; i < options_count + QUESTIONS; i++) {
        const char *flag = i < options_count ? options[i].flag : questions[i - options_count];
        bool begins = name.len >= 3 && strncmp(flag, name.base, name.len) == 0;
        uint32_t letters = begins ? 1 : distance(name, flag);
        if (letters < nearest_distance) {
            nearest = flag;
            nearest_distance = letters;
        }
    }
    if (nearest != NULL) {
        complain(reading, "%sthere is no option %s%.*s; did you mean %s%s?", place, dashes,
                 (int)name.len, name.base, dashes, nearest);
    } else {
        complain(reading, "%sthere is no option %s%.*s; parley --help lists them", place, dashes,
                 (int)name.len, name.base);
    }
}

static void take_line(struct reading *reading, const struct config_line *line)
{
    const char *path = reading->config->config_file;
    char place[FILE_PLACE_BYTES], named[FILE_PLACE_BYTES + 64];
    snprintf(place, sizeof place, "%s:%u: ", path, line->number);
    if (line->wrong) {
        complain(reading, "%sa line must be: key = value, or begin with #", place);
        return;
    }
    struct str key = {line->key, strlen(line->key)};
    const struct option *option = find_option(key);
    if (option == NULL) {
        complain_unknown(reading, place, "", key);
    } else if (option->offset == offsetof(struct config, config_file)) {
        complain(reading, "%sconfig names this file, so it cannot stand in it", place);
    } else if (reading->line[option - options] != 0) {
        complain(reading, "%s%s stands in line %u already", place, option->flag,
                 reading->line[option - options]);
    } else {
        snprintf(named, sizeof named, "%s%s", place, option->flag);
        take(reading, option, line->value, named, path);
        reading->line[option - options] = line->number;
    }
}

/* `path` is found on the command line or in the environment. */
static void take_file(struct reading *reading, const char *path)
{
    const char *why;
    reading->config->config_file = path;
    char *rest = config_file_read(reading->config, path, &why);
    if (rest == NULL) {
        complain(reading, "the configuration file %s cannot be used: %s", path, why);
        return;
    }
    struct config_line line = {.number = 0};
    while (config_file_next(&rest, &line))
        take_line(reading, &line);
}

/* Secrets, and URLs, which may hold one: each may be a file of its name in the directory that
 * systemd (LoadCredential=) and others pass in the environment. */
static void take_credentials(struct reading *reading)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    for (uint32_t i = 0; folder != NULL && i < options_count; i++) {
        char path[FILE_PLACE_BYTES], named[80];
        bool secret = options[i].kind == OPTION_SECRET || options[i].kind == OPTION_URL;
        int len = snprintf(path, sizeof path, "%s/%s", folder, options[i].flag);
        if (!secret || len < 0 || (size_t)len >= sizeof path)
            continue;
        const char *why;
        char *text = config_file_read(reading->config, path, &why);
        if (text != NULL) {
            config_file_trim(text);
            snprintf(named, sizeof named, "the credential %s", options[i].flag);
            take(reading, &options[i], text, named, "credential");
        } else if (errno != ENOENT) {
            complain(reading, "the credential %s cannot be used: %s", options[i].flag, why);
        }
    }
}

static void take_address(struct reading *reading, const char *text)
{
    if (!config_set_address(reading->config, text)) {
        complain(reading,
                 "the address is \"%s\"; it must be ADDRESS:PORT, such as 127.0.0.1:8080, "
                 "0.0.0.0:9000 or [::1]:8080",
                 text);
    }
    for (uint32_t i = 0; i < options_count; i++) {
        if (options[i].kind == OPTION_HOST || options[i].kind == OPTION_PORT) {
            reading->from[i] = "the address argument";
            reading->line[i] = 0;
        }
    }
}

/* Reads the option at argv[at]; returns how many arguments it takes. */
static int take_option(struct reading *reading, int argc, char **argv, int at)
{
    const char *equals = strchrnul(argv[at], '=');
    const char *rest = *equals == '=' ? equals + 1 : NULL;
    struct str name = {argv[at] + 2, (size_t)(equals - argv[at]) - 2};
    const struct option *option = find_option(name);
    if (str_equal(name, STR("check-config")) && rest == NULL) {
        reading->check = true;
        return 1;
    }
    if (is_question(name)) {
        complain(reading, "--%.*s takes no value", (int)name.len, name.base);
        return 1;
    }
    if (option == NULL) {
        complain_unknown(reading, "", "--", name);
        return at + 1 < argc && rest == NULL && argv[at + 1][0] != '-' ? 2 : 1;
    }
    int taken = 1;
    if (rest == NULL && option->kind == OPTION_SWITCH) {
        rest = "yes";
    } else if (rest == NULL && at + 1 < argc) {
        rest = argv[at + 1];
        taken = 2;
    }
    if (rest == NULL) {
        char rule[OPTION_RULE_BYTES];
        option_rule(option, rule);
        complain(reading, "--%s needs a value: %s", option->flag, rule);
    } else {
        char named[64];
        snprintf(named, sizeof named, "--%s", option->flag);
        take(reading, option, rest, named, "command line");
    }
    return taken;
}

static void take_arguments(struct reading *reading, int argc, char **argv)
{
    for (int at = 1; at < argc;) {
        if (strncmp(argv[at], "--", 2) == 0) {
            at += take_option(reading, argc, argv, at);
        } else if (at == 1 && argv[at][0] != '-') {
            take_address(reading, argv[at++]);
        } else {
            complain(reading,
                     "\"%s\" is not an option; the address comes first, and parley --help "
                     "lists the options",
                     argv[at++]);
        }
    }
}

/* What no single value can tell */

static void check_file(struct reading *reading, const char *flag, const char *name)
{
    FILE *file = fopen(name, "re");
    if (file == NULL)
        complain(reading, "--%s is \"%s\", which cannot be read: %s", flag, name, strerror(errno));
    else
        fclose(file);
}

static void check_together(struct reading *reading)
{
    struct config *config = reading->config;
    if ((config->tls_cert == NULL) != (config->tls_key == NULL))
        complain(reading, "--tls-cert and --tls-key go together: --%s is missing",
                 config->tls_cert == NULL ? "tls-cert" : "tls-key");
    if (config->tls_cert != NULL)
        check_file(reading, "tls-cert", config->tls_cert);
    if (config->tls_key != NULL)
        check_file(reading, "tls-key", config->tls_key);
    if (config->idle_timeout_ms <= config->ping_interval_ms) {
        complain(reading,
                 "--idle-timeout-ms is %u; it must be more than --ping-interval-ms, %u, so that a "
                 "client can answer the Ping",
                 config->idle_timeout_ms, config->ping_interval_ms);
    }
    if ((uint64_t)config->drain_delay_ms + config->drain_ms >= config->shutdown_timeout_ms) {
        complain(reading,
                 "--drain-delay-ms and --drain-ms are %u and %u; together they must be less than "
                 "--shutdown-timeout-ms, %u, which they are part of",
                 config->drain_delay_ms, config->drain_ms, config->shutdown_timeout_ms);
    }
    if (config->admin_port > 0 &&
        (config->admin_port == config->port ||
         (config->http_port_on && config->admin_port == config->http_port))) {
        complain(reading, "--admin-port is %u; it must be another one than --port and --http-port",
                 config->admin_port);
    }
    if (config->proxy_protocol && config->trusted_proxies_count == 0)
        complain(reading, "--proxy-protocol needs --trusted-proxies: the fronts that speak it");
    if (config->jwt_secret.len > 0 && config->jwt_public_key != NULL)
        complain(reading, "--jwt-secret and --jwt-public-key exclude each other: tokens are signed "
                          "in one way only");
    if (config->jwt_public_key != NULL && strstr(config->jwt_public_key, "-----BEGIN") == NULL)
        check_file(reading, "jwt-public-key", config->jwt_public_key);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b > 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Exactly the rate, in steps as small as whole milliseconds allow. */
static struct bucket_limits bucket_of_rate(uint32_t per_second)
{
    enum { SECOND_MS = 1000 };
    uint32_t divisor = common_divisor(SECOND_MS, per_second);
    return (struct bucket_limits){2 * per_second, SECOND_MS / divisor, per_second / divisor};
}

/* Answers */

static void print_help(FILE *out)
{
    fputs(
        "parley serves rooms over WebSocket: one-to-one chat, channels with push-to-talk, and\n"
        "players with a shared state.\n"
        "\n"
        "Usage: parley [ADDRESS:PORT] [OPTION VALUE]...\n"
        "\n"
        "  parley                          on 127.0.0.1:8080, for this machine only\n"
        "  parley 0.0.0.0:9000             for everyone who can reach port 9000\n"
        "  parley [::1]:8080 --workers 2   IPv6; options follow the address\n"
        "  parley 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem\n"
        "  parley --check-config           shows every setting and where it came from\n"
        "\n"
        "Then open http://127.0.0.1:8080/ in two browser windows, or connect a WebSocket client\n"
        "to ws://127.0.0.1:8080/chat.\n"
        "\n"
        "Every option can also be given in the environment, under the name in brackets, and in a\n"
        "configuration file, under its own. The command line goes first, then the environment,\n"
        "then credentials, then the file. Allowed values and the default follow.\n"
        "\n"
        "Secrets and URLs can be credentials, too: files of the option's name, such as\n"
        "jwt-secret, in the directory that CREDENTIALS_DIRECTORY names, as systemd makes it.\n",
        out);
    const char *group = NULL;
    for (uint32_t i = 0; i < options_count; i++) {
        const struct option *option = &options[i];
        if (option->group != group) {
            group = option->group;
            fprintf(out, "\n%s\n", group);
        }
        char rule[OPTION_RULE_BYTES];
        option_rule(option, rule);
        fprintf(out, "  --%s%s%s  [%s]%s\n      %s\n", option->flag,
                option->kind == OPTION_SWITCH ? "" : " ", option_value_name(option),
                option->environment, option->reloadable ? " *" : "", option->doc);
        fprintf(out, "      %s%s%s; default: ", rule, option->unit == NULL ? "" : " ",
                option->unit == NULL ? "" : option->unit);
        if (option->text != NULL)
            fprintf(out, "%s\n", option->text);
        else
            fprintf(out, "%u\n", option->number);
    }
    fputs("\nSignals\n"
          "  SIGTERM, SIGINT  stop it in good order; a second one, at once\n"
          "  SIGHUP           reads all settings again, and exchanges those marked *, without a\n"
          "                   pause: all of them, or, when anything is wrong, none\n"
          "\nQuestions\n"
          "  --help          this text\n"
          "  --version       version, and the hash of the protocol that is spoken\n"
          "  --check-config  prints every setting; with a mistake, tells it and exits with 1\n"
          "\n"
          "Exit codes: 0 stopped as asked, or answered one of the questions; 1 a setting is wrong\n"
          "or the server could not start, and standard error says why.\n",
          out);
}

static void print_settings(FILE *out, const struct reading *reading)
{
    for (uint32_t i = 0; i < options_count; i++) {
        fprintf(out, "%s = ", options[i].flag);
        option_print(&options[i], reading->config, out);
        if (reading->line[i] > 0)
            fprintf(out, "  (%s:%u)\n", reading->from[i], reading->line[i]);
        else
            fprintf(out, "  (%s)\n", reading->from[i]);
    }
}

static bool is_given(int argc, char **argv, const char *option, const char *shorter)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], option) == 0 || strcmp(argv[i], shorter) == 0)
            return true;
    }
    return false;
}

enum config_outcome config_read(struct config *config, int argc, char **argv, FILE *out,
                                FILE *errors)
{
    *config = (struct config){0};
    if (is_given(argc, argv, "--help", "-h")) {
        print_help(out);
        return CONFIG_DONE;
    }
    if (is_given(argc, argv, "--version", "-V")) {
        fprintf(out, "parley %s (protocol %s)\n", PARLEY_VERSION, PROTOCOL_HASH);
        return CONFIG_DONE;
    }
    struct reading reading = {.config = config};
    take_environment(&reading);
    take_arguments(&reading, argc, argv);
    const char *file = config->config_file; /* which all else goes before */

    *config = (struct config){0};
    reading = (struct reading){.config = config, .errors = errors};
    take_defaults(&reading);
    if (file != NULL && *file != '\0')
        take_file(&reading, file);
    take_credentials(&reading);
    take_environment(&reading);
    take_arguments(&reading, argc, argv);
    if (reading.mistakes == 0)
        check_together(&reading);
    config->messages = bucket_of_rate(config->message_rate_max);
    if (reading.mistakes > 0)
        return CONFIG_WRONG;
    if (reading.check) {
        print_settings(out, &reading);
        return CONFIG_CHECK;
    }
    return CONFIG_RUN;
}
