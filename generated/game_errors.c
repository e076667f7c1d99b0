/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/game_errors.h"

#include "base/check.h"
#include "base/join.h"

const struct str game_error_names[GAME_ERRORS] = {
    [GAME_ERROR_PARSE_ERROR] = STR_INIT("parse_error"),
    [GAME_ERROR_INVALID_MESSAGE] = STR_INIT("invalid_message"),
    [GAME_ERROR_NOT_JOINED] = STR_INIT("not_joined"),
    [GAME_ERROR_ROOM_FULL] = STR_INIT("room_full"),
    [GAME_ERROR_ROOM_REFUSED] = STR_INIT("room_refused"),
    [GAME_ERROR_INVALID_TOKEN] = STR_INIT("invalid_token"),
    [GAME_ERROR_TOKENS_UNUSED] = STR_INIT("tokens_unused"),
};

/* Those without arguments. */
static const struct str texts[GAME_ERRORS] = {
    [GAME_ERROR_NOT_JOINED] = STR_INIT("Join a room first"),
    [GAME_ERROR_ROOM_FULL] = STR_INIT("Room is full"),
    [GAME_ERROR_ROOM_REFUSED] = STR_INIT("The server cannot open another room now"),
    [GAME_ERROR_INVALID_TOKEN] = STR_INIT("Token is not valid"),
    [GAME_ERROR_TOKENS_UNUSED] = STR_INIT("Tokens are not used here"),
};

enum game_error game_guard(enum game_command_type type, uint32_t facts)
{
    switch (type) {
    case GAME_UPDATE_CMD:
        if (!(facts & GAME_JOINED))
            return GAME_ERROR_NOT_JOINED;
        break;
    case GAME_CHAT_CMD:
        if (!(facts & GAME_JOINED))
            return GAME_ERROR_NOT_JOINED;
        break;
    case GAME_JOIN_CMD:
    case GAME_AUTHENTICATE_CMD:
    case GAME_COMMANDS:
        break;
    }
    return GAME_ERRORS;
}

static struct game_event make(enum game_error error, struct str text)
{
    struct game_event event = {.type = GAME_ERROR_EVT};

    event.error.error = error;
    event.error.message = text;
    return event;
}

struct game_event game_error_event(enum game_error error)
{
    CHECK(error < GAME_ERRORS && texts[error].base);
    return make(error, texts[error]);
}

struct game_event game_error_parse_error(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("JSON parse error: "),
        reason,
    };

    return make(GAME_ERROR_PARSE_ERROR, join(arena, parts, 2, 1024));
}

struct game_event game_error_invalid_message(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        reason,
    };

    return make(GAME_ERROR_INVALID_MESSAGE, join(arena, parts, 1, 1024));
}

struct game_event game_error_not_joined(void)
{
    return game_error_event(GAME_ERROR_NOT_JOINED);
}

struct game_event game_error_room_full(void)
{
    return game_error_event(GAME_ERROR_ROOM_FULL);
}

struct game_event game_error_room_refused(void)
{
    return game_error_event(GAME_ERROR_ROOM_REFUSED);
}

struct game_event game_error_invalid_token(void)
{
    return game_error_event(GAME_ERROR_INVALID_TOKEN);
}

struct game_event game_error_tokens_unused(void)
{
    return game_error_event(GAME_ERROR_TOKENS_UNUSED);
}
