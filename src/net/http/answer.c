#include "net/http/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/check.h"
#include "generated/http_codec.h"
#include "generated/http_routes.h"
#include "net/tally.h"
#include "net/worker.h"

#define REFUSAL_TYPE "application/json"
#define RETRY_AFTER_S "5"

/* Of statuses that are answered here (RFC 9110, 15). */
static const char *phrase_of(int status)
{
    switch (status) {
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    default:
        CHECK(http_refusal_name(status) != NULL);
        return http_refusal_name(status);
    }
}

/* The connection as H2O's guest. */
static struct guest *guest(const h2o_req_t *request)
{
    return guest_of(request->conn->callbacks->get_socket(request->conn));
}

void answer_status(h2o_req_t *request, int status)
{
    request->res.status = status;
    request->res.reason = phrase_of(status);
    tally_http(&guest(request)->worker->stats, status);
}

void answer_header(h2o_req_t *request, const char *name, const char *value)
{
    char lower[64];
    size_t len = strlen(name);
    CHECK(len <= sizeof lower);
    memcpy(lower, name, len);
    h2o_strtolower(lower, len);
    h2o_iovec_t kept = h2o_strdup(&request->pool, lower, len);
    h2o_add_header_by_str(&request->pool, &request->res.headers, kept.base, len, 1, name, value,
                          strlen(value));
}

struct str answer_text(h2o_req_t *request, const char *format, ...)
{
    enum { TEXT_BYTES_MAX = 1024 };
    char *text = h2o_mem_alloc_pool(&request->pool, TEXT_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, TEXT_BYTES_MAX, format, arguments);
    va_end(arguments);
    CHECK(len >= 0 && len < TEXT_BYTES_MAX);
    return (struct str){text, (size_t)len};
}

/* Whether the answer has a body (RFC 9110, 6.4.1). */
static bool has_body(int status)
{
    return status != 204 && status != 304;
}

void answer(h2o_req_t *request, int status, struct str content_type, struct str body)
{
    static h2o_generator_t generator = {NULL, NULL};
    bool head_only = h2o_memis(request->method.base, request->method.len, H2O_STRLIT("HEAD"));
    h2o_iovec_t bytes = h2o_iovec_init(body.base, body.len);
    answer_status(request, status);
    if (has_body(status)) {
        request->res.content_length = body.len;
        h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                       content_type.base, content_type.len);
    }
    h2o_start_response(request, &generator);
    h2o_send(request, &bytes, head_only || !has_body(status) ? 0 : 1, H2O_SEND_STATE_FINAL);
}

void answer_fresh(h2o_req_t *request, struct str content_type, struct str body)
{
    answer_header(request, "Cache-Control", "no-store");
    answer(request, 200, content_type, body);
}

static size_t write_refusal(int status, struct str reason, char out[HTTP_REFUSAL_ENCODED_MAX])
{
    const char *phrase = phrase_of(status);
    const struct http_refusal refusal = {
        .status = (uint16_t)status, .error = {phrase, strlen(phrase)}, .message = reason};
    return http_encode_refusal(&refusal, out);
}

void answer_refusal(h2o_req_t *request, int status, struct str reason)
{
    if (status == 426) {
        answer_header(request, "Upgrade", "websocket");
        answer_header(request, "Sec-WebSocket-Version", "13");
    } else if (status == 503 || status == 429) {
        answer_header(request, "Retry-After", RETRY_AFTER_S);
    }
    char *text = h2o_mem_alloc_pool(&request->pool, HTTP_REFUSAL_ENCODED_MAX);
    answer_header(request, "Cache-Control", "no-store");
    answer(request, status, STR(REFUSAL_TYPE),
           (struct str){text, write_refusal(status, reason, text)});
}

void answer_and_close(h2o_req_t *request, int status, struct str reason)
{
    request->http1_is_persistent = 0;
    guest_linger(guest(request));
    answer_refusal(request, status, reason);
}

void answer_bare(struct worker *worker, int fd, int status, struct str reason)
{
    char body[HTTP_REFUSAL_ENCODED_MAX], text[HTTP_REFUSAL_ENCODED_MAX + 512];
    size_t body_len = write_refusal(status, reason, body);
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: " REFUSAL_TYPE "\r\n"
                       "Cache-Control: no-store\r\n%sContent-Length: %zu\r\n\r\n%.*s",
                       status, phrase_of(status),
                       status == 503 ? "Retry-After: " RETRY_AFTER_S "\r\n" : "", body_len,
                       (int)body_len, body);
    CHECK(len > 0 && (size_t)len < sizeof text);
    tally_http(&worker->stats, status);
    /* A fresh connection's buffer takes this whole; if not, the peer is not worth a second try. */
    ssize_t sent = send(fd, text, (size_t)len, MSG_NOSIGNAL);
    (void)sent;
}

/* H2O's own errors. */

struct own_error {
    h2o_ostream_t stream; /* first */
    h2o_iovec_t body;
};

/* Sends our body in the place of H2O's. */
static void send_body(h2o_ostream_t *stream, h2o_req_t *request, h2o_iovec_t *bufs, size_t count,
                      h2o_send_state_t state)
{
    (void)bufs;
    (void)count;
    h2o_ostream_send_next(stream, request, &((struct own_error *)(void *)stream)->body, 1, state);
}

static void on_own_error(h2o_filter_t *filter, h2o_req_t *request, h2o_ostream_t **slot)
{
    (void)filter;
    int status = http_refusal_name(request->res.status) != NULL ? request->res.status : 400;
    struct str reason = status == 413   ? STR("the request's body is too long")
                        : status == 417 ? STR("the only Expect is 100-continue")
                                        : STR("the request cannot be read");
    char *text = h2o_mem_alloc_pool(&request->pool, HTTP_REFUSAL_ENCODED_MAX);
    struct own_error *error =
        (struct own_error *)(void *)h2o_add_ostream(request, sizeof *error, slot);
    error->stream.do_send = send_body;
    error->body = h2o_iovec_init(text, write_refusal(status, reason, text));
    answer_status(request, status);
    request->res.content_length = error->body.len;
    request->res.headers = (h2o_headers_t){NULL, 0, 0};
    h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT(REFUSAL_TYPE));
    guest_linger(guest(request));
    h2o_setup_next_ostream(request, &error->stream.next);
}

void answer_own_errors(h2o_pathconf_t *path)
{
    h2o_create_filter(path, sizeof(h2o_filter_t))->on_setup_ostream = on_own_error;
}
