/* parleyctl: what those who run a server ask it and tell it, by its admin API.
 * What is wrong is told on standard error. */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/table.h"

static const char usage[] =
    "Usage: parleyctl [OPTION]... COMMAND\n"
    "\n"
    "Asks a Parley server that runs with --admin-port, and tells it what to do.\n"
    "\n"
    "Commands\n"
    "  status                 the server at a glance\n"
    "  sessions               who is connected\n"
    "  rooms                  rooms and channels that are open\n"
    "  trace                  messages as they come and go, without what they say,\n"
    "                         until it is interrupted\n"
    "  disconnect SESSION     end a session; its name is one that sessions shows\n"
    "  revoke CHANNEL         take the floor of a channel from its holder\n"
    "  log-level LEVEL        log off, error, warn, info or debug from now on\n"
    "  drain                  stop the server as SIGTERM does\n"
    "\n"
    "Options\n"
    "  --host HOST            where the server is [127.0.0.1]\n"
    "  --port PORT            its admin port [PARLEY_ADMIN_PORT]\n"
    "  --json                 the answer as JSON; of trace an object in each line\n"
    "  --service SERVICE      sessions, rooms and messages of this service only\n"
    "  --room ROOM            this room only, its members, what happens in it\n"
    "  --session SESSION      trace: to and from this session only\n"
    "  --type TYPE            trace: messages and events of this type only\n"
    "  --sample N             trace: one of N\n"
    "  --members              trace: also the names of members, and how long they are\n"
    "  --help                 this\n"
    "\n"
    "The admin token, if the server asks for one, is taken from PARLEY_ADMIN_TOKEN.\n"
    "\n"
    "Exit codes: 0 done; 1 the server is not there, or refuses; 2 wrong usage.\n";

static void print_json(const cJSON *value)
{
    char *text = cJSON_Print(value);
    if (text != NULL)
        puts(text);
    cJSON_free(text);
}

/* A member as people read it. */
static const char *shown(const cJSON *body, const char *member, char cell[CELL_BYTES])
{
    table_cell(body, &(struct column){.member = member}, cell);
    return cell;
}

static void print_status(const cJSON *status)
{
    static const struct column columns[] = {{"SERVICE", "service", COLUMN_TEXT, 0},
                                            {"SESSIONS", "sessions", COLUMN_NUMBER, 0},
                                            {"ROOMS", "rooms", COLUMN_NUMBER, 0}};
    char a[CELL_BYTES], b[CELL_BYTES];
    printf("Parley %s: %s\n", shown(status, "version", a), shown(status, "status", b));
    table_cell(status, &(struct column){"", "uptime_seconds", COLUMN_SECONDS, 0}, a);
    printf("up           %s\n", a);
    printf("connections  %s of %s\n", shown(status, "connections", a),
           shown(status, "connections_max", b));
    printf("workers      %s\n", shown(status, "workers", a));
    printf("log level    %s\n\n", shown(status, "log_level", a));
    table_print(cJSON_GetObjectItem(status, "services"), columns, 3);
}

static int status(const struct request *request)
{
    cJSON *answer = ask(&request->server, "/admin/status", NULL);
    if (answer == NULL)
        return FAILED;
    if (request->json)
        print_json(answer);
    else
        print_status(answer);
    cJSON_Delete(answer);
    return DONE;
}

/* All pages of a list as one array; NULL when one of them fails. */
static cJSON *collect(const struct request *request, const char *path, const char *member)
{
    cJSON *all = cJSON_CreateArray();
    double after = 0;
    do {
        cJSON *body = cJSON_CreateObject();
        cJSON_AddNumberToObject(body, "after", after);
        if (request->service != NULL)
            cJSON_AddStringToObject(body, "service", request->service);
        if (request->room != NULL)
            cJSON_AddStringToObject(body, "room", request->room);
        cJSON *page = ask(&request->server, path, body);
        cJSON_Delete(body);
        if (page == NULL) {
            cJSON_Delete(all);
            return NULL;
        }
        cJSON *entries = cJSON_GetObjectItem(page, member);
        while (cJSON_GetArraySize(entries) > 0)
            cJSON_AddItemToArray(all, cJSON_DetachItemFromArray(entries, 0));
        after = cJSON_GetNumberValue(cJSON_GetObjectItem(page, "next"));
        cJSON_Delete(page);
    } while (after > 0);
    return all;
}

static int list(const struct request *request, const char *path, const char *member,
                const struct column *columns, uint32_t count)
{
    cJSON *entries = collect(request, path, member);
    if (entries == NULL)
        return FAILED;
    if (request->json)
        print_json(entries);
    else
        table_print(entries, columns, count);
    cJSON_Delete(entries);
    return DONE;
}

static int sessions(const struct request *request)
{
    static const struct column columns[] = {
        {"SESSION", "session", COLUMN_TEXT, 0},
        {"SERVICE", "service", COLUMN_TEXT, 0},
        {"USER", "user", COLUMN_TEXT, 0},
        {"ROOM", "room", COLUMN_TEXT, 0},
        {"ADDRESS", "address", COLUMN_TEXT, 0},
        {"AGE", "age_seconds", COLUMN_SECONDS, 0},
        {"SILENT", "silent_seconds", COLUMN_SECONDS, 0},
        {"QUEUE", "waiting_messages", COLUMN_NUMBER, 0},
        {"BYTES", "waiting_bytes", COLUMN_BYTES, 0},
    };
    return list(request, "/admin/sessions", "sessions", columns, 9);
}

static int rooms(const struct request *request)
{
    static const struct column columns[] = {
        {"ROOM", "room", COLUMN_TEXT, 0},         {"SERVICE", "service", COLUMN_TEXT, 0},
        {"TITLE", "title", COLUMN_TEXT, 0},       {"MODE", "mode", COLUMN_TEXT, 0},
        {"MEMBERS", "members", COLUMN_NUMBER, 0}, {"OF", "members_max", COLUMN_NUMBER, 0},
        {"FLOOR", "holder", COLUMN_TEXT, 0},      {"WAITING", "waiting", COLUMN_NUMBER, 0},
    };
    return list(request, "/admin/rooms", "rooms", columns, 8);
}

/* Posts the argument as the one member of the body; the answer, or NULL. */
static cJSON *act(const struct request *request, const char *path, const char *member)
{
    cJSON *body = cJSON_CreateObject();
    if (member != NULL)
        cJSON_AddStringToObject(body, member, request->argument);
    cJSON *answer = ask(&request->server, path, body);
    cJSON_Delete(body);
    if (answer != NULL && request->json)
        print_json(answer);
    return answer;
}

static int disconnect(const struct request *request)
{
    char a[CELL_BYTES];
    cJSON *answer = act(request, "/admin/disconnect", "session");
    if (answer != NULL && !request->json)
        printf("%s is disconnected\n", shown(answer, "session", a));
    cJSON_Delete(answer);
    return answer != NULL ? DONE : FAILED;
}

static int revoke(const struct request *request)
{
    char a[CELL_BYTES], b[CELL_BYTES];
    cJSON *answer = act(request, "/admin/revoke", "channel_id");
    if (answer != NULL && !request->json)
        printf("%s has lost the floor of %s\n", shown(answer, "holder", a),
               shown(answer, "channel_id", b));
    cJSON_Delete(answer);
    return answer != NULL ? DONE : FAILED;
}

static int log_level(const struct request *request)
{
    char a[CELL_BYTES], b[CELL_BYTES];
    cJSON *answer = act(request, "/admin/log-level", "level");
    if (answer != NULL && !request->json)
        printf("log level %s, was %s\n", shown(answer, "level", a), shown(answer, "was", b));
    cJSON_Delete(answer);
    return answer != NULL ? DONE : FAILED;
}

static int drain(const struct request *request)
{
    cJSON *answer = act(request, "/admin/drain", NULL);
    if (answer != NULL && !request->json)
        puts("the server is stopping");
    cJSON_Delete(answer);
    return answer != NULL ? DONE : FAILED;
}

static const struct command {
    const char *name;
    int (*run)(const struct request *request);
    bool takes_argument;
} commands[] = {
    {"status", status, false},      {"sessions", sessions, false},    {"rooms", rooms, false},
    {"revoke", revoke, true},       {"disconnect", disconnect, true}, {"drain", drain, false},
    {"log-level", log_level, true}, {"trace", trace, false},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int misused(const char *what, const char *about)
{
    fprintf(stderr, "parleyctl: %s%s; see parleyctl --help\n", what, about);
    return MISUSED;
}

/* Where the value of an option goes, whose name has `len` characters; NULL for one that is none. */
static const char **place_of(struct request *request, const char *name, size_t len)
{
    const struct {
        const char *name;
        const char **place;
    } options[] = {
        {"--host", &request->server.host}, {"--port", &request->server.port},
        {"--service", &request->service},  {"--room", &request->room},
        {"--session", &request->session},  {"--type", &request->type},
        {"--sample", &request->sample},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (strlen(options[i].name) == len && strncmp(options[i].name, name, len) == 0)
            return options[i].place;
    return NULL;
}

static bool is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

/* A word that is no option: the command, or its argument. 0, or MISUSED, which was told. */
static int read_word(struct request *request, const struct command **command, const char *word)
{
    if (*command == NULL)
        *command = find_command(word);
    else if ((*command)->takes_argument && request->argument == NULL)
        request->argument = word;
    else
        return misused("there is no use for ", word);
    return *command != NULL ? DONE : misused("there is no command or option ", word);
}

/* Options may stand anywhere, a value behind its option or behind a "=". 0, or MISUSED, which was
 * told. */
static int read_words(struct request *request, const struct command **command, int argc,
                      char **argv)
{
    int wrong = DONE;
    for (int i = 1; i < argc && wrong == DONE; i++) {
        const char *equals = strchrnul(argv[i], '=');
        const char **place = place_of(request, argv[i], (size_t)(equals - argv[i]));
        if (place != NULL && *equals == '=')
            *place = equals + 1;
        else if (place != NULL && i + 1 == argc)
            wrong = misused("a value is missing after ", argv[i]);
        else if (place != NULL)
            *place = argv[++i];
        else if (strcmp(argv[i], "--json") == 0)
            request->json = true;
        else if (strcmp(argv[i], "--members") == 0)
            request->members = true;
        else
            wrong = read_word(request, command, argv[i]);
    }
    if (wrong != DONE)
        return wrong;
    if (*command == NULL)
        return misused("a command is missing", "");
    if ((*command)->takes_argument && request->argument == NULL)
        return misused("something is missing after ", (*command)->name);
    return DONE;
}

int main(int argc, char **argv)
{
    struct request request = {.server = {.host = "127.0.0.1",
                                         .port = getenv("PARLEY_ADMIN_PORT"),
                                         .token = getenv("PARLEY_ADMIN_TOKEN")}};
    const struct command *command = NULL;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return fputs(usage, stdout) >= 0 ? DONE : FAILED;
    int wrong = read_words(&request, &command, argc, argv);
    if (wrong != DONE)
        return wrong;
    if (is_empty(request.server.port))
        return misused("give the server's admin port by --port or PARLEY_ADMIN_PORT", "");
    if (is_empty(request.server.token))
        request.server.token = NULL;
    return command->run(&request);
}
