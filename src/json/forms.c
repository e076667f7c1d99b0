#include "json/forms.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <string.h>

#include "generated/protocol.h"

_Static_assert(FORM_NODES_MAX <= UINT8_MAX, "a node's number is a byte");

enum { PLACES_BITS = 7, PLACES = 1 << PLACES_BITS };

/* Each skeleton has two: its own and the neighbour's. */
static _Thread_local struct form places[PLACES];

static bool is_kept(struct str skeleton)
{
    return skeleton.len >= FORM_BYTES_MIN && skeleton.len <= FORM_BYTES_MAX;
}

/* Its own, by a hash of its words of eight bytes; the last overlaps the one before it. */
static uint32_t place_of(struct str skeleton)
{
    uint64_t hash = skeleton.len, word;

    for (size_t at = 0; at + sizeof word < skeleton.len; at += sizeof word) {
        memcpy(&word, skeleton.base + at, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    }
    memcpy(&word, skeleton.base + skeleton.len - sizeof word, sizeof word);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash >> (64 - PLACES_BITS));
}

static bool is_of(const struct form *form, struct str skeleton)
{
    return form->len == skeleton.len && memcmp(form->skeleton, skeleton.base, skeleton.len) == 0;
}

const struct form *forms_find(struct str skeleton)
{
    uint32_t place;

    if (!is_kept(skeleton))
        return NULL;
    place = place_of(skeleton);
    if (is_of(&places[place], skeleton))
        return &places[place];
    return is_of(&places[place ^ 1], skeleton) ? &places[place ^ 1] : NULL;
}

/* Writes the nodes down in the order in which they begin. */
static void list_nodes(struct form *form, const cJSON *node)
{
    const cJSON *parents[JSON_DEPTH_MAX];
    uint8_t numbers[JSON_DEPTH_MAX]; /* of the parents */
    uint32_t depth = 0;

    for (;;) {
        uint8_t number = (uint8_t)form->nodes_count++;
        form->nodes[number] =
            (struct form_node){.type = (uint8_t)node->type, .named = node->string != NULL};
        if (node->child != NULL) {
            form->nodes[number].child = (uint8_t)form->nodes_count;
            numbers[depth] = number;
            parents[depth++] = node;
            node = node->child;
            continue;
        }
        while (node->next == NULL) {
            if (depth == 0)
                return;
            node = parents[--depth];
            number = numbers[depth];
            if (node->type == cJSON_Object)
                form->objects[form->objects_count++] = number;
        }
        form->nodes[number].next = (uint8_t)form->nodes_count;
        node = node->next;
    }
}

void forms_note(struct str skeleton, const struct cJSON *root)
{
    uint32_t place;
    struct form *form;

    if (!is_kept(skeleton))
        return;
    place = place_of(skeleton);
    form = &places[place];
    places[place ^ 1] = *form; /* what was here gives way to the neighbour's place */
    memcpy(form->skeleton, skeleton.base, skeleton.len);
    form->len = (uint32_t)skeleton.len;
    form->nodes_count = form->objects_count = 0;
    list_nodes(form, root);
}
