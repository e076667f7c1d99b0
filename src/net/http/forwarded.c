#include "net/http/forwarded.h"

/* What is known while headers are read from left to right. */
struct search {
    const struct admission *admission;
    struct ip client;
    bool known;   /* client is an address */
    bool outside; /* and no trusted proxy's; or what is no address stands there */
};

/* Takes the last element off a list. It is looked for from the right, so that a quote that a client
 * has opened does not swallow what was added behind it. */
static struct str take_last(struct str *list, char separator)
{
    size_t at = list->len;
    bool quoted = false;
    for (; at > 0 && (quoted || list->base[at - 1] != separator); at--)
        quoted ^= list->base[at - 1] == '"';
    struct str last = {list->base + at, list->len - at};
    list->len = at > 0 ? at - 1 : 0;
    return head_trimmed(last);
}

/* A number, or a name that begins with _ in its place. */
static bool is_port(struct str text)
{
    if (text.len > 0 && text.base[0] == '_')
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
    return text.len >= 1 && text.len <= 5;
}

/* RFC 7239, 6: an address, perhaps with a port; [v6] in brackets, or bare as X-Forwarded-For has
 * it. Hidden ones ("unknown", "_name") are no addresses. */
static bool read_node(struct str node, struct ip *ip)
{
    if (node.len >= 2 && node.base[0] == '"' && node.base[node.len - 1] == '"')
        node = (struct str){node.base + 1, node.len - 2};
    if (node.len > 0 && node.base[0] == '[') {
        struct str rest = {node.base + 1, node.len - 1};
        struct str host = head_take_until(&rest, ']');
        bool closed = host.len + 2 + rest.len == node.len;
        bool whole = rest.len == 0 || head_take_prefix(&rest, STR(":"));
        return closed && whole && (rest.len == 0 || is_port(rest)) && ip_parse(host, ip);
    }
    struct str rest = node;
    struct str host = head_take_until(&rest, ':');
    if (host.len < node.len && is_port(rest) && memchr(host.base, '.', host.len) != NULL)
        node = host;
    return ip_parse(node, ip);
}

/* The node of an element of Forwarded; empty without exactly one. */
static struct str find_for(struct str element)
{
    struct str node = {NULL, 0};
    uint32_t count = 0;
    while (element.len > 0) {
        struct str pair = take_last(&element, ';');
        if (!head_take_prefix(&pair, STR("for=")))
            continue;
        node = pair;
        count++;
    }
    return count == 1 ? node : (struct str){NULL, 0};
}

/* What a header further right says goes before what was found so far. */
static void search_header(struct search *search, struct str list, bool standard)
{
    struct ip leftmost;
    bool any = false;
    while (list.len > 0) {
        struct str element = take_last(&list, ',');
        if (element.len == 0)
            continue; /* RFC 9110, 5.6.1 */
        struct ip ip = {{0}};
        bool known = read_node(standard ? find_for(element) : element, &ip);
        if (!known || !admission_is_proxy(search->admission, &ip)) {
            search->client = ip;
            search->known = known;
            search->outside = true;
            return;
        }
        leftmost = ip;
        any = true;
    }
    if (any && !search->outside && !search->known) {
        search->client = leftmost;
        search->known = true;
    }
}

bool forwarded_client(const struct head *head, const struct admission *admission, struct ip *client)
{
    static const struct str names[] = {STR_INIT("x-forwarded-for"), STR_INIT("forwarded")};
    for (size_t i = 0; i < 2; i++) {
        struct search search = {.admission = admission};
        struct str rest = head->lines, value;
        bool found = false;
        while (head_next(&rest, names[i], &value)) {
            search_header(&search, value, i == 1);
            found = true;
        }
        if (!found)
            continue;
        *client = search.client;
        return search.known;
    }
    return false;
}
