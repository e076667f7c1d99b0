/* notify.h: tells the service manager how the server is, by systemd's protocol (sd_notify(3)): a
 * datagram to the socket that NOTIFY_SOCKET names. For the main thread; without a manager, nothing
 * happens. */
#ifndef PARLEY_NET_NOTIFY_H
#define PARLEY_NET_NOTIFY_H

#include <stdint.h>

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* To be called more often than notify_watchdog_ms, or the manager takes us for dead. */
void notify_alive(void);
/* 0 when nobody watches. */
uint32_t notify_watchdog_ms(void);

#endif
