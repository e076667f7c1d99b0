/* config_file.h: texts of settings that stand in files: the configuration file, line by line, and
 * files that hold one value each. What is read lives until config_clear. */
#ifndef PARLEY_CONFIG_FILE_H
#define PARLEY_CONFIG_FILE_H

#include "config.h"

enum { CONFIG_FILE_BYTES_MAX = 64 * 1024 };

/* A line "key = value", spaces around both dropped. Empty lines, and those that begin with #, are
 * passed over. */
struct config_line {
    uint32_t number;
    char *key, *value;
    bool wrong; /* it is no such line; key and value are not set */
};

/* The file's text, for config_clear to free; NULL, and why, when it cannot be read, is too long, or
 * is no text. */
char *config_file_read(struct config *config, const char *path, const char **why)
    __attribute__((warn_unused_result));
/* Takes the next line off *rest; false when there is none. line->number is 0 at first. */
bool config_file_next(char **rest, struct config_line *line) __attribute__((warn_unused_result));
/* Without the end of its last line. */
void config_file_trim(char *text);

#endif
