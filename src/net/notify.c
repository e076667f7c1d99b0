#include "net/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/loop.h"

static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path == NULL || (*path != '/' && *path != '@') || strlen(path) > sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, strlen(path));
    if (*path == '@') /* stands for the NUL of an abstract name */
        address.sun_path[0] = '\0';
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
                         (const struct sockaddr *)&address, len) < 0)
        log_warn("the service manager cannot be told", log_system_error(errno));
    if (fd >= 0)
        close(fd);
}

void notify_ready(void)
{
    notify("READY=1");
}

void notify_reloading(void)
{
    char state[80];
    snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, loop_clock_ns() / 1000);
    notify(state);
}

void notify_stopping(void)
{
    notify("STOPPING=1");
}

void notify_alive(void)
{
    notify("WATCHDOG=1");
}

uint32_t notify_watchdog_ms(void)
{
    const char *interval_us = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID"); /* whom it is meant for, if not for all */
    if (interval_us == NULL || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
        return 0;
    uint64_t interval_ms = strtoull(interval_us, NULL, 10) / 1000;
    return interval_ms > INT32_MAX ? INT32_MAX : (uint32_t)interval_ms;
}
