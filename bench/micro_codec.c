/* micro_codec.c: nanoseconds per message for decoding and encoding, without a socket.
 *
 * Prints one line per message: the best of several rounds, so that a busy machine disturbs less. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "generated/chat_codec.h"
#include "generated/game_codec.h"
#include "generated/live_codec.h"

enum { ROUNDS = 20, MESSAGES = 20000, ARENA_BYTES = 4 << 20 };

#define UUID "30c097fb-0f3c-4bd2-9c38-7a4b4d3f9a10"

union command {
    struct chat_command chat;
    struct live_command live;
    struct game_command game;
};

union event {
    struct chat_event chat;
    struct live_event live;
    struct game_event game;
};

static struct arena arena;
static char *out;

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void report(const char *what, size_t bytes, double ns)
{
    printf("%-32s %5zu bytes %8.0f ns %7.2f ns/byte\n", what, bytes, ns, ns / (double)bytes);
}

/* Leaves the command in the arena, for an event to be made of it. */
static union command decode(const struct codec *codec, const char *what, const char *text)
{
    struct str message = {text, strlen(text)};
    union command command;
    union event error;
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns(), each;

        for (int i = 0; i < MESSAGES; i++) {
            arena_reset(&arena, 0);
            CHECK(codec->decode(message, UINT32_MAX, &arena, &command, &error) == DECODE_OK);
        }
        each = (now_ns() - start) / MESSAGES;
        best = each < best ? each : best;
    }
    report(what, message.len, best);
    return command;
}

static void encode(const struct codec *codec, const char *what, const void *event)
{
    struct encoded encoded = {0};
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns(), each;

        for (int i = 0; i < MESSAGES; i++)
            encoded = codec->encode(event, out);
        each = (now_ns() - start) / MESSAGES;
        best = each < best ? each : best;
    }
    report(what, encoded.len, best);
}

static void measure_chat(void)
{
    static char text[32768 + 64];
    struct chat_event event = {.type = CHAT_CHAT_EVT, .chat.from = STR("Alice")};
    size_t len = (size_t)snprintf(text, sizeof text, "{\"type\":\"chat\",\"content\":\"");

    decode(&chat_codec, "decode chat typing", "{\"type\":\"typing\"}");
    event.chat.content =
        decode(&chat_codec, "decode chat chat",
               "{\"type\":\"chat\",\"content\":\"hello there, this is a chat line\"}")
            .chat.chat.content;
    encode(&chat_codec, "encode chat chat", &event);
    memset(text + len, 'x', 32768);
    memcpy(text + len + 32768, "\"}", 3);
    event.chat.content = decode(&chat_codec, "decode chat chat, 32 KiB", text).chat.chat.content;
    encode(&chat_codec, "encode chat chat, 32 KiB", &event);
}

static void measure_live(void)
{
    struct live_event event = {
        .type = LIVE_MESSAGE_EVENT_EVT,
        .message_event = {.message_id = STR("msg_30c097fb0f3c4bd29c387a4b4d3f9a10"),
                          .author_id = STR("user_1"),
                          .timestamp = 1795252716743},
    };
    struct live_message_create_cmd command;

    decode(&live_codec, "decode live HEARTBEAT", "{\"op\":1,\"d\":null}");
    command = decode(&live_codec, "decode live MESSAGE_CREATE",
                     "{\"op\":20,\"d\":{\"channel_id\":\"CH_1\",\"content\":\"hello there\"}}")
                  .live.message_create;
    event.message_event.channel_id = command.channel_id;
    event.message_event.content = command.content;
    encode(&live_codec, "encode live MESSAGE_EVENT", &event);
}

static void measure_game(void)
{
    struct game_event event = {.type = GAME_PLAYER_UPDATE_EVT,
                               .player_update.client_id = STR(UUID)};

    event.player_update.state =
        decode(&game_codec, "decode game Update",
               "{\"type\":\"Update\",\"state\":{\"name\":\"player1\",\"color\":\"#FF0000\","
               "\"position\":[10.0,0.1,-3.2],\"rotation\":[0.707,0.0,0.707,0.0],"
               "\"animation\":\"walking\",\"velocity\":[1.0,0.0,0.5]}}")
            .game.update.state;
    encode(&game_codec, "encode game PlayerUpdate", &event);
    for (int i = 0; i < 3; i++)
        event.player_update.state.position[i].text_len = 0;
    encode(&game_codec, "encode game, 3 numbers anew", &event);
}

int main(void)
{
    size_t live = live_codec.event_encoded_max, game = game_codec.event_encoded_max;

    out = malloc(live > game ? live : game);
    CHECK(out && arena_init(&arena, ARENA_BYTES) == 0);
    measure_chat();
    measure_live();
    measure_game();
    free(out);
    arena_clear(&arena);
    return 0;
}
