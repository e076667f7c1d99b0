#include "net/websocket.h"

#include <stdlib.h>

#define OPENSSL_API_COMPAT 0x10100000L /* 3.0's SHA1() looks the algorithm up each time: 1 µs */
#include <openssl/sha.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "generated/closes.h"

enum {
    HEADER_LEN_MAX = 14, /* 2 bytes, 8 of length, 4 of mask: RFC 6455, 5.2 */
    CONTROL_LEN_MAX = 125,
    FINAL = 0x80,
    RSV = 0x70,
    MASKED = 0x80,
    OPCODES_KNOWN = 0x0707 /* bit n: opcode n has a meaning */
};

/* A frame's header. */
struct head {
    uint64_t len; /* of the payload */
    uint8_t mask[4];
    enum ws_opcode opcode;
    bool final;
    uint8_t header_len;
};

struct ws_rx {
    uint8_t header[HEADER_LEN_MAX]; /* a header that is not whole yet */
    uint8_t header_len;
    bool in_payload;
    uint8_t utf8;          /* of the message so far */
    struct head frame;     /* whose payload is under way */
    size_t frame_len;      /* of its payload, what has come */
    enum ws_opcode opcode; /* of the message under way; WS_CONTINUATION when there is none */
    uint32_t fragments;    /* of the message */
    size_t message_len;    /* what has come */
    size_t capacity;       /* of bytes */
    uint8_t bytes[];       /* the message, and after it the payload of a control frame under way */
};

/* One call of ws_feed. */
struct feed {
    struct ws_rx **rx;
    const struct ws_limits *limits;
    const struct ws_sink *sink;
    void *context;
    uint8_t *bytes;
    size_t len;
    struct ws_fed fed;
};

enum header {
    HEADER_WHOLE,
    HEADER_PART, /* all bytes so far are right, more are needed */
    HEADER_WRONG
};

static void frame_begin(struct feed *feed);
static void payload_go_on(struct feed *feed);

struct ws_fed ws_feed(struct ws_rx **rx, const struct ws_limits *limits, const struct ws_sink *sink,
                      void *context, uint8_t *bytes, size_t len)
{
    struct feed feed = {rx, limits, sink, context, bytes, len, {0}};
    while (feed.fed.consumed < len && !feed.fed.stopped && feed.fed.close_code == 0) {
        if (*rx != NULL && (*rx)->in_payload)
            payload_go_on(&feed);
        else
            frame_begin(&feed);
    }
    return feed.fed;
}

void ws_rx_free(struct ws_rx **rx)
{
    free(*rx);
    *rx = NULL;
}

static bool is_control(enum ws_opcode opcode)
{
    return (opcode & 0x8) != 0;
}

/* Returns false, as the checks below do when they find a fault. */
static bool fail(struct feed *feed, enum close_name why)
{
    feed->fed.close_code = close_said[why].code;
    feed->fed.reason = close_said[why].reason;
    return false;
}

static bool message_under_way(const struct feed *feed)
{
    return *feed->rx != NULL && (*feed->rx)->opcode != WS_CONTINUATION;
}

/* The rules of a header's first byte. */
static bool check_opcode(struct feed *feed, uint8_t first)
{
    enum ws_opcode opcode = first & 0xf;
    if ((first & RSV) != 0) /* no extension is ever agreed on */
        return fail(feed, CLOSE_RESERVED_BIT);
    if ((OPCODES_KNOWN >> opcode & 1) == 0)
        return fail(feed, CLOSE_UNKNOWN_FRAME);
    if (is_control(opcode))
        return (first & FINAL) != 0 || fail(feed, CLOSE_CONTROL_FRAGMENTED);
    if (opcode == WS_CONTINUATION) {
        if (!message_under_way(feed))
            return fail(feed, CLOSE_CONTINUATION_OF_NOTHING);
        if ((*feed->rx)->fragments >= feed->limits->fragments_max)
            return fail(feed, CLOSE_TOO_MANY_FRAGMENTS);
        return true;
    }
    return !message_under_way(feed) || fail(feed, CLOSE_MESSAGE_INSIDE_MESSAGE);
}

/* The rules of the second byte. */
static bool check_short_len(struct feed *feed, enum ws_opcode opcode, uint8_t second)
{
    uint8_t len = second & 0x7f;
    if ((second & MASKED) == 0)
        return fail(feed, CLOSE_NOT_MASKED);
    if (is_control(opcode) && len > CONTROL_LEN_MAX)
        return fail(feed, CLOSE_CONTROL_TOO_LONG);
    if (opcode == WS_CLOSE && len == 1)
        return fail(feed, CLOSE_CLOSE_CODE_SHORT);
    return true;
}

/* The rules of a data frame's length. */
static bool check_len(struct feed *feed, uint64_t len, uint64_t least)
{
    if (len < least)
        return fail(feed, CLOSE_LENGTH_NOT_SHORTEST);
    if (len > INT64_MAX)
        return fail(feed, CLOSE_LENGTH_TOO_GREAT);
    size_t before = message_under_way(feed) ? (*feed->rx)->message_len : 0;
    if (len > feed->limits->message_bytes_max - before)
        return fail(feed, CLOSE_MESSAGE_TOO_BIG);
    return true;
}

/* A number of `count` bytes in the network's order. */
static uint64_t read_number(const uint8_t *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* Reads a header (RFC 6455, 5.2) from the bytes there are, judging each as soon as it is there. */
static enum header read_header(struct feed *feed, const uint8_t *bytes, size_t len,
                               struct head *head)
{
    if (!check_opcode(feed, bytes[0]))
        return HEADER_WRONG;
    if (len < 2)
        return HEADER_PART;
    head->opcode = bytes[0] & 0xf;
    head->final = (bytes[0] & FINAL) != 0;
    if (!check_short_len(feed, head->opcode, bytes[1]))
        return HEADER_WRONG;
    size_t at = 2;
    uint64_t least = 0;
    head->len = bytes[1] & 0x7f;
    if (head->len > 125) {
        size_t count = head->len == 126 ? 2 : 8;
        if (len < at + count)
            return HEADER_PART;
        least = count == 2 ? 126 : 0x10000;
        head->len = read_number(bytes + at, count);
        at += count;
    }
    if (!is_control(head->opcode) && !check_len(feed, head->len, least))
        return HEADER_WRONG;
    if (len < at + sizeof head->mask)
        return HEADER_PART;
    memcpy(head->mask, bytes + at, sizeof head->mask);
    head->header_len = (uint8_t)(at + sizeof head->mask);
    return HEADER_WHOLE;
}

/* Sixteen bytes that are unmasked at once; compilers have registers for it. */
typedef uint64_t two_words __attribute__((vector_size(16)));

/* `phase`: how many bytes of the payload came before these. Returns whether all of them are ASCII.
 */
static bool unmask(uint8_t *bytes, size_t len, const uint8_t mask[4], size_t phase)
{
    const uint8_t key[4] = {mask[phase & 3], mask[(phase + 1) & 3], mask[(phase + 2) & 3],
                            mask[(phase + 3) & 3]};
    uint32_t key_word;
    memcpy(&key_word, key, sizeof key_word);
    uint64_t key_twice = (uint64_t)key_word << 32 | key_word;
    two_words wide_key = {key_twice, key_twice}, seen = {0, 0};
    size_t at = 0;
    for (; len - at >= sizeof wide_key; at += sizeof wide_key) {
        two_words wide;
        memcpy(&wide, bytes + at, sizeof wide);
        wide ^= wide_key;
        seen |= wide;
        memcpy(bytes + at, &wide, sizeof wide);
    }
    uint64_t seen_last = 0;
    if (len - at >= sizeof seen_last) {
        memcpy(&seen_last, bytes + at, sizeof seen_last);
        seen_last ^= key_twice;
        memcpy(bytes + at, &seen_last, sizeof seen_last);
        at += sizeof seen_last;
    }
    for (; at < len; at++) {
        bytes[at] ^= key[at & 3];
        seen_last |= bytes[at];
    }
    return ((seen[0] | seen[1] | seen_last) & 0x8080808080808080u) == 0;
}

/* Makes room for `capacity` bytes in all. By doubling, so that a message in many pieces is copied
 * about twice, and never holds more than twice what has come, or than the longest message. */
static bool rx_reserve(struct feed *feed, size_t capacity)
{
    struct ws_rx *rx = *feed->rx;
    if (rx != NULL && rx->capacity >= capacity)
        return true;
    size_t most = feed->limits->message_bytes_max + CONTROL_LEN_MAX;
    size_t twice = rx != NULL ? 2 * rx->capacity : 0;
    if (capacity < twice)
        capacity = twice < most ? twice : most;
    struct ws_rx *grown = realloc(rx, sizeof *rx + capacity);
    if (grown == NULL)
        return fail(feed, CLOSE_OUT_OF_MEMORY);
    if (rx == NULL)
        memset(grown, 0, sizeof *grown);
    grown->capacity = capacity;
    *feed->rx = grown;
    return true;
}

/* The payload of a Close frame, as far as it has come; `whole` when no more follows. */
static bool check_close(struct feed *feed, const uint8_t *bytes, size_t len, bool whole)
{
    if (len < 2)
        return true;
    if (!ws_close_code_valid((uint16_t)read_number(bytes, 2)))
        return fail(feed, CLOSE_CLOSE_CODE_INVALID);
    uint8_t state = UTF8_COMPLETE;
    bool valid = utf8_check(&state, bytes + 2, len - 2) == len - 2;
    return (valid && (!whole || state == UTF8_COMPLETE)) || fail(feed, CLOSE_REASON_NOT_UTF8);
}

static void deliver_control(struct feed *feed, enum ws_opcode opcode, const uint8_t *bytes,
                            size_t len)
{
    uint16_t code = 0;
    if (opcode == WS_CLOSE) {
        size_t code_len = len < 2 ? 0 : 2;
        code = code_len == 0 ? WS_CLOSE_NO_STATUS : (uint16_t)read_number(bytes, code_len);
        bytes += code_len;
        len -= code_len;
    }
    enum ws_next next = feed->sink->control(feed->context, opcode, code, bytes, len);
    feed->fed.stopped = next == WS_STOP || opcode == WS_CLOSE;
}

static void deliver_message(struct feed *feed, enum ws_opcode opcode, uint8_t *bytes, size_t len)
{
    feed->fed.stopped = feed->sink->message(feed->context, opcode, bytes, len) == WS_STOP;
}

/* The next bytes of a text; `whole` when no more follow. */
static bool check_text(struct feed *feed, uint8_t *state, const uint8_t *bytes, size_t len,
                       bool ascii, bool whole)
{
    if (ascii && *state == UTF8_COMPLETE)
        return true;
    bool valid = utf8_check(state, bytes, len) == len;
    return (valid && (!whole || *state == UTF8_COMPLETE)) || fail(feed, CLOSE_TEXT_NOT_UTF8);
}

/* A frame that needs nothing from before or after it: handed out where it lies. */
static void frame_in_place(struct feed *feed, const struct head *head)
{
    uint8_t *payload = feed->bytes + feed->fed.consumed;
    size_t len = (size_t)head->len;
    uint8_t state = UTF8_COMPLETE;
    bool ascii = unmask(payload, len, head->mask, 0);
    feed->fed.consumed += len;
    if (is_control(head->opcode)) {
        if (head->opcode != WS_CLOSE || check_close(feed, payload, len, true))
            deliver_control(feed, head->opcode, payload, len);
    } else if (head->opcode != WS_TEXT || check_text(feed, &state, payload, len, ascii, true)) {
        deliver_message(feed, head->opcode, payload, len);
    }
}

/* Keeps the beginning of a header until the rest of it comes. */
static void header_keep(struct feed *feed, const uint8_t *bytes, size_t len)
{
    if (!rx_reserve(feed, 0))
        return;
    memcpy((*feed->rx)->header, bytes, len);
    (*feed->rx)->header_len = (uint8_t)len;
    feed->fed.consumed = feed->len;
}

/* Opens a frame whose payload is joined with what comes before or after it. */
static void payload_keep(struct feed *feed, const struct head *head)
{
    if (!rx_reserve(feed, 0))
        return;
    struct ws_rx *rx = *feed->rx;
    rx->frame = *head;
    rx->frame_len = 0;
    rx->in_payload = true;
    if (!is_control(head->opcode)) {
        rx->fragments++;
        if (head->opcode != WS_CONTINUATION)
            rx->opcode = head->opcode;
    }
    payload_go_on(feed);
}

static void frame_begin(struct feed *feed)
{
    struct ws_rx *rx = *feed->rx;
    struct head head;
    const uint8_t *header = feed->bytes + feed->fed.consumed;
    size_t len = feed->len - feed->fed.consumed;
    size_t kept = rx == NULL ? 0 : rx->header_len;
    uint8_t joined[HEADER_LEN_MAX];
    if (kept > 0) {
        size_t more = len < HEADER_LEN_MAX - kept ? len : HEADER_LEN_MAX - kept;
        memcpy(joined, rx->header, kept);
        memcpy(joined + kept, header, more);
        header = joined;
        len = kept + more;
    }
    enum header found = read_header(feed, header, len, &head);
    if (found == HEADER_PART)
        header_keep(feed, header, len);
    if (found != HEADER_WHOLE)
        return;
    feed->fed.consumed += head.header_len - kept;
    if (rx != NULL) {
        rx->header_len = 0;
        if (rx->opcode == WS_CONTINUATION)
            ws_rx_free(feed->rx);
    }
    bool whole = head.len <= feed->len - feed->fed.consumed;
    bool alone = is_control(head.opcode) || (head.opcode != WS_CONTINUATION && head.final);
    if (whole && alone)
        frame_in_place(feed, &head);
    else
        payload_keep(feed, &head);
}

/* The last byte of a control frame has come: its payload ends what rx keeps. */
static void control_end(struct feed *feed)
{
    struct ws_rx *rx = *feed->rx;
    struct ws_rx *done = NULL;
    rx->in_payload = false;
    if (rx->opcode == WS_CONTINUATION) {
        done = rx;
        *feed->rx = NULL;
    }
    deliver_control(feed, rx->frame.opcode, rx->bytes + rx->message_len, rx->frame_len);
    free(done);
}

/* The last byte of a data frame has come. */
static void data_end(struct feed *feed)
{
    struct ws_rx *rx = *feed->rx;
    rx->in_payload = false;
    if (!rx->frame.final)
        return;
    *feed->rx = NULL;
    deliver_message(feed, rx->opcode, rx->bytes, rx->message_len);
    free(rx);
}

static void payload_go_on(struct feed *feed)
{
    struct ws_rx *rx = *feed->rx;
    uint64_t wanted = rx->frame.len - rx->frame_len;
    size_t here = feed->len - feed->fed.consumed;
    size_t len = wanted < here ? (size_t)wanted : here;
    bool control = is_control(rx->frame.opcode);
    size_t kept = rx->message_len + (control ? rx->frame_len : 0);
    if (!rx_reserve(feed, kept + len))
        return;
    rx = *feed->rx;
    memcpy(rx->bytes + kept, feed->bytes + feed->fed.consumed, len);
    bool ascii = unmask(rx->bytes + kept, len, rx->frame.mask, rx->frame_len);
    feed->fed.consumed += len;
    rx->frame_len += len;
    bool whole = rx->frame_len == rx->frame.len;
    if (control) {
        const uint8_t *payload = rx->bytes + rx->message_len;
        if (rx->frame.opcode == WS_CLOSE && !check_close(feed, payload, rx->frame_len, whole))
            return;
        if (whole)
            control_end(feed);
    } else {
        rx->message_len += len;
        if (rx->opcode == WS_TEXT &&
            !check_text(feed, &rx->utf8, rx->bytes + kept, len, ascii, whole && rx->frame.final))
            return;
        if (whole)
            data_end(feed);
    }
}

size_t ws_write_close(uint8_t out[125], uint16_t code, struct str reason)
{
    if (code == WS_CLOSE_NO_STATUS)
        return 0;
    reason = utf8_cut(reason, CONTROL_LEN_MAX - 2);
    out[0] = (uint8_t)(code >> 8);
    out[1] = (uint8_t)code;
    if (reason.len > 0)
        memcpy(out + 2, reason.base, reason.len);
    return 2 + reason.len;
}

bool ws_close_code_valid(uint16_t code)
{
    /* 1004 is reserved, 1005, 1006 and 1015 never travel, 1012 to 1014 are in IANA's registry. */
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

void ws_accept_key(struct str key, char accept[WS_ACCEPT_BYTES])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[24 + sizeof guid - 1];
    uint8_t digest[SHA_DIGEST_LENGTH];
    _Static_assert(BASE64_LEN(SHA_DIGEST_LENGTH) == WS_ACCEPT_BYTES, "room for it");
    memcpy(text, key.base, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    SHA_CTX sha;
    SHA1_Init(&sha);
    SHA1_Update(&sha, text, sizeof text);
    SHA1_Final(digest, &sha);
    base64_encode(digest, sizeof digest, accept);
}

bool ws_key_valid(struct str key)
{
    if (key.len != 24 || key.base[22] != '=' || key.base[23] != '=')
        return false;
    for (size_t i = 0; i < 22; i++) {
        char c = key.base[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/')
            return false;
    }
    return true;
}
