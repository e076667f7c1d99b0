/* Any text to each decoder of a body of HTTP. What one refuses is answered with its reason. */
#include "generated/game_codec.h"
#include "generated/http_codec.h"
#include "tests/fuzz/decode.h"

static void check_reason(struct str reason)
{
    const struct http_refusal refusal = {
        .status = 400, .error = STR("Bad Request"), .message = reason};
    CHECK(reason.len > 0 && utf8_valid(reason));
    size_t len = http_encode_refusal(&refusal, fuzz_out);
    CHECK(len <= HTTP_REFUSAL_ENCODED_MAX && is_json((struct str){fuzz_out, len}));
}

#define TRY(service, name)                                                                         \
    do {                                                                                           \
        struct service##_##name body;                                                              \
        struct str reason = {NULL, 0};                                                             \
        arena_reset(&fuzz_arena, 0);                                                               \
        if (!service##_decode_##name(&fuzz_arena, text, &body, &reason))                           \
            check_reason(reason);                                                                  \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = {(const char *)data, len};
    if (fuzz_out == NULL) {
        fuzz_out = malloc(HTTP_REFUSAL_ENCODED_MAX);
        CHECK(fuzz_out != NULL && arena_init(&fuzz_arena, FUZZ_ARENA_BYTES) == 0);
    }
    if (!utf8_valid(text))
        return 0;
    TRY(game, post_chat_history_body);
    TRY(http, post_admin_sessions_body);
    TRY(http, post_admin_rooms_body);
    TRY(http, post_admin_disconnect_body);
    TRY(http, post_admin_revoke_body);
    TRY(http, post_admin_trace_body);
    TRY(http, post_admin_log_level_body);
    return 0;
}
