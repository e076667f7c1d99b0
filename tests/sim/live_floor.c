/* The floor of a channel, as the model has it: a sorted list. */
#include "base/check.h"
#include "live_model.h"

/* Rule 2 of push-to-talk, written down here again. */
enum { PING_WITHIN_MS = 6000, TALK_MS = 30000 };

static void tell_granted(struct live_model *model, const struct live_model_channel *channel)
{
    static struct draft text;
    live_model_event(&text, 110, channel);
    add_format(&text, ",\"user_id\":\"%s\",\"duration\":%u}}", model->clients[channel->holder].user,
               TALK_MS);
    expects(model->world, channel->holder, &text);
}

static void deny(struct live_model *model, uint32_t client, const char *reason)
{
    static struct draft text;
    live_model_event(&text, 111, &model->channels[model->clients[client].channel]);
    add_format(&text, ",\"reason\":\"%s\"}}", reason);
    expects(model->world, client, &text);
}

static void grant(struct live_model *model, struct live_model_channel *channel, uint32_t client,
                  uint8_t priority, const char *indicator)
{
    static struct draft text;
    channel->holder = client;
    channel->priority = priority;
    channel->ping_until_ms = model->world->now_ms + PING_WITHIN_MS;
    channel->talk_until_ms = model->world->now_ms + TALK_MS;
    tell_granted(model, channel);
    live_model_event(&text, 112, channel);
    add_format(&text, ",\"user_id\":\"%s\",\"indicator\":\"%s\"}}", model->clients[client].user,
               indicator);
    live_model_cast(model, channel, client, &text);
}

static void revoke(struct live_model *model, const struct live_model_channel *channel,
                   const char *cause)
{
    static struct draft text;
    live_model_event(&text, 114, channel);
    add_format(&text, ",\"cause\":\"%s\"}}", cause);
    expects(model->world, channel->holder, &text);
}

static void enqueue(struct live_model *model, struct live_model_channel *channel, uint32_t client)
{
    uint32_t place = channel->queued++;
    for (; place > 0; place--) {
        uint32_t before = channel->queue[place - 1];
        if (model->clients[before].priority >= model->clients[client].priority)
            break;
        channel->queue[place] = before;
    }
    channel->queue[place] = client;
    model->clients[client].waiting = true;
    model->clients[client].told = 0;
}

static void dequeue(struct live_model *model, struct live_model_channel *channel, uint32_t client)
{
    uint32_t place = 0;
    while (channel->queue[place] != client)
        place++;
    channel->queued--;
    for (; place < channel->queued; place++)
        channel->queue[place] = channel->queue[place + 1];
    model->clients[client].waiting = false;
}

static void tell_positions(struct live_model *model, const struct live_model_channel *channel)
{
    static struct draft text;
    for (uint32_t i = 0; i < channel->queued; i++) {
        struct live_model_client *client = &model->clients[channel->queue[i]];
        if (client->told == i + 1)
            continue;
        client->told = i + 1;
        live_model_event(&text, 115, channel);
        add_format(&text, ",\"queue_position\":%u,\"queue_size\":%u}}", i + 1, channel->queued);
        expects(model->world, channel->queue[i], &text);
    }
}

static void pass_on(struct live_model *model, struct live_model_channel *channel)
{
    static struct draft text;
    if (channel->queued == 0) {
        channel->holder = NO_CLIENT;
        live_model_event(&text, 113, channel);
        add(&text, STR("}}"));
        live_model_cast(model, channel, NO_CLIENT, &text);
        return;
    }
    uint32_t next = channel->queue[0];
    dequeue(model, channel, next);
    grant(model, channel, next, model->clients[next].priority, model->clients[next].indicator);
    tell_positions(model, channel);
}

bool live_model_floor_leave(struct live_model *model, uint32_t number, uint32_t client)
{
    struct live_model_channel *channel = &model->channels[number];
    if (channel->holder == client) {
        pass_on(model, channel);
        return true;
    }
    if (!model->clients[client].waiting)
        return false;
    dequeue(model, channel, client);
    tell_positions(model, channel);
    return true;
}

static bool has_floor(struct live_model *model, uint32_t client)
{
    if (strcmp(model->channels[model->clients[client].channel].mode, "ptt") == 0)
        return true;
    deny(model, client, "the channel is not push-to-talk");
    return false;
}

void live_model_requests(struct live_model *model, uint32_t client,
                         const struct live_argument *argument)
{
    if (!has_floor(model, client))
        return;
    struct live_model_channel *channel = &model->channels[model->clients[client].channel];
    struct live_model_client *c = &model->clients[client];
    if (channel->holder == client) {
        tell_granted(model, channel);
        return;
    }
    if (c->waiting)
        dequeue(model, channel, client);
    c->priority = argument->priority;
    c->indicator = argument->indicator;
    if (channel->holder == NO_CLIENT) {
        grant(model, channel, client, argument->priority, argument->indicator);
    } else if (argument->priority > channel->priority) {
        revoke(model, channel, "preempted");
        grant(model, channel, client, argument->priority, argument->indicator);
    } else {
        enqueue(model, channel, client);
    }
    tell_positions(model, channel);
}

void live_model_releases(struct live_model *model, uint32_t client)
{
    if (has_floor(model, client) &&
        !live_model_floor_leave(model, model->clients[client].channel, client))
        deny(model, client, "you neither have the floor nor wait for it");
}

void live_model_pings(struct live_model *model, uint32_t client)
{
    static struct draft text;
    if (!has_floor(model, client))
        return;
    struct live_model_channel *channel = &model->channels[model->clients[client].channel];
    if (channel->holder == client) {
        channel->ping_until_ms = model->world->now_ms + PING_WITHIN_MS;
        live_model_event(&text, 116, channel);
        add(&text, STR("}}"));
        expects(model->world, client, &text);
    } else if (!model->clients[client].waiting) {
        deny(model, client, "you neither have the floor nor wait for it");
    }
}

uint64_t live_model_floor_due_ms(const struct live_model_channel *channel)
{
    if (!channel->open || channel->holder == NO_CLIENT)
        return UINT64_MAX;
    return channel->ping_until_ms < channel->talk_until_ms ? channel->ping_until_ms
                                                           : channel->talk_until_ms;
}

void live_model_floor_expires(struct live_model *model, uint32_t number)
{
    struct live_model_channel *channel = &model->channels[number];
    revoke(model, channel,
           channel->talk_until_ms <= channel->ping_until_ms ? "max_duration" : "ping_timeout");
    pass_on(model, channel);
}
