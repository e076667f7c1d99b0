/* connection.h: an open WebSocket connection: bytes in to the hub, the hub's frames out.
 *
 * Plaintext connections are descriptors in our own loop, read and written by plain system calls.
 * TLS connections stay H2O sockets, behind the same parser. A connection lives in the hub's pool;
 * it is given back when it ends (what is still to be sent goes on as a farewell) and when it moves
 * to another worker. */
#ifndef PARLEY_NET_CONNECTION_H
#define PARLEY_NET_CONNECTION_H

#include "net/admission.h"
#include "net/h2o.h"
#include "net/loop.h"
#include "net/websocket.h"
#include "runtime/hub.h"

struct config;
struct guest;
struct pause;
struct worker;

enum connection_flag {
    CONNECTION_LISTED = 1u << 0,  /* in one of the worker's lists */
    CONNECTION_PINGED = 1u << 1,  /* a Ping was sent since something came */
    CONNECTION_ENDING = 1u << 2,  /* is let go when the turn is settled; its input is ignored */
    CONNECTION_BROKEN = 1u << 3,  /* nothing can be sent any more */
    CONNECTION_DRAINED = 1u << 4, /* the peer has said its last, and all of it was read */
    CONNECTION_OPENING = 1u << 5, /* H2O is still sending the handshake's answer */
    CONNECTION_RESUMED = 1u << 6, /* its pause is over */
};

/* About 160 bytes; an idle connection has nothing else in net/. */
struct connection {
    struct session session; /* first: the hub's part */
    struct source source;   /* fd is -1 with TLS */
    struct worker *worker;
    struct connection *next, *previous; /* in one of the worker's lists */
    h2o_socket_t *tls;                  /* NULL for plaintext */
    struct ws_rx *rx;                   /* NULL between messages */
    struct pause *pause;                /* NULL unless its last message waits */
    struct trace *trace;                /* NULL unless its handshake said so, and the log tells */
    struct bucket controls, messages;
    uint32_t seen_ms;   /* when something last came; wraps */
    uint32_t opened_s;  /* Unix time */
    uint32_t expires_s; /* when it ends unless its token is renewed (Unix time); 0: never */
    struct ip address;  /* the client's, behind trusted proxies too */
    struct admitted admitted;
    uint8_t flags;
};

static inline struct connection *connection_of(struct session *session)
{
    return (struct connection *)(void *)session;
}

/* A worker's connections. */
struct connections {
    /* Lists, closed to rings; a connection is in one at most. */
    struct connection *queued; /* have something to send */
    struct connection *ending; /* are to be let go */
    struct pause *resumed;     /* pauses that are over */
    struct pause *yielding;    /* pauses that last until the next turn */
    uint64_t yield_at;         /* what the hub has delivered when it is others' turn */
    uint8_t *scratch;          /* what one read fills, CONNECTION_READ_BYTES */
    uint32_t unsent;           /* messages handled since everything queued was last sent */
    size_t unsent_bytes;       /* of them */
    enum hub_result outcome;   /* of the last message given to the hub */
    uint64_t timed_ns;         /* the beginning of the turn whose first message was timed */
    bool all_read;             /* the last read took all that had arrived */
    h2o_socket_t *opening;     /* of the connection that is being opened */
    uint32_t expires_s;        /* the first one's; 0: never */
    char local_host[INET6_ADDRSTRLEN];
};

enum { CONNECTION_READ_BYTES = 64 * 1024 };

/* 0 or -errno. */
int connections_init(struct connections *connections) __attribute__((warn_unused_result));
void connections_clear(struct connections *connections);
/* For hub_new. */
struct hub_ports connection_ports(struct worker *worker);
struct egress_limits connection_egress_limits(const struct config *config);

/* A handshake is accepted: what is to follow its answer is queued at once. `guest` is only looked
 * at. What it may ends at expires_ms (Unix time), UINT64_MAX for never. NULL when there is no room.
 * Nothing is sent or read until connection_attach, or connection_abandon when the answer could not
 * be sent. */
struct connection *connection_open(struct worker *worker, uint32_t binding,
                                   const struct guest *guest, uint64_t expires_ms);
void connection_abandon(struct connection *connection);
/* The answer has been sent: fd, or tls with its socket, is taken; so is what `admitted` stands for.
 * `input` came along with the handshake; its bytes may be changed. */
void connection_attach(struct connection *connection, int fd, h2o_socket_t *tls, uint8_t *input,
                       size_t input_len);
/* Goes on by what the hub made of the last message, with the input behind it. */
void connection_go_on(struct connection *connection, enum hub_result result, uint8_t *input,
                      size_t input_len);
/* Where a plaintext connection is waited for. */
struct loop *connection_loop(const struct connection *connection);
/* Starts waiting for input, on this worker. */
void connection_listen(struct connection *connection);
/* Stops or goes on reading. */
void connection_read(struct connection *connection, bool on);
/* Has it settled at the end of the turn. */
void connection_touch(struct connection *connection);
/* Queues a frame of the transport's own: it is sent at the end of the turn. */
void connection_send(struct connection *connection, enum ws_opcode opcode, const uint8_t *bytes,
                     size_t len);
/* It cannot be written to, or not be served: ends it without a Close frame. */
void connection_break(struct connection *connection);
/* Ends it: a Close frame after what is queued. Does nothing when it is ending already. */
void connection_close(struct connection *connection, enum close_name why);
/* It leaves this worker's lists; the descriptor or socket stays open. */
void connection_detach(struct connection *connection);

/* Sends what is queued, each connection's with one call where the kernel takes it, and lets go of
 * the connections that are ending. */
void connections_settle(struct worker *worker);
bool connections_unsettled(const struct worker *worker);
/* The server stops: all end with 1001, or those whose moment within drain_ms has come. */
void connections_stop(struct worker *worker, uint64_t passed_ms, uint64_t drain_ms);

#endif
