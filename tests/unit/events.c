/* Every encoder against generated/vectors.json, and the greatest events against their bounds. */
#include <stdlib.h>

#include "generated/chat_codec.h"
#include "generated/chat_errors.h"
#include "generated/game_codec.h"
#include "generated/game_errors.h"
#include "generated/http_codec.h"
#include "generated/live_codec.h"
#include "generated/live_errors.h"
#include "generated/protocol.h"
#include "tests/unit/test.h"
#include "tests/unit/vectors_file.h"

static struct arena arena;
static cJSON *vectors;
static char *out;

__attribute__((constructor)) static void set_up(void)
{
    vectors = vectors_load();
    out = malloc(LIVE_EVENT_ENCODED_MAX);
    if (!vectors || !out || arena_init(&arena, 1 << 20) != 0)
        abort();
}

__attribute__((destructor)) static void tear_down(void)
{
    cJSON_Delete(vectors);
    free(out);
    arena_clear(&arena);
}

/* The same values as in the vectors. */
#define TEXT STR_INIT("abcde")
#define UUID STR_INIT("00000000-0000-0000-0000-000000000000")
#define MOMENT STR_INIT("2026-11-21T09:32:09.598307486Z")
#define HALF                                                                                       \
    {                                                                                              \
        .value = 0.5                                                                               \
    }
#define ZERO                                                                                       \
    {                                                                                              \
        .value = 0, .text_len = 1, .text = "0"                                                     \
    }
#define ONE                                                                                        \
    {                                                                                              \
        .value = 1, .text_len = 1, .text = "1"                                                     \
    }

static const struct chat_event chat_events[] = {
    {.type = CHAT_CONNECTED_EVT, .connected = {UUID}},
    {.type = CHAT_USERNAME_SET_EVT, .username_set = {TEXT}},
    {.type = CHAT_ROOM_CREATED_EVT, .room_created = {STR_INIT("AAAAAA")}},
    {.type = CHAT_ROOM_JOINED_EVT, .room_joined = {STR_INIT("AAAAAA"), true, TEXT}},
    {.type = CHAT_ROOM_JOINED_EVT, .room_joined = {STR_INIT("AAAAAA"), false, TEXT}},
    {.type = CHAT_PARTNER_JOINED_EVT, .partner_joined = {TEXT}},
    {.type = CHAT_CHAT_EVT, .chat = {TEXT, TEXT}},
    {.type = CHAT_PARTNER_TYPING_EVT},
    {.type = CHAT_PARTNER_STOP_TYPING_EVT},
    {.type = CHAT_PARTNER_LEFT_EVT},
    {.type = CHAT_AUTHENTICATED_EVT, .authenticated = {7}},
    {.type = CHAT_ERROR_EVT,
     .error = {CHAT_ERROR_USERNAME_REQUIRED, STR_INIT("username_required"),
               STR_INIT("Username is required")}},
};

static const struct live_member member = {TEXT, 7};
static const struct live_channel channel = {TEXT, TEXT, LIVE_MODE_OPEN, 7, 7, 7};

#define SRTP                                                                                       \
    {                                                                                              \
        LIVE_SUITE_AES_CM_128_HMAC_SHA1_80, STR_INIT("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd")   \
    }

#define ZEROS "00000000000000000000000000000000"

static const struct live_event live_events[] = {
    {.type = LIVE_HELLO_EVT, .hello = {7}},
    {.type = LIVE_HEARTBEAT_ACK_EVT},
    {.type = LIVE_READY_EVT, .ready = {STR_INIT(LIVE_SESSION_ID_PREFIX ZEROS), TEXT}},
    {.type = LIVE_CHANNEL_EVENT_EVT, .channel_event = {LIVE_CHANGE_JOIN, TEXT, {TEXT, 7}}},
    {.type = LIVE_MESSAGE_EVENT_EVT,
     .message_event = {STR_INIT(LIVE_MESSAGE_ID_PREFIX ZEROS), TEXT, TEXT, TEXT, 7}},
    {.type = LIVE_FLOOR_GRANTED_EVT, .floor_granted = {TEXT, TEXT, 7}},
    {.type = LIVE_FLOOR_DENY_EVT, .floor_deny = {TEXT, LIVE_DENIAL_NOT_PUSH_TO_TALK}},
    {.type = LIVE_FLOOR_TAKEN_EVT, .floor_taken = {TEXT, TEXT, LIVE_INDICATOR_NORMAL}},
    {.type = LIVE_FLOOR_IDLE_EVT, .floor_idle = {TEXT}},
    {.type = LIVE_FLOOR_REVOKE_EVT, .floor_revoke = {TEXT, LIVE_CAUSE_PREEMPTED}},
    {.type = LIVE_FLOOR_QUEUE_POS_INFO_EVT, .floor_queue_pos_info = {TEXT, 7, 7}},
    {.type = LIVE_FLOOR_PONG_EVT, .floor_pong = {TEXT}},
    {.type = LIVE_ERROR_EVT,
     .error = {LIVE_ERROR_NOT_AUTHENTICATED, 1000, STR_INIT("Authentication required")}},
    {.type = LIVE_CHANNEL_CREATE_ACK, .channel_create_ack = {TEXT, TEXT}},
    {.type = LIVE_CHANNEL_JOIN_ACK,
     .channel_join_ack = {TEXT, &member, 1, true, SRTP, true, {TEXT, 7}}},
    {.type = LIVE_CHANNEL_JOIN_ACK,
     .channel_join_ack = {TEXT, &member, 1, false, SRTP, false, {TEXT, 7}}},
    {.type = LIVE_CHANNEL_LEAVE_ACK, .channel_leave_ack = {TEXT}},
    {.type = LIVE_CHANNEL_UPDATE_ACK, .channel_update_ack = {TEXT, TEXT}},
    {.type = LIVE_CHANNEL_DELETE_ACK, .channel_delete_ack = {TEXT}},
    {.type = LIVE_CHANNEL_LIST_ACK, .channel_list_ack = {&channel, 1}},
    {.type = LIVE_CHANNEL_INFO_ACK,
     .channel_info_ack = {TEXT, TEXT, LIVE_MODE_OPEN, 7, 7, 7, &member, 1}},
};

#define STATE                                                                                      \
    {                                                                                              \
        .name = TEXT, .color = STR_INIT("#000000"), .position = {HALF, HALF, HALF},                \
        .rotation = {ONE, ZERO, ZERO, ZERO}, .has_animation = true, .animation = TEXT,             \
        .has_velocity = true, .velocity = {HALF, HALF, HALF}, .has_model_url = true,               \
        .model_url = TEXT                                                                          \
    }

static const struct game_player player = {UUID, STATE};
static const struct game_entry entry = {UUID, TEXT, UUID, TEXT, TEXT, MOMENT};

static const struct game_event game_events[] = {
    {.type = GAME_WELCOME_EVT, .welcome = {UUID, &player, 1, &entry, 1}},
    {.type = GAME_PLAYER_JOINED_EVT, .player_joined = {UUID, STATE}},
    {.type = GAME_PLAYER_UPDATE_EVT, .player_update = {UUID, STATE}},
    {.type = GAME_PLAYER_LEFT_EVT, .player_left = {UUID}},
    {.type = GAME_CHAT_MESSAGE_EVT, .chat_message = {UUID, TEXT, TEXT, MOMENT}},
    {.type = GAME_AUTHENTICATED_EVT, .authenticated = {7}},
    {.type = GAME_ERROR_EVT, .error = {GAME_ERROR_INVALID_MESSAGE, TEXT}},
};

/* Each vector is what one of the events encodes to. */
static void expect_events(const struct codec *codec, const void *events, size_t count, size_t bytes)
{
    const cJSON *rows = vectors_of(vectors, codec->service, "events"), *row;

    EXPECT(cJSON_GetArraySize(rows) > 0);
    cJSON_ArrayForEach(row, rows)
    {
        struct str want = vector_text(row, "text");
        bool found = false;

        for (size_t i = 0; i < count && !found; i++) {
            struct encoded encoded = codec->encode((const char *)events + i * bytes, out);
            EXPECT(encoded.len <= codec->event_encoded_max);
            found = str_equal((struct str){out, encoded.len}, want) &&
                    str_equal(codec->event_names[encoded.event], vector_text(row, "event"));
        }
        if (!EXPECT(found))
            printf("  no event above encodes to %.*s\n", (int)want.len, want.base);
    }
}

TEST(chat_events_are_as_in_the_vectors)
{
    expect_events(&chat_codec, chat_events, sizeof chat_events / sizeof chat_events[0],
                  sizeof chat_events[0]);
}

TEST(live_events_are_as_in_the_vectors)
{
    expect_events(&live_codec, live_events, sizeof live_events / sizeof live_events[0],
                  sizeof live_events[0]);
}

TEST(game_events_are_as_in_the_vectors)
{
    expect_events(&game_codec, game_events, sizeof game_events / sizeof game_events[0],
                  sizeof game_events[0]);
}

/* What each event is besides its text. */
TEST(events_say_their_error_and_their_delivery)
{
    struct chat_event refused = chat_error_room_not_found(&arena, STR("XYZ999"));
    struct chat_event typing = {.type = CHAT_PARTNER_TYPING_EVT};
    struct encoded encoded = chat_codec.encode(&refused, out);

    EXPECT_EQ_INT(encoded.error, CHAT_ERROR_ROOM_NOT_FOUND + 1);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_RELIABLE);
    EXPECT_EQ_STR(((struct str){out, encoded.len}),
                  "{\"type\":\"error\",\"code\":\"room_not_found\","
                  "\"message\":\"Room 'XYZ999' not found\"}");
    encoded = chat_codec.encode(&typing, out);
    EXPECT_EQ_INT(encoded.error, 0);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_VOLATILE);
}

TEST(what_sets_a_players_state_anew_or_says_something_seals_the_older_updates)
{
    struct game_event left = {.type = GAME_PLAYER_LEFT_EVT, .player_left = {STR("an id")}};
    struct game_event joined = {.type = GAME_PLAYER_JOINED_EVT};
    struct game_event said = {.type = GAME_CHAT_MESSAGE_EVT};
    struct game_event welcome = {.type = GAME_WELCOME_EVT};
    struct encoded encoded = game_codec.encode(&left, out);

    EXPECT_EQ_INT(encoded.delivery, DELIVERY_SEAL);
    EXPECT_EQ_STR(encoded.key, "an id");
    joined.player_joined.client_id = STR("another");
    encoded = game_codec.encode(&joined, out);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_SEAL);
    EXPECT_EQ_STR(encoded.key, "another");
    said.chat_message.client_id = STR("a third");
    encoded = game_codec.encode(&said, out);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_SEAL);
    EXPECT_EQ_STR(encoded.key, "a third");
    encoded = game_codec.encode(&welcome, out);
    EXPECT_EQ_INT(encoded.delivery, DELIVERY_SEAL_ALL);
}

TEST(error_texts_take_their_arguments)
{
    struct live_event event = live_error_unknown_opcode(&arena, 99);
    static char id[4096];

    EXPECT_EQ_STR(event.error.reason, "Unknown opcode: 99");
    EXPECT_EQ_INT(event.error.code, 1003);
    event = live_error_message_too_long(&arena, UINT32_MAX);
    EXPECT_EQ_STR(event.error.reason, "Message too long: 4294967295 chars");
    event = live_error_event(LIVE_ERROR_NOT_AUTHENTICATED);
    EXPECT_EQ_STR(event.error.reason, "Authentication required");
    /* Cut to the bound of the field, between two characters. */
    for (size_t i = 0; i + 3 <= sizeof id; i += 3)
        memcpy(id + i, "\355\225\234", 3);
    event = live_error_not_in_channel(&arena, (struct str){id, sizeof id - 1});
    EXPECT(event.error.reason.len <= 1024 && event.error.reason.len > 1020);
    EXPECT_EQ_INT((event.error.reason.len - strlen("Not in channel: ")) % 3, 0);
}

/* The greatest events there can be: as long as allowed, and nothing but characters that take six
 * bytes when escaped. */

static struct str escapes(size_t len)
{
    static char bytes[65536];

    memset(bytes, 1, sizeof bytes);
    return (struct str){bytes, len};
}

static void expect_within(const struct codec *codec, const void *event, size_t encoded_max)
{
    struct encoded encoded = codec->encode(event, out);
    cJSON *value = cJSON_ParseWithLength(out, encoded.len);

    EXPECT(value != NULL);
    EXPECT(encoded.len <= encoded_max);
    EXPECT(encoded.len * 10 > encoded_max * 9); /* and the bound is no wild guess */
    cJSON_Delete(value);
}

TEST(the_greatest_chat_event_fits)
{
    struct chat_event event = {.type = CHAT_CHAT_EVT, .chat = {escapes(256), escapes(32768)}};

    expect_within(&chat_codec, &event, CHAT_CHAT_EVT_ENCODED_MAX);
}

TEST(the_greatest_live_event_fits)
{
    static struct live_channel channels[CHANNELS_LISTED_MAX];
    struct live_event event = {.type = LIVE_CHANNEL_LIST_ACK,
                               .channel_list_ack = {channels, CHANNELS_LISTED_MAX}};

    for (int i = 0; i < CHANNELS_LISTED_MAX; i++)
        channels[i] = (struct live_channel){escapes(512), escapes(256),        LIVE_MODE_CONFERENCE,
                                            UINT32_MAX,   CHANNEL_MEMBERS_MAX, UINT64_MAX};
    expect_within(&live_codec, &event, LIVE_CHANNEL_LIST_ACK_ENCODED_MAX);
}

TEST(the_greatest_game_event_fits)
{
    static struct game_player players[PLAYERS_MAX];
    static struct game_entry entries[WELCOME_ENTRIES_MAX];
    struct number wide = {.value = -1.2345678901234567e-300};
    struct str uuid = UUID, moment = escapes(40);
    struct game_event event = {
        .type = GAME_WELCOME_EVT,
        .welcome = {uuid, players, PLAYERS_MAX, entries, WELCOME_ENTRIES_MAX}};

    for (int i = 0; i < PLAYERS_MAX; i++)
        players[i] = (struct game_player){
            uuid,
            {.name = escapes(50),
             .color = STR("#000000"),
             .position = {wide, wide, wide},
             .rotation = {wide, wide, wide, wide},
             .has_animation = true,
             .animation = escapes(256),
             .has_velocity = true,
             .velocity = {wide, wide, wide},
             .has_model_url = true,
             .model_url = escapes(2048)},
        };
    for (int i = 0; i < WELCOME_ENTRIES_MAX; i++)
        entries[i] =
            (struct game_entry){uuid, escapes(512), uuid, escapes(50), escapes(1000), moment};
    expect_within(&game_codec, &event, GAME_WELCOME_EVT_ENCODED_MAX);
}

/* What stands for a body, or a type that is written by itself, in the vectors. */
static void expect_text(struct str section, const char *kind, const char *key, const char *name,
                        size_t len)
{
    const cJSON *vector;

    cJSON_ArrayForEach(vector, vectors_of(vectors, section, kind))
    {
        if (str_equal(vector_text(vector, key), (struct str){name, strlen(name)})) {
            EXPECT_EQ_STR(((struct str){out, len}), vector_text(vector, "text"));
            return;
        }
    }
    REQUIRE(false && "no such vector");
}

TEST(http_answers)
{
    const struct game_room room = {TEXT, TEXT, MOMENT, MOMENT, 7};
    const struct game_get_rooms_200 rooms = {&room, 1};
    const struct game_post_chat_history_200 history = {&entry, 1}, none = {NULL, 0};
    const struct http_get_health_200 health = {.version = TEXT,
                                               .spec_hash = TEXT,
                                               .uptime_seconds = 7,
                                               .connections = 7}; /* and all is healthy */
    const struct http_get_livez_200 alive = {HTTP_LIFE_ALIVE};
    const struct http_get_readyz_200 ready = {HTTP_READINESS_READY};
    size_t len = game_encode_get_rooms_200(&rooms, out);

    expect_text(STR("game"), "answers", "body", "get_rooms_200", len);
    len = game_encode_post_chat_history_200(&history, out);
    expect_text(STR("game"), "answers", "body", "post_chat_history_200", len);
    len = game_encode_post_chat_history_200(&none, out);
    EXPECT_EQ_STR(((struct str){out, len}), "[]");
    len = http_encode_get_health_200(&health, out);
    expect_text(STR("http"), "answers", "body", "get_health_200", len);
    len = http_encode_get_livez_200(&alive, out);
    expect_text(STR("http"), "answers", "body", "get_livez_200", len);
    len = http_encode_get_readyz_200(&ready, out);
    expect_text(STR("http"), "answers", "body", "get_readyz_200", len);
}

/* Types that are written by themselves. */
TEST(bare_types)
{
    const struct http_refusal refusal = {404, TEXT, TEXT};
    size_t len = http_encode_refusal(&refusal, out);

    expect_text(STR("http"), "types", "type", "refusal", len);
    len = game_encode_player_state(&player.state, out);
    expect_text(STR("game"), "types", "type", "player_state", len);
    EXPECT(len <= GAME_PLAYER_STATE_ENCODED_MAX);
}
