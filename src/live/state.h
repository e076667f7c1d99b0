/* state.h: what one worker's live keeps, and the steps that its handlers are made of.
 *
 * Private to src/live. Sessions, members and channels are named by their slots in the pools.
 *
 * A member is a session's place in a channel. It begins as a seat: counted, so that the channel
 * cannot fill up, and with its user's name taken, but not yet seen by others. It holds the claim to
 * its ssrc. A session has one member at most, in a channel of its own worker; only a seat can be
 * kept for a session that is still on another. A seat that is not taken in time ends.
 *
 * The three hubs of the seed: users are found by channel and name (members_by_user), channels by
 * their id, media peers by their ssrc (claims). */
#ifndef PARLEY_LIVE_STATE_H
#define PARLEY_LIVE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/chain.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/roster.h"
#include "base/textpool.h"
#include "base/wheel.h"
#include "generated/live_dispatch.h"
#include "live/live.h"
#include "service.h"

/* A slot that names nothing. */
#define NONE UINT32_MAX

/* A session as other workers name it. It may be gone when it is looked for. */
struct asker {
    uint32_t worker, slot;
    uint64_t serial;
};

/* What became of a question to a channel's owner. */
enum answer {
    ANSWER_NONE,    /* nothing was asked, or it is not decided yet */
    ANSWER_YES,     /* done */
    ANSWER_REFUSED, /* for a reason, an error */
    ANSWER_TOLD     /* the session has been sent its answer */
};

/* What a session asks of the owner of a channel. Which fields count follows from the kind. */
enum question_kind {
    QUESTION_CREATE,
    QUESTION_UPDATE,
    QUESTION_DELETE,
    QUESTION_INFO,
    QUESTION_SEAT /* a place for the session */
};

struct question {
    enum question_kind kind;
    enum live_mode mode;
    uint32_t capacity, ssrc;
    struct str channel_id, channel_name, user;
};

struct session {
    struct handle handle;
    uint8_t id[16]; /* random; its first half is the serial */
    struct text user, host;
    uint32_t member; /* in a channel, or NONE */
    bool identified;
    uint8_t answer;           /* enum answer, to what it waits for */
    uint8_t error;            /* enum live_error, of ANSWER_REFUSED */
    struct wheel_timer timer; /* until it is identified */
};

struct member {
    uint64_t serial;       /* the session's */
    uint32_t session;      /* NONE for a seat */
    struct handle channel; /* of a seat, may be stale */
    uint32_t place;        /* in the channel's roster */
    uint32_t ssrc;
    struct text user;
    bool claimed;             /* the ssrc is its own */
    bool media;               /* the relay knows it */
    struct asker asker;       /* whom to tell when the ssrc is claimed */
    struct wheel_timer timer; /* of a seat */
    /* Waiting for the floor. */
    bool waiting;
    uint8_t priority;
    uint8_t indicator; /* enum live_indicator */
    uint32_t told;     /* its position, as it was last told */
    struct chain_link waiting_link;
};

struct floor {
    uint32_t holder;    /* a member, or NONE */
    uint8_t priority;   /* the holder's */
    struct chain queue; /* members, by priority, then arrival; */
    uint32_t waiting;   /* so many */
    uint32_t epoch;     /* grows with each holder */
    uint64_t ping_until_ms, talk_until_ms;
    struct wheel_timer timer; /* the earlier of the two */
};

struct channel {
    struct text id, name;
    uint64_t number;                 /* names it to the media relay */
    uint64_t created_ms, stamped_ms; /* Unix time; of its last message */
    enum live_mode mode;
    uint32_t capacity;
    uint32_t seats;
    struct roster roster;
    struct floor floor;
    bool empty; /* no member, no seat: in the chain of those */
    struct chain_link empty_link;
};

/* An ssrc in use by a member, or for a seat, of a worker. One session may claim it for several: the
 * member that it is, and seats. */
struct claim {
    uint64_t serial; /* the session's */
    uint32_t ssrc;
    uint32_t worker;
    struct handle member;
};

struct live {
    struct service_config config;
    struct live_options options;
    uint64_t channels_made;
    struct pool sessions, members, channels, claims;
    uint32_t doubted; /* the claim that was doubted last */
    struct map members_by_user, channels_by_id, claims_by_ssrc;
    struct textpool texts;
    struct rosters rosters;
    struct wheel *unidentified, *seats, *floors;
    struct chain empty_channels; /* the one empty for longest first */
};

/* Sessions (live.c). */

struct session *session_at(const struct live *live, uint32_t slot);
struct asker asker_of(const struct live *live, uint32_t slot);
struct str live_text(const struct live *live, struct text text);
void live_tell(const struct live *live, uint32_t slot, const struct live_event *event,
               struct turn *turn);
void live_tell_error(const struct live *live, uint32_t slot, enum live_error error,
                     struct str channel_id, struct turn *turn);
/* Ends the waiting of a session of this worker; false when it is gone. */
bool live_answer(struct live *live, const struct asker *asker, enum answer answer,
                 enum live_error error, struct turn *turn);

/* Channels (channel.c). */

struct channel *channel_at(const struct live *live, uint32_t slot);
/* The worker that owns the channel of this id, be it open or not. */
uint32_t channel_owner(const struct live *live, struct str id);
/* The open channel of this id, or NONE. */
uint32_t channel_find(const struct live *live, struct str id);
/* A place in it is kept for a seat; a seat, or a member, has gone. */
void channel_keep_place(struct live *live, uint32_t slot);
void channel_give_up_place(struct live *live, uint32_t slot);
void channel_vacated(struct live *live, uint32_t slot);
/* These return LIVE_ERRORS when it is done. When there are as many channels as there may be, the
 * one that has been empty for longest makes room for a new one. */
enum live_error channel_create(struct live *live, const struct question *wanted,
                               const struct turn *turn);
enum live_error channel_update(struct live *live, struct str id, struct str name,
                               struct turn *turn);
enum live_error channel_delete(struct live *live, struct str id, struct turn *turn);
/* An event to all members but one, who may be NONE. */
void channel_cast(const struct live *live, const struct channel *channel, uint32_t except,
                  const struct live_event *event, struct turn *turn);
struct live_channel channel_summary(const struct live *live, const struct channel *channel);
/* This worker's channels, up to `max`, in the turn's memory. */
const struct live_channel *channel_list(const struct live *live, uint32_t max, uint32_t *count,
                                        struct turn *turn);
/* Answers CHANNEL_LIST, and CHANNEL_INFO. */
void channel_tell_list(const struct live *live, uint32_t session,
                       const struct live_channel *channels, uint32_t count, struct turn *turn);
void channel_tell_info(const struct live *live, uint32_t session,
                       const struct live_channel *channel, const struct live_member *members,
                       struct turn *turn);

/* Members (member.c). */

struct member *member_at(const struct live *live, uint32_t slot);
struct str member_user(const struct live *live, uint32_t slot);
void member_tell(const struct live *live, uint32_t slot, const struct live_event *event,
                 struct turn *turn);
/* The members of a channel but one, who may be NONE, in the turn's memory. */
const struct live_member *member_list(const struct live *live, const struct channel *channel,
                                      uint32_t except, struct turn *turn);
/* Keeps a seat for the asker, or finds the one that was kept for it. ANSWER_YES: it is ready to be
 * taken; ANSWER_NONE: the asker will be told. */
enum answer seat_keep(struct live *live, const struct asker *asker, const struct question *wanted,
                      uint32_t *seat, enum live_error *error, struct turn *turn);
/* The seat becomes a member. */
void seat_take(struct live *live, uint32_t seat, uint32_t session);
/* Gives a seat up; an asker that still waits is told why. */
void seat_drop(struct live *live, uint32_t seat, enum live_error why, struct turn *turn);
/* Whether the seat's ssrc could be claimed. */
void seat_claimed(struct live *live, struct handle seat, bool granted, struct turn *turn);
/* Takes a session out of its channel; the others are told. */
void member_leave(struct live *live, uint32_t session, struct turn *turn);
/* Takes all out of a channel, without a word. */
void member_remove_all(struct live *live, uint32_t channel, struct turn *turn);

/* Claims (claim.c): each ssrc is claimed on the worker that it hashes to. */

uint32_t claim_owner(const struct live *live, uint32_t ssrc);
/* What a member of this worker claims. */
struct claim claim_of(const struct live *live, uint32_t member);
/* False when another session has the ssrc, or there are too many. The claim in the way is doubted,
 * since the mail that gave it up may be lost: its member is asked for. */
bool claim_take(struct live *live, const struct claim *claim, struct turn *turn);
/* Ignored when there is no such claim: of one that was refused, too. */
void claim_release(struct live *live, const struct claim *claim);

/* The floor (floor.c). The members named are those of the floor's channel. */

void floor_request(struct live *live, uint32_t member, uint8_t priority,
                   enum live_indicator indicator, struct turn *turn);
void floor_release(struct live *live, uint32_t member, struct turn *turn);
void floor_ping(struct live *live, uint32_t member, struct turn *turn);
/* The member gives the floor up, or its place in the queue; false when it had neither. */
bool floor_leave(struct live *live, uint32_t member, struct turn *turn);
/* The floor goes, with its channel. */
void floor_clear(struct live *live, struct floor *floor);
/* The holder's time is over. */
void floor_expire(struct live *live, struct floor *floor, struct turn *turn);

/* Takes the floor from its holder, by order of those who run the server; false when nobody has it.
 */
bool floor_revoke(struct live *live, struct channel *channel, struct turn *turn);

/* For struct service (inspect.c). */
struct service_session live_describe(const void *state, uint32_t slot, struct turn *turn);
bool live_next_room(const void *state, uint32_t *slot, struct service_room *room,
                    struct turn *turn);
enum revocation live_revoke(void *state, struct str room, struct str *holder, struct turn *turn);

/* Media (media.c). */

/* False when a client's key is none of the suite's. */
bool media_key_valid(const struct live_srtp *srtp);
/* Tells the relay of a new member, and the member where to send and what it receives with. */
void media_add(struct live *live, uint32_t member, const struct live_channel_join_cmd *command,
               struct live_channel_join_ack *ack, struct turn *turn);
void media_remove(struct live *live, uint32_t member, struct turn *turn);
void media_end(struct live *live, const struct channel *channel, struct turn *turn);
void media_floor(struct live *live, const struct channel *channel, struct turn *turn);

/* Mail between workers (mail.c). */

/* Does, as the owner, what is asked. *seat is set for a seat, *error when it is refused. */
enum answer question_do(struct live *live, const struct asker *asker,
                        const struct question *question, uint32_t *seat, enum live_error *error,
                        struct turn *turn);
void mail_question(struct live *live, uint32_t slot, uint32_t worker,
                   const struct question *question, struct turn *turn);
/* Asks all workers in turn for their channels. */
void mail_list(struct live *live, uint32_t slot, struct turn *turn);
/* `seat`: which one is kept, of ANSWER_YES to QUESTION_SEAT. */
void mail_answer(struct live *live, const struct asker *asker, enum answer answer,
                 enum live_error error, struct handle seat, struct turn *turn);
void mail_claim(struct live *live, uint32_t worker, const struct claim *claim, struct turn *turn);
/* Asks whether a claim still stands: its member's worker gives it up if not. */
void mail_doubt(struct live *live, const struct claim *claim, struct turn *turn);
/* Gives up the claims of some members, whose ssrcs other workers keep. */
void mail_releases(struct live *live, const uint32_t *members, uint32_t count, struct turn *turn);
void mail_receive(struct live *live, uint32_t from, const uint8_t *bytes, size_t len,
                  struct turn *turn);

#endif
