/* http_types.h: bodies of HTTP as structs.
 * What the server answers over HTTP, beside what its services answer there.
 *
 * Made from protocol.yaml by python3 -m codegen; not to be edited.
 * A struct owns nothing: strings and arrays live as long as whoever filled it in says. */
#ifndef PARLEY_GENERATED_HTTP_TYPES_H
#define PARLEY_GENERATED_HTTP_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/number.h"
#include "base/str.h"

enum http_state {
    HTTP_STATE_HEALTHY,
    HTTP_STATE_STOPPING,
};

enum http_part_state {
    HTTP_PART_STATE_HEALTHY,
    HTTP_PART_STATE_DISABLED,
    HTTP_PART_STATE_CONNECTING,
    HTTP_PART_STATE_AWAY,
    HTTP_PART_STATE_STOPPING,
};

enum http_life {
    HTTP_LIFE_ALIVE,
};

enum http_readiness {
    HTTP_READINESS_READY,
};

/* Why a request is refused. */
struct http_refusal {
    uint16_t status;    /* 400 to 599; that of the answer */
    struct str error;   /* 0 to 256 bytes; the status's name */
    struct str message; /* 0 to 1024 bytes; what is wrong */
};

struct http_parts {
    enum http_part_state websocket;
    enum http_part_state redis;
    enum http_part_state mongodb;
};

/* GET /health: the body of an answer 200. */
struct http_get_health_200 {
    enum http_state status;
    struct str version;   /* 0 to 256 bytes; of the server */
    struct str spec_hash; /* 0 to 256 bytes; SHA-256 of protocol.yaml */
    uint64_t uptime_seconds;
    uint32_t connections;
    struct http_parts services;
};

/* GET /livez: the body of an answer 200. */
struct http_get_livez_200 {
    enum http_life status;
};

/* GET /readyz: the body of an answer 200. */
struct http_get_readyz_200 {
    enum http_readiness status;
};

#endif
