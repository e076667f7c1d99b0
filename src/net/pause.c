#include "net/pause.h"

#include <stdlib.h>

#include "net/connection.h"
#include "net/output.h"
#include "net/worker.h"

struct pause {
    struct pause *next;            /* in the list of those that may go on */
    struct connection *connection; /* NULL when it has ended, while in that list */
    bool listed, yields;
    size_t len;
    uint8_t input[];
};

static void list(struct pause *pause, struct pause **first)
{
    pause->next = *first;
    pause->listed = true;
    *first = pause;
}

/* Has it go on in the next turn. */
static void list_yielding(struct pause *pause)
{
    list(pause, &pause->connection->worker->connections.yielding);
}

/* NULL when memory is short: the connection is broken then. */
static struct pause *add(struct connection *connection, struct str input)
{
    struct pause *pause = malloc(sizeof *pause + input.len);
    if (pause == NULL) {
        connection_break(connection);
        return NULL;
    }
    *pause = (struct pause){.connection = connection, .len = input.len};
    if (input.len > 0)
        memcpy(pause->input, input.base, input.len);
    connection->pause = pause;
    connection_read(connection, false);
    return pause;
}

void pause_begin(struct connection *connection, struct str input)
{
    struct pause *pause = add(connection, input);
    if (pause != NULL && connection->flags & CONNECTION_RESUMED)
        list(pause, &connection->worker->connections.resumed);
}

void pause_yield(struct connection *connection, struct str input)
{
    struct pause *pause = add(connection, input);
    if (pause == NULL)
        return;
    pause->yields = true;
    if (!output_is_behind(connection))
        list_yielding(pause);
}

void pause_caught_up(struct connection *connection)
{
    struct pause *pause = connection->pause;
    if (pause != NULL && pause->yields && !pause->listed)
        list_yielding(pause);
}

void pause_end(struct connection *connection)
{
    connection->flags |= CONNECTION_RESUMED;
    if (connection->pause != NULL)
        list(connection->pause, &connection->worker->connections.resumed);
}

static void go_on(struct connection *connection, struct pause *pause)
{
    connection->pause = NULL;
    connection->flags &= (uint8_t)~CONNECTION_RESUMED;
    if (connection->flags & CONNECTION_ENDING)
        return;
    connection_read(connection, true);
    connection->worker->connections.all_read = false; /* more may have come meanwhile */
    enum hub_result result =
        pause->yields ? HUB_OK : hub_resume(connection->worker->hub, &connection->session);
    connection_go_on(connection, result, pause->input, pause->len);
}

/* In the order in which they were listed: the list begins with the last. */
static struct pause *reversed(struct pause *pause)
{
    struct pause *first = NULL;
    while (pause != NULL) {
        struct pause *next = pause->next;
        pause->next = first;
        first = pause;
        pause = next;
    }
    return first;
}

/* Those that come to wait again meanwhile have their turn later. */
static void resume(struct pause **first)
{
    struct pause *pause = reversed(*first);
    *first = NULL;
    while (pause != NULL) {
        struct pause *next = pause->next;
        if (pause->connection != NULL)
            go_on(pause->connection, pause);
        free(pause);
        pause = next;
    }
}

void pauses_resume(struct worker *worker)
{
    resume(&worker->connections.resumed);
}

void pauses_next_turn(struct worker *worker)
{
    resume(&worker->connections.yielding);
}

void pause_drop(struct connection *connection)
{
    struct pause *pause = connection->pause;
    connection->pause = NULL;
    if (pause == NULL)
        return;
    if (pause->listed)
        pause->connection = NULL;
    else
        free(pause);
}
