/* hash.h: SipHash-1-3, a keyed hash: who does not know the key cannot make keys collide. */
#ifndef PARLEY_BASE_HASH_H
#define PARLEY_BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

/* The same on every machine (little-endian by definition of the function). */
uint64_t hash_bytes(const uint8_t key[16], struct str bytes);

#endif
