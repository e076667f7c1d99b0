/* What each command does. That the session is identified, as the command needs it, was seen to by
 * the codec. */
#include "base/check.h"
#include "generated/protocol.h"
#include "live/state.h"

/* The prefix and 128 random bits, in hexadecimal. */
static struct str format_id(struct str prefix, const uint8_t bits[16], struct turn *turn)
{
    static const char hex[] = "0123456789abcdef";
    char *text = turn_memory(turn, prefix.len + 32);
    memcpy(text, prefix.base, prefix.len);
    char *at = text + prefix.len;
    for (size_t i = 0; i < 16; i++) {
        *at++ = hex[bits[i] >> 4];
        *at++ = hex[bits[i] & 15];
    }
    return (struct str){text, prefix.len + 32};
}

void live_on_heartbeat(struct live *live, uint32_t slot, struct turn *turn)
{
    live_tell(live, slot, &(struct live_event){.type = LIVE_HEARTBEAT_ACK_EVT}, turn);
}

static bool token_valid(const struct live *live, const struct live_identify_cmd *command,
                        const struct turn *turn, uint64_t *expires_ms)
{
    const struct live_options *options = &live->options;
    return options->verify(options->verifier, command->user_id, command->token, turn->wall_ms,
                           expires_ms);
}

void live_on_identify(struct live *live, uint32_t slot, const struct live_identify_cmd *command,
                      struct turn *turn)
{
    struct session *session = session_at(live, slot);
    if (turn->barred && live->options.verify != NULL) {
        effect_bar(turn, session->handle);
        return;
    }
    uint64_t expires_ms;
    if (live->options.verify != NULL && !token_valid(live, command, turn, &expires_ms)) {
        live_tell_error(live, slot, LIVE_ERROR_INVALID_TOKEN, STR(""), turn);
        effect_strike(turn, session->handle, STRIKE_GUESS);
        return;
    }
    if (!str_equal(command->user_id, live_text(live, session->user))) {
        if (session->member != NONE)
            member_leave(live, slot, turn); /* as another, it is in no channel */
        textpool_remove(&live->texts, session->user);
        session->user = textpool_add(&live->texts, command->user_id);
    }
    session->identified = true;
    if (live->options.verify != NULL)
        effect_expire(turn, session->handle, expires_ms);
    wheel_clear(live->unidentified, &session->timer);
    struct live_event event = {.type = LIVE_READY_EVT};
    event.ready.session_id = format_id(STR(LIVE_SESSION_ID_PREFIX), session->id, turn);
    event.ready.user_id = command->user_id;
    live_tell(live, slot, &event, turn);
}

/* The answer to what the command waited for, if it did; it is forgotten. */
static enum answer take_answer(struct session *session)
{
    enum answer answer = session->answer;
    session->answer = ANSWER_NONE;
    return answer;
}

/* Has the channel's owner do something, here or on another worker. True when it was done and the
 * session is not told yet; else it has been told, or waits to be. */
static bool ask(struct live *live, uint32_t slot, const struct question *question,
                struct turn *turn)
{
    struct session *session = session_at(live, slot);
    enum answer answer = take_answer(session);
    enum live_error error = session->error;
    if (answer == ANSWER_NONE) {
        uint32_t owner = channel_owner(live, question->channel_id);
        if (owner != live->config.worker) {
            mail_question(live, slot, owner, question, turn);
            effect_wait(turn, session->handle);
            return false;
        }
        struct asker asker = asker_of(live, slot);
        uint32_t seat;
        answer = question_do(live, &asker, question, &seat, &error, turn);
    }
    if (answer == ANSWER_REFUSED)
        live_tell_error(live, slot, error, question->channel_id, turn);
    return answer == ANSWER_YES;
}

void live_on_channel_create(struct live *live, uint32_t slot,
                            const struct live_channel_create_cmd *command, struct turn *turn)
{
    struct question question = {.kind = QUESTION_CREATE,
                                .channel_id = command->channel_id,
                                .channel_name = command->channel_name,
                                .mode = command->mode,
                                .capacity = command->capacity};
    if (!ask(live, slot, &question, turn))
        return;
    struct live_event event = {.type = LIVE_CHANNEL_CREATE_ACK};
    event.channel_create_ack = (struct live_channel_create_ack){
        .channel_id = command->channel_id, .channel_name = command->channel_name};
    live_tell(live, slot, &event, turn);
}

void live_on_channel_update(struct live *live, uint32_t slot,
                            const struct live_channel_update_cmd *command, struct turn *turn)
{
    struct question question = {.kind = QUESTION_UPDATE,
                                .channel_id = command->channel_id,
                                .channel_name = command->channel_name};
    if (!ask(live, slot, &question, turn))
        return;
    struct live_event event = {.type = LIVE_CHANNEL_UPDATE_ACK};
    event.channel_update_ack = (struct live_channel_update_ack){
        .channel_id = command->channel_id, .channel_name = command->channel_name};
    live_tell(live, slot, &event, turn);
}

void live_on_channel_delete(struct live *live, uint32_t slot,
                            const struct live_channel_delete_cmd *command, struct turn *turn)
{
    struct question question = {.kind = QUESTION_DELETE, .channel_id = command->channel_id};
    if (!ask(live, slot, &question, turn))
        return;
    struct live_event event = {.type = LIVE_CHANNEL_DELETE_ACK};
    event.channel_delete_ack.channel_id = command->channel_id;
    live_tell(live, slot, &event, turn);
}

void live_on_channel_info(struct live *live, uint32_t slot,
                          const struct live_channel_info_cmd *command, struct turn *turn)
{
    struct question question = {.kind = QUESTION_INFO, .channel_id = command->channel_id};
    if (!ask(live, slot, &question, turn))
        return;
    const struct channel *channel = channel_at(live, channel_find(live, command->channel_id));
    struct live_channel summary = channel_summary(live, channel);
    channel_tell_info(live, slot, &summary, member_list(live, channel, NONE, turn), turn);
}

void live_on_channel_list(struct live *live, uint32_t slot, struct turn *turn)
{
    struct session *session = session_at(live, slot);
    if (take_answer(session) == ANSWER_TOLD)
        return;
    if (live->config.workers > 1) {
        mail_list(live, slot, turn);
        effect_wait(turn, session->handle);
        return;
    }
    uint32_t count;
    const struct live_channel *channels = channel_list(live, CHANNELS_LISTED_MAX, &count, turn);
    channel_tell_list(live, slot, channels, count, turn);
}

/* The seat is the session's: it is in the channel from now on. */
static void join(struct live *live, uint32_t slot, uint32_t seat,
                 const struct live_channel_join_cmd *command, struct turn *turn)
{
    if (session_at(live, slot)->member != NONE)
        member_leave(live, slot, turn);
    seat_take(live, seat, slot);
    const struct member *member = member_at(live, seat);
    const struct channel *channel = channel_at(live, member->channel.slot);

    struct live_event ack = {.type = LIVE_CHANNEL_JOIN_ACK};
    ack.channel_join_ack =
        (struct live_channel_join_ack){.channel_id = command->channel_id,
                                       .active_members = member_list(live, channel, seat, turn),
                                       .active_members_count = channel->roster.count - 1};
    media_add(live, seat, command, &ack.channel_join_ack, turn);
    live_tell(live, slot, &ack, turn);

    struct live_event event = {.type = LIVE_CHANNEL_EVENT_EVT};
    event.channel_event = (struct live_channel_event_evt){
        .event = LIVE_CHANGE_JOIN,
        .channel_id = command->channel_id,
        .member = {.user_id = member_user(live, seat), .ssrc = member->ssrc}};
    channel_cast(live, channel, seat, &event, turn);
}

/* To the worker that owns the channel, where the command is run again. */
static void move(struct live *live, uint32_t slot, uint32_t worker, struct turn *turn)
{
    if (session_at(live, slot)->member != NONE)
        member_leave(live, slot, turn);
    effect_move(turn, session_at(live, slot)->handle, worker);
}

/* A session that is in no channel moves first. One that is a member stays, and stays a member,
 * until a seat is kept for it where it wants to go. */
void live_on_channel_join(struct live *live, uint32_t slot,
                          const struct live_channel_join_cmd *command, struct turn *turn)
{
    if (command->has_srtp && !media_key_valid(&command->srtp)) {
        live_tell_error(live, slot, LIVE_ERROR_SRTP_KEY_WRONG, command->channel_id, turn);
        return;
    }
    struct session *session = session_at(live, slot);
    uint32_t owner = channel_owner(live, command->channel_id);
    struct question question = {.kind = QUESTION_SEAT,
                                .channel_id = command->channel_id,
                                .user = live_text(live, session->user),
                                .ssrc = command->ssrc};
    enum answer answer = take_answer(session);
    enum live_error error = session->error;
    uint32_t seat = NONE;
    if (answer == ANSWER_REFUSED) {
        live_tell_error(live, slot, error, command->channel_id, turn);
        return;
    }
    if (owner != live->config.worker) {
        if (answer == ANSWER_YES || session->member == NONE) {
            move(live, slot, owner, turn);
        } else {
            mail_question(live, slot, owner, &question, turn);
            effect_wait(turn, session->handle);
        }
        return;
    }
    struct asker asker = asker_of(live, slot);
    switch (question_do(live, &asker, &question, &seat, &error, turn)) {
    case ANSWER_NONE:
        effect_wait(turn, session->handle);
        break;
    case ANSWER_YES:
        join(live, slot, seat, command, turn);
        break;
    case ANSWER_REFUSED:
        live_tell_error(live, slot, error, command->channel_id, turn);
        break;
    case ANSWER_TOLD:
        break;
    }
}

/* The member that the session is in this channel; NONE when it is not in it. */
static uint32_t member_in(const struct live *live, uint32_t slot, struct str channel_id)
{
    uint32_t member = session_at(live, slot)->member;
    if (member == NONE)
        return NONE;
    const struct channel *channel = channel_at(live, member_at(live, member)->channel.slot);
    return str_equal(live_text(live, channel->id), channel_id) ? member : NONE;
}

/* The same; when it is not in it, it is told. */
static uint32_t member_or_error(const struct live *live, uint32_t slot, struct str channel_id,
                                enum live_error error, struct turn *turn)
{
    uint32_t member = member_in(live, slot, channel_id);
    if (member == NONE)
        live_tell_error(live, slot, error, channel_id, turn);
    return member;
}

void live_on_channel_leave(struct live *live, uint32_t slot,
                           const struct live_channel_leave_cmd *command, struct turn *turn)
{
    if (member_or_error(live, slot, command->channel_id, LIVE_ERROR_NOT_IN_CHANNEL, turn) == NONE)
        return;
    struct live_event ack = {.type = LIVE_CHANNEL_LEAVE_ACK};
    ack.channel_leave_ack.channel_id = command->channel_id;
    live_tell(live, slot, &ack, turn);
    member_leave(live, slot, turn);
}

void live_on_message_create(struct live *live, uint32_t slot,
                            const struct live_message_create_cmd *command, struct turn *turn)
{
    uint32_t member =
        member_or_error(live, slot, command->channel_id, LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL, turn);
    if (member == NONE)
        return;
    struct channel *channel = channel_at(live, member_at(live, member)->channel.slot);
    if (channel->stamped_ms < turn->wall_ms)
        channel->stamped_ms = turn->wall_ms;
    uint8_t bits[16];
    random_bytes(turn->random, bits, sizeof bits);
    struct live_event event = {.type = LIVE_MESSAGE_EVENT_EVT};
    event.message_event = (struct live_message_event_evt){
        .message_id = format_id(STR(LIVE_MESSAGE_ID_PREFIX), bits, turn),
        .channel_id = command->channel_id,
        .author_id = member_user(live, member),
        .content = command->content,
        .timestamp = channel->stamped_ms};
    channel_cast(live, channel, NONE, &event, turn);
}

static uint8_t priority_of(const struct live_floor_request_cmd *command)
{
    static const uint8_t priorities[] = {
        [LIVE_INDICATOR_NORMAL] = FLOOR_PRIORITY,
        [LIVE_INDICATOR_BROADCAST] = FLOOR_PRIORITY,
        [LIVE_INDICATOR_IMMINENT_PERIL] = FLOOR_PRIORITY_IMMINENT_PERIL,
        [LIVE_INDICATOR_EMERGENCY] = FLOOR_PRIORITY_EMERGENCY,
    };
    return command->has_priority ? command->priority : priorities[command->indicator];
}

void live_on_floor_request(struct live *live, uint32_t slot,
                           const struct live_floor_request_cmd *command, struct turn *turn)
{
    uint32_t member =
        member_or_error(live, slot, command->channel_id, LIVE_ERROR_NOT_IN_CHANNEL, turn);
    if (member != NONE)
        floor_request(live, member, priority_of(command), command->indicator, turn);
}

void live_on_floor_release(struct live *live, uint32_t slot,
                           const struct live_floor_release_cmd *command, struct turn *turn)
{
    uint32_t member =
        member_or_error(live, slot, command->channel_id, LIVE_ERROR_NOT_IN_CHANNEL, turn);
    if (member != NONE)
        floor_release(live, member, turn);
}

void live_on_floor_ping(struct live *live, uint32_t slot, const struct live_floor_ping_cmd *command,
                        struct turn *turn)
{
    uint32_t member =
        member_or_error(live, slot, command->channel_id, LIVE_ERROR_NOT_IN_CHANNEL, turn);
    if (member != NONE)
        floor_ping(live, member, turn);
}
