/* inherited.h: listening sockets that the service manager opened and hands to each of the process's
 * lives, by systemd's protocol (sd_listen_fds(3)). Between two lives connections wait in them,
 * where they would be refused otherwise. For the main thread, at start. */
#ifndef PARLEY_NET_INHERITED_H
#define PARLEY_NET_INHERITED_H

#include <stdbool.h>
#include <stdint.h>

enum { INHERITED_MAX = 8 };

struct inherited {
    int fds[INHERITED_MAX]; /* -1: taken */
    uint32_t count;
};

/* Those that came with the process. False when they are too many, which was logged. */
bool inherited_init(struct inherited *inherited) __attribute__((warn_unused_result));
/* The one that listens at this numeric address and port, for the caller to close; -1 when there is
 * none. */
int inherited_take(struct inherited *inherited, const char *host, uint16_t port);
/* Closes those that nobody took. False when there were any, which was logged. */
bool inherited_clear(struct inherited *inherited) __attribute__((warn_unused_result));

#endif
