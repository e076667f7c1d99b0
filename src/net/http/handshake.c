#include "net/http/handshake.h"

#include "net/websocket.h"

static void drop_suffix(struct str *text, struct str suffix)
{
    if (text->len >= suffix.len &&
        str_equal((struct str){text->base + text->len - suffix.len, suffix.len}, suffix))
        text->len -= suffix.len;
}

/* The port that a page's origin has unless it names one (RFC 6454, 4); empty when it is not one of
 * HTTP. What follows the scheme is left in *origin. */
static struct str take_scheme(struct str *origin)
{
    if (head_take_prefix(origin, STR("http://")))
        return STR(":80");
    return head_take_prefix(origin, STR("https://")) ? STR(":443") : (struct str){NULL, 0};
}

/* A page's origin is its scheme, host and port (RFC 6454); the Host header is the host and port
 * that it connects to. The scheme is not compared: a proxy in front may have taken the TLS off. */
static bool same_host(struct str origin, struct str host)
{
    struct str default_port = take_scheme(&origin);
    if (default_port.len == 0)
        return false;
    drop_suffix(&origin, default_port);
    drop_suffix(&host, default_port);
    return origin.len > 0 && head_same(origin, host);
}

/* The port that a scheme has anyway may be named or not. */
static bool same_origin(struct str a, struct str b)
{
    struct str rest_a = a, rest_b = b;
    struct str port_a = take_scheme(&rest_a), port_b = take_scheme(&rest_b);
    if (port_a.len == 0 || !str_equal(port_a, port_b))
        return head_same(a, b);
    drop_suffix(&rest_a, port_a);
    drop_suffix(&rest_b, port_b);
    return head_same(rest_a, rest_b);
}

bool handshake_lists(const struct handshake_policy *policy, struct str origin)
{
    for (uint32_t i = 0; i < policy->origins_count; i++)
        if (str_equal(policy->origins[i], STR("*")) || same_origin(policy->origins[i], origin))
            return true;
    return false;
}

static bool origin_allowed(const struct head *head, const struct handshake_policy *policy)
{
    if (head->origins == 0)
        return true; /* not a browser: the header protects browsers' users (RFC 6455, 10.2) */
    if (policy->origins_count == 0)
        return same_host(head->origin, head->host);
    return handshake_lists(policy, head->origin);
}

static bool has_body(const struct head *head)
{
    return head->transfer_encodings > 0 ||
           (head->content_lengths > 0 && !str_equal(head->content_length, STR("0")));
}

struct refusal handshake_check(const struct head *head, const struct handshake_policy *policy)
{
    bool is_get = str_equal(head->method, STR("GET"));
    if (!head->upgrade_websocket && (is_get || str_equal(head->method, STR("HEAD"))))
        return (struct refusal){426,
                                STR_INIT("this path speaks WebSocket: send Upgrade: websocket")};
    if (!head->upgrade_websocket)
        return (struct refusal){405, STR_INIT("only GET, with Upgrade: websocket")};
    if (!is_get)
        return (struct refusal){400, STR_INIT("a WebSocket handshake is a GET request")};
    if (!head->http_1_1)
        return (struct refusal){400, STR_INIT("a WebSocket handshake needs HTTP/1.1")};
    if (has_body(head))
        return (struct refusal){400, STR_INIT("a WebSocket handshake has no body")};
    if (!head->connection_upgrade)
        return (struct refusal){400, STR_INIT("the Connection header does not list Upgrade")};
    if (head->versions > 1)
        return (struct refusal){400, STR_INIT("more than one Sec-WebSocket-Version header")};
    if (!str_equal(head->version, STR("13")))
        return (struct refusal){426, STR_INIT("Sec-WebSocket-Version must be 13")};
    if (head->keys != 1)
        return (struct refusal){400, STR_INIT("exactly one Sec-WebSocket-Key header is needed")};
    if (!ws_key_valid(head->key))
        return (struct refusal){400, STR_INIT("Sec-WebSocket-Key must be 16 bytes in base64")};
    if (head->origins > 1)
        return (struct refusal){400, STR_INIT("more than one Origin header")};
    if (!origin_allowed(head, policy))
        return (struct refusal){403, STR_INIT("this Origin is not allowed")};
    return (struct refusal){0, {NULL, 0}};
}
