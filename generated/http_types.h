/* http_types.h: bodies of HTTP as structs.
 * What the server answers over HTTP, beside what its services answer there.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_HTTP_TYPES_H
#define PARLEY_GENERATED_HTTP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

/* The longest texts of these types. */
enum {
    HTTP_NAME_BYTES_MAX = 256,
    HTTP_ID_BYTES_MAX = 512,
    HTTP_EXPLANATION_BYTES_MAX = 1024,
    HTTP_SESSION_NAME_BYTES_MAX = 32,
    HTTP_EXCERPT_BYTES_MAX = 64,
};

/* Enums, and their values as on the wire. */
enum http_state {
    HTTP_STATE_HEALTHY,
    HTTP_STATE_UNREADY,
    HTTP_STATE_STOPPING,
};
extern const struct str http_state_words[3];

enum http_part_state {
    HTTP_PART_STATE_HEALTHY,
    HTTP_PART_STATE_DISABLED,
    HTTP_PART_STATE_CONNECTING,
    HTTP_PART_STATE_AWAY,
    HTTP_PART_STATE_STOPPING,
};
extern const struct str http_part_state_words[5];

enum http_life {
    HTTP_LIFE_ALIVE,
};
extern const struct str http_life_words[1];

enum http_readiness {
    HTTP_READINESS_READY,
};
extern const struct str http_readiness_words[1];

enum http_server_log_level {
    HTTP_SERVER_LOG_LEVEL_OFF,
    HTTP_SERVER_LOG_LEVEL_ERROR,
    HTTP_SERVER_LOG_LEVEL_WARN,
    HTTP_SERVER_LOG_LEVEL_INFO,
    HTTP_SERVER_LOG_LEVEL_DEBUG,
};
extern const struct str http_server_log_level_words[5];

enum http_trace_direction {
    HTTP_TRACE_DIRECTION_IN,
    HTTP_TRACE_DIRECTION_OUT,
};
extern const struct str http_trace_direction_words[2];

/* Why a request is refused. */
struct http_refusal {
    uint16_t status;    /* 400 to 599; that of the answer */
    struct str error;   /* 0 to 256 bytes; the status's name */
    struct str message; /* 0 to 1024 bytes; what is wrong */
};

struct http_parts {
    enum http_part_state websocket;
    enum http_part_state redis;
    enum http_part_state mongodb;
};

/* A service, and what it holds on all workers. */
struct http_running_service {
    struct str service; /* 0 to 256 bytes */
    uint64_t sessions;
    uint64_t rooms;
};

struct http_session {
    struct str session; /* 5 to 32 bytes */
    struct str service; /* 0 to 256 bytes */
    bool has_user;
    struct str user; /* 0 to 512 bytes; as it named itself; may be null */
    bool has_room;
    struct str room;    /* 0 to 512 bytes; or channel; may be null */
    struct str address; /* 0 to 256 bytes; the client's, behind trusted proxies too */
    uint64_t age_seconds;
    uint64_t silent_seconds;   /* since something last came */
    uint32_t waiting_messages; /* that it has not read */
    uint32_t waiting_bytes;
};

/* A message that came, or an event that was sent, without what it says. */
struct http_traced_message {
    uint64_t at_ms; /* Unix time */
    enum http_trace_direction direction;
    bool has_session;
    struct str session; /* 5 to 32 bytes; null of an event for several; may be null */
    struct str service; /* 0 to 256 bytes */
    bool has_type;
    struct str type; /* 0 to 256 bytes; null when a message does not say; may be null */
    bool has_user;
    struct str user; /* 0 to 64 bytes; the beginning of what it named itself; may be null */
    bool has_room;
    struct str room; /* 0 to 64 bytes; the beginning; where it is, or else was; may be null */
    uint32_t bytes;
    uint32_t receivers; /* of an event */
    /* 0 to 256 bytes; ok, moved, waits or closed, or the error that it is answered with, or tells
     * */
    struct str outcome;
    /* 0 to 192 bytes; its members, with the lengths of strings and arrays for their values */
    struct str shape;
};

/* A room or channel. */
struct http_room_entry {
    struct str room;    /* 0 to 512 bytes */
    struct str service; /* 0 to 256 bytes */
    bool has_title;
    struct str title; /* 0 to 512 bytes; a channel's name; may be null */
    bool has_mode;
    struct str mode; /* 0 to 256 bytes; a channel's; may be null */
    uint32_t members;
    uint32_t members_max;
    bool has_holder;
    struct str holder; /* 0 to 512 bytes; who has the floor; may be null */
    uint32_t waiting;  /* for the floor */
};

/* GET /health: the body of an answer 200. */
struct http_get_health_200 {
    enum http_state status;
    struct str version;   /* 0 to 256 bytes; of the server */
    struct str spec_hash; /* 0 to 256 bytes; SHA-256 of protocol.yaml */
    uint64_t uptime_seconds;
    uint32_t connections;
    struct http_parts services;
};

/* GET /livez: the body of an answer 200. */
struct http_get_livez_200 {
    enum http_life status;
};

/* GET /readyz: the body of an answer 200. */
struct http_get_readyz_200 {
    enum http_readiness status;
};

/* GET /admin/status: the body of an answer 200. */
struct http_get_admin_status_200 {
    enum http_state status;
    struct str version;   /* 0 to 256 bytes; of the server */
    struct str spec_hash; /* 0 to 256 bytes; SHA-256 of protocol.yaml */
    uint64_t uptime_seconds;
    uint32_t workers;
    uint32_t connections;
    uint32_t connections_max;
    enum http_server_log_level log_level;
    const struct http_running_service *services;
    uint32_t services_count; /* up to 4 */
};

/* POST /admin/sessions: the body of a request. */
struct http_post_admin_sessions_body {
    bool has_service;
    struct str service; /* 0 to 256 bytes; this one's only; may be absent */
    bool has_room;
    struct str room; /* 0 to 512 bytes; its members only; may be absent */
    uint64_t after;  /* 0 unless given */
    uint32_t limit;  /* 1 to 100; 100 unless given */
};

/* POST /admin/sessions: the body of an answer 200. */
struct http_post_admin_sessions_200 {
    const struct http_session *sessions;
    uint32_t sessions_count; /* up to 100 */
    uint64_t next;
};

/* POST /admin/rooms: the body of a request. */
struct http_post_admin_rooms_body {
    bool has_service;
    struct str service; /* 0 to 256 bytes; this one's only; may be absent */
    bool has_room;
    struct str room; /* 0 to 512 bytes; this one only; may be absent */
    uint64_t after;  /* 0 unless given */
    uint32_t limit;  /* 1 to 100; 100 unless given */
};

/* POST /admin/rooms: the body of an answer 200. */
struct http_post_admin_rooms_200 {
    const struct http_room_entry *rooms;
    uint32_t rooms_count; /* up to 100 */
    uint64_t next;
};

/* POST /admin/disconnect: the body of a request. */
struct http_post_admin_disconnect_body {
    struct str session; /* 5 to 32 bytes */
};

/* POST /admin/disconnect: the body of an answer 200. */
struct http_post_admin_disconnect_200 {
    struct str session; /* 5 to 32 bytes */
};

/* POST /admin/revoke: the body of a request. */
struct http_post_admin_revoke_body {
    struct str channel_id; /* 0 to 512 bytes */
};

/* POST /admin/revoke: the body of an answer 200. */
struct http_post_admin_revoke_200 {
    struct str channel_id; /* 0 to 512 bytes */
    struct str holder;     /* 0 to 512 bytes; who had it */
};

/* POST /admin/trace: the body of a request. */
struct http_post_admin_trace_body {
    uint64_t trace; /* whoever asks chooses a number of their own; 0 unless given */
    bool has_service;
    struct str service; /* 0 to 256 bytes; of this one only; may be absent */
    bool has_room;
    struct str room; /* 0 to 512 bytes; in this one only; may be absent */
    bool has_session;
    struct str session; /* 5 to 32 bytes; to and from this one only; may be absent */
    bool has_type;
    struct str type; /* 0 to 256 bytes; messages and events of this one only; may be absent */
    uint32_t sample; /* 1 to 1000000; of so many that would be shown, one is; 1 unless given */
    uint32_t limit;  /* 1 to 100; 100 unless given */
};

/* POST /admin/trace: the body of an answer 200. */
struct http_post_admin_trace_200 {
    const struct http_traced_message *messages;
    uint32_t messages_count; /* up to 100 */
    uint64_t lost;           /* since the last answer; nobody asked for them in time */
    uint32_t waiting;        /* for the next answer */
};

/* POST /admin/log-level: the body of a request. */
struct http_post_admin_log_level_body {
    enum http_server_log_level level;
};

/* POST /admin/log-level: the body of an answer 200. */
struct http_post_admin_log_level_200 {
    enum http_server_log_level level;
    enum http_server_log_level was;
};

/* POST /admin/drain: the body of an answer 200. */
struct http_post_admin_drain_200 {
    enum http_state status;
};

#endif
