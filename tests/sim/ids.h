/* ids.h: ids that only the server knows, until a client has read them. */
#ifndef PARLEY_TESTS_SIM_IDS_H
#define PARLEY_TESTS_SIM_IDS_H

#include <stdlib.h>

#include "world.h"

enum { ID_LEN_MAX = 40 };

struct ids {
    struct id {
        size_t len; /* 0: nobody has read it */
        char text[ID_LEN_MAX];
    } * ids;
    uint32_t count, capacity;
};

/* The number of one that nobody has read. */
static inline uint32_t ids_add(struct ids *ids)
{
    if (ids->count == ids->capacity) {
        ids->capacity = ids->capacity * 2 + 64;
        ids->ids = realloc(ids->ids, ids->capacity * sizeof *ids->ids);
        CHECK(ids->ids != NULL);
    }
    ids->ids[ids->count].len = 0;
    return ids->count++;
}

/* It becomes a UUID of these bits, which is known. */
static inline void ids_set(struct ids *ids, uint32_t number, uint64_t bits)
{
    char text[64];
    snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012x", (uint32_t)(bits >> 32),
             (uint32_t)(bits >> 16 & 0xffff), (uint32_t)(bits >> 4 & 0xfff), number & 0xfff,
             number);
    ids->ids[number].len = strlen(text);
    memcpy(ids->ids[number].text, text, strlen(text));
}

/* For gaps: its length when the text may start with it, or 0. From then on it
 * is known. */
static inline size_t ids_fit(struct ids *ids, uint32_t number, struct str text, const char *form)
{
    struct id *id = &ids->ids[number];
    size_t len = form_len(text, form);
    CHECK(len <= sizeof id->text);
    if (len == 0 || (id->len > 0 && memcmp(id->text, text.base, len) != 0))
        return 0;
    id->len = len;
    memcpy(id->text, text.base, len);
    return len;
}

#endif
