/* Every decoder against generated/vectors.json: values at, inside and outside every bound. */
#include <stdlib.h>

#include "generated/chat_codec.h"
#include "generated/game_codec.h"
#include "generated/live_codec.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors_file.h"

enum { ARENA_BYTES = 8 << 20 };

static struct arena arena;
static cJSON *vectors;
static char *out; /* room for any event */

__attribute__((constructor)) static void set_up(void)
{
    vectors = vectors_load();
    out = malloc(LIVE_EVENT_ENCODED_MAX);
    if (!vectors || !out || arena_init(&arena, ARENA_BYTES) != 0)
        abort();
}

__attribute__((destructor)) static void tear_down(void)
{
    cJSON_Delete(vectors);
    free(out);
    arena_clear(&arena);
}

static const char *const status_names[] = {"ok", "invalid", "refused"};

/* The error event as a client gets it. */
static void expect_error(const struct codec *codec, const cJSON *vector, const void *error,
                         const char *text_member)
{
    struct encoded encoded = codec->encode(error, out);
    cJSON *event = cJSON_ParseWithLength(out, encoded.len);
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(event, "d");
    struct str want = vector_text(vector, "message");

    REQUIRE(event != NULL && encoded.error > 0);
    EXPECT_EQ_STR(codec->error_names[encoded.error - 1], vector_text(vector, "error"));
    if (want.base)
        EXPECT_EQ_STR(vector_text(body ? body : event, text_member), want);
    cJSON_Delete(event);
}

static void expect_vector(const struct codec *codec, const cJSON *vector, size_t command_bytes,
                          size_t event_bytes, const char *text_member)
{
    const cJSON *facts = cJSON_GetObjectItemCaseSensitive(vector, "facts");
    struct str text = vector_text(vector, "text"), command_name = vector_text(vector, "command");
    char *exact = malloc(text.len > 0 ? text.len : 1);
    void *command = calloc(1, command_bytes), *error = calloc(1, event_bytes);
    enum decode_status status;

    if (!exact || !command || !error)
        abort();
    EXPECT_EQ_INT(cJSON_GetArraySize(facts), 0); /* all, or none */
    memcpy(exact, text.base, text.len);
    arena_reset(&arena, 0);
    status = codec->decode((struct str){exact, text.len}, facts ? 0 : UINT32_MAX, &arena, command,
                           error);
    EXPECT_EQ_STR(status_names[status], vector_text(vector, "status"));
    if (status == DECODE_OK)
        EXPECT_EQ_STR(codec->command_names[codec->command_type(command)], command_name);
    else
        expect_error(codec, vector, error, text_member);
    free(exact);
    free(command);
    free(error);
}

static void expect_service(const struct codec *codec, size_t command_bytes, size_t event_bytes,
                           const char *text_member)
{
    const cJSON *commands = vectors_of(vectors, codec->service, "commands"), *vector;
    uint32_t failures = test_failures;

    EXPECT(cJSON_GetArraySize(commands) > 0);
    cJSON_ArrayForEach(vector, commands)
    {
        struct str name = vector_text(vector, "name");

        expect_vector(codec, vector, command_bytes, event_bytes, text_member);
        if (test_failures != failures)
            printf("  in the vector \"%.*s\"\n", (int)name.len, name.base);
        failures = test_failures;
    }
}

TEST(chat_commands)
{
    expect_service(&chat_codec, sizeof(struct chat_command), sizeof(struct chat_event), "message");
}

TEST(live_commands)
{
    expect_service(&live_codec, sizeof(struct live_command), sizeof(struct live_event), "reason");
}

TEST(game_commands)
{
    expect_service(&game_codec, sizeof(struct game_command), sizeof(struct game_event), "message");
}

TEST(game_http_bodies)
{
    const cJSON *vector;

    EXPECT(cJSON_GetArraySize(vectors_of(vectors, game_codec.service, "http")) > 0);
    cJSON_ArrayForEach(vector, vectors_of(vectors, game_codec.service, "http"))
    {
        struct game_post_chat_history_body body;
        struct str reason = {NULL, 0}, want = vector_text(vector, "message");
        bool decoded;

        EXPECT_EQ_STR(vector_text(vector, "body"), "post_chat_history_body");
        arena_reset(&arena, 0);
        decoded =
            game_decode_post_chat_history_body(&arena, vector_text(vector, "text"), &body, &reason);
        EXPECT_EQ_STR(status_names[decoded ? DECODE_OK : DECODE_INVALID],
                      vector_text(vector, "status"));
        if (want.base)
            EXPECT_EQ_STR(reason, want);
    }
}

/* Values arrive as they were sent; absent ones as what absence means. */

static enum decode_status decode(const struct codec *codec, const char *text, void *command)
{
    union {
        struct chat_event chat;
        struct live_event live;
        struct game_event game;
    } error;

    arena_reset(&arena, 0);
    return codec->decode((struct str){text, strlen(text)}, UINT32_MAX, &arena, command, &error);
}

TEST(chat_values)
{
    struct chat_command command;

    REQUIRE(decode(&chat_codec,
                   " { \"content\" : \"\\u00e9\\n\\ud83d\\ude00\", \"type\":\"ch\\u0061t\"}",
                   &command) == DECODE_OK);
    EXPECT_EQ_INT(command.type, CHAT_CHAT_CMD);
    EXPECT_EQ_STR(command.chat.content, "\303\251\n\360\237\230\200");
}

TEST(live_values)
{
    struct live_command command;

    REQUIRE(decode(&live_codec,
                   "{\"d\":{\"ssrc\":4294967295,\"channel_id\":\"c\",\"srtp\":{\"suite\":"
                   "\"AEAD_AES_128_GCM\",\"key\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd\"}},"
                   "\"op\":1.1e1}",
                   &command) == DECODE_OK);
    EXPECT_EQ_INT(command.type, LIVE_CHANNEL_JOIN_CMD);
    EXPECT_EQ_INT(command.channel_join.ssrc, UINT32_MAX);
    REQUIRE(command.channel_join.has_srtp);
    EXPECT_EQ_INT(command.channel_join.srtp.suite, LIVE_SUITE_AEAD_AES_128_GCM);
    EXPECT_EQ_STR(command.channel_join.srtp.key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd");
    REQUIRE(decode(&live_codec, "{\"op\":10,\"d\":{\"channel_id\":\"c\",\"channel_name\":\"n\"}}",
                   &command) == DECODE_OK);
    EXPECT_EQ_INT(command.channel_create.mode, LIVE_MODE_OPEN);
    EXPECT_EQ_INT(command.channel_create.capacity, 100);
    REQUIRE(decode(&live_codec,
                   "{\"op\":10,\"d\":{\"channel_id\":\"c\",\"channel_name\":\"n\",\"mode\":\"ptt\","
                   "\"capacity\":7}}",
                   &command) == DECODE_OK);
    EXPECT_EQ_INT(command.channel_create.mode, LIVE_MODE_PTT);
    EXPECT_EQ_INT(command.channel_create.capacity, 7);
    REQUIRE(decode(&live_codec, "{\"op\":30,\"d\":{\"channel_id\":\"c\",\"priority\":null}}",
                   &command) == DECODE_OK);
    EXPECT(!command.floor_request.has_priority);
    EXPECT_EQ_INT(command.floor_request.indicator, LIVE_INDICATOR_NORMAL);
}

/* An Update's numbers go out in the text that they came in. */
TEST(game_values)
{
    static const char state[] =
        "\"state\":{\"name\":\"\355\225\234\",\"color\":\"#00ffAA\",\"position\":[10.0,1e-1,-3.20],"
        "\"rotation\":[0.7070,0,0.707,-0.0],\"animation\":\"run\",\"velocity\":[1E300,0.5,-7],"
        "\"modelUrl\":\"m.glb\"}}";
    struct game_command command;
    struct game_event event = {.type = GAME_PLAYER_UPDATE_EVT};
    struct encoded encoded;
    char text[512];

    snprintf(text, sizeof text, "{\"type\":\"Update\",%s", state);
    REQUIRE(decode(&game_codec, text, &command) == DECODE_OK);
    EXPECT(command.update.state.position[1].value == 0.1);
    event.player_update.client_id = STR("00000000-0000-0000-0000-000000000000");
    event.player_update.state = command.update.state;
    encoded = game_codec.encode(&event, out);
    snprintf(text, sizeof text,
             "{\"type\":\"PlayerUpdate\",\"client_id\":\"00000000-0000-0000-0000-000000000000\",%s",
             state);
    EXPECT_EQ_STR(((struct str){out, encoded.len}), text);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_LATEST);
    EXPECT_EQ_STR(encoded.key, "00000000-0000-0000-0000-000000000000");
}

TEST(a_full_arena_is_an_invalid_message)
{
    static const char text[] = "{\"type\":\"Update\",\"state\":{\"name\":7}}";
    size_t capacity = arena.capacity;

    for (size_t bytes = 0; bytes < 4096; bytes += 16) {
        struct game_command command;

        arena.capacity = bytes;
        EXPECT_EQ_INT(decode(&game_codec, text, &command), DECODE_INVALID);
    }
    arena.capacity = capacity;
}
