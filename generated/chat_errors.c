/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/chat_errors.h"

#include "base/check.h"
#include "base/join.h"

const struct str chat_error_names[CHAT_ERRORS] = {
    [CHAT_ERROR_USERNAME_REQUIRED] = STR_INIT("username_required"),
    [CHAT_ERROR_ROOM_NOT_FOUND] = STR_INIT("room_not_found"),
    [CHAT_ERROR_ROOM_FULL] = STR_INIT("room_full"),
    [CHAT_ERROR_NOT_IN_ROOM] = STR_INIT("not_in_room"),
    [CHAT_ERROR_ALREADY_IN_ROOM] = STR_INIT("already_in_room"),
    [CHAT_ERROR_INVALID_TOKEN] = STR_INIT("invalid_token"),
    [CHAT_ERROR_TOKENS_UNUSED] = STR_INIT("tokens_unused"),
    [CHAT_ERROR_INVALID_MESSAGE] = STR_INIT("invalid_message"),
};

/* As on the wire. */
static const struct str codes[CHAT_ERRORS] = {
    [CHAT_ERROR_USERNAME_REQUIRED] = STR_INIT("username_required"),
    [CHAT_ERROR_ROOM_NOT_FOUND] = STR_INIT("room_not_found"),
    [CHAT_ERROR_ROOM_FULL] = STR_INIT("room_full"),
    [CHAT_ERROR_NOT_IN_ROOM] = STR_INIT("not_in_room"),
    [CHAT_ERROR_ALREADY_IN_ROOM] = STR_INIT("already_in_room"),
    [CHAT_ERROR_INVALID_TOKEN] = STR_INIT("invalid_token"),
    [CHAT_ERROR_TOKENS_UNUSED] = STR_INIT("tokens_unused"),
    [CHAT_ERROR_INVALID_MESSAGE] = STR_INIT("invalid_message"),
};

/* Those without arguments. */
static const struct str texts[CHAT_ERRORS] = {
    [CHAT_ERROR_USERNAME_REQUIRED] = STR_INIT("Username is required"),
    [CHAT_ERROR_ROOM_FULL] = STR_INIT("Room is full"),
    [CHAT_ERROR_NOT_IN_ROOM] = STR_INIT("You are not in a room"),
    [CHAT_ERROR_ALREADY_IN_ROOM] = STR_INIT("You are already in a room"),
    [CHAT_ERROR_INVALID_TOKEN] = STR_INIT("Token is not valid"),
    [CHAT_ERROR_TOKENS_UNUSED] = STR_INIT("Tokens are not used here"),
};

enum chat_error chat_guard(enum chat_command_type type, uint32_t facts)
{
    switch (type) {
    case CHAT_CREATE_ROOM_CMD:
        if (!(facts & CHAT_NAMED))
            return CHAT_ERROR_USERNAME_REQUIRED;
        if (facts & CHAT_IN_ROOM)
            return CHAT_ERROR_ALREADY_IN_ROOM;
        break;
    case CHAT_JOIN_ROOM_CMD:
        if (!(facts & CHAT_NAMED))
            return CHAT_ERROR_USERNAME_REQUIRED;
        if (facts & CHAT_IN_ROOM)
            return CHAT_ERROR_ALREADY_IN_ROOM;
        break;
    case CHAT_CHAT_CMD:
        if (!(facts & CHAT_IN_ROOM))
            return CHAT_ERROR_NOT_IN_ROOM;
        break;
    case CHAT_TYPING_CMD:
        if (!(facts & CHAT_IN_ROOM))
            return CHAT_ERROR_NOT_IN_ROOM;
        break;
    case CHAT_LEAVE_ROOM_CMD:
        if (!(facts & CHAT_IN_ROOM))
            return CHAT_ERROR_NOT_IN_ROOM;
        break;
    case CHAT_SET_USERNAME_CMD:
    case CHAT_STOP_TYPING_CMD:
    case CHAT_AUTHENTICATE_CMD:
    case CHAT_COMMANDS:
        break;
    }
    return CHAT_ERRORS;
}

static struct chat_event make(enum chat_error error, struct str text)
{
    struct chat_event event = {.type = CHAT_ERROR_EVT};

    event.error.error = error;
    event.error.code = codes[error];
    event.error.message = text;
    return event;
}

struct chat_event chat_error_event(enum chat_error error)
{
    CHECK(error < CHAT_ERRORS && texts[error].base);
    return make(error, texts[error]);
}

struct chat_event chat_error_username_required(void)
{
    return chat_error_event(CHAT_ERROR_USERNAME_REQUIRED);
}

struct chat_event chat_error_room_not_found(struct arena *arena, struct str room_code)
{
    const struct str parts[] = {
        STR("Room '"),
        room_code,
        STR("' not found"),
    };

    return make(CHAT_ERROR_ROOM_NOT_FOUND, join(arena, parts, 3, 1024));
}

struct chat_event chat_error_room_full(void)
{
    return chat_error_event(CHAT_ERROR_ROOM_FULL);
}

struct chat_event chat_error_not_in_room(void)
{
    return chat_error_event(CHAT_ERROR_NOT_IN_ROOM);
}

struct chat_event chat_error_already_in_room(void)
{
    return chat_error_event(CHAT_ERROR_ALREADY_IN_ROOM);
}

struct chat_event chat_error_invalid_token(void)
{
    return chat_error_event(CHAT_ERROR_INVALID_TOKEN);
}

struct chat_event chat_error_tokens_unused(void)
{
    return chat_error_event(CHAT_ERROR_TOKENS_UNUSED);
}

struct chat_event chat_error_invalid_message(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("Invalid message format: "),
        reason,
    };

    return make(CHAT_ERROR_INVALID_MESSAGE, join(arena, parts, 2, 1024));
}
