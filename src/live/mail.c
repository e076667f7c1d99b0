/* What instances write to each other. All are parts of one program, so that numbers and plain
 * structs go as they stand in memory; a text goes as its length and its bytes. */
#include "base/check.h"
#include "generated/protocol.h"
#include "live/state.h"

enum mail_kind {
    MAIL_QUESTION, /* asker, question */
    MAIL_ANSWER,   /* asker, answer, error, seat */
    MAIL_VACATE,   /* a seat whose session is gone */
    MAIL_INFO,     /* asker, channel, members: the answer to QUESTION_INFO */
    MAIL_LIST,     /* asker, channels: goes round, from worker to worker */
    MAIL_CLAIM,    /* a claim */
    MAIL_CLAIMED,  /* seat, granted */
    MAIL_RELEASES, /* claims that are given up */
    MAIL_DOUBT     /* a claim that may have been given up */
};

/* Room for a question: its numbers and three texts. */
enum { SMALL_BYTES = 256 + 2 * LIVE_ID_BYTES_MAX + LIVE_NAME_BYTES_MAX };

/* One channel of a list, and one member. */
enum { CHANNEL_BYTES = 1024, MEMBER_BYTES = 1024 };

_Static_assert(SMALL_BYTES + CHANNELS_LISTED_MAX * CHANNEL_BYTES <= SERVICE_MAIL_BYTES_MAX &&
                   SMALL_BYTES + CHANNEL_MEMBERS_MAX * MEMBER_BYTES <= SERVICE_MAIL_BYTES_MAX,
               "the longest fit");

struct writer {
    uint8_t *bytes;
    size_t len, capacity;
};

struct reader {
    const uint8_t *at, *end;
};

static void put(struct writer *writer, const void *bytes, size_t len)
{
    CHECK(len <= writer->capacity - writer->len);
    if (len > 0)
        memcpy(writer->bytes + writer->len, bytes, len);
    writer->len += len;
}

#define PUT(writer, value) put(writer, &(value), sizeof(value))

static void put_text(struct writer *writer, struct str text)
{
    uint32_t len = (uint32_t)text.len;
    PUT(writer, len);
    put(writer, text.base, len);
}

static struct writer mail_begin(enum mail_kind kind, size_t capacity, struct turn *turn)
{
    struct writer writer = {.bytes = turn_memory(turn, capacity), .capacity = capacity};
    PUT(&writer, kind);
    return writer;
}

static void mail_end(const struct writer *writer, uint32_t worker, struct handle on_behalf,
                     struct turn *turn)
{
    effect_mail(turn, on_behalf, worker, writer->bytes, writer->len);
}

static void take(struct reader *reader, void *bytes, size_t len)
{
    CHECK(len <= (size_t)(reader->end - reader->at));
    memcpy(bytes, reader->at, len);
    reader->at += len;
}

#define TAKE(reader, value) take(reader, &(value), sizeof(value))

/* Borrowed from the mail, which stays until the effects have been carried out. */
static struct str take_text(struct reader *reader)
{
    uint32_t len;
    TAKE(reader, len);
    CHECK(len <= (size_t)(reader->end - reader->at));
    struct str text = {(const char *)reader->at, len};
    reader->at += len;
    return text;
}

/* Sending */

void mail_question(struct live *live, uint32_t slot, uint32_t worker,
                   const struct question *question, struct turn *turn)
{
    struct writer writer = mail_begin(MAIL_QUESTION, SMALL_BYTES, turn);
    struct asker asker = asker_of(live, slot);
    PUT(&writer, asker);
    PUT(&writer, question->kind);
    PUT(&writer, question->mode);
    PUT(&writer, question->capacity);
    PUT(&writer, question->ssrc);
    put_text(&writer, question->channel_id);
    put_text(&writer, question->channel_name);
    put_text(&writer, question->user);
    mail_end(&writer, worker, session_at(live, slot)->handle, turn);
}

void mail_answer(struct live *live, const struct asker *asker, enum answer answer,
                 enum live_error error, struct handle seat, struct turn *turn)
{
    CHECK(asker->worker != live->config.worker);
    struct writer writer = mail_begin(MAIL_ANSWER, SMALL_BYTES, turn);
    PUT(&writer, *asker);
    PUT(&writer, answer);
    PUT(&writer, error);
    PUT(&writer, seat);
    mail_end(&writer, asker->worker, HANDLE_NONE, turn);
}

static void put_channel(struct writer *writer, const struct live_channel *channel)
{
    PUT(writer, channel->mode);
    PUT(writer, channel->member_count);
    PUT(writer, channel->capacity);
    PUT(writer, channel->created_at);
    put_text(writer, channel->channel_id);
    put_text(writer, channel->channel_name);
}

static struct live_channel take_channel(struct reader *reader)
{
    struct live_channel channel;
    TAKE(reader, channel.mode);
    TAKE(reader, channel.member_count);
    TAKE(reader, channel.capacity);
    TAKE(reader, channel.created_at);
    channel.channel_id = take_text(reader);
    channel.channel_name = take_text(reader);
    return channel;
}

static void mail_info(const struct live *live, const struct asker *asker, struct str id,
                      struct turn *turn)
{
    const struct channel *channel = channel_at(live, channel_find(live, id));
    struct live_channel summary = channel_summary(live, channel);
    const struct live_member *members = member_list(live, channel, NONE, turn);
    struct writer writer = mail_begin(MAIL_INFO, SERVICE_MAIL_BYTES_MAX, turn);
    PUT(&writer, *asker);
    put_channel(&writer, &summary);
    for (uint32_t i = 0; i < summary.member_count; i++) {
        PUT(&writer, members[i].ssrc);
        put_text(&writer, members[i].user_id);
    }
    mail_end(&writer, asker->worker, HANDLE_NONE, turn);
}

/* The list so far, with this worker's channels, to the next worker. */
static void pass_list(const struct live *live, const struct asker *asker, uint32_t count,
                      const struct reader *so_far, struct handle on_behalf, struct turn *turn)
{
    uint32_t own_count;
    const struct live_channel *own =
        channel_list(live, CHANNELS_LISTED_MAX - count, &own_count, turn);
    uint32_t total = count + own_count;
    struct writer writer = mail_begin(MAIL_LIST, SERVICE_MAIL_BYTES_MAX, turn);
    PUT(&writer, *asker);
    PUT(&writer, total);
    put(&writer, so_far->at, (size_t)(so_far->end - so_far->at));
    for (uint32_t i = 0; i < own_count; i++)
        put_channel(&writer, &own[i]);
    mail_end(&writer, (live->config.worker + 1) % live->config.workers, on_behalf, turn);
}

void mail_list(struct live *live, uint32_t slot, struct turn *turn)
{
    struct asker asker = asker_of(live, slot);
    struct reader nothing = {NULL, NULL};
    pass_list(live, &asker, 0, &nothing, session_at(live, slot)->handle, turn);
}

/* A mail that is one claim. */
static void send_claim(enum mail_kind kind, const struct claim *claim, uint32_t worker,
                       struct turn *turn)
{
    struct writer writer = mail_begin(kind, SMALL_BYTES, turn);
    PUT(&writer, *claim);
    mail_end(&writer, worker, HANDLE_NONE, turn);
}

void mail_claim(struct live *live, uint32_t worker, const struct claim *claim, struct turn *turn)
{
    CHECK(worker != live->config.worker);
    send_claim(MAIL_CLAIM, claim, worker, turn);
}

void mail_doubt(struct live *live, const struct claim *claim, struct turn *turn)
{
    CHECK(claim->worker != live->config.worker);
    send_claim(MAIL_DOUBT, claim, claim->worker, turn);
}

void mail_releases(struct live *live, const uint32_t *members, uint32_t count, struct turn *turn)
{
    for (uint32_t worker = 0; worker < live->config.workers; worker++) {
        struct writer writer = {NULL, 0, 0};
        for (uint32_t i = 0; i < count; i++) {
            struct claim claim = claim_of(live, members[i]);
            if (claim_owner(live, claim.ssrc) != worker || worker == live->config.worker)
                continue;
            if (writer.bytes == NULL)
                writer =
                    mail_begin(MAIL_RELEASES, sizeof(enum mail_kind) + count * sizeof claim, turn);
            PUT(&writer, claim);
        }
        if (writer.bytes != NULL)
            mail_end(&writer, worker, HANDLE_NONE, turn);
    }
}

/* Receiving */

enum answer question_do(struct live *live, const struct asker *asker,
                        const struct question *question, uint32_t *seat, enum live_error *error,
                        struct turn *turn)
{
    switch (question->kind) {
    case QUESTION_CREATE:
        *error = channel_create(live, question, turn);
        break;
    case QUESTION_UPDATE:
        *error = channel_update(live, question->channel_id, question->channel_name, turn);
        break;
    case QUESTION_DELETE:
        *error = channel_delete(live, question->channel_id, turn);
        break;
    case QUESTION_INFO:
        *error = channel_find(live, question->channel_id) == NONE ? LIVE_ERROR_CHANNEL_NOT_FOUND
                                                                  : LIVE_ERRORS;
        break;
    case QUESTION_SEAT:
        return seat_keep(live, asker, question, seat, error, turn);
    }
    return *error == LIVE_ERRORS ? ANSWER_YES : ANSWER_REFUSED;
}

static void receive_question(struct live *live, struct reader *reader, struct turn *turn)
{
    struct asker asker;
    struct question question;
    TAKE(reader, asker);
    TAKE(reader, question.kind);
    TAKE(reader, question.mode);
    TAKE(reader, question.capacity);
    TAKE(reader, question.ssrc);
    question.channel_id = take_text(reader);
    question.channel_name = take_text(reader);
    question.user = take_text(reader);

    uint32_t seat = NONE;
    enum live_error error;
    enum answer answer = question_do(live, &asker, &question, &seat, &error, turn);
    if (answer == ANSWER_YES && question.kind == QUESTION_INFO)
        mail_info(live, &asker, question.channel_id, turn);
    else if (answer != ANSWER_NONE)
        mail_answer(live, &asker, answer, error,
                    seat == NONE ? HANDLE_NONE : pool_handle(&live->members, seat), turn);
}

static void receive_answer(struct live *live, uint32_t from, struct reader *reader,
                           struct turn *turn)
{
    struct asker asker;
    enum answer answer;
    enum live_error error;
    struct handle seat;
    TAKE(reader, asker);
    TAKE(reader, answer);
    TAKE(reader, error);
    TAKE(reader, seat);
    bool heard = live_answer(live, &asker, answer, error, turn);
    if (heard || answer != ANSWER_YES || handle_equal(seat, HANDLE_NONE))
        return; /* a refusal may name the seat that was in the way */
    struct writer writer = mail_begin(MAIL_VACATE, SMALL_BYTES, turn);
    PUT(&writer, seat);
    mail_end(&writer, from, HANDLE_NONE, turn);
}

static void receive_vacate(struct live *live, struct reader *reader, struct turn *turn)
{
    struct handle seat;
    TAKE(reader, seat);
    if (pool_find(&live->members, seat) != NULL)
        seat_drop(live, seat.slot, LIVE_ERRORS, turn);
}

static void receive_info(struct live *live, struct reader *reader, struct turn *turn)
{
    struct asker asker;
    TAKE(reader, asker);
    struct live_channel channel = take_channel(reader);
    struct live_member *members = turn_memory(turn, channel.member_count * sizeof *members);
    for (uint32_t i = 0; i < channel.member_count; i++) {
        TAKE(reader, members[i].ssrc);
        members[i].user_id = take_text(reader);
    }
    if (live_answer(live, &asker, ANSWER_TOLD, LIVE_ERRORS, turn))
        channel_tell_info(live, asker.slot, &channel, members, turn);
}

static void receive_list(struct live *live, struct reader *reader, struct turn *turn)
{
    struct asker asker;
    uint32_t count;
    TAKE(reader, asker);
    TAKE(reader, count);
    if (asker.worker != live->config.worker) {
        pass_list(live, &asker, count, reader, HANDLE_NONE, turn);
        return;
    }
    struct live_channel *channels = turn_memory(turn, count * sizeof *channels);
    for (uint32_t i = 0; i < count; i++)
        channels[i] = take_channel(reader);
    if (live_answer(live, &asker, ANSWER_TOLD, LIVE_ERRORS, turn))
        channel_tell_list(live, asker.slot, channels, count, turn);
}

static void receive_claim(struct live *live, uint32_t from, struct reader *reader,
                          struct turn *turn)
{
    struct claim claim;
    TAKE(reader, claim);
    bool granted = claim_take(live, &claim, turn);
    struct writer writer = mail_begin(MAIL_CLAIMED, SMALL_BYTES, turn);
    PUT(&writer, claim.member);
    PUT(&writer, granted);
    mail_end(&writer, from, HANDLE_NONE, turn);
}

static void receive_claimed(struct live *live, struct reader *reader, struct turn *turn)
{
    struct handle seat;
    bool granted;
    TAKE(reader, seat);
    TAKE(reader, granted);
    seat_claimed(live, seat, granted, turn);
}

static void receive_releases(struct live *live, struct reader *reader)
{
    while (reader->at < reader->end) {
        struct claim claim;
        TAKE(reader, claim);
        claim_release(live, &claim);
    }
}

static void receive_doubt(struct live *live, uint32_t from, struct reader *reader,
                          struct turn *turn)
{
    struct claim claim;
    TAKE(reader, claim);
    if (pool_find(&live->members, claim.member) == NULL)
        send_claim(MAIL_RELEASES, &claim, from, turn);
}

void mail_receive(struct live *live, uint32_t from, const uint8_t *bytes, size_t len,
                  struct turn *turn)
{
    struct reader reader = {bytes, bytes + len};
    enum mail_kind kind;
    TAKE(&reader, kind);
    switch (kind) {
    case MAIL_QUESTION:
        receive_question(live, &reader, turn);
        break;
    case MAIL_ANSWER:
        receive_answer(live, from, &reader, turn);
        break;
    case MAIL_VACATE:
        receive_vacate(live, &reader, turn);
        break;
    case MAIL_INFO:
        receive_info(live, &reader, turn);
        break;
    case MAIL_LIST:
        receive_list(live, &reader, turn);
        break;
    case MAIL_CLAIM:
        receive_claim(live, from, &reader, turn);
        break;
    case MAIL_CLAIMED:
        receive_claimed(live, &reader, turn);
        break;
    case MAIL_RELEASES:
        receive_releases(live, &reader);
        break;
    case MAIL_DOUBT:
        receive_doubt(live, from, &reader, turn);
        break;
    }
}
