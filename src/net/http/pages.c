#include "net/http/pages.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/check.h"
#include "base/hash.h"
#include "generated/http_codec.h"
#include "generated/http_routes.h"
#include "net/http/answer.h"
#include "net/http/assets.h"
#include "net/http/head.h"
#include "net/http/metrics.h"
#include "net/http/readiness.h"
#include "net/worker.h"

/* Documents. */

/* Whether a header If-None-Match names the tag (RFC 9110, 13.1.2): in a list, as weak or strong, or
 * by "*", which is every tag. */
static bool names_tag(struct str list, struct str tag)
{
    if (str_equal(list, STR("*")))
        return true;
    while (list.len > 0) {
        head_take_until(&list, '"'); /* commas, white space and W/ before it */
        struct str opaque = head_take_until(&list, '"');
        if (str_equal(opaque, tag))
            return true;
    }
    return false;
}

/* Whether the client has the document with this tag. */
static bool has_already(const struct head *head, struct str tag)
{
    struct str lines = head->lines, list;
    while (head_next(&lines, STR("if-none-match"), &list))
        if (names_tag(list, tag))
            return true;
    return false;
}

/* The document, or that the client has this version already. */
static void answer_tagged(h2o_req_t *request, const struct http_route *route,
                          const struct head *head, const char *tag, struct str document)
{
    answer_header(request, "ETag", tag);
    answer_header(request, "Cache-Control", "no-cache"); /* may be kept, but asked for each time */
    if (has_already(head, (struct str){tag + 1, strlen(tag) - 2})) /* without its quotes */
        answer(request, 304, (struct str){NULL, 0}, (struct str){NULL, 0});
    else
        answer(request, 200, route->content_type, document);
}

void pages_root(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                const struct head *head)
{
    const struct pages *pages = &worker->server->site.pages;
    /* Some browsers do not take ws: to the same host for 'self'. */
    struct str host = head->host.len <= 256 ? head->host : (struct str){NULL, 0};
    struct str policy = answer_text(
        request,
        "default-src 'none'; script-src 'sha256-%s'; style-src 'sha256-%s'; img-src 'self' data:; "
        "connect-src 'self' ws://%.*s wss://%.*s; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        pages->script_digest, pages->style_digest, (int)host.len, host.base, (int)host.len,
        host.base);
    answer_header(request, "Content-Security-Policy", policy.base);
    answer_header(request, "X-Content-Type-Options", "nosniff");
    answer_header(request, "Referrer-Policy", "no-referrer");
    answer_tagged(request, route, head, pages->root_tag, assets_page());
}

void pages_protocol(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                    const struct head *head)
{
    answer_tagged(request, route, head, worker->server->site.pages.protocol_tag, assets_protocol());
}

void pages_openapi(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                   const struct head *head)
{
    answer_tagged(request, route, head, worker->server->site.pages.openapi_tag, assets_openapi());
}

/* States. */

static enum http_part_state part_state(enum store_health health)
{
    static const enum http_part_state states[STORE_HEALTHS] = {
        [STORE_DISABLED] = HTTP_PART_STATE_DISABLED,
        [STORE_HEALTHY] = HTTP_PART_STATE_HEALTHY,
        [STORE_CONNECTING] = HTTP_PART_STATE_CONNECTING,
        [STORE_AWAY] = HTTP_PART_STATE_AWAY,
    };
    return states[health];
}

void pages_health(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                  const struct head *head)
{
    (void)head;
    const struct server *server = worker->server;
    const struct server_setup *setup = server->setup;
    const struct store_status store = readiness_of_store(worker->server);
    bool stopping = worker_stopping(worker);
    const struct http_get_health_200 health = {
        .status = readiness_state(worker),
        .version = setup->version,
        .spec_hash = setup->spec_hash,
        .uptime_seconds = worker_uptime_s(worker),
        .connections = atomic_load_explicit(&server->admission->sessions, memory_order_relaxed),
        .services = {
            .websocket = stopping ? HTTP_PART_STATE_STOPPING : HTTP_PART_STATE_HEALTHY,
            .redis = part_state(store.parts[STORE_PART_REDIS]),
            .mongodb = part_state(store.parts[STORE_PART_MONGODB]),
        }};
    char *text = h2o_mem_alloc_pool(&request->pool, HTTP_GET_HEALTH_200_ENCODED_MAX);
    answer_fresh(request, route->content_type,
                 (struct str){text, http_encode_get_health_200(&health, text)});
}

void pages_livez(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                 const struct head *head)
{
    (void)worker;
    (void)head;
    const struct http_get_livez_200 life = {HTTP_LIFE_ALIVE};
    char *text = h2o_mem_alloc_pool(&request->pool, HTTP_GET_LIVEZ_200_ENCODED_MAX);
    answer_fresh(request, route->content_type,
                 (struct str){text, http_encode_get_livez_200(&life, text)});
}

void pages_readyz(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                  const struct head *head)
{
    (void)head;
    struct str reason = readiness_fault(worker);
    if (reason.len > 0) {
        answer_refusal(request, 503, reason);
        return;
    }
    const struct http_get_readyz_200 readiness = {HTTP_READINESS_READY};
    char *text = h2o_mem_alloc_pool(&request->pool, HTTP_GET_READYZ_200_ENCODED_MAX);
    answer_fresh(request, route->content_type,
                 (struct str){text, http_encode_get_readyz_200(&readiness, text)});
}

void pages_metrics(struct worker *worker, h2o_req_t *request, const struct http_route *route,
                   const struct head *head)
{
    (void)head;
    char *text = h2o_mem_alloc_pool(&request->pool, METRICS_BYTES_MAX);
    size_t len = metrics_write(worker, text, METRICS_BYTES_MAX);
    answer_fresh(request, route->content_type, (struct str){text, len});
}

/* Start. */

static void write_tag(char tag[PAGES_TAG_BYTES], struct str bytes)
{
    static const uint8_t same_for_all_servers[16];
    snprintf(tag, PAGES_TAG_BYTES, "\"%016" PRIx64 "\"", hash_bytes(same_for_all_servers, bytes));
}

_Static_assert(BASE64_LEN(SHA256_DIGEST_LENGTH) + 1 == PAGES_DIGEST_BYTES, "with its NUL");

static void write_digest(char digest[PAGES_DIGEST_BYTES], struct str page, const char *start,
                         const char *end)
{
    const char *from = memmem(page.base, page.len, start, strlen(start));
    digest[0] = '\0';
    if (from == NULL)
        return;
    from += strlen(start);
    size_t left = page.len - (size_t)(from - page.base);
    const char *to = memmem(from, left, end, strlen(end));
    CHECK(to != NULL);
    uint8_t hash[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)from, (size_t)(to - from), hash);
    base64_encode(hash, sizeof hash, digest);
    digest[BASE64_LEN(sizeof hash)] = '\0';
}

void pages_init(struct pages *pages)
{
    write_tag(pages->root_tag, assets_page());
    write_tag(pages->protocol_tag, assets_protocol());
    write_tag(pages->openapi_tag, assets_openapi());
    write_digest(pages->script_digest, assets_page(), "<script>", "</script>");
    write_digest(pages->style_digest, assets_page(), "<style>", "</style>");
}
