/* broadcast_service.h: the smallest service: whatever one session says goes to all sessions, its
 * own included.
 *
 * It exists to measure what the runtime itself costs per delivery: its codec copies the text, so
 * that beside the copy there is only hub, egress and socket. One worker only: sessions are not
 * moved. */
#ifndef PARLEY_BENCH_BROADCAST_SERVICE_H
#define PARLEY_BENCH_BROADCAST_SERVICE_H

#include "service.h"
#include "json/codec.h"

extern const struct service broadcast_service;
extern const struct codec broadcast_codec;

#endif
