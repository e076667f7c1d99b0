/* members.h: finds a name that an object of cJSON has twice. cJSON itself takes such objects, and
 * RFC 8259, 4 leaves open which of the two counts, so they are refused. */
#ifndef PARLEY_JSON_MEMBERS_H
#define PARLEY_JSON_MEMBERS_H

struct cJSON;

/* NULL when each name stands once. Names are compared unescaped. May change the order of the
 * members; takes n log n steps for n of them, whatever their names. */
const char *members_find_twice(struct cJSON *object);

#endif
