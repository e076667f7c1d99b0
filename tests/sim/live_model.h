/* live_model.h: what live's clients must see, worked out a second time in the
 * simplest way: one world without workers, moves, seats or claims.
 *
 * Clients and channels are numbers. Questions that workers ask each other are
 * told to the model when they are answered, and again when their client learns
 * of it. */
#ifndef PARLEY_TESTS_SIM_LIVE_MODEL_H
#define PARLEY_TESTS_SIM_LIVE_MODEL_H

#include "ids.h"
#include "media_order.h"

enum { LIVE_CHANNELS_HERE = 64, LIVE_MEMBERS_HERE = 64, LIVE_TEXT_HERE = 48 };
#define NO_CHANNEL UINT32_MAX

/* What a client may say. */
enum live_said {
    LIVE_SAID_IDENTIFY,
    LIVE_SAID_HEARTBEAT,
    LIVE_SAID_CREATE,
    LIVE_SAID_JOIN,
    LIVE_SAID_LEAVE,
    LIVE_SAID_UPDATE,
    LIVE_SAID_DELETE,
    LIVE_SAID_LIST,
    LIVE_SAID_INFO,
    LIVE_SAID_MESSAGE,
    LIVE_SAID_REQUEST,
    LIVE_SAID_RELEASE,
    LIVE_SAID_PING,
    LIVE_SAID_UNKNOWN, /* an opcode that is none */
    LIVE_SAID_GARBAGE, /* a payload that is none */
    LIVE_SAID
};

/* What only the server knows: ids of sessions and messages, keys, reasons,
 * lists in any order. */
enum { GAP_SESSION = 's', GAP_MESSAGE = 'm', GAP_KEY = 'k', GAP_INVALID = 'i', GAP_LIST = 'l' };

/* A message's argument; its texts end with 0. */
struct live_argument {
    uint32_t channel, ssrc, capacity;
    const char *mode, *indicator;
    bool keys; /* of JOIN: with srtp, and these */
    enum media_suite suite;
    uint8_t key[MEDIA_KEY_BYTES_MAX];
    uint8_t priority;
    char user[LIVE_TEXT_HERE], text[LIVE_TEXT_HERE]; /* text: a channel's name, or a content */
};

struct live_model_client {
    bool here, identified;
    uint32_t session; /* number of its id */
    uint32_t channel, ssrc;
    char user[LIVE_TEXT_HERE];
    /* Waiting for the floor. */
    bool waiting;
    uint8_t priority;
    const char *indicator;
    uint32_t told;
    struct draft *answer; /* to its INFO or LIST, as far as it has come */
};

struct live_model_channel {
    bool open;
    char id[LIVE_TEXT_HERE], name[LIVE_TEXT_HERE];
    const char *mode;
    uint32_t capacity;
    uint64_t created_ms, stamped_ms;
    uint32_t members[LIVE_MEMBERS_HERE], count;
    uint32_t holder; /* or NO_CLIENT */
    uint8_t priority;
    uint64_t ping_until_ms, talk_until_ms;
    uint32_t queue[LIVE_MEMBERS_HERE], queued;
    uint64_t absent_step, full_step; /* when it was last found so */
};

struct live_model {
    struct world *world;
    bool plain;
    uint32_t channels_count, ssrcs_count;
    uint64_t crowded_step; /* when a worker was last found that can keep no
                              further seat */
    struct live_model_client *clients;
    struct live_model_channel channels[LIVE_CHANNELS_HERE];
    struct ids sessions, messages, keys;
    /* Channels as they were listed, one on each line; NULL when read. */
    char **lists;
    uint32_t lists_count;
    struct live_media *media; /* live_media.h */
};

extern const char *const live_suites[MEDIA_SUITES];

void live_model_opens(struct live_model *model, uint32_t client);
void live_model_closes(struct live_model *model, uint32_t client);
/* Takes the client out of its channel, if it is in one. */
void live_model_leaves(struct live_model *model, uint32_t client);
void live_model_identifies(struct live_model *model, uint32_t client, const char *user);
void live_model_joins(struct live_model *model, uint32_t client,
                      const struct live_argument *argument);
void live_model_says(struct live_model *model, uint32_t client, const char *content);
void live_model_error(struct live_model *model, uint32_t client, uint32_t code, const char *reason,
                      const char *channel);

/* What a channel's owner does; false when there is no such channel. */
void live_model_create(struct live_model *model, const struct live_argument *argument);
bool live_model_update(struct live_model *model, const struct live_argument *argument);
bool live_model_delete(struct live_model *model, const struct live_argument *argument);
/* A channel as it is listed: a JSON object, or one that is to go on. */
void live_model_describe(const struct live_model *model, uint32_t channel, bool goes_on,
                         struct draft *text);
void live_model_add_members(const struct live_model *model, uint32_t channel, uint32_t except,
                            struct draft *text);

/* live_floor.c */

void live_model_requests(struct live_model *model, uint32_t client,
                         const struct live_argument *argument);
void live_model_releases(struct live_model *model, uint32_t client);
void live_model_pings(struct live_model *model, uint32_t client);
/* Gives the floor up, or a place in the queue; false when the client had
 * neither. */
bool live_model_floor_leave(struct live_model *model, uint32_t channel, uint32_t client);
void live_model_floor_expires(struct live_model *model, uint32_t channel);
uint64_t live_model_floor_due_ms(const struct live_model_channel *channel);

/* An event of a channel: its opcode, and what stands behind its id. */
void live_model_event(struct draft *text, uint32_t op, const struct live_model_channel *channel);
void live_model_cast(struct live_model *model, const struct live_model_channel *channel,
                     uint32_t except, const struct draft *text);

#endif
