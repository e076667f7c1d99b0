/* forms.h: what cJSON made of the skeletons that came last, so that it need not read the same
 * again.
 *
 * What is left of a text by the scan is its form alone, and a service's messages have few: all that
 * look like {"type": "chat", "content": "…"} leave {"":null,"":null}. Each thread keeps the trees
 * of a bounded number of skeletons that hold no string (scan.kept), as a list of their nodes; a new
 * one takes the place of an older one. */
#ifndef PARLEY_JSON_FORMS_H
#define PARLEY_JSON_FORMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum {
    FORM_BYTES_MIN = 8,   /* of a skeleton that is kept: cJSON is quick with a shorter one, */
    FORM_BYTES_MAX = 128, /* and a longer one is rare */
    FORM_NODES_MAX = FORM_BYTES_MAX / 2 /* each has two bytes of its own at least: [] */
};

struct cJSON;

/* A node, in the text's order. */
struct form_node {
    uint8_t next, child; /* nodes' numbers; 0: it has none */
    uint8_t type;        /* cJSON's; cJSON_NULL where a value was taken out */
    bool named;          /* it has a name, which was taken out */
};

struct form {
    char skeleton[FORM_BYTES_MAX];
    uint32_t len; /* 0: nothing is kept here */
    uint32_t nodes_count, objects_count;
    struct form_node nodes[FORM_NODES_MAX];
    uint8_t objects[FORM_NODES_MAX]; /* the numbers of those that have members, in the order in
                                        which they end */
};

/* The form of the skeleton, or NULL. Valid until this thread notes another. */
const struct form *forms_find(struct str skeleton);
/* Keeps the tree that cJSON has made of it, unless it is too short or too long. */
void forms_note(struct str skeleton, const struct cJSON *root);

#endif
