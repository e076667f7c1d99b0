/* Players: what is known of one, its state above all. A state is kept as a few bytes: its texts and
 * numbers one behind the other. Each text and number stands behind its length. */
#include "base/check.h"
#include "game/state.h"

enum { COLOR_LEN = 7 };

/* Which of the optional fields there are. */
enum { HAS_ANIMATION = 1 << 0, HAS_VELOCITY = 1 << 1, HAS_MODEL_URL = 1 << 2 };

struct player *player_at(const struct game *game, uint32_t slot)
{
    CHECK(pool_is_live(&game->players, slot));
    return pool_at(&game->players, slot);
}

struct str player_id(const struct game *game, uint32_t slot)
{
    return (struct str){player_at(game, slot)->id, UUID_TEXT_LEN};
}

void player_tell(const struct game *game, uint32_t slot, const struct game_event *event,
                 struct turn *turn)
{
    effect_send(turn, player_at(game, slot)->session, event, sizeof *event);
}

/* Packing */

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

static void take(const char **at, void *bytes, size_t len)
{
    memcpy(bytes, *at, len);
    *at += len;
}

static struct str take_text(const char **at)
{
    uint16_t len;
    take(at, &len, sizeof len);
    struct str text = {*at, len};
    *at += len;
    return text;
}

static void take_numbers(const char **at, struct number *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        take(at, &numbers[i].value, sizeof numbers[i].value);
        take(at, &numbers[i].text_len, sizeof numbers[i].text_len);
        take(at, numbers[i].text, numbers[i].text_len);
    }
}

static size_t pack(const struct game_player_state *state, char *bytes)
{
    char *at = bytes;
    uint8_t has = (uint8_t)((state->has_animation ? HAS_ANIMATION : 0) |
                            (state->has_velocity ? HAS_VELOCITY : 0) |
                            (state->has_model_url ? HAS_MODEL_URL : 0));
    CHECK(state->color.len == COLOR_LEN);
    put_text(&at, state->name); /* first: see player_name */
    put(&at, state->color.base, COLOR_LEN);
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

void player_set_state(struct game *game, uint32_t slot, const struct game_player_state *state)
{
    char bytes[STATE_BYTES_MAX];
    size_t len = pack(state, bytes);
    CHECK(len <= sizeof bytes);
    player_forget_state(game, slot);
    player_at(game, slot)->state = textpool_add(&game->states, (struct str){bytes, len});
}

void player_forget_state(struct game *game, uint32_t slot)
{
    struct player *player = player_at(game, slot);
    textpool_remove(&game->states, player->state);
    player->state = (struct text){0};
}

struct game_player_state player_state(const struct game *game, uint32_t slot)
{
    struct str bytes = textpool_get(&game->states, player_at(game, slot)->state);
    CHECK(bytes.len > 0);
    const char *at = bytes.base;
    struct game_player_state state = {.name = take_text(&at)};
    state.color = (struct str){at, COLOR_LEN};
    at += COLOR_LEN;
    uint8_t has;
    take(&at, &has, sizeof has);
    take_numbers(&at, state.position, 3);
    take_numbers(&at, state.rotation, 4);
    state.has_animation = (has & HAS_ANIMATION) != 0;
    if (state.has_animation)
        state.animation = take_text(&at);
    state.has_velocity = (has & HAS_VELOCITY) != 0;
    if (state.has_velocity)
        take_numbers(&at, state.velocity, 3);
    state.has_model_url = (has & HAS_MODEL_URL) != 0;
    if (state.has_model_url)
        state.model_url = take_text(&at);
    CHECK(at == bytes.base + bytes.len);
    return state;
}

struct str player_name(const struct game *game, uint32_t slot)
{
    struct str bytes = textpool_get(&game->states, player_at(game, slot)->state);
    CHECK(bytes.len > 0);
    const char *at = bytes.base;
    return take_text(&at);
}
