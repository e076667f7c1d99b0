/* peer_wslay.c: chat as one would write it in an afternoon on H2O's stock WebSocket glue
 * (h2o_upgrade_to_websocket, which is wslay) and plain cJSON, to be compared with the server.
 *
 * It speaks as much of chat as the load generator does: set_username, create_room, join_room and
 * chat, without errors, limits or any check. One thread, 127.0.0.1 only.
 *
 *   bench_peer_wslay PORT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cjson/cJSON.h>
#include <h2o.h>
#include <h2o/websocket.h>

enum { ROOMS_MAX = 65536, NAME_MAX_BYTES = 64 };

struct member {
    h2o_websocket_conn_t *connection;
    struct member *partner;
    unsigned room; /* as host; 0: none */
    char name[NAME_MAX_BYTES];
};

static struct member *hosts[ROOMS_MAX];
static unsigned rooms;
static h2o_accept_ctx_t accept_context;

/* Takes the object. */
static void tell(struct member *member, cJSON *event)
{
    char *text = cJSON_PrintUnformatted(event);
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (uint8_t *)text, strlen(text)};
    wslay_event_queue_msg(member->connection->ws_ctx, &message);
    h2o_websocket_proceed(member->connection);
    free(text);
    cJSON_Delete(event);
}

static cJSON *event_of(const char *type)
{
    cJSON *event = cJSON_CreateObject();
    cJSON_AddStringToObject(event, "type", type);
    return event;
}

static const char *text_of(const cJSON *command, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(command, name));
    return text != NULL ? text : "";
}

static void create_room(struct member *member)
{
    char code[16];
    cJSON *event = event_of("room_created");
    member->room = ++rooms % ROOMS_MAX;
    hosts[member->room] = member;
    snprintf(code, sizeof code, "%06u", member->room);
    cJSON_AddStringToObject(event, "room_code", code);
    tell(member, event);
}

static void join_room(struct member *member, const char *code)
{
    struct member *host = hosts[strtoul(code, NULL, 10) % ROOMS_MAX];
    if (host == NULL)
        return;
    member->partner = host;
    host->partner = member;
    cJSON *joined = event_of("room_joined"), *partner = event_of("partner_joined");
    cJSON_AddStringToObject(joined, "room_code", code);
    cJSON_AddStringToObject(joined, "partner", host->name);
    cJSON_AddStringToObject(partner, "username", member->name);
    tell(member, joined);
    tell(host, partner);
}

static void chat(struct member *member, const char *content)
{
    if (member->partner == NULL)
        return;
    cJSON *event = event_of("chat");
    cJSON_AddStringToObject(event, "from", member->name);
    cJSON_AddStringToObject(event, "content", content);
    tell(member->partner, event);
}

static void take(struct member *member, const uint8_t *text, size_t len)
{
    cJSON *command = cJSON_ParseWithLength((const char *)text, len);
    const char *type = text_of(command, "type");
    if (strcmp(type, "chat") == 0) {
        chat(member, text_of(command, "content"));
    } else if (strcmp(type, "set_username") == 0) {
        snprintf(member->name, sizeof member->name, "%s", text_of(command, "username"));
        cJSON *event = event_of("username_set");
        cJSON_AddStringToObject(event, "username", member->name);
        tell(member, event);
    } else if (strcmp(type, "create_room") == 0) {
        create_room(member);
    } else if (strcmp(type, "join_room") == 0) {
        join_room(member, text_of(command, "room_code"));
    }
    cJSON_Delete(command);
}

static void on_message(h2o_websocket_conn_t *connection,
                       const struct wslay_event_on_msg_recv_arg *arg)
{
    struct member *member = connection->data;
    if (arg == NULL) {
        if (member->partner != NULL)
            member->partner->partner = NULL;
        if (hosts[member->room] == member)
            hosts[member->room] = NULL;
        free(member);
        h2o_websocket_close(connection);
    } else if (!wslay_is_ctrl_frame(arg->opcode)) {
        take(member, arg->msg, arg->msg_length);
    }
}

static int on_request(h2o_handler_t *handler, h2o_req_t *request)
{
    const char *key;
    (void)handler;
    if (h2o_is_websocket_handshake(request, &key) != 0 || key == NULL)
        return -1;
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL)
        return -1;
    member->connection = h2o_upgrade_to_websocket(request, key, member, on_message);
    cJSON *event = event_of("connected");
    cJSON_AddStringToObject(event, "client_id", "003ad7e2-c896-4bc7-803c-6fa305139233");
    char *text = cJSON_PrintUnformatted(event);
    struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (uint8_t *)text, strlen(text)};
    wslay_event_queue_msg(member->connection->ws_ctx, &message); /* sent once it is upgraded */
    free(text);
    cJSON_Delete(event);
    return 0;
}

static void on_accept(h2o_socket_t *listener, const char *error)
{
    h2o_socket_t *socket = error == NULL ? h2o_evloop_socket_accept(listener) : NULL;
    if (socket != NULL)
        h2o_accept(&accept_context, socket);
}

int main(int argc, char **argv)
{
    static h2o_globalconf_t config;
    static h2o_context_t context;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(argc > 1 ? argv[1] : "8080", NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4096) != 0) {
        perror("bench_peer_wslay");
        return 1;
    }
    h2o_config_init(&config);
    h2o_hostconf_t *host =
        h2o_config_register_host(&config, h2o_iovec_init(H2O_STRLIT("default")), UINT16_MAX);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
    h2o_context_init(&context, h2o_evloop_create(), &config);
    accept_context.ctx = &context;
    accept_context.hosts = config.hosts;
    h2o_socket_t *listener = h2o_evloop_socket_create(context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener, on_accept);
    while (h2o_evloop_run(context.loop, INT32_MAX) == 0)
        ;
    return 0;
}
