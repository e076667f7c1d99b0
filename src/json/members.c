#include "json/members.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Up to so many members, comparing each with each is fastest. */
enum { PAIRWISE_MAX = 8 };

/* A sorted list of 2^n members waits in slot n until a second one comes; see members_sort. */
enum { SORT_SLOTS = 32 };

static bool at_most(const cJSON *object, uint32_t count)
{
    const cJSON *member = object->child;

    for (; member != NULL && count > 0; count--)
        member = member->next;
    return member == NULL;
}

static const char *find_pairwise(const cJSON *object)
{
    for (const cJSON *a = object->child; a != NULL; a = a->next)
        for (const cJSON *b = a->next; b != NULL; b = b->next)
            if (a->string[0] == b->string[0] && strcmp(a->string, b->string) == 0)
                return a->string;
    return NULL;
}

static cJSON *merge(cJSON *a, cJSON *b)
{
    cJSON *merged = NULL, **end = &merged;

    while (a != NULL && b != NULL) {
        cJSON **less = strcmp(a->string, b->string) <= 0 ? &a : &b;
        *end = *less;
        end = &(*less)->next;
        *less = (*less)->next;
    }
    *end = a != NULL ? a : b;
    return merged;
}

/* Merge sort that needs no memory: the members are counted up in binary, a carry is a merge. */
static cJSON *sort(cJSON *list)
{
    cJSON *slots[SORT_SLOTS] = {NULL}, *sorted = NULL;

    while (list != NULL) {
        cJSON *carry = list;
        size_t slot = 0;

        list = list->next;
        carry->next = NULL;
        for (; slots[slot] != NULL; slot++) {
            carry = merge(slots[slot], carry);
            slots[slot] = NULL;
        }
        slots[slot] = carry;
    }
    for (size_t slot = 0; slot < SORT_SLOTS; slot++)
        sorted = merge(slots[slot], sorted);
    return sorted;
}

const char *members_find_twice(struct cJSON *object)
{
    if (at_most(object, PAIRWISE_MAX))
        return find_pairwise(object);
    object->child = sort(object->child);
    for (const cJSON *member = object->child; member->next; member = member->next)
        if (strcmp(member->string, member->next->string) == 0)
            return member->string;
    return NULL;
}
