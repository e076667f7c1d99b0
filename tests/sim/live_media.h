/* live_media.h: the media of a simulated live: what it orders goes to the relays of several media
 * threads, phones of its members talk to them over a network, and each datagram that a relay sends
 * is held against what the model says.
 *
 * The network loses, repeats, delays, reorders and damages; phones move; others send again what
 * they have overheard, or what they have made up. As in the server, a media thread receives some
 * datagrams, takes the orders and news that have come, and relays. */
#ifndef PARLEY_TESTS_SIM_LIVE_MEDIA_H
#define PARLEY_TESTS_SIM_LIVE_MEDIA_H

#include "live_model.h"

struct live_media *live_media_new(struct live_model *model);
void live_media_free(struct live_media *media);
/* What live orders. */
void live_media_ordered(struct live_media *media, const struct media_order *order);
/* The client has become a member: live has ordered what it asked for, or nothing. Returns the
 * number of the key that it is told to receive with. */
uint32_t live_media_joins(struct live_media *media, uint32_t client,
                          const struct live_argument *argument);
void live_media_leaves(struct live_media *media, uint32_t client);
/* A phone talks or moves, somebody else sends something, or a media thread has a turn. */
void live_media_acts(struct live_media *media);
/* When all is done: the relays know those who are members, and have counted what they should. */
void live_media_settles(struct live_media *media);

#endif
