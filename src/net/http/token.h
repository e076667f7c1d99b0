/* token.h: the token that a request presents: in its Authorization header, as a subprotocol that
 * begins with "bearer.", or in its query as token=. Pure. */
#ifndef PARLEY_NET_HTTP_TOKEN_H
#define PARLEY_NET_HTTP_TOKEN_H

#include "net/http/handshake.h"
#include "net/http/head.h"

/* Nothing wrong, or why the request is refused. *token is empty when there is none; `room`, of
 * head->query.len bytes, may hold it. The same token may stand in several places. */
struct refusal token_find(const struct head *head, char *room, struct str *token);

#endif
