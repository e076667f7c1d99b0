#include "config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One of the files that were read, in a list. */
struct config_text {
    struct config_text *next;
    char bytes[CONFIG_FILE_BYTES_MAX + 1];
};

static const char *read_all(FILE *file, struct config_text *text)
{
    size_t len = fread(text->bytes, 1, sizeof text->bytes, file);
    if (ferror(file))
        return strerrordesc_np(errno);
    if (len == sizeof text->bytes)
        return "longer than 64 KiB";
    return memchr(text->bytes, '\0', len) == NULL ? NULL : "not a text";
}

char *config_file_read(struct config *config, const char *path, const char **why)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        *why = strerrordesc_np(errno);
        return NULL;
    }
    struct config_text *text = calloc(1, sizeof *text);
    *why = text == NULL ? strerrordesc_np(ENOMEM) : read_all(file, text);
    fclose(file);
    if (*why != NULL) {
        free(text);
        return NULL;
    }
    text->next = config->texts;
    config->texts = text;
    return text->bytes;
}

void config_clear(struct config *config)
{
    while (config->texts != NULL) {
        struct config_text *text = config->texts;
        config->texts = text->next;
        explicit_bzero(text->bytes, sizeof text->bytes); /* there may be secrets in it */
        free(text);
    }
}

static const char *const blanks = " \t\r";

static char *trimmed(char *text)
{
    text += strspn(text, blanks);
    size_t len = strlen(text);
    while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
        len--;
    text[len] = '\0';
    return text;
}

bool config_file_next(char **rest, struct config_line *line)
{
    for (char *text; (text = strsep(rest, "\n")) != NULL;) {
        line->number++;
        text = trimmed(text);
        if (*text == '\0' || *text == '#')
            continue;
        char *equals = strchr(text, '=');
        line->wrong = equals == NULL;
        if (equals != NULL) {
            *equals = '\0';
            line->key = trimmed(text);
            line->value = trimmed(equals + 1);
        }
        return true;
    }
    return false;
}

void config_file_trim(char *text)
{
    text[strcspn(text, "\r\n")] = '\0';
}
