/* Each text and number stands behind its length; the name comes first. */
#include "game/packing.h"

#include <stdint.h>

#include "base/check.h"

/* Which of the optional fields there are. */
enum { HAS_ANIMATION = 1 << 0, HAS_VELOCITY = 1 << 1, HAS_MODEL_URL = 1 << 2 };

static void put(char **at, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(*at, bytes, len);
    *at += len;
}

static void put_text(char **at, struct str text)
{
    uint16_t len = (uint16_t)text.len;
    put(at, &len, sizeof len);
    put(at, text.base, text.len);
}

static void put_numbers(char **at, const struct number *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put(at, &numbers[i].value, sizeof numbers[i].value);
        put(at, &numbers[i].text_len, sizeof numbers[i].text_len);
        put(at, numbers[i].text, numbers[i].text_len);
    }
}

size_t game_state_pack(const struct game_player_state *state, char *bytes)
{
    char *at = bytes;
    uint8_t has = (uint8_t)((state->has_animation ? HAS_ANIMATION : 0) |
                            (state->has_velocity ? HAS_VELOCITY : 0) |
                            (state->has_model_url ? HAS_MODEL_URL : 0));
    CHECK(state->color.len == GAME_COLOR_BYTES_MAX);
    put_text(&at, state->name);
    put(&at, state->color.base, GAME_COLOR_BYTES_MAX);
    put(&at, &has, sizeof has);
    put_numbers(&at, state->position, 3);
    put_numbers(&at, state->rotation, 4);
    if (state->has_animation)
        put_text(&at, state->animation);
    if (state->has_velocity)
        put_numbers(&at, state->velocity, 3);
    if (state->has_model_url)
        put_text(&at, state->model_url);
    return (size_t)(at - bytes);
}

static bool take_str(struct str *from, size_t len, struct str *taken)
{
    if (from->len < len)
        return false;
    *taken = (struct str){from->base, len};
    *from = (struct str){from->base + len, from->len - len};
    return true;
}

static bool take(struct str *from, void *bytes, size_t len)
{
    struct str taken;
    if (!take_str(from, len, &taken))
        return false;
    memcpy(bytes, taken.base, len);
    return true;
}

static bool take_text(struct str *from, struct str *text)
{
    uint16_t len;
    return take(from, &len, sizeof len) && take_str(from, len, text);
}

static bool take_numbers(struct str *from, struct number *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct number *number = &numbers[i];
        if (!take(from, &number->value, sizeof number->value) ||
            !take(from, &number->text_len, sizeof number->text_len) ||
            number->text_len > NUMBER_TEXT_MAX || !take(from, number->text, number->text_len))
            return false;
    }
    return true;
}

bool game_state_unpack(struct str packed, struct game_player_state *state)
{
    uint8_t has;
    *state = (struct game_player_state){0};
    if (!take_text(&packed, &state->name) ||
        !take_str(&packed, GAME_COLOR_BYTES_MAX, &state->color) ||
        !take(&packed, &has, sizeof has) || !take_numbers(&packed, state->position, 3) ||
        !take_numbers(&packed, state->rotation, 4))
        return false;
    state->has_animation = (has & HAS_ANIMATION) != 0;
    state->has_velocity = (has & HAS_VELOCITY) != 0;
    state->has_model_url = (has & HAS_MODEL_URL) != 0;
    return (!state->has_animation || take_text(&packed, &state->animation)) &&
           (!state->has_velocity || take_numbers(&packed, state->velocity, 3)) &&
           (!state->has_model_url || take_text(&packed, &state->model_url)) && packed.len == 0;
}

struct str game_state_name(struct str packed)
{
    struct str name;
    bool there = take_text(&packed, &name);
    CHECK(there);
    return name;
}
