#include "net/proxy.h"

#include "net/http/head.h"

/* Version 1: a line of text. */

enum { LINE_BYTES_MAX = 107 }; /* its end included */

/* A number up to 65535, without leading zeros. */
static bool is_port(struct str text)
{
    uint32_t port = 0;
    if (text.len < 1 || text.len > 5 || (text.len > 1 && text.base[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
        port = port * 10 + (uint32_t)(text.base[i] - '0');
    }
    return port <= UINT16_MAX;
}

static bool is_address(struct str text, bool v6, struct ip *ip)
{
    return ip_parse(text, ip) && (memchr(text.base, ':', text.len) != NULL) == v6;
}

static enum proxy_result read_line(struct str line, struct ip *client)
{
    struct ip own;
    struct str protocol = head_take_until(&line, ' ');
    if (str_equal(protocol, STR("UNKNOWN")))
        return PROXY_OWN; /* whatever follows */
    bool v6 = str_equal(protocol, STR("TCP6"));
    if (!v6 && !str_equal(protocol, STR("TCP4")))
        return PROXY_WRONG;
    bool right = is_address(head_take_until(&line, ' '), v6, client) &&
                 is_address(head_take_until(&line, ' '), v6, &own) &&
                 is_port(head_take_until(&line, ' ')) && is_port(line);
    return right ? PROXY_CLIENT : PROXY_WRONG;
}

static enum proxy_result read_version_1(struct str input, size_t *len, struct ip *client)
{
    size_t seen = input.len < LINE_BYTES_MAX ? input.len : LINE_BYTES_MAX;
    const char *end = memmem(input.base, seen, "\r\n", 2);
    if (end == NULL)
        return seen < LINE_BYTES_MAX ? PROXY_MORE : PROXY_WRONG;
    size_t line_len = (size_t)(end - input.base);
    *len = line_len + 2;
    struct str line = {input.base, line_len};
    head_take_until(&line, ' ');
    return read_line(line, client);
}

/* Version 2: 16 bytes, and as many more as they say. */

static const struct str signature = STR_INIT("\r\n\r\n\0\r\nQUIT\n");

enum { FIXED_BYTES = 16, VERSION_AT = 12, FAMILY_AT = 13, LENGTH_AT = 14 };
enum { COMMAND_LOCAL = 0x20, COMMAND_PROXY = 0x21 };
enum { FAMILY_UNKNOWN, FAMILY_V4, FAMILY_V6, FAMILY_UNIX, FAMILIES };
enum { TRANSPORTS = 3 };

static enum proxy_result read_version_2(struct str input, size_t *len, struct ip *client)
{
    /* Bytes of addresses and ports. */
    static const size_t family_bytes[FAMILIES] = {
        [FAMILY_V4] = 12, [FAMILY_V6] = 36, [FAMILY_UNIX] = 216};
    const uint8_t *bytes = (const uint8_t *)input.base;
    if (input.len < FIXED_BYTES)
        return PROXY_MORE;
    size_t rest = (size_t)bytes[LENGTH_AT] << 8 | bytes[LENGTH_AT + 1];
    uint8_t command = bytes[VERSION_AT], family = bytes[FAMILY_AT] >> 4;
    if ((command != COMMAND_LOCAL && command != COMMAND_PROXY) || family >= FAMILIES ||
        (bytes[FAMILY_AT] & 0x0f) >= TRANSPORTS || FIXED_BYTES + rest > PROXY_BYTES_MAX ||
        (command == COMMAND_PROXY && rest < family_bytes[family]))
        return PROXY_WRONG;
    if (input.len < FIXED_BYTES + rest)
        return PROXY_MORE;
    *len = FIXED_BYTES + rest;
    if (command == COMMAND_PROXY && family == FAMILY_V4) {
        *client = ip_v4(bytes + FIXED_BYTES);
        return PROXY_CLIENT;
    }
    if (command == COMMAND_PROXY && family == FAMILY_V6) {
        memcpy(client->bytes, bytes + FIXED_BYTES, sizeof client->bytes);
        return PROXY_CLIENT;
    }
    return PROXY_OWN;
}

/* Whether the input begins so, as far as it has come. */
static bool begins(struct str input, struct str with)
{
    size_t len = input.len < with.len ? input.len : with.len;
    return len == 0 || memcmp(input.base, with.base, len) == 0;
}

enum proxy_result proxy_read(struct str input, size_t *len, struct ip *client)
{
    if (input.len == 0)
        return PROXY_MORE;
    if (begins(input, STR("PROXY ")))
        return read_version_1(input, len, client);
    if (begins(input, signature))
        return read_version_2(input, len, client);
    return PROXY_WRONG;
}
