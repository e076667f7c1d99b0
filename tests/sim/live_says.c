/* What clients of live say. */
#include "live_play.h"

#include "base/base64.h"

enum { JOINERS_MAX = 40 };

static const struct str garbage[] = {
    STR_INIT("{\"op\":10,\"d\":{\"channel_id\":\"c\"}}"),
    STR_INIT("{\"op\":10,\"d\":{\"channel_id\":\"c\",\"channel_name\":\"n\","
             "\"capacity\":0}}"),
    STR_INIT("{\"op\":11,\"d\":{\"channel_id\":\"c\"}}"),
    STR_INIT("{\"op\":11,\"d\":{\"channel_id\":\"c\",\"ssrc\":4294967296}}"),
    STR_INIT("{\"op\":12,\"d\":null}"),
    STR_INIT("{\"op\":20,\"d\":{\"channel_id\":7,\"content\":\"x\"}}"),
    STR_INIT("{\"op\":30,\"d\":{\"channel_id\":\"c\",\"priority\":256}}"),
    STR_INIT("{\"op\":30,\"d\":{\"channel_id\":\"c\",\"indicator\":\"loud\"}}"),
};

/* Rather the one that the client is in, for what only members may say. */
static uint32_t draw_channel(struct live_model *model, uint32_t client, enum live_said kind)
{
    struct draw *draw = &model->world->draw;
    uint32_t own = model->clients[client].channel;
    bool member = kind == LIVE_SAID_LEAVE || kind == LIVE_SAID_MESSAGE || kind >= LIVE_SAID_REQUEST;
    if (member && own != NO_CHANNEL && draw_percent(draw, 92))
        return own;
    return draw_percent(draw, 15) ? 0 : draw_below(draw, model->channels_count);
}

static void draw_user(struct live_model *model, uint32_t client, struct live_argument *argument)
{
    struct draw *draw = &model->world->draw;
    const struct live_model_client *c = &model->clients[client];
    if (draw_percent(draw, 10))
        snprintf(argument->user, sizeof argument->user, "shared %u", draw_below(draw, 3));
    else if (c->identified && draw_percent(draw, 60))
        memcpy(argument->user, c->user, sizeof argument->user);
    else
        snprintf(argument->user, sizeof argument->user, "user %u.%u", client,
                 (uint32_t)model->world->serials);
}

static void draw_priority(struct draw *draw, struct live_argument *argument, struct draft *text)
{
    static const char *const indicators[] = {"normal", "broadcast", "imminent_peril", "emergency"};
    static const uint8_t usual[] = {100, 100, 200, 255};
    uint32_t indicator = draw_percent(draw, 70) ? 0 : draw_below(draw, 4);
    argument->indicator = indicators[indicator];
    argument->priority = usual[indicator];
    if (indicator != 0 || draw_percent(draw, 20))
        add_format(text, ",\"indicator\":\"%s\"", argument->indicator);
    if (draw_percent(draw, 30)) {
        argument->priority = (uint8_t)draw_below(draw, 256);
        add_format(text, ",\"priority\":%u", argument->priority);
    }
}

static void draw_made(struct draw *draw, struct live_argument *argument, struct draft *text)
{
    static const uint32_t capacities[] = {1, 2, 3, 5, 8, 20, LIVE_MEMBERS_HERE};
    static const char *const modes[] = {"open", "conference", "ptt"};
    uint32_t mode = draw_percent(draw, 60) ? 2 : draw_below(draw, 2);
    argument->mode = modes[mode];
    argument->capacity = capacities[draw_below(draw, 7)];
    add_format(text, ",\"capacity\":%u", argument->capacity);
    if (mode != 0 || draw_percent(draw, 50))
        add_format(text, ",\"mode\":\"%s\"", argument->mode);
}

static void draw_keys(struct draw *draw, struct live_argument *argument, struct draft *text)
{
    argument->keys = draw_percent(draw, 50);
    if (!argument->keys)
        return;
    char key[BASE64_LEN(MEDIA_KEY_BYTES_MAX)];
    argument->suite = (enum media_suite)draw_below(draw, MEDIA_SUITES);
    uint32_t len = media_key_bytes(argument->suite);
    for (uint32_t i = 0; i < len; i++)
        argument->key[i] = (uint8_t)draw_bits(draw);
    base64_encode(argument->key, len, key);
    add_format(text, ",\"srtp\":{\"suite\":\"%s\",\"key\":\"%.*s\"}", live_suites[argument->suite],
               (int)BASE64_LEN(len), key);
}

static const uint32_t opcodes[LIVE_SAID] = {3,  1,  10, 11, 12, 13, 14, 15,
                                            16, 20, 30, 31, 32, 99, 0};

static void say(struct live_model *model, uint32_t client, enum live_said kind, uint32_t channel)
{
    static struct draft text;
    struct draw *draw = &model->world->draw;
    struct live_argument argument;
    memset(&argument, 0, sizeof argument);
    argument.channel = channel;
    text.len = 0;
    add_format(&text, "{\"op\":%u,\"d\":{\"channel_id\":\"%s\"", opcodes[kind],
               model->channels[channel].id);
    if (kind == LIVE_SAID_IDENTIFY) {
        draw_user(model, client, &argument);
        add_format(&text, ",\"user_id\":\"%s\",\"token\":\"t\"", argument.user);
    } else if (kind == LIVE_SAID_CREATE || kind == LIVE_SAID_UPDATE) {
        snprintf(argument.text, sizeof argument.text, "이름 %u", draw_below(draw, 1000));
        add_format(&text, ",\"channel_name\":\"%s\"", argument.text);
        if (kind == LIVE_SAID_CREATE)
            draw_made(draw, &argument, &text);
    } else if (kind == LIVE_SAID_JOIN) {
        argument.ssrc = draw_percent(draw, 70) ? client : draw_below(draw, model->ssrcs_count);
        add_format(&text, ",\"ssrc\":%u", argument.ssrc);
        draw_keys(draw, &argument, &text);
    } else if (kind == LIVE_SAID_MESSAGE) {
        snprintf(argument.text, sizeof argument.text, "안녕 %u", (uint32_t)model->world->serials);
        add_format(&text, ",\"content\":\"%s\"", argument.text);
    } else if (kind == LIVE_SAID_REQUEST) {
        draw_priority(draw, &argument, &text);
    }
    add(&text, STR("}}"));
    world_say(model->world, client, kind, (struct str){(const char *)&argument, sizeof argument},
              draft_str(&text));
}

void live_says(void *state, uint32_t client)
{
    struct live_model *model = state;
    struct draw *draw = &model->world->draw;
    /* identify, heartbeat, create, join, leave, update, delete, list, info,
     * message, request, release, ping, unknown, garbage */
    static const uint32_t nobody[LIVE_SAID] = {80, 4, 2, 6, 1, 1, 0, 1, 1, 2, 1, 1, 1, 1, 1};
    static const uint32_t outside[LIVE_SAID] = {3, 3, 20, 60, 2, 3, 1, 2, 3, 2, 1, 1, 1, 1, 1};
    static const uint32_t inside[LIVE_SAID] = {2, 3, 4, 10, 3, 3, 1, 1, 3, 18, 25, 10, 25, 1, 1};
    const struct live_model_client *c = &model->clients[client];
    const uint32_t *weights = !c->identified ? nobody : c->channel == NO_CHANNEL ? outside : inside;
    enum live_said kind = (enum live_said)draw_weighted(draw, weights, LIVE_SAID);
    if (model->world->clients[client].rude && draw_percent(draw, 60))
        kind = LIVE_SAID_GARBAGE;
    if (kind == LIVE_SAID_GARBAGE)
        world_say(model->world, client, kind, STR(""),
                  garbage[draw_below(draw, sizeof garbage / sizeof *garbage)]);
    else
        say(model, client, kind, draw_channel(model, client, kind));
}

void live_stampede(void *state)
{
    struct live_model *model = state;
    struct world *world = model->world;
    uint32_t channel = draw_channel(model, 0, LIVE_SAID_JOIN);
    for (uint32_t i = 0; i < JOINERS_MAX; i++)
        say(model, draw_below(&world->draw, world->options.sessions), LIVE_SAID_JOIN, channel);
}
