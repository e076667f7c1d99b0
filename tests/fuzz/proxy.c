/* A PROXY header, in every state of its arrival.
 *
 * Once the bytes that have come decide, more of them change nothing; what is read lies within them;
 * the address is the one that stands there, and comes out again when it is written anew. */
#include "net/proxy.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct outcome {
    enum proxy_result result;
    size_t len;
    struct ip client;
};

static struct outcome read_header(const char *bytes, size_t len)
{
    struct outcome outcome = {.result = PROXY_MORE};
    outcome.result = proxy_read((struct str){bytes, len}, &outcome.len, &outcome.client);
    return outcome;
}

/* In a block of its own, so that a read past its end is seen. */
static struct outcome read_exactly(const uint8_t *data, size_t len)
{
    char *bytes = malloc(len > 0 ? len : 1);
    CHECK(bytes != NULL);
    memcpy(bytes, data, len);
    struct outcome outcome = read_header(bytes, len);
    free(bytes);
    return outcome;
}

static void check_same(const struct outcome *a, const struct outcome *b)
{
    CHECK(a->result == b->result);
    CHECK(a->result == PROXY_WRONG || a->len == b->len);
    CHECK(a->result != PROXY_CLIENT || memcmp(&a->client, &b->client, sizeof a->client) == 0);
}

/* As version 1 would say it, if the client is one of those that it has words for. */
static void check_written_anew(const struct outcome *read)
{
    char text[IP_TEXT_BYTES], line[2 * IP_TEXT_BYTES + 32];
    struct str address = ip_print(&read->client, text);
    int family = memchr(address.base, ':', address.len) != NULL ? 6 : 4;
    int len = snprintf(line, sizeof line, "PROXY TCP%d %.*s %.*s 1 65535\r\n", family,
                       (int)address.len, address.base, (int)address.len, address.base);
    struct outcome again = read_header(line, (size_t)len);
    CHECK(again.result == PROXY_CLIENT && again.len == (size_t)len);
    CHECK(memcmp(&again.client, &read->client, sizeof again.client) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct outcome whole = read_exactly(data, len);
    size_t decided = 0;
    while (decided < len && read_header((const char *)data, decided).result == PROXY_MORE)
        decided++;
    struct outcome first = read_exactly(data, decided);
    check_same(&first, &whole);
    for (size_t more = decided; more < len && whole.result != PROXY_MORE; more++) {
        struct outcome later = read_header((const char *)data, more);
        check_same(&later, &whole);
    }
    CHECK(whole.result != PROXY_MORE || len < PROXY_BYTES_MAX);
    if (whole.result == PROXY_CLIENT || whole.result == PROXY_OWN)
        CHECK(whole.len == decided && whole.len <= PROXY_BYTES_MAX);
    if (whole.result == PROXY_CLIENT)
        check_written_anew(&whole);
    return 0;
}
