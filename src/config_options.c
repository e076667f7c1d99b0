#include "config_options.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"

static void *member(const struct config *config, const struct option *option)
{
    return (uint8_t *)(uintptr_t)config + option->offset;
}

static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *number = (uint32_t)value;
    return value >= min && value <= max;
}

static bool set_number(struct config *config, const struct option *option, const char *text)
{
    uint32_t number;
    if (!read_number(text, option->min, option->max, &number))
        return false;
    if (option->kind == OPTION_NUMBER)
        *(uint32_t *)member(config, option) = number;
    else
        *(uint16_t *)member(config, option) = (uint16_t)number;
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
    if (host.len >= sizeof text)
        return false;
    if (str_equal(host, STR("localhost")))
        host = STR("127.0.0.1");
    memcpy(text, host.base, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1)
        return false;
    memcpy(config->host, text, host.len + 1);
    return true;
}

/* The part before the first separator, without blanks around it; *rest is what follows it. */
static struct str next_part(const char **rest, char separator)
{
    const char *end = strchrnul(*rest, separator);
    struct str part = {*rest, (size_t)(end - *rest)};
    *rest = *end == '\0' ? NULL : end + 1;
    while (part.len > 0 && *part.base == ' ') {
        part.base++;
        part.len--;
    }
    while (part.len > 0 && part.base[part.len - 1] == ' ')
        part.len--;
    return part;
}

bool config_lists(const char *words, struct str word)
{
    for (const char *rest = words; rest != NULL;) {
        if (str_equal(next_part(&rest, ','), word))
            return true;
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
    if (strcmp(text, "none") == 0)
        return true;
    for (const char *rest = text; rest != NULL;) {
        if (!config_lists(option->choices, next_part(&rest, ',')))
            return false;
    }
    return true;
}

/* RFC 6454, 6.2: scheme://host or scheme://host:port, nothing behind. */
static bool is_origin(struct str origin)
{
    const char *colon = memchr(origin.base, ':', origin.len);
    if (colon == NULL || colon == origin.base)
        return str_equal(origin, STR("*")) || str_equal(origin, STR("null"));
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
        if (!is_origin(origin) || config->allowed_origins_count == CONFIG_ORIGINS_MAX)
            return false;
        config->allowed_origins[config->allowed_origins_count++] = origin;
    }
    return true;
}

static bool set_proxies(struct config *config, const char *text)
{
    config->trusted_proxies_count = 0;
    for (const char *rest = text; rest != NULL;) {
        uint32_t count = config->trusted_proxies_count;
        if (count == CONFIG_PROXIES_MAX ||
            !ip_range_parse(next_part(&rest, ','), &config->trusted_proxies[count]))
            return false;
        config->trusted_proxies_count++;
    }
    return true;
}

static void print_proxies(const struct config *config, FILE *out)
{
    for (uint32_t i = 0; i < config->trusted_proxies_count; i++) {
        const struct ip_range *range = &config->trusted_proxies[i];
        char text[IP_TEXT_BYTES];
        struct str first = ip_print(&range->first, text);
        fprintf(out, "%s%.*s/%d", i == 0 ? "" : ",", (int)first.len, first.base,
                ip_is_v4(&range->first) ? range->bits - IP_V4_BITS : range->bits);
    }
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
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is_yes = strcasecmp(text, yes[i]) == 0;
        if (is_yes || strcasecmp(text, no[i]) == 0) {
            *(bool *)member(config, option) = is_yes;
            return true;
        }
    }
    return false;
}

static bool set_url(struct config *config, const struct option *option, const char *text)
{
    *(const char **)member(config, option) = text;
    const char *end = strstr(text, "://");
    if (end == NULL)
        return false;
    struct str scheme = {text, (size_t)(end - text) + 3};
    return end[3] != 0 && config_lists(option->choices, scheme);
}

/* Without what stands before the last @. */
static void print_url(const char *url, FILE *out)
{
    const char *host = strrchr(url, '@');
    if (host == NULL)
        fputs(url, out);
    else
        fprintf(out, "%.*s(not shown)%s", (int)(strstr(url, "://") + 3 - url), url, host);
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
    case OPTION_FOLDER:
    case OPTION_TEXT:
        *(const char **)member(config, option) = text;
        return *text != '\0';
    case OPTION_REMOTE_HOST:
        *(const char **)member(config, option) = text;
        return is_host(text);
    case OPTION_SECRET:
        *(struct str *)member(config, option) = (struct str){text, strlen(text)};
        return *text != '\0';
    case OPTION_URL:
        return set_url(config, option, text);
    case OPTION_WORDS:
        return set_words(config, option, text);
    case OPTION_ORIGINS:
        return set_origins(config, text);
    case OPTION_PROXIES:
        return set_proxies(config, text);
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
    case OPTION_FOLDER:
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
    case OPTION_URL:
    case OPTION_ORIGINS:
    case OPTION_PROXIES:
        break; /* none, as a zeroed config has it */
    }
}

void option_rule(const struct option *option, char rule[OPTION_RULE_BYTES])
{
    static const char *const rules[] = {
        [OPTION_HOST] = "a numeric address such as 127.0.0.1, 0.0.0.0 or ::1",
        [OPTION_FILE_NAME] = "the name of a file",
        [OPTION_FOLDER] = "the name of a directory",
        [OPTION_TEXT] = "a text that is not empty",
        [OPTION_REMOTE_HOST] = "the name or the address of a machine",
        [OPTION_SECRET] = "a text that is not empty",
        [OPTION_ORIGINS] =
            "up to 32 origins such as https://example.org, separated by commas, or *",
        [OPTION_PROXIES] = "up to 32 addresses or ranges such as 10.0.0.0/8, separated by commas",
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
    case OPTION_URL:
        snprintf(rule, OPTION_RULE_BYTES, "a host or path after one of: %s", option->choices);
        break;
    case OPTION_WORDS:
        snprintf(rule, OPTION_RULE_BYTES, "some of: %s; separated by commas, or none",
                 option->choices);
        break;
    case OPTION_HOST:
    case OPTION_FILE_NAME:
    case OPTION_FOLDER:
    case OPTION_TEXT:
    case OPTION_REMOTE_HOST:
    case OPTION_SECRET:
    case OPTION_ORIGINS:
    case OPTION_PROXIES:
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
        [OPTION_PORT_OR_OFF] = "N",    [OPTION_WORDS] = "LIST",     [OPTION_FOLDER] = "DIRECTORY",
        [OPTION_URL] = "URL",          [OPTION_PROXIES] = "LIST",
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
    case OPTION_FOLDER:
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
    case OPTION_URL: {
        const char *url = *(const char *const *)value;
        print_url(url == NULL ? option->text : url, out);
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
    case OPTION_PROXIES:
        print_proxies(config, out);
        fputs(config->trusted_proxies_count == 0 ? option->text : "", out);
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
    if (colon == NULL)
        return false;
    struct str host = {text, (size_t)(colon - text)};
    bool bracketed = host.len > 2 && host.base[0] == '[' && host.base[host.len - 1] == ']';
    if (bracketed) {
        host = (struct str){host.base + 1, host.len - 2};
    }
    bool v6 = memchr(host.base, ':', host.len) != NULL;
    uint32_t port;
    if (v6 != bracketed || !read_number(colon + 1, 0, UINT16_MAX, &port))
        return false;
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
        if (part.len == 5 && strncasecmp(part.base, "trace", 5) == 0)
            part = STR("debug");
        if ((ours || !special) && read_level(part, &config->log_level)) {
            found = true;
            special = ours;
        }
    }
    return found;
}
