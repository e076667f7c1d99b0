#include "net/http/token.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986, 2.1; what is no escape stays as it is. */
static struct str percent_decoded(struct str text, char *room)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = text.base[i] == '%' && i + 2 < text.len ? hex_digit(text.base[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.base[i + 2]) : -1;
        room[len++] = low >= 0 ? (char)(high * 16 + low) : text.base[i];
        i += low >= 0 ? 2 : 0;
    }
    return (struct str){room, len};
}

/* Takes another one; false when it differs from the first. */
static bool take(struct str *token, struct str another)
{
    if (token->len == 0)
        *token = another;
    return another.len == 0 || str_equal(*token, another);
}

static bool take_from_query(struct str *token, struct str query, char *room)
{
    while (query.len > 0) {
        struct str value = head_take_until(&query, '&');
        struct str name = head_take_until(&value, '=');
        if (!str_equal(name, STR("token")))
            continue;
        struct str decoded = percent_decoded(value, room);
        room += decoded.len;
        if (!take(token, decoded))
            return false;
    }
    return true;
}

/* RFC 6750, 2.1; another scheme is none of ours. */
static struct str from_authorization(struct str value)
{
    if (!head_take_prefix(&value, STR("bearer ")))
        return (struct str){NULL, 0};
    while (value.len > 0 && value.base[0] == ' ')
        value = (struct str){value.base + 1, value.len - 1};
    return value;
}

static struct str from_protocol(struct str value)
{
    return head_take_prefix(&value, STR("bearer.")) ? value : (struct str){NULL, 0};
}

struct refusal token_find(const struct head *head, char *room, struct str *token)
{
    *token = (struct str){NULL, 0};
    if (head->authorizations > 1)
        return (struct refusal){400, STR_INIT("more than one Authorization header")};
    if (head->bearers > 1)
        return (struct refusal){400,
                                STR_INIT("more than one subprotocol that begins with bearer.")};
    if (!take(token, from_authorization(head->authorization)) ||
        !take(token, from_protocol(head->bearer)) || !take_from_query(token, head->query, room))
        return (struct refusal){400, STR_INIT("two different tokens")}; /* RFC 6750, 3.1 */
    return (struct refusal){0, {NULL, 0}};
}
