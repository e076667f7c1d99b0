/* live_types.h: the messages of live as structs.
 * Channels by opcode, with floor control, and with a media relay beside them.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_LIVE_TYPES_H
#define PARLEY_GENERATED_LIVE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* Facts of a session that guards look at. */
enum live_fact {
    LIVE_IDENTIFIED = 1u << 0, /* It was answered READY. */
};

enum live_error {
    LIVE_ERROR_NOT_AUTHENTICATED, /* Authentication required */
    LIVE_ERROR_INVALID_TOKEN,     /* Invalid or expired token */
    LIVE_ERROR_UNKNOWN_OPCODE,    /* Unknown opcode: {op:u8} */
    LIVE_ERROR_INVALID_PAYLOAD,   /* Invalid payload: {reason} */
    LIVE_ERROR_SSRC_IN_USE,       /* Invalid payload: ssrc is in use */
    /* Invalid payload: srtp.key must be the suite's key and salt in base64 */
    LIVE_ERROR_SRTP_KEY_WRONG,
    LIVE_ERROR_CHANNEL_NOT_FOUND,      /* Channel not found: {channel_id} */
    LIVE_ERROR_CHANNEL_FULL,           /* Channel is full: {channel_id} */
    LIVE_ERROR_ACCESS_DENIED,          /* Access denied to channel: {channel_id} */
    LIVE_ERROR_ALREADY_IN_CHANNEL,     /* Already in channel: {channel_id} */
    LIVE_ERROR_NOT_IN_CHANNEL,         /* Not in channel: {channel_id} */
    LIVE_ERROR_EMPTY_MESSAGE,          /* Message content is empty */
    LIVE_ERROR_MESSAGE_TOO_LONG,       /* Message too long: {bytes:u32} chars */
    LIVE_ERROR_MESSAGE_NOT_IN_CHANNEL, /* Must join channel before messaging: {channel_id} */
    LIVE_ERROR_INTERNAL_ERROR,         /* Internal server error */
    LIVE_ERRORS,
};

/* The longest texts of these types. */
enum {
    LIVE_NAME_BYTES_MAX = 256,
    LIVE_ID_BYTES_MAX = 512,
    LIVE_EXPLANATION_BYTES_MAX = 1024,
    LIVE_SESSION_ID_BYTES_MAX = 37,
    LIVE_MESSAGE_ID_BYTES_MAX = 36,
};

/* How texts begin that only the server makes. */
#define LIVE_SESSION_ID_PREFIX "sess_"
#define LIVE_MESSAGE_ID_PREFIX "msg_"

/* Enums, and their values as on the wire. */
enum live_mode {
    LIVE_MODE_OPEN,
    LIVE_MODE_PTT,
    LIVE_MODE_CONFERENCE,
};
extern const struct str live_mode_words[3];

enum live_change {
    LIVE_CHANGE_JOIN,
    LIVE_CHANGE_LEAVE,
    LIVE_CHANGE_UPDATE,
    LIVE_CHANGE_DELETE,
};
extern const struct str live_change_words[4];

enum live_indicator {
    LIVE_INDICATOR_NORMAL,
    LIVE_INDICATOR_BROADCAST,
    LIVE_INDICATOR_IMMINENT_PERIL,
    LIVE_INDICATOR_EMERGENCY,
};
extern const struct str live_indicator_words[4];

enum live_cause {
    LIVE_CAUSE_PREEMPTED,
    LIVE_CAUSE_PING_TIMEOUT,
    LIVE_CAUSE_MAX_DURATION,
    LIVE_CAUSE_DISCONNECT,
    LIVE_CAUSE_ADMIN,
};
extern const struct str live_cause_words[5];

enum live_denial {
    LIVE_DENIAL_NOT_PUSH_TO_TALK,
    LIVE_DENIAL_NOT_YOURS,
};
extern const struct str live_denial_words[2];

enum live_suite {
    LIVE_SUITE_AES_CM_128_HMAC_SHA1_80,
    LIVE_SUITE_AEAD_AES_128_GCM,
};
extern const struct str live_suite_words[2];

struct live_member {
    struct str user_id; /* 0 to 512 bytes */
    uint32_t ssrc;
};

/* The key is standard base64 of master key and salt, 30 bytes for the first suite, 28 for the
 * second. */
struct live_srtp {
    enum live_suite suite;
    struct str key; /* 40 bytes */
};

/* Where to send RTP. */
struct live_media {
    struct str host; /* 0 to 256 bytes */
    uint16_t port;
};

struct live_channel {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
    enum live_mode mode;
    uint32_t member_count;
    uint32_t capacity;   /* 1 to 1000 */
    uint64_t created_at; /* milliseconds of Unix time */
};

enum live_command_type {
    LIVE_HEARTBEAT_CMD,
    LIVE_IDENTIFY_CMD,
    LIVE_CHANNEL_CREATE_CMD,
    LIVE_CHANNEL_JOIN_CMD,
    LIVE_CHANNEL_LEAVE_CMD,
    LIVE_CHANNEL_UPDATE_CMD,
    LIVE_CHANNEL_DELETE_CMD,
    LIVE_CHANNEL_LIST_CMD,
    LIVE_CHANNEL_INFO_CMD,
    LIVE_MESSAGE_CREATE_CMD,
    LIVE_FLOOR_REQUEST_CMD,
    LIVE_FLOOR_RELEASE_CMD,
    LIVE_FLOOR_PING_CMD,
    LIVE_COMMANDS,
};

/* Proves who the client is. Said again, it is answered again. */
struct live_identify_cmd {
    struct str user_id; /* 0 to 512 bytes */
    struct str token;   /* 1 to 8192 bytes */
};

/* Makes a channel. One that exists keeps its name, members, mode and capacity. */
struct live_channel_create_cmd {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
    enum live_mode mode;     /* "open" unless given */
    uint32_t capacity;       /* 1 to 1000; 100 unless given */
};

/* Enters a channel, and leaves the one before. With srtp, media is relayed too. */
struct live_channel_join_cmd {
    struct str channel_id; /* 0 to 512 bytes */
    uint32_t ssrc;
    bool has_srtp;
    struct live_srtp srtp; /* what the client sends with; may be absent */
};

struct live_channel_leave_cmd {
    struct str channel_id; /* 0 to 512 bytes */
};

/* Renames a channel; its members are told, then the sender has its ack. */
struct live_channel_update_cmd {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
};

/* Takes the members out of a channel and ends it. */
struct live_channel_delete_cmd {
    struct str channel_id; /* 0 to 512 bytes */
};

struct live_channel_info_cmd {
    struct str channel_id; /* 0 to 512 bytes */
};

/* Goes to every member, the sender too. White space alone counts as empty. */
struct live_message_create_cmd {
    struct str channel_id; /* 0 to 512 bytes */
    struct str content;    /* 0 to 2000 bytes */
};

/* Asks for the right to talk. A higher priority takes it from its holder; others wait. */
struct live_floor_request_cmd {
    struct str channel_id; /* 0 to 512 bytes */
    bool has_priority;
    /* unless given, floor_priority or that of the indicator; may be absent */
    uint8_t priority;
    enum live_indicator indicator; /* "normal" unless given */
};

/* Gives the floor back, or stops waiting for it. */
struct live_floor_release_cmd {
    struct str channel_id; /* 0 to 512 bytes */
};

/* Keeps the floor; the holder sends it every 2 s. */
struct live_floor_ping_cmd {
    struct str channel_id; /* 0 to 512 bytes */
};

struct live_command {
    enum live_command_type type;
    union {
        struct live_identify_cmd identify;
        struct live_channel_create_cmd channel_create;
        struct live_channel_join_cmd channel_join;
        struct live_channel_leave_cmd channel_leave;
        struct live_channel_update_cmd channel_update;
        struct live_channel_delete_cmd channel_delete;
        struct live_channel_info_cmd channel_info;
        struct live_message_create_cmd message_create;
        struct live_floor_request_cmd floor_request;
        struct live_floor_release_cmd floor_release;
        struct live_floor_ping_cmd floor_ping;
    };
};

enum live_event_type {
    LIVE_HELLO_EVT,
    LIVE_HEARTBEAT_ACK_EVT,
    LIVE_READY_EVT,
    LIVE_CHANNEL_EVENT_EVT,
    LIVE_MESSAGE_EVENT_EVT,
    LIVE_FLOOR_GRANTED_EVT,
    LIVE_FLOOR_DENY_EVT,
    LIVE_FLOOR_TAKEN_EVT,
    LIVE_FLOOR_IDLE_EVT,
    LIVE_FLOOR_REVOKE_EVT,
    LIVE_FLOOR_QUEUE_POS_INFO_EVT,
    LIVE_FLOOR_PONG_EVT,
    LIVE_ERROR_EVT,
    LIVE_CHANNEL_CREATE_ACK,
    LIVE_CHANNEL_JOIN_ACK,
    LIVE_CHANNEL_LEAVE_ACK,
    LIVE_CHANNEL_UPDATE_ACK,
    LIVE_CHANNEL_DELETE_ACK,
    LIVE_CHANNEL_LIST_ACK,
    LIVE_CHANNEL_INFO_ACK,
    LIVE_EVENTS,
};

/* The first message, sent unasked. */
struct live_hello_evt {
    uint32_t heartbeat_interval; /* milliseconds */
};

/* The session is identified. */
struct live_ready_evt {
    struct str session_id; /* the form sess_[0-9a-f]{32} */
    struct str user_id;    /* 0 to 512 bytes */
};

/* The member is system with ssrc 0 for update and delete. */
struct live_channel_event_evt {
    enum live_change event;
    struct str channel_id; /* 0 to 512 bytes */
    struct live_member member;
};

struct live_message_event_evt {
    struct str message_id; /* the form msg_[0-9a-f]{32} */
    struct str channel_id; /* 0 to 512 bytes */
    struct str author_id;  /* 0 to 512 bytes */
    struct str content;    /* 0 to 2000 bytes */
    uint64_t timestamp;    /* milliseconds of Unix time */
};

/* The sender may talk now. */
struct live_floor_granted_evt {
    struct str channel_id; /* 0 to 512 bytes */
    struct str user_id;    /* 0 to 512 bytes */
    uint32_t duration;     /* milliseconds */
};

struct live_floor_deny_evt {
    struct str channel_id; /* 0 to 512 bytes */
    enum live_denial reason;
};

/* Another member may talk now. */
struct live_floor_taken_evt {
    struct str channel_id; /* 0 to 512 bytes */
    struct str user_id;    /* 0 to 512 bytes */
    enum live_indicator indicator;
};

/* Nobody talks. */
struct live_floor_idle_evt {
    struct str channel_id; /* 0 to 512 bytes */
};

/* The holder may talk no longer. */
struct live_floor_revoke_evt {
    struct str channel_id; /* 0 to 512 bytes */
    enum live_cause cause;
};

/* The place of a waiting requester, from 1. */
struct live_floor_queue_pos_info_evt {
    struct str channel_id;   /* 0 to 512 bytes */
    uint32_t queue_position; /* 1 to 1000 */
    uint32_t queue_size;     /* 1 to 1000 */
};

struct live_floor_pong_evt {
    struct str channel_id; /* 0 to 512 bytes */
};

struct live_error_evt {
    enum live_error error; /* not on the wire: which of the errors this is */
    uint16_t code;
    struct str reason; /* 0 to 1024 bytes */
};

/* Answers CHANNEL_CREATE. */
struct live_channel_create_ack {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
};

/* Answers CHANNEL_JOIN. */
struct live_channel_join_ack {
    struct str channel_id; /* 0 to 512 bytes */
    const struct live_member *active_members;
    uint32_t active_members_count; /* up to 1000 */
    bool has_srtp;
    struct live_srtp srtp; /* what the client will receive with; may be absent */
    bool has_media;
    struct live_media media; /* may be absent */
};

/* Answers CHANNEL_LEAVE. */
struct live_channel_leave_ack {
    struct str channel_id; /* 0 to 512 bytes */
};

/* Answers CHANNEL_UPDATE. */
struct live_channel_update_ack {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
};

/* Answers CHANNEL_DELETE. */
struct live_channel_delete_ack {
    struct str channel_id; /* 0 to 512 bytes */
};

/* Answers CHANNEL_LIST. */
struct live_channel_list_ack {
    const struct live_channel *channels;
    uint32_t channels_count; /* up to 1000 */
};

/* Answers CHANNEL_INFO. */
struct live_channel_info_ack {
    struct str channel_id;   /* 0 to 512 bytes */
    struct str channel_name; /* 0 to 256 bytes */
    enum live_mode mode;
    uint32_t member_count;
    uint32_t capacity;   /* 1 to 1000 */
    uint64_t created_at; /* milliseconds of Unix time */
    const struct live_member *members;
    uint32_t members_count; /* up to 1000 */
};

struct live_event {
    enum live_event_type type;
    union {
        struct live_hello_evt hello;
        struct live_ready_evt ready;
        struct live_channel_event_evt channel_event;
        struct live_message_event_evt message_event;
        struct live_floor_granted_evt floor_granted;
        struct live_floor_deny_evt floor_deny;
        struct live_floor_taken_evt floor_taken;
        struct live_floor_idle_evt floor_idle;
        struct live_floor_revoke_evt floor_revoke;
        struct live_floor_queue_pos_info_evt floor_queue_pos_info;
        struct live_floor_pong_evt floor_pong;
        struct live_error_evt error;
        struct live_channel_create_ack channel_create_ack;
        struct live_channel_join_ack channel_join_ack;
        struct live_channel_leave_ack channel_leave_ack;
        struct live_channel_update_ack channel_update_ack;
        struct live_channel_delete_ack channel_delete_ack;
        struct live_channel_list_ack channel_list_ack;
        struct live_channel_info_ack channel_info_ack;
    };
};

#endif
