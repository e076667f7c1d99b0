#include "net/inherited.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "net/address.h"

enum { FIRST_FD = 3 }; /* behind the standard ones; SD_LISTEN_FDS_START */

/* Where it listens for connections; false when it does not, or not by IP. */
static bool listens_at(int fd, union address *address)
{
    int listens = 0;
    socklen_t len = sizeof listens, address_len = sizeof *address;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens != 0 &&
           getsockname(fd, &address->any, &address_len) == 0 &&
           (address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6);
}

bool inherited_init(struct inherited *inherited)
{
    const char *pid = getenv("LISTEN_PID"); /* whom they are meant for */
    const char *count = getenv("LISTEN_FDS");
    inherited->count = 0;
    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != getpid())
        return true;
    unsigned long fds = strtoul(count, NULL, 10);
    if (fds > INHERITED_MAX) {
        log_error("too many sockets of the service manager", log_number("most", INHERITED_MAX));
        return false;
    }
    for (; inherited->count < fds; inherited->count++)
        inherited->fds[inherited->count] = FIRST_FD + (int)inherited->count;
    return true;
}

int inherited_take(struct inherited *inherited, const char *host, uint16_t port)
{
    union address wanted, address;
    socklen_t len;
    if (address_parse(host, port, &wanted, &len) != 0)
        return -1;
    struct ip wanted_ip = address_ip(&wanted);
    for (uint32_t i = 0; i < inherited->count; i++) {
        int fd = inherited->fds[i];
        if (fd < 0 || !listens_at(fd, &address) || address_bound_port(fd) != port)
            continue;
        struct ip ip = address_ip(&address);
        if (memcmp(&ip, &wanted_ip, sizeof ip) != 0)
            continue;
        inherited->fds[i] = -1;
        return fd;
    }
    return -1;
}

bool inherited_clear(struct inherited *inherited)
{
    bool all_taken = true;
    for (uint32_t i = 0; i < inherited->count; i++) {
        union address address;
        char text[IP_TEXT_BYTES];
        int fd = inherited->fds[i];
        if (fd < 0)
            continue;
        bool listens = listens_at(fd, &address);
        struct ip ip = listens ? address_ip(&address) : (struct ip){{0}};
        log_error("a socket of the service manager is not what the settings ask for",
                  log_text("address", listens ? ip_print(&ip, text) : STR("none of TCP")),
                  log_number("port", listens ? address_bound_port(fd) : 0),
                  log_string("advice", "let --host and --port, --http-port or --admin-port name "
                                       "it, or take it out of the unit"));
        close(fd);
        all_taken = false;
    }
    inherited->count = 0;
    return all_taken;
}
