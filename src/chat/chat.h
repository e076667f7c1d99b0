/* chat.h: one-to-one rooms that are entered by a code, with a typing indicator.
 *
 * A pure service (service.h). A room lives on the worker that its code hashes to, and so do those
 * who are in it: a client that names a code of another worker is moved there first. No call asks
 * for more than two effects, but for a tick, which stops at EFFECTS_MAX and asks to be called
 * again. */
#ifndef PARLEY_CHAT_CHAT_H
#define PARLEY_CHAT_CHAT_H

#include "service.h"

/* struct service_config's options for chat; NULL stands for zeros. */
struct chat_options {
    token_verify *verify; /* NULL: there are no tokens */
    const void *verifier;
};

extern const struct service chat_service;

#endif
