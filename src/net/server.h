/* server.h: the server as a whole: opens the sockets, runs the workers, stops on a signal.
 *
 * What it serves is handed in, so that test programs and benchmarks bind other services to the same
 * code. */
#ifndef PARLEY_NET_SERVER_H
#define PARLEY_NET_SERVER_H

#include "config.h"
#include "net/websocket.h"
#include "runtime/hub.h"
#include "runtime/store_link.h"

struct connection;
struct media;

/* A path that speaks WebSocket. */
struct server_route {
    struct str path;  /* exact */
    uint32_t binding; /* index into the bindings */
};

/* What a client may be silent for. 0 is for ever. */
struct server_silence {
    uint32_t ping_ms; /* then it is sent a Ping */
    uint32_t end_ms;  /* Pongs included; then it is given up (1001) */
};

/* Whose plaintext clients' messages may be read late, so that those of many are read together. */
struct server_gathering {
    uint32_t ms;       /* at most so late; 0: none are */
    uint32_t bindings; /* a bit for each */
};

/* Who may connect where. */
struct server_tokens {
    token_verify *verify; /* NULL when no token is asked for anywhere */
    const void *verifier;
    uint32_t services; /* a bit for each binding whose clients must have one */
    bool http;         /* so must requests for the routes that want one */
};

/* What a SIGHUP exchanges beside what the server itself keeps. Called on the thread of server_run.
 */
struct server_reload {
    void *context;
    /* The settings as they are now. NULL, and log lines, when something is wrong with them. */
    const struct config *(*read)(void *context);
    /* They hold from now on. */
    void (*use)(void *context, const struct config *config);
    /* No worker uses them any more, or ever has. */
    void (*drop)(void *context, const struct config *config);
};

struct server_setup {
    const struct config *config;
    const struct hub_binding *bindings;
    uint32_t bindings_count;
    struct media *media; /* open, not started: carries out the services' orders; NULL: none does */
    const struct store_link *store; /* open, not started: what services keep; NULL: nothing is */
    struct server_tokens tokens;
    const struct server_reload *reload;    /* NULL: SIGHUP exchanges nothing */
    const struct server_silence *silences; /* by binding; NULL: the configuration's for all */
    struct server_gathering gathering;
    const struct server_route *routes;
    uint32_t routes_count;
    struct str version, spec_hash; /* told by /health and the metrics */
    size_t message_bytes_max;      /* a longer message closes with 1009 */
    uint32_t fragments_max;        /* a message in more frames closes with 1008 */
    /* For test programs, else NULL: is given whole messages, text and binary, instead of the hub,
     * and answers by connection_send (connection.h). */
    enum ws_next (*raw)(struct connection *connection, enum ws_opcode opcode, const uint8_t *bytes,
                        size_t len);
};

/* Whether the files that the settings name can be used; if not, that was logged. */
bool server_check(const struct config *config) __attribute__((warn_unused_result));

/* Runs until SIGTERM or SIGINT and the shutdown is done. Returns the exit code: 0, or 1 when it
 * could not start, which was logged with the reason. */
int server_run(const struct server_setup *setup);

#endif
