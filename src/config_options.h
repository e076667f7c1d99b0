/* config_options.h: the table of all settings (names, bounds, defaults, words for --help), and how
 * a setting's text becomes a value and back. */
#ifndef PARLEY_CONFIG_OPTIONS_H
#define PARLEY_CONFIG_OPTIONS_H

#include "config.h"

enum option_kind {
    OPTION_NUMBER,
    OPTION_PORT,
    OPTION_PORT_OR_OFF,
    OPTION_HOST,
    OPTION_CHOICE,
    OPTION_FILE_NAME,
    OPTION_FOLDER,
    OPTION_TEXT,
    OPTION_REMOTE_HOST, /* a name or an address, which need not be this machine's */
    OPTION_SECRET,      /* a text that is never printed */
    OPTION_URL,         /* begins as one of `choices`; never printed with a password */
    OPTION_WORDS,       /* some of `choices`, or "none" */
    OPTION_ORIGINS,
    OPTION_PROXIES,
    OPTION_SWITCH,
    OPTION_LEVEL,
    OPTION_FORMAT
};

/* Everything there is to say about a setting. */
struct option {
    const char *group; /* its heading in --help */
    const char *flag;
    const char *environment;
    enum option_kind kind;
    size_t offset;       /* in struct config */
    size_t given;        /* of a bool there that is set when anything but the default is; or 0 */
    uint32_t number;     /* OPTION_NUMBER, OPTION_PORT: the default, */
    uint32_t min, max;   /* what is allowed, */
    const char *unit;    /* and what is counted; may be NULL */
    const char *text;    /* others: the default, as --help shows it */
    const char *choices; /* OPTION_CHOICE, _WORDS, _URL: the words, separated by ", " */
    bool reloadable;     /* SIGHUP exchanges it */
    const char *doc;
};

enum { OPTIONS_MAX = 64, OPTION_RULE_BYTES = 128 };

extern const struct option options[];
extern const uint32_t options_count; /* at most OPTIONS_MAX */

/* False when the text is not what option_rule says: the value is then undefined. */
bool option_set(struct config *config, const struct option *option, const char *text)
    __attribute__((warn_unused_result));
void option_set_default(struct config *config, const struct option *option);
/* What a value must be, to follow "it must be". */
void option_rule(const struct option *option, char rule[OPTION_RULE_BYTES]);
/* What stands for the value in --help: N, FILE; nothing for a switch. */
const char *option_value_name(const struct option *option);
void option_print(const struct option *option, const struct config *config, FILE *out);

/* Host and port from ADDRESS:PORT or [ADDRESS]:PORT; false when it is neither. */
bool config_set_address(struct config *config, const char *text)
    __attribute__((warn_unused_result));
/* The level that RUST_LOG asks of this program; false when it asks for none. */
bool config_set_rust_log(struct config *config, const char *text)
    __attribute__((warn_unused_result));

#endif
