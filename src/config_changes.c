/* What differs between the settings of two moments. */
#include <stdlib.h>
#include <string.h>

#include "config_options.h"

/* For the caller to free; NULL when memory is short. */
static char *printed(const struct option *option, const struct config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out != NULL) {
        option_print(option, config, out);
        fclose(out);
    }
    return text;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same(const struct option *option, const struct config *a, const struct config *b)
{
    const void *in_a = (const uint8_t *)a + option->offset;
    const void *in_b = (const uint8_t *)b + option->offset;
    if (option->kind == OPTION_SECRET)
        return str_equal(*(const struct str *)in_a, *(const struct str *)in_b);
    if (option->kind == OPTION_TEXT || option->kind == OPTION_URL) { /* not printed whole */
        return same_text(*(const char *const *)in_a, *(const char *const *)in_b);
    }
    char *text_a = printed(option, a), *text_b = printed(option, b);
    bool result = same_text(text_a, text_b);
    free(text_a);
    free(text_b);
    return result;
}

static void tell(const struct option *option, const struct config *next, bool needs_restart)
{
    char *value = printed(option, next);
    const char *shown = value != NULL ? value : "";
    if (needs_restart)
        log_warn("a setting needs a restart", log_string("setting", option->flag),
                 log_string("value", shown));
    else
        log_info("a setting has changed", log_string("setting", option->flag),
                 log_string("value", shown));
    free(value);
}

void config_tell_changes(const struct config *first, const struct config *old,
                         const struct config *next)
{
    for (uint32_t i = 0; i < options_count; i++) {
        const struct option *option = &options[i];
        if (!same(option, old, next) && (option->reloadable || !same(option, first, next)))
            tell(option, next, !option->reloadable);
    }
}
