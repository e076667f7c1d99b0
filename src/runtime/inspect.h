/* inspect.h: what a hub holds, for those who run the server.
 *
 * Walks go by slots, so that they can be left and taken up again later: what comes or goes
 * meanwhile may be missed, nothing is shown twice but what moves. Texts are borrowed until the next
 * call of the hub. One thread, the hub's. */
#ifndef PARLEY_RUNTIME_INSPECT_H
#define PARLEY_RUNTIME_INSPECT_H

#include "runtime/hub.h"

/* The first session at *slot or after it, where *slot is set to; NULL when there is none. */
struct session *hub_next_session(const struct hub *hub, uint32_t *slot);
struct service_session hub_describe(struct hub *hub, const struct session *session);
/* The same of the rooms of a service. */
bool hub_next_room(struct hub *hub, uint32_t binding, uint32_t *slot, struct service_room *room);
/* Takes the floor of a room, of whatever service, from its holder. */
enum revocation hub_revoke(struct hub *hub, struct str room, struct str *holder);

#endif
