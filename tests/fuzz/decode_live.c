/* Any text to live's decoder, before and after READY. A message that decodes is passed on. */
#include "generated/live_codec.h"
#include "tests/fuzz/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = {(const char *)data, len};
    struct live_command command;
    struct live_event event;

    if (decode_checked(&live_codec, text, 0, &command, &event))
        CHECK(command.type == LIVE_HEARTBEAT_CMD || command.type == LIVE_IDENTIFY_CMD);
    if (!decode_checked(&live_codec, text, LIVE_IDENTIFIED, &command, &event) ||
        command.type != LIVE_MESSAGE_CREATE_CMD)
        return 0;
    CHECK(live_check_not_blank(command.message_create.content));
    event = (struct live_event){
        .type = LIVE_MESSAGE_EVENT_EVT,
        .message_event = {.message_id = STR("msg_1"),
                          .channel_id = command.message_create.channel_id,
                          .author_id = STR("user_1"),
                          .content = command.message_create.content,
                          .timestamp = UINT64_MAX},
    };
    encode_checked(&live_codec, &event);
    return 0;
}
