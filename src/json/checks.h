/* checks.h: the predicates that protocol.yaml names under `check:`, for what its own words can't
 * say. Pure; any thread. */
#ifndef PARLEY_JSON_CHECKS_H
#define PARLEY_JSON_CHECKS_H

#include <stdbool.h>

#include "base/number.h"
#include "base/str.h"

/* Holds more than characters with Unicode's property White_Space. */
bool live_check_not_blank(struct str text);
/* A quaternion w, x, y, z whose norm is within 0.1 of 1. */
bool game_check_unit_rotation(const struct number rotation[4]);

#endif
