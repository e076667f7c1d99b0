/* media.h: the media relay's sockets and threads.
 *
 * Each media thread has a relay and a UDP socket of its own, all on one port; the kernel hands a
 * datagram to the thread of its SSRC. A turn of a thread: wait for datagrams; take the orders that
 * have come meanwhile, so that what was ordered before a datagram was sent holds for it; relay;
 * send everything at once. media_open and media_close are for the main thread, the rest for all. */
#ifndef PARLEY_NET_MEDIA_H
#define PARLEY_NET_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "media/relay.h"

struct media;

/* Opens the sockets, and looks whether the relay reaches itself at the address that clients are
 * told. NULL when that fails, which was logged. */
struct media *media_open(const struct config *config) __attribute__((warn_unused_result));
/* Ends the threads, if there are any. NULL is fine. */
void media_close(struct media *media);
/* Starts the threads, with the caller's signal mask. False when that fails, which was logged. */
bool media_start(struct media *media) __attribute__((warn_unused_result));

/* The UDP port that the relay listens on. */
uint16_t media_port(const struct media *media);
/* Hands an order to the media threads, in order. It is never lost: while a mailbox is full, the
 * caller waits. */
void media_post(struct media *media, const struct media_order *order);

/* Summed over the threads. */
uint64_t media_counted(const struct media *media, enum relay_count count);
/* Datagrams that the system did not take. */
uint64_t media_unsent(const struct media *media);
/* Registered peers. */
uint32_t media_peers(const struct media *media);

#endif
