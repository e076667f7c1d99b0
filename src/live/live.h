/* live.h: channels with members, messages and a floor to talk on, for push-to-talk; the media relay
 * is told who sends what.
 *
 * A pure service (service.h). A channel lives on the worker that its id hashes to, and so do its
 * members: a client is moved there when it joins. For what a member has done in a channel of
 * another worker, and for the ssrcs, which are unique over all workers, instances write to each
 * other (mail.c). No call asks for more effects than one change of a floor: each of those who wait
 * is told its place. */
#ifndef PARLEY_LIVE_LIVE_H
#define PARLEY_LIVE_LIVE_H

#include "service.h"

/* Whether a token proves that a client is this user, and until when (Unix time; UINT64_MAX for
 * ever). */
typedef bool live_verify(const void *verifier, struct str user_id, struct str token,
                         uint64_t wall_ms, uint64_t *expires_ms);

/* struct service_config's options for live; NULL stands for live_defaults. */
struct live_options {
    uint32_t heartbeat_ms; /* announced in HELLO; the transport sees to it */
    uint32_t identify_ms;  /* a session that has not identified itself by then is closed */
    live_verify *verify;   /* NULL: any token but the empty one */
    const void *verifier;
    struct str media_host; /* told to those who send media; empty: the connection's local address */
    uint16_t media_port;   /* 0: there is no relay */
    bool media_plain;      /* members without keys are relayed too */
};

extern const struct live_options live_defaults;
extern const struct service live_service;

/* A live_verify: the token must be the secret, a struct str that `verifier` points to. Takes the
 * same time wherever they differ. */
bool live_verify_secret(const void *verifier, struct str user_id, struct str token,
                        uint64_t wall_ms, uint64_t *expires_ms);

#endif
