/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/desk_types.h"
#include "generated/http_types.h"
#include "generated/talk_types.h"

const struct str http_color_words[2] = {
    [HTTP_COLOR_RED] = STR_INIT("red"),
    [HTTP_COLOR_GREEN] = STR_INIT("green"),
};

const struct str talk_mood_words[2] = {
    [TALK_MOOD_CALM] = STR_INIT("calm"),
    [TALK_MOOD_ANGRY] = STR_INIT("very angry"),
};
