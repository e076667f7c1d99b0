/* The last events, kept in a ring, and the report of a failure. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "world.h"

enum { EVENTS = 1 << 15, EVENT_BYTES = 160, REPORTED = 40 };

struct event {
    uint64_t command, now_ms;
    uint32_t client;
    const char *what;
    size_t len;
    char text[EVENT_BYTES];
};

struct history {
    uint64_t count;
    struct event events[EVENTS];
};

void history_note(struct world *world, uint32_t client, const char *what, struct str text)
{
    if (world->history == NULL) {
        world->history = malloc(sizeof *world->history);
        CHECK(world->history != NULL);
        world->history->count = 0;
    }
    struct event *event = &world->history->events[world->history->count++ % EVENTS];
    event->command = world->commands;
    event->now_ms = world->now_ms;
    event->client = client;
    event->what = what;
    event->len = text.len;
    for (size_t i = 0; i < text.len && i < EVENT_BYTES; i++)
        event->text[i] = (char)(text.base[i] == '\n' || text.base[i] == '\r' ? ' ' : text.base[i]);
}

/* The last events of two clients, oldest first. */
static void report_events(const struct history *history, uint32_t one, uint32_t other)
{
    uint64_t first = history->count, kept = history->count < EVENTS ? history->count : EVENTS;
    for (uint32_t found = 0; kept > 0 && found < REPORTED; kept--) {
        first--;
        uint32_t client = history->events[first % EVENTS].client;
        found += client == one || client == other;
    }
    for (; first < history->count; first++) {
        const struct event *event = &history->events[first % EVENTS];
        if (event->client != one && event->client != other)
            continue;
        int len = (int)(event->len < EVENT_BYTES ? event->len : EVENT_BYTES);
        fprintf(stderr, "  command %llu, %llu ms: client %u %s %.*s%s\n",
                (unsigned long long)event->command, (unsigned long long)event->now_ms,
                event->client, event->what, len, event->text, event->len > EVENT_BYTES ? "…" : "");
    }
}

void world_fails(struct world *world, uint32_t client, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "sim: client %u: ", client);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    uint32_t partner = world->play->partner(world->model, client);
    fprintf(stderr, "\nIts last events%s, oldest first:\n",
            partner == NO_CLIENT ? "" : ", and its partner's");
    if (world->history != NULL)
        report_events(world->history, client, partner);
    fprintf(stderr,
            "Violation at command %llu. To run it again: sim --service %s --seed "
            "%llu "
            "--commands %llu --sessions %u --workers %u\n",
            (unsigned long long)world->commands, world->play->name,
            (unsigned long long)world->options.seed, (unsigned long long)world->options.commands,
            world->options.sessions, world->options.workers);
    fflush(stderr);
    _Exit(1); /* what the world still holds is no leak */
}
