#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/table.h"

/* How often the server is asked when it has nothing more to tell. */
enum { PAUSE_MS = 200 };

/* As wide as most cells are, so that the lines stand in columns from the first one on; 80
 * characters in all, but for the members. */
static const struct column columns[] = {
    {"TIME", "time", COLUMN_TEXT, 12},      {"", "direction", COLUMN_TEXT, 3},
    {"SESSION", "session", COLUMN_TEXT, 7}, {"USER", "user", COLUMN_TEXT, 7},
    {"TYPE", "name", COLUMN_TEXT, 19},      {"BYTES", "bytes", COLUMN_NUMBER, 5},
    {"ROOM", "room", COLUMN_TEXT, 6},       {"OUTCOME", "told", COLUMN_TEXT, 7},
    {"MEMBERS", "shape", COLUMN_LINE, 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *text_of(const cJSON *message, const char *member)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(message, member));
    return text != NULL ? text : "?";
}

/* Adds what a line shows in its own words. */
static void word(cJSON *message)
{
    char text[CELL_BYTES];
    double at_ms = cJSON_GetNumberValue(cJSON_GetObjectItem(message, "at_ms"));
    unsigned ms = (unsigned)((uint64_t)at_ms % 86400000); /* of the day, UTC as in the log */
    snprintf(text, sizeof text, "%02u:%02u:%02u.%03u", ms / 3600000, ms / 60000 % 60,
             ms / 1000 % 60, ms % 1000);
    cJSON_AddStringToObject(message, "time", text);
    snprintf(text, sizeof text, "%s.%s", text_of(message, "service"), text_of(message, "type"));
    cJSON_AddStringToObject(message, "name", text);
    const char *outcome = text_of(message, "outcome");
    double receivers = cJSON_GetNumberValue(cJSON_GetObjectItem(message, "receivers"));
    if (receivers == 0)
        snprintf(text, sizeof text, "%s", outcome);
    else if (strcmp(outcome, "ok") == 0)
        snprintf(text, sizeof text, "to %.0f", receivers);
    else
        snprintf(text, sizeof text, "to %.0f: %s", receivers, outcome);
    cJSON_AddStringToObject(message, "told", text);
}

static void print_json(const cJSON *value)
{
    char *text = cJSON_PrintUnformatted(value);
    if (text != NULL)
        puts(text);
    cJSON_free(text);
}

static void print_lost(const struct request *request, double lost)
{
    if (lost > 0)
        printf(request->json ? "{\"lost\":%.0f}\n" : "… %.0f lost\n", lost);
}

static void print(const struct request *request, struct table *table, const cJSON *answer)
{
    cJSON *message;
    print_lost(request, cJSON_GetNumberValue(cJSON_GetObjectItem(answer, "lost")));
    cJSON_ArrayForEach(message, cJSON_GetObjectItem(answer, "messages"))
    {
        if (request->json) {
            print_json(message);
        } else {
            word(message);
            table_fit(table, message);
            table_row(table, message);
        }
    }
}

/* What is asked again and again; NULL when it is misused, which was told. */
static cJSON *new_question(const struct request *request)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"service", request->service},
                 {"room", request->room},
                 {"session", request->session},
                 {"type", request->type}};
    cJSON *question = cJSON_CreateObject();
    cJSON_AddNumberToObject(question, "trace", arc4random());
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].value != NULL)
            cJSON_AddStringToObject(question, texts[i].name, texts[i].value);
    if (request->sample != NULL) {
        char *end;
        cJSON_AddNumberToObject(question, "sample", strtod(request->sample, &end));
        if (*end != '\0' || end == request->sample) {
            cJSON_Delete(question);
            misused("--sample is a number, not ", request->sample);
            return NULL;
        }
    }
    return question;
}

int trace(const struct request *request)
{
    struct table table;
    cJSON *question = new_question(request);
    if (question == NULL)
        return MISUSED;
    table_init(&table, columns, request->members ? COLUMNS : COLUMNS - 1);
    cJSON *answer = ask(&request->server, "/admin/trace", question);
    if (answer != NULL && !request->json)
        table_titles(&table);
    while (answer != NULL) {
        print(request, &table, answer);
        bool is_read = fflush(stdout) == 0;
        double waiting = cJSON_GetNumberValue(cJSON_GetObjectItem(answer, "waiting"));
        cJSON_Delete(answer);
        if (waiting == 0)
            poll(NULL, 0, PAUSE_MS);
        answer = is_read ? ask(&request->server, "/admin/trace", question) : NULL;
    }
    cJSON_Delete(question);
    return FAILED;
}
