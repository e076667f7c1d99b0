#include "net/http/head.h"

#include <strings.h>

/* Of a Content-Length: what 64 bits hold. */
enum { LENGTH_DIGITS_MAX = 19 };

bool head_same(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || strncasecmp(a.base, b.base, a.len) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str head_trimmed(struct str text)
{
    while (text.len > 0 && is_blank(text.base[0]))
        text = (struct str){text.base + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.base[text.len - 1]))
        text.len--;
    return text;
}

bool head_take_prefix(struct str *text, struct str prefix)
{
    if (text->len < prefix.len || !head_same((struct str){text->base, prefix.len}, prefix))
        return false;
    *text = (struct str){text->base + prefix.len, text->len - prefix.len};
    return true;
}

struct str head_take_until(struct str *rest, char end)
{
    const char *at = rest->len > 0 ? memchr(rest->base, end, rest->len) : NULL;
    size_t len = at != NULL ? (size_t)(at - rest->base) : rest->len;
    size_t skip = at != NULL ? len + 1 : len;
    struct str taken = {rest->base, len};
    rest->base = rest->base != NULL ? rest->base + skip : NULL;
    rest->len -= skip;
    return taken;
}

/* A line without its end, which is LF or CR LF (H2O takes both). */
static struct str take_line(struct str *rest)
{
    struct str line = head_take_until(rest, '\n');
    if (line.len > 0 && line.base[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* Whether `token` is an element of the comma-separated `list`. */
static bool lists_token(struct str list, struct str token)
{
    while (list.len > 0)
        if (head_same(head_trimmed(head_take_until(&list, ',')), token))
            return true;
    return false;
}

static void note(struct str *first, uint32_t *count, struct str value)
{
    if ((*count)++ == 0)
        *first = value;
}

static void note_bearers(struct head *head, struct str protocols)
{
    while (protocols.len > 0) {
        struct str protocol = head_trimmed(head_take_until(&protocols, ','));
        struct str token = protocol;
        if (head_take_prefix(&token, STR("bearer.")))
            note(&head->bearer, &head->bearers, protocol);
    }
}

static void read_header(struct head *head, struct str name, struct str value)
{
    struct str ignored;
    if (head_same(name, STR("host")))
        note(&head->host, &head->hosts, value);
    else if (head_same(name, STR("upgrade")))
        head->upgrade_websocket |= lists_token(value, STR("websocket"));
    else if (head_same(name, STR("connection")))
        head->connection_upgrade |= lists_token(value, STR("upgrade"));
    else if (head_same(name, STR("content-length")))
        note(&head->content_length, &head->content_lengths, value);
    else if (head_same(name, STR("transfer-encoding")))
        note(&ignored, &head->transfer_encodings, value);
    else if (head_same(name, STR("sec-websocket-key")))
        note(&head->key, &head->keys, value);
    else if (head_same(name, STR("sec-websocket-version")))
        note(&head->version, &head->versions, value);
    else if (head_same(name, STR("origin")))
        note(&head->origin, &head->origins, value);
    else if (head_same(name, STR("sec-websocket-protocol")))
        note_bearers(head, value);
    else if (head_same(name, STR("authorization")))
        note(&head->authorization, &head->authorizations, value);
    else if (head_same(name, STR("access-control-request-method")))
        note(&head->preflight, &head->preflights, value);
    else if (head_same(name, STR("traceparent")))
        note(&head->traceparent, &head->traceparents, value);
}

/* Takes "http://host" from a target in absolute form (RFC 9112, 3.2.2); empty for any other. */
static struct str take_authority(struct str *target)
{
    static const struct str schemes[] = {STR_INIT("http://"), STR_INIT("https://")};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct str rest = *target;
        if (!head_take_prefix(&rest, schemes[i]))
            continue;
        size_t host_len = 0;
        while (host_len < rest.len && rest.base[host_len] != '/' && rest.base[host_len] != '?')
            host_len++;
        *target = (struct str){rest.base + host_len, rest.len - host_len};
        return (struct str){rest.base, host_len};
    }
    return (struct str){NULL, 0};
}

static void read_request_line(struct head *head, struct str line)
{
    head->method = head_take_until(&line, ' ');
    struct str target = head_take_until(&line, ' ');
    head->authority = take_authority(&target);
    head->path = head_take_until(&target, '?');
    head->query = target;
    if (head->path.len == 0 && head->authority.len > 0)
        head->path = STR("/");
    head->http_1_1 = str_equal(line, STR("HTTP/1.1"));
}

bool head_read(struct head *head, struct str input)
{
    *head = (struct head){0};
    struct str rest = input;
    struct str line = take_line(&rest);
    if (line.len == 0) /* one empty line may come first (RFC 9112, 2.2) */
        line = take_line(&rest);
    read_request_line(head, line);
    head->lines = rest;
    while (rest.len > 0) {
        line = take_line(&rest);
        if (line.len == 0) {
            head->len = input.len - rest.len;
            if (head->authority.len > 0)
                head->host = head->authority; /* which goes before Host (RFC 9112, 3.2.2) */
            return rest.base[-1] == '\n';
        }
        if (is_blank(line.base[0])) {
            head->folded = true;
            continue;
        }
        size_t line_len = line.len;
        struct str name = head_take_until(&line, ':');
        if (name.len == line_len || name.len == 0 || is_blank(name.base[name.len - 1]))
            head->malformed = true;
        read_header(head, name, head_trimmed(line));
    }
    return false;
}

bool head_next(struct str *rest, struct str name, struct str *value)
{
    while (rest->len > 0) {
        struct str line = take_line(rest);
        if (line.len == 0)
            return false;
        if (!head_same(head_take_until(&line, ':'), name))
            continue;
        *value = head_trimmed(line);
        return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool are_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.base[i]))
            return false;
    return true;
}

/* RFC 3986, 2.3: unreserved, and what stands for other bytes; with `colons` of an address too. */
static bool is_name(struct str text, bool colons)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.base[i], lower = (char)(c | 0x20);
        bool fits = (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '-' || c == '.' ||
                    c == '_' || c == '~' || c == '%' || (colons && c == ':');
        if (!fits)
            return false;
    }
    return true;
}

/* RFC 3986, 3.2.2 and 3.2.3: a name, or an address in brackets, and a port; but for the rare
 * sub-delimiters that proxies disagree about. */
static bool host_valid(struct str host)
{
    struct str rest = host;
    if (host.len == 0 || host.base[0] != '[')
        return is_name(head_take_until(&rest, ':'), false) && are_digits(rest);
    struct str address = head_take_until(&rest, ']');
    if (address.len == host.len || !is_name((struct str){address.base + 1, address.len - 1}, true))
        return false;
    return rest.len == 0 ||
           (rest.base[0] == ':' && are_digits((struct str){rest.base + 1, rest.len - 1}));
}

uint64_t head_content_length(const struct head *head)
{
    uint64_t length = 0;
    for (size_t i = 0; i < head->content_length.len; i++)
        length = length * 10 + (uint64_t)(head->content_length.base[i] - '0');
    return length;
}

const char *head_fault(const struct head *head)
{
    if (head->folded)
        return "a header is folded over several lines";
    if (head->malformed)
        return "a line is not a header";
    if (head->hosts > 1)
        return "more than one Host header";
    if (head->hosts == 0 && head->http_1_1)
        return "no Host header";
    if (!host_valid(head->host))
        return "the Host header is not a host";
    if (head->content_lengths > 1)
        return "more than one Content-Length header";
    if (head->content_lengths == 1 &&
        (head->content_length.len == 0 || head->content_length.len > LENGTH_DIGITS_MAX ||
         !are_digits(head->content_length)))
        return "the Content-Length header is not a number";
    if (head->transfer_encodings > 0 && head->content_lengths > 0)
        return "both Content-Length and Transfer-Encoding headers";
    if (head->transfer_encodings > 1)
        return "more than one Transfer-Encoding header";
    if (head->transfer_encodings == 1 && !head->http_1_1)
        return "a Transfer-Encoding header in an HTTP/1.0 request";
    return NULL;
}
