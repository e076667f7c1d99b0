/* http_codec.h: bodies of HTTP from and to JSON.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * Any thread, each with its own arena. */
#ifndef PARLEY_GENERATED_HTTP_CODEC_H
#define PARLEY_GENERATED_HTTP_CODEC_H

#include "generated/http_types.h"
#include "json/codec.h"

/* refusal by itself: returns the length; `out` has room for the most that it takes. */
enum { HTTP_REFUSAL_ENCODED_MAX = 7719 };
size_t http_encode_refusal(const struct http_refusal *refusal, char *out);

/* GET /health, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_HEALTH_200_ENCODED_MAX = 3268 };
size_t http_encode_get_health_200(const struct http_get_health_200 *body, char *out);

/* GET /livez, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_LIVEZ_200_ENCODED_MAX = 19 };
size_t http_encode_get_livez_200(const struct http_get_livez_200 *body, char *out);

/* GET /readyz, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_READYZ_200_ENCODED_MAX = 19 };
size_t http_encode_get_readyz_200(const struct http_get_readyz_200 *body, char *out);

/* GET /admin/status, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_GET_ADMIN_STATUS_200_ENCODED_MAX = 9721 };
size_t http_encode_get_admin_status_200(const struct http_get_admin_status_200 *body, char *out);

/* POST /admin/sessions: false with the reason when the text is no such body. */
bool http_decode_post_admin_sessions_body(struct arena *arena, struct str text,
                                          struct http_post_admin_sessions_body *body,
                                          struct str *reason);

/* POST /admin/sessions, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_SESSIONS_200_ENCODED_MAX = 960044 };
size_t http_encode_post_admin_sessions_200(const struct http_post_admin_sessions_200 *body,
                                           char *out);

/* POST /admin/rooms: false with the reason when the text is no such body. */
bool http_decode_post_admin_rooms_body(struct arena *arena, struct str text,
                                       struct http_post_admin_rooms_body *body, struct str *reason);

/* POST /admin/rooms, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_ROOMS_200_ENCODED_MAX = 1241441 };
size_t http_encode_post_admin_rooms_200(const struct http_post_admin_rooms_200 *body, char *out);

/* POST /admin/disconnect: false with the reason when the text is no such body. */
bool http_decode_post_admin_disconnect_body(struct arena *arena, struct str text,
                                            struct http_post_admin_disconnect_body *body,
                                            struct str *reason);

/* POST /admin/disconnect, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_DISCONNECT_200_ENCODED_MAX = 207 };
size_t http_encode_post_admin_disconnect_200(const struct http_post_admin_disconnect_200 *body,
                                             char *out);

/* POST /admin/revoke: false with the reason when the text is no such body. */
bool http_decode_post_admin_revoke_body(struct arena *arena, struct str text,
                                        struct http_post_admin_revoke_body *body,
                                        struct str *reason);

/* POST /admin/revoke, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_REVOKE_200_ENCODED_MAX = 6174 };
size_t http_encode_post_admin_revoke_200(const struct http_post_admin_revoke_200 *body, char *out);

/* POST /admin/trace: false with the reason when the text is no such body. */
bool http_decode_post_admin_trace_body(struct arena *arena, struct str text,
                                       struct http_post_admin_trace_body *body, struct str *reason);

/* POST /admin/trace, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_TRACE_200_ENCODED_MAX = 689265 };
size_t http_encode_post_admin_trace_200(const struct http_post_admin_trace_200 *body, char *out);

/* POST /admin/log-level: false with the reason when the text is no such body. */
bool http_decode_post_admin_log_level_body(struct arena *arena, struct str text,
                                           struct http_post_admin_log_level_body *body,
                                           struct str *reason);

/* POST /admin/log-level, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_LOG_LEVEL_200_ENCODED_MAX = 32 };
size_t http_encode_post_admin_log_level_200(const struct http_post_admin_log_level_200 *body,
                                            char *out);

/* POST /admin/drain, 200: returns the length; `out` has room for the most that it takes. */
enum { HTTP_POST_ADMIN_DRAIN_200_ENCODED_MAX = 22 };
size_t http_encode_post_admin_drain_200(const struct http_post_admin_drain_200 *body, char *out);

#endif
