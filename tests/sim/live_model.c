#include "live_model.h"

#include "base/check.h"
#include "live_media.h"

const char *const live_suites[MEDIA_SUITES] = {"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"};

void live_model_event(struct draft *text, uint32_t op, const struct live_model_channel *channel)
{
    text->len = 0;
    add_format(text, "{\"op\":%u,\"d\":{\"channel_id\":\"%s\"", op, channel->id);
}

void live_model_cast(struct live_model *model, const struct live_model_channel *channel,
                     uint32_t except, const struct draft *text)
{
    for (uint32_t i = 0; i < channel->count; i++)
        if (channel->members[i] != except)
            expects(model->world, channel->members[i], text);
}

static void cast_change(struct live_model *model, const struct live_model_channel *channel,
                        const char *change, const char *user, uint32_t ssrc, uint32_t except)
{
    static struct draft text;
    text.len = 0;
    add_format(&text,
               "{\"op\":100,\"d\":{\"event\":\"%s\",\"channel_id\":\"%s\","
               "\"member\":{\"user_id\":\"%s\",\"ssrc\":%u}}}",
               change, channel->id, user, ssrc);
    live_model_cast(model, channel, except, &text);
}

void live_model_error(struct live_model *model, uint32_t client, uint32_t code, const char *reason,
                      const char *channel)
{
    static struct draft text;
    text.len = 0;
    add_format(&text, "{\"op\":201,\"d\":{\"code\":%u,\"reason\":\"%s%s\"}}", code, reason,
               channel);
    expects(model->world, client, &text);
}

void live_model_opens(struct live_model *model, uint32_t client)
{
    CHECK(!model->clients[client].here);
    struct draft *answer = model->clients[client].answer;
    model->clients[client] = (struct live_model_client){.here = true,
                                                        .session = ids_add(&model->sessions),
                                                        .channel = NO_CHANNEL,
                                                        .answer = answer};
    static struct draft text;
    text.len = 0;
    add(&text, STR("{\"op\":0,\"d\":{\"heartbeat_interval\":30000}}"));
    expects(model->world, client, &text);
}

void live_model_closes(struct live_model *model, uint32_t client)
{
    CHECK(model->clients[client].here);
    live_model_leaves(model, client);
    model->clients[client].here = false;
}

void live_model_leaves(struct live_model *model, uint32_t client)
{
    struct live_model_client *c = &model->clients[client];
    if (c->channel == NO_CHANNEL)
        return;
    uint32_t number = c->channel, place = 0;
    struct live_model_channel *channel = &model->channels[number];
    while (channel->members[place] != client)
        place++;
    channel->members[place] = channel->members[--channel->count];
    c->channel = NO_CHANNEL;
    live_media_leaves(model->media, client);
    cast_change(model, channel, "leave", c->user, c->ssrc, NO_CLIENT);
    (void)live_model_floor_leave(model, number, client);
}

void live_model_identifies(struct live_model *model, uint32_t client, const char *user)
{
    static struct draft text;
    struct live_model_client *c = &model->clients[client];
    if (strcmp(user, c->user) != 0)
        live_model_leaves(model, client); /* as another, it is in no channel */
    c->identified = true;
    snprintf(c->user, sizeof c->user, "%s", user);
    text.len = 0;
    add(&text, STR("{\"op\":4,\"d\":{\"session_id\":\""));
    add_gap(&text, GAP_SESSION, c->session);
    add_format(&text, "\",\"user_id\":\"%s\"}}", user);
    expects(model->world, client, &text);
}

void live_model_add_members(const struct live_model *model, uint32_t number, uint32_t except,
                            struct draft *text)
{
    const struct live_model_channel *channel = &model->channels[number];
    const char *comma = "";
    for (uint32_t i = 0; i < channel->count; i++) {
        const struct live_model_client *member = &model->clients[channel->members[i]];
        if (channel->members[i] == except)
            continue;
        add_format(text, "%s{\"user_id\":\"%s\",\"ssrc\":%u}", comma, member->user, member->ssrc);
        comma = ",";
    }
}

void live_model_joins(struct live_model *model, uint32_t client,
                      const struct live_argument *argument)
{
    static struct draft text;
    struct live_model_client *c = &model->clients[client];
    struct live_model_channel *channel = &model->channels[argument->channel];
    if (!channel->open || channel->count >= channel->capacity || c->channel == argument->channel)
        world_fails(model->world, client, "joins what it cannot join");
    live_model_leaves(model, client);
    channel->members[channel->count++] = client;
    c->channel = argument->channel;
    c->ssrc = argument->ssrc;
    uint32_t key = live_media_joins(model->media, client, argument);
    text.len = 0;
    add_format(&text,
               "{\"op\":200,\"d\":{\"op\":11,\"data\":{\"channel_id\":\"%s\","
               "\"active_members\":[",
               channel->id);
    live_model_add_members(model, argument->channel, client, &text);
    add(&text, STR("]"));
    if (argument->keys) {
        add_format(&text, ",\"srtp\":{\"suite\":\"%s\",\"key\":\"", live_suites[argument->suite]);
        add_gap(&text, GAP_KEY, key);
        add(&text, STR("\"},\"media\":{\"host\":\"127.0.0.1\",\"port\":10000}"));
    }
    add(&text, STR("}}}"));
    expects(model->world, client, &text);
    cast_change(model, channel, "join", c->user, c->ssrc, client);
}

void live_model_says(struct live_model *model, uint32_t client, const char *content)
{
    static struct draft text;
    const struct live_model_client *c = &model->clients[client];
    struct live_model_channel *channel = &model->channels[c->channel];
    if (channel->stamped_ms < model->world->now_ms)
        channel->stamped_ms = model->world->now_ms;
    text.len = 0;
    add(&text, STR("{\"op\":101,\"d\":{\"message_id\":\""));
    add_gap(&text, GAP_MESSAGE, ids_add(&model->messages));
    add_format(&text,
               "\",\"channel_id\":\"%s\",\"author_id\":\"%s\",\"content\":\"%s\","
               "\"timestamp\":%llu}}",
               channel->id, c->user, content, (unsigned long long)channel->stamped_ms);
    live_model_cast(model, channel, NO_CLIENT, &text);
}

void live_model_create(struct live_model *model, const struct live_argument *argument)
{
    struct live_model_channel *channel = &model->channels[argument->channel];
    if (channel->open)
        return;
    channel->absent_step = model->world->step;
    channel->open = true;
    channel->mode = argument->mode;
    channel->capacity = argument->capacity;
    channel->created_ms = channel->stamped_ms = model->world->now_ms;
    channel->holder = NO_CLIENT;
    memcpy(channel->name, argument->text, sizeof channel->name);
}

bool live_model_update(struct live_model *model, const struct live_argument *argument)
{
    struct live_model_channel *channel = &model->channels[argument->channel];
    if (!channel->open)
        return false;
    memcpy(channel->name, argument->text, sizeof channel->name);
    cast_change(model, channel, "update", "system", 0, NO_CLIENT);
    return true;
}

bool live_model_delete(struct live_model *model, const struct live_argument *argument)
{
    struct live_model_channel *channel = &model->channels[argument->channel];
    if (!channel->open)
        return false;
    cast_change(model, channel, "delete", "system", 0, NO_CLIENT);
    for (uint32_t i = 0; i < channel->count; i++) {
        model->clients[channel->members[i]].channel = NO_CHANNEL;
        model->clients[channel->members[i]].waiting = false;
        live_media_leaves(model->media, channel->members[i]);
    }
    channel->open = false;
    channel->count = channel->queued = 0;
    channel->holder = NO_CLIENT;
    return true;
}

void live_model_describe(const struct live_model *model, uint32_t number, bool goes_on,
                         struct draft *text)
{
    const struct live_model_channel *channel = &model->channels[number];
    add_format(text,
               "{\"channel_id\":\"%s\",\"channel_name\":\"%s\",\"mode\":\"%s\","
               "\"member_count\":%u,\"capacity\":%u,\"created_at\":%llu%s",
               channel->id, channel->name, channel->mode, channel->count, channel->capacity,
               (unsigned long long)channel->created_ms, goes_on ? "" : "}");
}
