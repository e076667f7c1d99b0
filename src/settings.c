#include "settings.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "live/live.h"
#include "store/store.h"

static bool has_signing_key(const struct config *config)
{
    return config->jwt_secret.len > 0 || config->jwt_public_key != NULL;
}

static bool open_keys(struct settings *settings)
{
    const struct config *config = &settings->config;
    if (!has_signing_key(config))
        return true;
    settings->jwt = jwt_rules_new(&(struct jwt_settings){
        .secret = config->jwt_secret,
        .public_key = config->jwt_public_key,
        .issuer = config->jwt_issuer,
        .audience = config->jwt_audience,
    });
    return settings->jwt != NULL;
}

static void free_settings(struct settings *settings)
{
    if (settings != NULL) {
        jwt_rules_free(settings->jwt);
        config_clear(&settings->config);
        free(settings);
    }
}

/* Without making it: whether it is there and can be written, or its parent can. */
static bool check_data_dir(const struct config *config)
{
    const char *path = config->data_dir;
    if (!config->data_dir_given || access(path, W_OK | X_OK) == 0)
        return true;
    if (errno == ENOENT) {
        char copy[PATH_MAX];
        snprintf(copy, sizeof copy, "%s", path);
        if (access(dirname(copy), W_OK | X_OK) == 0)
            return true;
    }
    log_error("the data directory cannot be used", log_string("path", path),
              log_system_error(errno));
    return false;
}

static bool check_databases(const struct config *config)
{
    return store_check(&(struct store_settings){.mongodb_url = config->mongodb_url,
                                                .mongodb_database = config->mongodb_db_name,
                                                .redis_url = config->redis_url});
}

enum config_outcome settings_open(struct settings_book *book, int argc, char **argv)
{
    *book = (struct settings_book){.argc = argc, .argv = argv};
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        log_error("settings cannot be kept", log_system_error(ENOMEM));
        return CONFIG_WRONG;
    }
    enum config_outcome outcome = config_read(&settings->config, argc, argv, stdout, stderr);
    if (outcome == CONFIG_RUN)
        log_start(settings->config.log_level, settings->config.log_format);
    bool usable = true;
    if (outcome == CONFIG_RUN || outcome == CONFIG_CHECK)
        usable = open_keys(settings);
    if (outcome == CONFIG_CHECK) {
        usable = server_check(&settings->config) && usable;
        usable = check_data_dir(&settings->config) && usable;
        usable = check_databases(&settings->config) && usable;
    }
    if (!usable)
        outcome = CONFIG_WRONG;
    if (outcome == CONFIG_RUN) {
        book->first = settings;
        atomic_init(&book->current, settings);
    } else {
        free_settings(settings);
    }
    return outcome;
}

void settings_close(struct settings_book *book)
{
    free_settings(book->first);
}

/* SIGHUP */

/* Each line of what config_read complained about. */
static void log_mistakes(char *mistakes)
{
    static const char *const prefix = "parley: ";
    for (char *line; (line = strsep(&mistakes, "\n")) != NULL;) {
        if (*line == '\0')
            continue;
        bool prefixed = strncmp(line, prefix, strlen(prefix)) == 0;
        log_error("a setting is wrong",
                  log_string("reason", line + (prefixed ? strlen(prefix) : 0)));
    }
}

static bool read_config(const struct settings_book *book, struct config *config)
{
    char *mistakes = NULL;
    size_t len = 0;
    FILE *errors = open_memstream(&mistakes, &len);
    if (errors == NULL) {
        log_error("settings cannot be read", log_system_error(errno));
        return false;
    }
    bool right = config_read(config, book->argc, book->argv, stdout, errors) == CONFIG_RUN;
    fclose(errors);
    log_mistakes(mistakes);
    free(mistakes);
    return right;
}

/* What services were told at start, and cannot unlearn. */
static bool same_kind(const struct config *first, const struct config *next)
{
    bool same = (first->tls_cert != NULL) == (next->tls_cert != NULL) &&
                has_signing_key(first) == has_signing_key(next) &&
                (first->live_secret.len > 0) == (next->live_secret.len > 0) &&
                (first->admin_token.len > 0) == (next->admin_token.len > 0);
    if (!same)
        log_error("settings need a restart",
                  log_string("reason",
                             "TLS, signed tokens, live's secret or the admin token would be there "
                             "that was not, or be gone; only the files and keys can be exchanged"));
    return same;
}

static const struct config *read_again(void *context)
{
    struct settings_book *book = context;
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        log_error("settings cannot be kept", log_system_error(ENOMEM));
        return NULL;
    }
    if (read_config(book, &settings->config) &&
        same_kind(&book->first->config, &settings->config) && open_keys(settings))
        return &settings->config;
    free_settings(settings);
    return NULL;
}

static struct settings *settings_of(const struct config *config)
{
    return (struct settings *)(uintptr_t)config;
}

static void use(void *context, const struct config *config)
{
    struct settings_book *book = context;
    struct settings *old = atomic_exchange(&book->current, settings_of(config));
    config_tell_changes(&book->first->config, &old->config, config);
    log_set_level(config->log_level);
}

static void drop(void *context, const struct config *config)
{
    (void)context;
    free_settings(settings_of(config));
}

struct server_reload settings_reload(struct settings_book *book)
{
    return (struct server_reload){book, read_again, use, drop};
}

/* Tokens */

static const struct settings *current(const void *context)
{
    const struct settings_book *book = context;
    return atomic_load_explicit(&book->current, memory_order_acquire);
}

bool settings_verify_token(const void *book, struct str token, uint64_t wall_ms,
                           uint64_t *expires_ms)
{
    return jwt_rules_accept(current(book)->jwt, token, NULL, wall_ms, expires_ms);
}

bool settings_verify_user(const void *book, struct str user_id, struct str token, uint64_t wall_ms,
                          uint64_t *expires_ms)
{
    const struct settings *settings = current(book);
    return live_verify_secret(&settings->config.live_secret, user_id, token, wall_ms, expires_ms) ||
           (settings->jwt != NULL &&
            jwt_rules_accept(settings->jwt, token, &user_id, wall_ms, expires_ms));
}
