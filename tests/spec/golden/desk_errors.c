/* Made from protocol.yaml by python3 -m codegen; not to be edited. */
#include "generated/desk_errors.h"

#include "base/check.h"
#include "base/join.h"

const struct str desk_error_names[DESK_ERRORS] = {
    [DESK_ERROR_CLOSED] = STR_INIT("closed"),
    [DESK_ERROR_BAD] = STR_INIT("bad"),
    [DESK_ERROR_NO_OP] = STR_INIT("no_op"),
    [DESK_ERROR_BROKEN] = STR_INIT("broken"),
    [DESK_ERROR_ODD] = STR_INIT("odd"),
    [DESK_ERROR_STRAY] = STR_INIT("stray"),
    [DESK_ERROR_LONG] = STR_INIT("long"),
    [DESK_ERROR_FEW] = STR_INIT("few"),
    [DESK_ERROR_MANY] = STR_INIT("many"),
    [DESK_ERROR_SHORT] = STR_INIT("short"),
};

/* As on the wire. */
static const uint8_t codes[DESK_ERRORS] = {
    [DESK_ERROR_CLOSED] = 1, /* Closed */
    [DESK_ERROR_BAD] = 2,    /* Bad: {reason} */
    [DESK_ERROR_NO_OP] = 3,  /* No op {op:u8} */
    [DESK_ERROR_BROKEN] = 4, /* Broken */
    [DESK_ERROR_ODD] = 5,    /* Odd */
    [DESK_ERROR_STRAY] = 5,  /* Stray */
    [DESK_ERROR_LONG] = 6,   /* {bytes:u32} is long */
    [DESK_ERROR_FEW] = 8,    /* Few */
    [DESK_ERROR_MANY] = 9,   /* Many */
    [DESK_ERROR_SHORT] = 7,  /* {bytes:u32} is short */
};

/* Those without arguments. */
static const struct str texts[DESK_ERRORS] = {
    [DESK_ERROR_CLOSED] = STR_INIT("Closed"),
    [DESK_ERROR_BROKEN] = STR_INIT("Broken"),
    [DESK_ERROR_ODD] = STR_INIT("Odd"),
    [DESK_ERROR_STRAY] = STR_INIT("Stray"),
    [DESK_ERROR_FEW] = STR_INIT("Few"),
    [DESK_ERROR_MANY] = STR_INIT("Many"),
};

enum desk_error desk_guard(enum desk_command_type type, uint32_t facts)
{
    switch (type) {
    case DESK_PUT_CMD:
        if (!(facts & DESK_OPEN))
            return DESK_ERROR_CLOSED;
        break;
    case DESK_OPEN_CMD:
        break;
    case DESK_COMMANDS:
        if (!(facts & DESK_OPEN))
            return DESK_ERROR_CLOSED;
        break;
    }
    return DESK_ERRORS;
}

static struct desk_event make(enum desk_error error, struct str text)
{
    struct desk_event event = {.type = DESK_FAIL_EVT};

    event.fail.error = error;
    event.fail.code = codes[error];
    event.fail.why = text;
    return event;
}

struct desk_event desk_error_event(enum desk_error error)
{
    CHECK(error < DESK_ERRORS && texts[error].base);
    return make(error, texts[error]);
}

struct desk_event desk_error_closed(void)
{
    return desk_error_event(DESK_ERROR_CLOSED);
}

struct desk_event desk_error_bad(struct arena *arena, struct str reason)
{
    const struct str parts[] = {
        STR("Bad: "),
        reason,
    };

    return make(DESK_ERROR_BAD, join(arena, parts, 2, 99));
}

struct desk_event desk_error_no_op(struct arena *arena, uint8_t op)
{
    const struct str parts[] = {
        STR("No op "),
        join_decimal(arena, op),
    };

    return make(DESK_ERROR_NO_OP, join(arena, parts, 2, 99));
}

struct desk_event desk_error_broken(void)
{
    return desk_error_event(DESK_ERROR_BROKEN);
}

struct desk_event desk_error_odd(void)
{
    return desk_error_event(DESK_ERROR_ODD);
}

struct desk_event desk_error_stray(void)
{
    return desk_error_event(DESK_ERROR_STRAY);
}

struct desk_event desk_error_long(struct arena *arena, uint32_t bytes)
{
    const struct str parts[] = {
        join_decimal(arena, bytes),
        STR(" is long"),
    };

    return make(DESK_ERROR_LONG, join(arena, parts, 2, 99));
}

struct desk_event desk_error_few(void)
{
    return desk_error_event(DESK_ERROR_FEW);
}

struct desk_event desk_error_many(void)
{
    return desk_error_event(DESK_ERROR_MANY);
}

struct desk_event desk_error_short(struct arena *arena, uint32_t bytes)
{
    const struct str parts[] = {
        join_decimal(arena, bytes),
        STR(" is short"),
    };

    return make(DESK_ERROR_SHORT, join(arena, parts, 2, 99));
}
