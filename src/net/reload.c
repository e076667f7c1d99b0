#include "net/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "net/notify.h"
#include "net/tls.h"
#include "net/worker.h"

/* NULL when it cannot be made, which was logged. */
static struct renewal *new_renewal(const struct config *config)
{
    char why[256];
    struct renewal *renewal = calloc(1, sizeof *renewal);
    if (renewal == NULL) {
        log_error("settings cannot be kept", log_system_error(ENOMEM));
        return NULL;
    }
    renewal->config = config;
    if (config->tls_cert == NULL)
        return renewal;
    renewal->tls = tls_new(config->tls_cert, config->tls_key, why, sizeof why);
    if (renewal->tls != NULL)
        return renewal;
    log_error("cannot use TLS", log_string("reason", why));
    free(renewal);
    return NULL;
}

static void free_renewal(struct renewal *renewal)
{
    if (renewal != NULL) {
        tls_free(renewal->tls); /* connections have a share of it for as long as they live */
        free(renewal);
    }
}

bool server_check(const struct config *config)
{
    struct renewal *renewal = new_renewal(config);
    free_renewal(renewal);
    return renewal != NULL;
}

bool reload_init(struct server *server)
{
    struct reload *reload = &server->reload;
    struct renewal *first = new_renewal(server->setup->config);
    atomic_init(&reload->current, first);
    reload->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (reload->fd < 0)
        log_error("cannot start", log_system_error(errno));
    return first != NULL && reload->fd >= 0;
}

static void drop(struct server *server, struct renewal *renewal)
{
    const struct server_reload *hooks = server->setup->reload;
    if (renewal != NULL && renewal->config != server->setup->config)
        hooks->drop(hooks->context, renewal->config);
    free_renewal(renewal);
}

void reload_clear(struct server *server)
{
    drop(server, server->reload.old);
    drop(server, atomic_load(&server->reload.current));
    if (server->reload.fd >= 0)
        close(server->reload.fd);
}

static struct renewal *read_again(struct server *server)
{
    const struct server_reload *hooks = server->setup->reload;
    const struct config *config = hooks != NULL ? hooks->read(hooks->context) : NULL;
    struct renewal *next = config != NULL ? new_renewal(config) : NULL;
    if (config != NULL && next == NULL)
        hooks->drop(hooks->context, config);
    return next;
}

void reload_begin(struct server *server)
{
    struct reload *reload = &server->reload;
    if (reload->old != NULL) {
        reload->again = true;
        return;
    }
    notify_reloading();
    struct renewal *next = read_again(server);
    if (next == NULL) {
        log_error("not reloaded", log_string("effect", "all settings stay as they were"));
        notify_ready();
        return;
    }
    server->setup->reload->use(server->setup->reload->context, next->config);
    reload->old = atomic_exchange(&reload->current, next);
    for (uint32_t i = 0; i < server->workers_count; i++)
        worker_wake(&server->workers[i]);
}

void reload_look(struct server *server)
{
    struct reload *reload = &server->reload;
    uint64_t count;
    if (read(reload->fd, &count, sizeof count) == sizeof count)
        reload->adopted += (uint32_t)count;
    if (reload->adopted < server->workers_count)
        return;
    reload->adopted = 0;
    drop(server, reload->old);
    reload->old = NULL;
    log_info("reloaded");
    notify_ready();
    if (reload->again) {
        reload->again = false;
        reload_begin(server);
    }
}

void reload_adopt(struct worker *worker)
{
    struct reload *reload = &worker->server->reload;
    const struct renewal *current = atomic_load_explicit(&reload->current, memory_order_acquire);
    if (current == worker->renewal)
        return;
    worker->renewal = current;
    worker->guests.accept.ssl_ctx = current->tls;
    uint64_t one = 1;
    ssize_t put = write(reload->fd, &one, sizeof one);
    CHECK(put == sizeof one);
}
