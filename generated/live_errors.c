/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/live_errors.h"

#include "base/check.h"
#include "base/join.h"

const struct str live_error_names[LIVE_ERRORS] = {
    [LIVE_ERROR_NOT_AUTHENTICATED] = STR_INIT("not_authenticated"),
    [LIVE_ERROR_INVALID_TOKEN] = STR_INIT("invalid_token"),
    [LIVE_ERROR_UNKNOWN_OPCODE] = STR_INIT("unknown_opcode"),
    [LIVE_ERROR_INVALID_PAYLOAD] = STR_INIT("invalid_payload"),
    [LIVE_ERROR_SSRC_IN_USE] = STR_INIT("ssrc_in_use"),
    [LIVE_ERROR_SRTP_KEY_WRONG] = STR_INIT("srtp_key_wrong"),
    [LIVE_ERROR_CHANNEL_NOT_FOUND] = STR_INIT("channel_not_found"),
    [LIVE_ERROR_CHANNEL_FULL] = STR_INIT("channel_full"),
    [LIVE_ERROR_ACCESS_DENIED] = STR_INIT("access_denied"),
    [LIVE_ERROR_ALREADY_IN_CHANNEL] = STR_INIT("already_in_channel"),
    [LIVE_ERROR_NOT_IN_CHANNEL] = STR_INIT("not_in_channel"),
    [LIVE_ERROR_EMPTY_MESSAGE] = STR_INIT("empty_message"),
    [LIVE_ERROR_MESSAGE_TOO_LONG] = STR_INIT("message_too_long"),
    [LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL] = STR_INIT("message_not_in_channel"),
    [LIVE_ERROR_INTERNAL_ERROR] = STR_INIT("internal_error"),
};

/* As on the wire. */
static const uint16_t codes[LIVE_ERRORS] = {
    [LIVE_ERROR_NOT_AUTHENTICATED] = 1000, /* Authentication required */
    [LIVE_ERROR_INVALID_TOKEN] = 1001,     /* Invalid or expired token */
    [LIVE_ERROR_UNKNOWN_OPCODE] = 1003,    /* Unknown opcode: {op:u8} */
    [LIVE_ERROR_INVALID_PAYLOAD] = 1004,   /* Invalid payload: {reason} */
    [LIVE_ERROR_SSRC_IN_USE] = 1004,       /* Invalid payload: ssrc is in use */
    /* Invalid payload: srtp.key must be the suite's key and salt in base64 */
    [LIVE_ERROR_SRTP_KEY_WRONG] = 1004,
    [LIVE_ERROR_CHANNEL_NOT_FOUND] = 2000,  /* Channel not found: {channel_id} */
    [LIVE_ERROR_CHANNEL_FULL] = 2001,       /* Channel is full: {channel_id} */
    [LIVE_ERROR_ACCESS_DENIED] = 2002,      /* Access denied to channel: {channel_id} */
    [LIVE_ERROR_ALREADY_IN_CHANNEL] = 2003, /* Already in channel: {channel_id} */
    [LIVE_ERROR_NOT_IN_CHANNEL] = 2004,     /* Not in channel: {channel_id} */
    [LIVE_ERROR_EMPTY_MESSAGE] = 3000,      /* Message content is empty */
    [LIVE_ERROR_MESSAGE_TOO_LONG] = 3001,   /* Message too long: {bytes:u32} chars */
    /* Must join channel before messaging: {channel_id} */
    [LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL] = 3002,
    [LIVE_ERROR_INTERNAL_ERROR] = 9000, /* Internal server error */
};

/* Those without arguments. */
static const struct str texts[LIVE_ERRORS] = {
    [LIVE_ERROR_NOT_AUTHENTICATED] = STR_INIT("Authentication required"),
    [LIVE_ERROR_INVALID_TOKEN] = STR_INIT("Invalid or expired token"),
    [LIVE_ERROR_SSRC_IN_USE] = STR_INIT("Invalid payload: ssrc is in use"),
    [LIVE_ERROR_SRTP_KEY_WRONG] =
        STR_INIT("Invalid payload: srtp.key must be the suite's key and salt in base64"),
    [LIVE_ERROR_EMPTY_MESSAGE] = STR_INIT("Message content is empty"),
    [LIVE_ERROR_INTERNAL_ERROR] = STR_INIT("Internal server error"),
};

enum live_error live_guard(enum live_command_type type, uint32_t facts)
{
    switch (type) {
    case LIVE_CHANNEL_CREATE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_JOIN_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_LEAVE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_UPDATE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_DELETE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_LIST_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_CHANNEL_INFO_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_MESSAGE_CREATE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_FLOOR_REQUEST_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_FLOOR_RELEASE_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_FLOOR_PING_CMD:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    case LIVE_HEARTBEAT_CMD:
    case LIVE_IDENTIFY_CMD:
        break;
    case LIVE_COMMANDS:
        if (!(facts & LIVE_IDENTIFIED))
            return LIVE_ERROR_NOT_AUTHENTICATED;
        break;
    }
    return LIVE_ERRORS;
}

static struct live_event make(enum live_error error, struct str text)
{
    struct live_event event = {.type = LIVE_ERROR_EVT};

    event.error.error = error;
    event.error.code = codes[error];
    event.error.reason = text;
    return event;
}

struct live_event live_error_event(enum live_error error)
{
    CHECK(error < LIVE_ERRORS && texts[error].base);
    return make(error, texts[error]);
}

struct live_event live_error_not_authenticated(void)
{
    return live_error_event(LIVE_ERROR_NOT_AUTHENTICATED);
}

struct live_event live_error_invalid_token(void)
{
    return live_error_event(LIVE_ERROR_INVALID_TOKEN);
}

struct live_event live_error_unknown_opcode(struct arena *arena, uint8_t op)
{
    const struct str parts[] = {
        STR("Unknown opcode: "),
        join_decimal(arena, op),
    };

    return make(LIVE_ERROR_UNKNOWN_OPCODE, join(arena, parts, 2, 1024));
}

struct live_event live_error_invalid_payload(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("Invalid payload: "),
        reason,
    };

    return make(LIVE_ERROR_INVALID_PAYLOAD, join(arena, parts, 2, 1024));
}

struct live_event live_error_ssrc_in_use(void)
{
    return live_error_event(LIVE_ERROR_SSRC_IN_USE);
}

struct live_event live_error_srtp_key_wrong(void)
{
    return live_error_event(LIVE_ERROR_SRTP_KEY_WRONG);
}

struct live_event live_error_channel_not_found(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Channel not found: "),
        channel_id,
    };

    return make(LIVE_ERROR_CHANNEL_NOT_FOUND, join(arena, parts, 2, 1024));
}

struct live_event live_error_channel_full(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Channel is full: "),
        channel_id,
    };

    return make(LIVE_ERROR_CHANNEL_FULL, join(arena, parts, 2, 1024));
}

struct live_event live_error_access_denied(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Access denied to channel: "),
        channel_id,
    };

    return make(LIVE_ERROR_ACCESS_DENIED, join(arena, parts, 2, 1024));
}

struct live_event live_error_already_in_channel(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Already in channel: "),
        channel_id,
    };

    return make(LIVE_ERROR_ALREADY_IN_CHANNEL, join(arena, parts, 2, 1024));
}

struct live_event live_error_not_in_channel(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Not in channel: "),
        channel_id,
    };

    return make(LIVE_ERROR_NOT_IN_CHANNEL, join(arena, parts, 2, 1024));
}

struct live_event live_error_empty_message(void)
{
    return live_error_event(LIVE_ERROR_EMPTY_MESSAGE);
}

struct live_event live_error_message_too_long(struct arena *arena, uint32_t bytes)
{
    const struct str parts[] = {
        STR("Message too long: "),
        join_decimal(arena, bytes),
        STR(" chars"),
    };

    return make(LIVE_ERROR_MESSAGE_TOO_LONG, join(arena, parts, 3, 1024));
}

struct live_event live_error_message_not_in_channel(struct arena *arena, struct str channel_id)
{
    const struct str parts[] = {
        STR("Must join channel before messaging: "),
        channel_id,
    };

    return make(LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL, join(arena, parts, 2, 1024));
}

struct live_event live_error_internal_error(void)
{
    return live_error_event(LIVE_ERROR_INTERNAL_ERROR);
}
