/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/talk_errors.h"

#include "base/check.h"
#include "base/join.h"

const struct str talk_error_names[TALK_ERRORS] = {
    [TALK_ERROR_UNNAMED] = STR_INIT("unnamed"),
    [TALK_ERROR_NAMED] = STR_INIT("named"),
    [TALK_ERROR_INVALID] = STR_INIT("invalid"),
    [TALK_ERROR_BAD_JSON] = STR_INIT("bad_json"),
    [TALK_ERROR_TOO_LOUD] = STR_INIT("too_loud"),
};

/* Those without arguments. */
static const struct str texts[TALK_ERRORS] = {
    [TALK_ERROR_UNNAMED] = STR_INIT("Say your name first"),
    [TALK_ERROR_NAMED] = STR_INIT("You have a name"),
};

enum talk_error talk_guard(enum talk_command_type type, uint32_t facts)
{
    switch (type) {
    case TALK_SAY_NAME_CMD:
        if (facts & TALK_NAMED)
            return TALK_ERROR_NAMED;
        break;
    case TALK_SAY_CMD:
        if (!(facts & TALK_NAMED))
            return TALK_ERROR_UNNAMED;
        break;
    case TALK_COMMANDS:
        break;
    }
    return TALK_ERRORS;
}

static struct talk_event make(enum talk_error error, struct str text)
{
    struct talk_event event = {.type = TALK_ERROR_EVT};

    event.error.error = error;
    event.error.message = text;
    return event;
}

struct talk_event talk_error_event(enum talk_error error)
{
    CHECK(error < TALK_ERRORS && texts[error].base);
    return make(error, texts[error]);
}

struct talk_event talk_error_unnamed(void)
{
    return talk_error_event(TALK_ERROR_UNNAMED);
}

struct talk_event talk_error_named(void)
{
    return talk_error_event(TALK_ERROR_NAMED);
}

struct talk_event talk_error_invalid(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("Invalid: "),
        reason,
    };

    return make(TALK_ERROR_INVALID, join(arena, parts, 2, 200));
}

struct talk_event talk_error_bad_json(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("Not JSON: "),
        reason,
    };

    return make(TALK_ERROR_BAD_JSON, join(arena, parts, 2, 200));
}

struct talk_event talk_error_too_loud(struct arena *arena, struct str name, uint8_t by)
{
    const struct str parts[] = {
        name,
        STR(" is too loud by "),
        join_decimal(arena, by),
    };

    return make(TALK_ERROR_TOO_LOUD, join(arena, parts, 3, 200));
}
