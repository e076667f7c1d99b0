#include "net/move.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "net/expiry.h"
#include "net/farewell.h"
#include "net/http/trace.h"
#include "net/letters.h"
#include "net/worker.h"

/* A connection on its way. */
struct move {
    struct letter letter; /* first */
    struct worker *from;
    struct passage *passage;
    struct connection kept;     /* net's part; what belongs to the worker it left means nothing */
    h2o_socket_export_t socket; /* with TLS; its fd is -1 for plaintext */
};

/* The socket's last bytes that H2O still had to send here hold up a TLS connection's departure. */
static void on_tls_written(h2o_socket_t *socket, const char *error);

/* Makes it a connection of this worker. NULL when the worker is full. */
static struct connection *land(struct worker *worker, struct move *move)
{
    struct session *session = hub_arrive(worker->hub, move->passage);
    if (session == NULL)
        return NULL;
    struct connection *connection = connection_of(session);
    struct session fresh = *session;
    *connection = move->kept;
    connection->session = fresh;
    connection->worker = worker;
    expiry_arrive(connection);
    log_debug("connection moved", log_number("worker", worker->index),
              log_number("session", fresh.id.slot), log_number("from_worker", move->from->index),
              log_number("from_session", move->kept.session.id.slot), trace_id(connection->trace));
    if (connection->tls != NULL)
        connection->tls = h2o_socket_import(worker->guests.context.loop, &move->socket);
    connection_listen(connection);
    if (fresh.egress != NULL)
        connection_touch(connection);
    return connection;
}

/* The connection itself is taken care of. */
static void move_free(struct move *move)
{
    passage_free(move->passage);
    free(move);
}

/* There is no room for it on this worker. */
static void turn_away(struct worker *worker, struct move *move)
{
    struct connection *kept = &move->kept;
    h2o_socket_t *tls = NULL;
    if (kept->tls != NULL)
        tls = h2o_socket_import(worker->guests.context.loop, &move->socket);
    ws_rx_free(&kept->rx);
    free(kept->trace);
    farewell_refuse(worker, kept->source.fd, tls, kept->admitted, CLOSE_SERVER_FULL);
    move_free(move);
}

static void post(struct move *move)
{
    struct worker *from = move->from;
    struct worker *to = &from->server->workers[move->passage->to];
    if (mailbox_post(to->mailbox, &move->letter))
        return;
    /* It comes back to where its service can be told that it ends. */
    struct connection *connection = land(from, move);
    if (connection == NULL) {
        turn_away(from, move);
        return;
    }
    connection_close(connection, CLOSE_SERVER_BUSY);
    move_free(move);
}

static void export_and_post(struct move *move)
{
    if (move->kept.tls != NULL)
        CHECK(h2o_socket_export(move->kept.tls, &move->socket) == 0);
    post(move);
}

static void on_tls_written(h2o_socket_t *socket, const char *error)
{
    (void)error; /* a broken connection will be found broken there */
    export_and_post(socket->data);
}

void move_depart(struct connection *connection, struct str input)
{
    struct worker *worker = connection->worker;
    struct move *move = calloc(1, sizeof *move);
    connection_detach(connection);
    if (connection->tls == NULL)
        loop_remove(connection_loop(connection), &connection->source);
    struct connection kept = *connection;
    struct passage *passage = NULL;
    if (move != NULL)
        passage = hub_depart(worker->hub, &connection->session, input);
    else
        hub_closed(worker->hub, &connection->session); /* as hub_depart does without memory */
    if (passage == NULL) {
        ws_rx_free(&kept.rx);
        free(kept.trace);
        farewell_refuse(worker, kept.source.fd, kept.tls, kept.admitted, CLOSE_MEMORY_SHORT);
        free(move);
        return;
    }
    size_t bytes = sizeof *move + passage_bytes(passage);
    *move = (struct move){.letter = {.kind = LETTER_MOVE, .bytes = (uint32_t)bytes},
                          .from = worker,
                          .passage = passage,
                          .kept = kept,
                          .socket = {.fd = -1}};
    move->kept.flags &= CONNECTION_PINGED;
    if (kept.tls != NULL && h2o_socket_is_writing(kept.tls)) {
        kept.tls->data = move;
        kept.tls->_cb.write = on_tls_written; /* H2O has no call for this */
        return;
    }
    export_and_post(move);
}

void move_arrive(struct worker *worker, struct letter *letter)
{
    struct move *move = (struct move *)(void *)letter;
    struct connection *connection = land(worker, move);
    if (connection == NULL) {
        turn_away(worker, move);
        return;
    }
    struct str input = passage_input(move->passage);
    worker->connections.all_read = false;
    if (worker->phase == PHASE_STOPPING)
        connection_close(connection, CLOSE_STOPPING);
    else if (!(connection->flags & CONNECTION_ENDING)) /* else the loop did not take it */
        connection_go_on(connection, hub_resume(worker->hub, &connection->session),
                         (uint8_t *)input.base, input.len);
    move_free(move);
}

void move_drop(struct worker *worker, struct letter *letter)
{
    turn_away(worker, (struct move *)(void *)letter);
}
