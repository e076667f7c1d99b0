/* command.h: what a command of parleyctl is given, and the exit code that it returns. */
#ifndef PARLEY_CTL_COMMAND_H
#define PARLEY_CTL_COMMAND_H

#include <stdbool.h>

#include "ctl/ask.h"

/* Done; the server is not there, or refuses; wrong usage. What is wrong was told. */
enum { DONE = 0, FAILED = 1, MISUSED = 2 };

struct request {
    struct server_at server;
    bool json, members;
    const char *service, *room, *session, *type, *sample; /* NULL: all */
    const char *argument;                                 /* the command's */
};

int misused(const char *what, const char *about);
/* Shows messages until it is interrupted, or the server is gone. */
int trace(const struct request *request);

#endif
