/* Any text to chat's decoder. A message that decodes is passed on and comes back as it was. */
#include "generated/chat_codec.h"
#include "tests/fuzz/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct chat_command command;
    struct chat_event event;
    struct json_reader reader = {.arena = &fuzz_arena, .not_json = ""};
    const struct cJSON *message;
    struct str content;

    if (!decode_checked(&chat_codec, (struct str){(const char *)data, len}, 0, &command, &event) ||
        command.type != CHAT_CHAT_CMD)
        return 0;
    event = (struct chat_event){.type = CHAT_CHAT_EVT,
                                .chat = {.from = STR("\"\n\""), .content = command.chat.content}};
    message = json_read(&reader, encode_checked(&chat_codec, &event));
    CHECK(message && json_bytes(json_member(message, "content"), 0, SIZE_MAX, &content));
    CHECK(str_equal(content, command.chat.content));
    return 0;
}
