/* Any text to game's decoder. A state that decodes is passed on, and its numbers keep their value
 * and their bounds. */
#include "generated/game_codec.h"
#include "tests/fuzz/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct game_command command;
    struct game_event event;
    struct json_reader reader = {.arena = &fuzz_arena, .not_json = ""};
    const struct game_player_state *state = &command.update.state;
    const struct cJSON *message, *item;

    if (!decode_checked(&game_codec, (struct str){(const char *)data, len}, 0, &command, &event) ||
        command.type != GAME_UPDATE_CMD)
        return 0;
    event = (struct game_event){
        .type = GAME_PLAYER_UPDATE_EVT,
        .player_update = {.client_id = STR("00000000-0000-0000-0000-000000000000"),
                          .state = *state},
    };
    message = json_read(&reader, encode_checked(&game_codec, &event));
    CHECK(message);
    item = json_first(json_member(json_member(message, "state"), "position"));
    for (int i = 0; i < 3; i++, item = json_next(item)) {
        struct number number;

        CHECK(json_number(item, -1000, 1000, &number));
        CHECK(number.value == state->position[i].value);
    }
    return 0;
}
