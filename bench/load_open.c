#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "load.h"

/* What a slow client's socket holds of what it has not read: little, so that it soon falls behind.
 */
enum { SLOW_RECEIVE_BYTES = 32 * 1024 };

void load_open_clients(struct load *load)
{
    for (uint32_t i = 0; i < load->options.clients; i++) {
        client_open(&load->clients[i], &load->options.target, i);
        client_await_upgrade(&load->clients[i], &load->options.target);
        load->open++;
    }
}

bool load_is_slow(const struct load *load, const struct client *client)
{
    return load->options.slow && client->number % load->options.members == 0;
}

/* Linux acknowledges what a client reads when it reads it, in its own time, or, at a client that
 * was seen to answer what it hears, when the second or third message comes, within the server's
 * send. A talk before the measured part, which the floor's clients do not have, must not decide who
 * pays. */
static void acknowledge_when_read(const struct client *client)
{
    int on = 1;
    if (setsockopt(client->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on) != 0)
        fail("connection %u: socket options: %s", client->number, strerror(errno));
}

static void watch(const struct load *load, struct client *client)
{
    acknowledge_when_read(client);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
        fail("epoll_ctl: %s", strerror(errno));
}

void load_watch(struct load *load)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < load->open; i++) {
        if (!load_is_slow(load, &load->clients[i]))
            watch(load, &load->clients[i]);
    }
}

void load_watch_slow(struct load *load)
{
    for (uint32_t i = 0; i < load->open; i += load->options.members)
        watch(load, &load->clients[i]);
}

/* Waits for a message that begins so; returns what follows. */
static struct str expect(struct client *client, const char *begins, char buffer[CLIENT_PAYLOAD_MAX])
{
    struct str text = client_receive(client, buffer);
    size_t len = strlen(begins);
    if (text.len < len || memcmp(text.base, begins, len) != 0)
        fail("connection %u expected %s, got %.*s", client->number, begins, (int)text.len,
             text.base);
    return (struct str){text.base + len, text.len - len};
}

static void join_room(struct client *host, struct client *guest)
{
    char buffer[CLIENT_PAYLOAD_MAX], join[64];
    struct client *both[] = {host, guest};
    for (int i = 0; i < 2; i++) {
        client_say(both[i], STR("{\"type\":\"set_username\",\"username\":\"" LOAD_USERNAME "\"}"));
        expect(both[i], "{\"type\":\"username_set\"", buffer);
    }
    client_say(host, STR("{\"type\":\"create_room\"}"));
    struct str code = expect(host, "{\"type\":\"room_created\",\"room_code\":\"", buffer);
    int len = snprintf(join, sizeof join, "{\"type\":\"join_room\",\"room_code\":\"%.6s\"}",
                       code.len < 6 ? "" : code.base);
    client_say(guest, (struct str){join, (size_t)len});
    expect(guest, "{\"type\":\"room_joined\"", buffer);
    expect(host, "{\"type\":\"partner_joined\"", buffer);
}

void load_open_pairs(struct load *load)
{
    load_open_clients(load);
    for (uint32_t i = 0; i < load->open && !load->options.floor; i += 2)
        join_room(&load->clients[i], &load->clients[i + 1]);
}

/* Says who it is and enters a channel; those who are there already hear of it later. */
static void join_channel(struct client *client, uint32_t members)
{
    char buffer[CLIENT_PAYLOAD_MAX], text[128];
    uint32_t n = client->number, channel = n / members;
    int len = snprintf(text, sizeof text,
                       "{\"op\":3,\"d\":{\"user_id\":\"user_%04x\",\"token\":\"bench\"}}", n);
    client_say(client, (struct str){text, (size_t)len});
    expect(client, "{\"op\":4,", buffer);
    if (n % members == 0) {
        len = snprintf(text, sizeof text,
                       "{\"op\":10,\"d\":{\"channel_id\":\"bench_%u_%04x\",\"channel_name\":\"b\","
                       "\"capacity\":%u}}",
                       members, channel, members);
        client_say(client, (struct str){text, (size_t)len});
        expect(client, "{\"op\":200,\"d\":{\"op\":10,", buffer);
    }
    len = snprintf(text, sizeof text,
                   "{\"op\":11,\"d\":{\"channel_id\":\"bench_%u_%04x\",\"ssrc\":%u}}", members,
                   channel, n + 1);
    client_say(client, (struct str){text, (size_t)len});
    expect(client, "{\"op\":200,\"d\":{\"op\":11,", buffer);
}

void load_open_members(struct load *load, uint32_t members)
{
    char buffer[CLIENT_PAYLOAD_MAX];
    load_open_clients(load);
    if (load->options.floor)
        return;
    for (uint32_t i = 0; i < load->open; i++) {
        join_channel(&load->clients[i], members);
        for (uint32_t k = i / members * members; k < i; k++)
            expect(&load->clients[k], "{\"op\":100,\"d\":{\"event\":\"join\"", buffer);
    }
}

/* Enters a room, and learns its id. */
static void join_game(struct load *load, struct client *client)
{
    char buffer[CLIENT_PAYLOAD_MAX], text[128];
    uint32_t members = load->options.members;
    int len = snprintf(text, sizeof text,
                       "{\"type\":\"Join\",\"room_id\":\"bench_%u\",\"name\":\"player\","
                       "\"color\":\"#FF0000\"}",
                       client->number / members);
    client_say(client, (struct str){text, (size_t)len});
    struct str id = expect(client, "{\"type\":\"Welcome\",\"client_id\":\"", buffer);
    if (id.len < LOAD_ID_LEN)
        fail("connection %u: a short Welcome", client->number);
    memcpy(load->ids[client->number], id.base, LOAD_ID_LEN);
}

static void make_slow(const struct client *client)
{
    int bytes = SLOW_RECEIVE_BYTES;
    if (setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) != 0)
        fail("connection %u: socket options: %s", client->number, strerror(errno));
}

void load_open_players(struct load *load)
{
    char buffer[CLIENT_PAYLOAD_MAX];
    uint32_t members = load->options.members;
    load->ids = calloc(load->options.clients, sizeof *load->ids);
    load->next_numbers = calloc((size_t)load->options.clients * members, sizeof(uint32_t));
    if (load->ids == NULL || load->next_numbers == NULL)
        fail("out of memory");
    load_open_clients(load);
    for (uint32_t i = 0; i < load->open && !load->options.floor; i++) {
        join_game(load, &load->clients[i]);
        for (uint32_t k = i / members * members; k < i; k++)
            expect(&load->clients[k], "{\"type\":\"PlayerJoined\"", buffer);
    }
    for (uint32_t i = 0; i < load->open; i++) {
        if (load_is_slow(load, &load->clients[i]))
            make_slow(&load->clients[i]);
    }
}
