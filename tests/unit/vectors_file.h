/* vectors_file.h: generated/vectors.json for the tests that are held against it. */
#ifndef PARLEY_TESTS_UNIT_VECTORS_FILE_H
#define PARLEY_TESTS_UNIT_VECTORS_FILE_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

/* From the repository's root, where ctest runs the tests. The caller deletes it. */
static inline cJSON *vectors_load(void)
{
    FILE *file = fopen("generated/vectors.json", "rb");
    char *text = NULL;
    long len = -1;
    cJSON *vectors;

    if (file && fseek(file, 0, SEEK_END) == 0)
        len = ftell(file);
    if (len >= 0)
        text = malloc((size_t)len + 1);
    if (!text || fseek(file, 0, SEEK_SET) != 0 ||
        fread(text, 1, (size_t)len, file) != (size_t)len) {
        fprintf(stderr, "cannot read generated/vectors.json; run in the repository's root\n");
        exit(1);
    }
    fclose(file);
    vectors = cJSON_ParseWithLength(text, (size_t)len);
    free(text);
    return vectors;
}

static inline const cJSON *vectors_of(const cJSON *vectors, struct str service, const char *section)
{
    const cJSON *services = cJSON_GetObjectItemCaseSensitive(vectors, "services");
    char name[32];

    snprintf(name, sizeof name, "%.*s", (int)service.len, service.base);
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(services, name),
                                            section);
}

static inline struct str vector_text(const cJSON *vector, const char *member)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(vector, member));

    return text ? (struct str){text, strlen(text)} : (struct str){NULL, 0};
}

#endif
