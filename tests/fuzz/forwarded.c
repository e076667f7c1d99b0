/* What clients write into X-Forwarded-For and Forwarded before our proxies add theirs.
 *
 * The input stands in the request, as lines of its own and as the left part of a list. Whatever it
 * is, the address that a proxy adds behind it is the client's; a trusted address behind it changes
 * nothing; and an address that is found is found again when it is written anew. */
#include "net/http/forwarded.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { INPUT_BYTES_MAX = 4096, REQUEST_BYTES_MAX = INPUT_BYTES_MAX + 256 };

static struct admission *admission;

/* Whom the request is from; *known is false when that is hidden. False when it would be refused, or
 * ends before what was added. */
static bool search(const char *before, struct str input, const char *behind, bool *known,
                   struct ip *client)
{
    char *request = malloc(REQUEST_BYTES_MAX);
    CHECK(request != NULL);
    int begun = snprintf(request, REQUEST_BYTES_MAX, "GET / HTTP/1.1\r\nHost: a\r\n%s", before);
    size_t len = (size_t)begun + input.len;
    memcpy(request + begun, input.base, input.len);
    len += (size_t)snprintf(request + len, REQUEST_BYTES_MAX - len, "%s\r\n\r\n", behind);
    char *exact = realloc(request, len); /* so that a read past its end is seen */
    CHECK(exact != NULL);
    struct head head;
    bool right =
        head_read(&head, (struct str){exact, len}) && head.len == len && head_fault(&head) == NULL;
    if (right)
        *known = forwarded_client(&head, admission, client);
    free(exact);
    return right;
}

/* With the added address, which no proxy of ours has, it is the client's. */
static void check_added(const char *before, struct str input, const char *behind)
{
    const struct ip added = ip_v4((const uint8_t[]){192, 0, 2, 7});
    struct ip client;
    bool known;
    if (search(before, input, behind, &known, &client))
        CHECK(known && memcmp(&client, &added, sizeof client) == 0);
}

static void check_trusted_behind(struct str input)
{
    struct ip client, same;
    bool known, still_known;
    if (!search("X-Forwarded-For: 192.0.2.7\r\n", input, "", &known, &client) ||
        !search("X-Forwarded-For: 192.0.2.7\r\n", input, "\r\nX-Forwarded-For: 10.0.0.1",
                &still_known, &same))
        return;
    CHECK(known == still_known && (!known || memcmp(&client, &same, sizeof client) == 0));
}

static void check_written_anew(struct str input)
{
    struct ip client, again;
    bool known;
    char text[IP_TEXT_BYTES];
    if (!search("", input, "", &known, &client) || !known)
        return;
    CHECK(search("X-Forwarded-For: ", ip_print(&client, text), "", &known, &again) && known);
    CHECK(memcmp(&client, &again, sizeof client) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const uint8_t hash_key[16];
    static struct ip_range proxies[2];
    if (admission == NULL) {
        CHECK(ip_range_parse(STR("10.0.0.0/8"), &proxies[0]));
        CHECK(ip_range_parse(STR("fd00::/8"), &proxies[1]));
        const struct admission_limits limits = {.proxies = proxies, .proxies_count = 2};
        admission = admission_new(&limits, hash_key, false);
        CHECK(admission != NULL);
    }
    if (len > INPUT_BYTES_MAX)
        return 0;
    struct str input = {(const char *)data, len};
    check_added("", input, "\r\nX-Forwarded-For: 192.0.2.7");
    check_added("", input, "\r\nX-Forwarded-For: 192.0.2.7, 10.0.0.1,fd00::1");
    check_trusted_behind(input);
    check_written_anew(input);
    if (memchr(data, '\r', len) != NULL || memchr(data, '\n', len) != NULL)
        return 0; /* what is added stands in another line */
    check_added("X-Forwarded-For: ", input, ", 192.0.2.7");
    check_added("Forwarded: ", input, ", for=192.0.2.7;proto=https");
    check_added("Forwarded: ", input, ", for=\"192.0.2.7:80\", for=\"[fd00::1]\"");
    return 0;
}
