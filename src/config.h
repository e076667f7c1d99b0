/* config.h: every setting of the server, as read from the command line, the environment and a file.
 *
 * Plain values, checked when they are read and never changed after; texts point into argv, the
 * environment, the defaults, or what was read from files, which lives until config_clear. */
#ifndef PARLEY_CONFIG_H
#define PARLEY_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bucket.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/str.h"

enum {
    CONFIG_ORIGINS_MAX = 32,
    CONFIG_PROXIES_MAX = 32,
    CONFIG_WORKERS_MAX = 256,
    CONFIG_MEDIA_THREADS_MAX = 16,
    CONFIG_HOST_BYTES = 64
};

struct config_text;

struct config {
    const char *config_file;      /* that settings were read from; or NULL */
    char host[CONFIG_HOST_BYTES]; /* numeric address to bind, without brackets */
    uint16_t port;                /* 0: the kernel chooses one, which the log tells */
    uint16_t http_port;           /* where the HTTP API is served too; 0: likewise */
    bool http_port_on;            /* there is such a port, */
    bool http_port_given;         /* and no server without it */
    uint32_t admin_port;          /* where the admin API is served; 0: nowhere */
    struct str admin_token;       /* that it asks for; empty: none, on the loopback address only */
    uint32_t workers;             /* threads, each with its own loop, sockets and services */
    struct str root_service;

    const char *tls_cert, *tls_key; /* PEM files; both or none (NULL) */

    struct str allowed_origins[CONFIG_ORIGINS_MAX]; /* as in the Origin header; "*" allows all */
    uint32_t allowed_origins_count;                 /* 0: same origin only */

    struct ip_range trusted_proxies[CONFIG_PROXIES_MAX]; /* are believed whose requests they pass */
    uint32_t trusted_proxies_count;
    bool proxy_protocol; /* they begin each connection on the main port with a PROXY header */

    uint32_t connections_max; /* WebSocket connections in all */
    uint32_t connections_per_address_max;
    bool limit_loopback; /* loopback addresses are limited like all others */

    uint32_t header_bytes_max;
    uint32_t header_timeout_ms;   /* until a request's head is complete */
    uint32_t ping_interval_ms;    /* silence after which a Ping is sent */
    uint32_t idle_timeout_ms;     /* silence after which a connection is closed with 1001 */
    uint32_t close_timeout_ms;    /* what a closing connection may take to deliver its last bytes */
    uint32_t shutdown_timeout_ms; /* from SIGTERM to exit */
    uint32_t drain_delay_ms;      /* of it: only /readyz says that the server stops, then */
    uint32_t drain_ms;            /* connections are closed, spread over this time */

    uint32_t egress_messages_max, egress_bytes_max; /* waiting for one reader */

    uint32_t strikes_max, strikes_refill_ms; /* bad messages of one session in a burst; one is
                                                forgiven after so long */
    uint32_t guesses_max, guesses_refill_ms; /* wrong codes and tokens of one address, likewise */
    uint32_t control_frames_max, control_frames_refill_ms; /* Pings, Pongs of one connection; max 0:
                                                              no bound */
    uint32_t message_rate_max;     /* messages a second of one connection; 0: no bound */
    struct bucket_limits messages; /* the same as a bucket, which follows from it */

    uint32_t live_heartbeat_ms; /* announced by live */
    uint32_t live_zombie_ms;    /* silence after which a connection of live is closed */
    uint32_t live_identify_ms;  /* a session of live must be identified by then */
    struct str live_secret;     /* what a token of live must be; empty: anything */

    struct str jwt_secret;      /* of tokens signed with HS256; or empty */
    const char *jwt_public_key; /* PEM or a file's name, for RS256 and ES256; or NULL. Not both */
    const char *jwt_issuer;     /* that tokens must name; or NULL */
    const char *jwt_audience;   /* likewise */
    const char *token_services; /* names of the services whose clients must have one */
    uint32_t token_grace_ms;    /* a connection outlives its token so long */

    uint32_t game_tick_ms; /* players' new states go out together, so often; 0: each at once */

    const char *data_dir;        /* of the journal; */
    bool data_dir_given;         /* no other one will do */
    struct str durability;       /* "cache" or "fsync" */
    uint32_t store_mb_max;       /* that the journal may fill; megabytes of 2^20 bytes */
    const char *redis_url;       /* or NULL */
    const char *mongodb_url;     /* or NULL */
    const char *mongodb_db_name; /* NULL: the store's own default */

    uint32_t live_udp_port;     /* of the media relay; 0: the kernel chooses one */
    bool live_udp_port_given;   /* no other one will do */
    uint32_t media_threads;     /* each with its own socket and relay */
    const char *live_advertise; /* where clients reach the relay; NULL: where they connected to */
    struct str live_media;      /* "srtp", or "plain": also without keys */

    enum log_level log_level;
    enum log_format log_format;

    struct config_text *texts; /* what was read from files */
};

enum config_outcome {
    CONFIG_RUN,   /* *config holds it all */
    CONFIG_CHECK, /* likewise, and every setting was printed on `out`: --check-config was given */
    CONFIG_DONE,  /* --help or --version have been answered on `out`: exit 0 */
    CONFIG_WRONG  /* each mistake was told on `errors`: exit 1 */
};

/* The command line goes before the environment, which goes before credentials (files in
 * $CREDENTIALS_DIRECTORY that have secrets' names), the configuration file, and the defaults.
 * Whatever comes out, config_clear is due in the end. */
enum config_outcome config_read(struct config *config, int argc, char **argv, FILE *out,
                                FILE *errors) __attribute__((warn_unused_result));

void config_clear(struct config *config);

/* Logs which settings differ between `old` and `next`: whether they are exchanged, or need a
 * restart because they are not those of the `first` configuration. */
void config_tell_changes(const struct config *first, const struct config *old,
                         const struct config *next);

/* Whether a list of words, separated by commas, has this one. */
bool config_lists(const char *words, struct str word);

#endif
