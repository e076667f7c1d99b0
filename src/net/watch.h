/* watch.h: feeds the service manager's watchdog (notify.h) for as long as every worker goes on
 * taking turns. For the main thread. */
#ifndef PARLEY_NET_WATCH_H
#define PARLEY_NET_WATCH_H

#include <stdint.h>

#include "config.h"

struct server;

struct watch {
    uint32_t interval_ms; /* between two looks; 0: nobody asks */
    uint64_t due_ms;      /* the next one (monotonic) */
    uint32_t turns[CONFIG_WORKERS_MAX];
};

void watch_init(struct watch *watch, uint64_t now_ms);
/* Looks, if it is time; returns for how many ms it is not, -1 for ever. */
int watch_look(struct watch *watch, struct server *server, uint64_t now_ms);

#endif
