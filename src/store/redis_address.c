#include "store/redis_address.h"

#include "base/str.h"

static bool begins(struct str text, struct str with)
{
    return text.len >= with.len && memcmp(text.base, with.base, with.len) == 0;
}

static struct str after(struct str text, size_t count)
{
    return (struct str){text.base + count, text.len - count};
}

/* The part of `text` before the first `mark`, which is taken off with it; false when there is no
 * mark. */
static bool split(struct str *text, char mark, struct str *before)
{
    const char *at = text->len > 0 ? memchr(text->base, mark, text->len) : NULL;
    if (at == NULL)
        return false;
    *before = (struct str){text->base, (size_t)(at - text->base)};
    *text = after(*text, before->len + 1);
    return true;
}

static bool number_of(struct str text, uint32_t max, uint16_t *number)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text.base[i] - '0');
        if (value > max)
            return false;
    }
    *number = (uint16_t)value;
    return text.len > 0;
}

static int hex_of(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* Into `out`, of so many bytes, with its end; %XX are the characters that they stand for. */
static bool unescape(struct str text, char *out, size_t bytes)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char next = text.base[i];
        if (next == '%') {
            int high = i + 2 < text.len ? hex_of(text.base[i + 1]) : -1;
            int low = high >= 0 ? hex_of(text.base[i + 2]) : -1;
            next = (char)(high * 16 + low);
            if (low < 0 || next == 0)
                return false;
            i += 2;
        }
        if (len + 1 >= bytes)
            return false;
        out[len++] = next;
    }
    out[len] = 0;
    return true;
}

static bool read_user(struct redis_address *address, struct str *rest)
{
    struct str secrets, user = {"", 0};
    if (!split(rest, '@', &secrets))
        return true;
    if (!split(&secrets, ':', &user))
        return false; /* a user without a password */
    return unescape(user, address->user, sizeof address->user) &&
           unescape(secrets, address->password, sizeof address->password) &&
           address->password[0] != 0;
}

static const char *read_socket(struct redis_address *address, struct str rest)
{
    struct str path;
    if (!split(&rest, '?', &path)) {
        path = rest;
        rest = (struct str){"", 0};
    }
    if (path.len == 0 || path.base[0] != '/' ||
        !unescape(path, address->path, sizeof address->path))
        return "a socket's path begins with / and has at most 107 bytes: unix:///run/redis.sock";
    if (rest.len > 0 && (!begins(rest, STR("db=")) ||
                         !number_of(after(rest, 3), REDIS_DATABASE_MAX, &address->database)))
        return "behind a socket's path there may be ?db=NUMBER, and nothing else";
    return NULL;
}

static const char *read_host(struct redis_address *address, struct str rest)
{
    const struct str port = STR("6379"); /* REDIS_PORT */
    struct str host, database = {"", 0};
    if (split(&rest, '/', &host)) {
        database = rest;
        rest = host;
    }
    if (database.len > 0 && !number_of(database, REDIS_DATABASE_MAX, &address->database))
        return "behind the host there may be /NUMBER, the database, and nothing else";
    if (begins(rest, STR("["))) {
        rest = after(rest, 1);
        if (!split(&rest, ']', &host) || (rest.len > 0 && rest.base[0] != ':'))
            return "an IPv6 address stands in brackets: redis://[::1]:6379";
        rest = rest.len > 0 ? after(rest, 1) : port;
    } else if (!split(&rest, ':', &host)) {
        host = rest;
        rest = port;
    }
    if (!number_of(rest, UINT16_MAX, &address->port) || address->port == 0)
        return "the port must be 1 to 65535";
    if (host.len == 0 || !unescape(host, address->host, sizeof address->host))
        return "there is no host: redis://127.0.0.1:6379";
    return NULL;
}

const char *redis_address_read(struct redis_address *address, const char *url)
{
    struct str rest = {url, strlen(url)};
    *address = (struct redis_address){.port = REDIS_PORT};
    bool is_socket = begins(rest, STR("unix://"));
    if (begins(rest, STR("rediss://")))
        return "TLS to Redis is not spoken; a proxy on this machine can (redis://127.0.0.1:PORT)";
    if (!is_socket && !begins(rest, STR("redis://")))
        return "it must be redis://[[user]:password@]host[:port][/database] or unix:///path";
    rest = after(rest, is_socket ? 7 : 8);
    if (!read_user(address, &rest))
        return "before the @ stands [user]:password, special characters as %XX";
    return is_socket ? read_socket(address, rest) : read_host(address, rest);
}
