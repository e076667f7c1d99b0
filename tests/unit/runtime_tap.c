#include "runtime/tap.h"
#include "tests/unit/hub_fixture.h"
#include "tests/unit/memory.h"
#include "tests/unit/test.h"

/* An entry in one line: "in u0 echo hall ok". */
static const char *next(struct tap *tap)
{
    static char line[256];
    const struct tap_entry *entry = tap_take(tap);
    if (entry == NULL) {
        return "";
    }
    snprintf(line, sizeof line, "%s %.*s %.*s %.*s %.*s", entry->is_event ? "out" : "in",
             entry->user.has ? entry->user.len : 1, entry->user.has ? entry->user.base : "-",
             entry->type.len > 0 ? (int)entry->type.len : 1,
             entry->type.len > 0 ? entry->type.base : "-", entry->room.has ? entry->room.len : 1,
             entry->room.has ? entry->room.base : "-", (int)entry->outcome.len,
             entry->outcome.base);
    return line;
}

static uint32_t drain(struct tap *tap)
{
    uint32_t count = 0;
    while (tap_take(tap) != NULL) {
        count++;
    }
    return count;
}

TEST(messages_are_recorded_with_what_they_led_to)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct tap *tap = hub_tap(hub);
    REQUIRE(tap != NULL);
    struct session *session = open_session(hub, false);
    REQUIRE(session != NULL);
    EXPECT_EQ_STR(next(tap), "out u0 echo - ok"); /* the greeting */
    EXPECT_EQ_INT(say(hub, session, "eone"), HUB_OK);
    EXPECT_EQ_INT(tap_waiting(tap), 2);
    const struct tap_entry *entry = tap_take(tap);
    EXPECT(!entry->is_event && handle_equal(entry->session, session->id));
    EXPECT_EQ_INT(entry->at_ms, 5000);
    EXPECT_EQ_INT(entry->bytes, 4);
    EXPECT_EQ_INT(entry->receivers, 0);
    EXPECT_EQ_INT(entry->shape_len, 1); /* this service does not speak JSON */
    EXPECT_EQ_STR(next(tap), "out u0 echo hall ok");
    EXPECT_EQ_INT(say(hub, session, "etwo"), HUB_OK);
    EXPECT_EQ_STR(next(tap), "in u0 echo hall ok"); /* out of where it was */
    EXPECT_EQ_STR(next(tap), "out u0 echo - ok");
    EXPECT_EQ_INT(say(hub, session, "?"), HUB_OK);
    EXPECT_EQ_STR(next(tap), "in u0 - - invalid");
    EXPECT_EQ_STR(next(tap), "out u0 echo - invalid");
    EXPECT_EQ_STR(next(tap), "");
    EXPECT_EQ_INT(tap_lost(tap), 0);
    hub_untap(hub, tap);
    EXPECT_EQ_INT(say(hub, session, "eafter"), HUB_OK);
    hub_free(hub);
}

TEST(what_becomes_of_a_message_is_told)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *moving = open_session(hub, false), *waiting = open_session(hub, false);
    struct session *closing = open_session(hub, false);
    REQUIRE(moving != NULL && waiting != NULL && closing != NULL);
    struct tap *tap = hub_tap(hub);
    REQUIRE(tap != NULL);
    EXPECT_EQ_INT(say(hub, moving, "m"), HUB_MOVED);
    EXPECT_EQ_STR(next(tap), "in u0 move - moved");
    passage_free(hub_depart(hub, moving, (struct str){NULL, 0}));
    EXPECT_EQ_INT(say(hub, waiting, "a"), HUB_WAITING);
    EXPECT_EQ_STR(next(tap), "in u1 ask hall waits");
    EXPECT_EQ_INT(say(hub, closing, "c"), HUB_CLOSING);
    EXPECT_EQ_STR(next(tap), "in u2 close hall closed");
    EXPECT_EQ_STR(next(tap), "");
    hub_free(hub); /* with a tap */
}

TEST(an_event_for_several_names_none_of_them)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *sessions[4];
    for (uint32_t i = 0; i < 4; i++) {
        sessions[i] = open_session(hub, false);
        REQUIRE(sessions[i] != NULL);
    }
    struct tap *all = hub_tap(hub), *one = hub_tap(hub), *gone = hub_tap(hub);
    REQUIRE(all != NULL && one != NULL && gone != NULL);
    tap_set(one,
            &(struct tap_filter){
                .binding = TAP_ANY, .has_session = true, .session = sessions[2]->id, .one_of = 1});
    tap_set(gone, &(struct tap_filter){.binding = TAP_ANY, .has_session = true, .one_of = 1});
    EXPECT_EQ_INT(say(hub, sessions[1], "bnews"), HUB_OK);
    EXPECT_EQ_STR(next(all), "in u1 broadcast hall ok");
    const struct tap_entry *entry = tap_take(all);
    EXPECT(entry->is_event && handle_equal(entry->session, HANDLE_NONE) && !entry->user.has);
    EXPECT_EQ_INT(entry->receivers, 3);
    entry = tap_take(one);
    EXPECT(entry->is_event && handle_equal(entry->session, sessions[2]->id) && entry->user.has);
    EXPECT_EQ_INT(entry->receivers, 3);
    EXPECT_EQ_INT(drain(one), 0); /* not the message, which was another's */
    EXPECT_EQ_INT(say(hub, sessions[2], "bnews"), HUB_OK);
    EXPECT_EQ_STR(next(one), "in u2 broadcast hall ok");
    EXPECT_EQ_INT(drain(one), 0);
    EXPECT_EQ_INT(drain(gone), 0);
    hub_free(hub);
}

TEST(filters_are_kept)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false), *other = open_session(hub, false);
    REQUIRE(session != NULL && other != NULL);
    struct tap *tap = hub_tap(hub);
    REQUIRE(tap != NULL);
    char room[] = "hall";
    struct tap_filter filter = {.binding = TAP_ANY, .room = {room, 4}, .one_of = 1};
    tap_set(tap, &filter);
    memset(room, 'x', 4); /* it was copied */
    EXPECT_EQ_INT(say(hub, session, "?"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 0); /* outside */
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 2); /* goes in */
    EXPECT_EQ_INT(say(hub, other, "l1"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 2); /* goes in, too */
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 2); /* goes out, and is told */
    EXPECT_EQ_INT(say(hub, session, "?"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 0);
    filter.room = STR("hell");
    tap_set(tap, &filter);
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 0);

    tap_set(tap,
            &(struct tap_filter){.binding = TAP_ANY, .type = small_names[LATEST], .one_of = 1});
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 0);
    EXPECT_EQ_INT(say(hub, session, "l2"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 2);

    tap_set(tap, &(struct tap_filter){.binding = 1, .one_of = 1});
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 0);
    hub_free(hub);
}

TEST(what_timers_send_comes_from_no_message)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    struct tap *tap = hub_tap(hub);
    REQUIRE(session != NULL && tap != NULL);
    tap_set(tap, &(struct tap_filter){.binding = TAP_ANY, .room = STR("hall"), .one_of = 1});
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(say(hub, session, "t"), HUB_OK); /* out of the hall */
    EXPECT_EQ_INT(drain(tap), 3);
    heard(session);
    hub_time(hub, 1010, 5010);
    hub_tick(hub);
    EXPECT(session->egress != NULL);
    EXPECT_EQ_INT(drain(tap), 0);
    hub_free(hub);
}

TEST(one_of_many_is_recorded)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    struct tap *tap = hub_tap(hub);
    REQUIRE(session != NULL && tap != NULL);
    tap_set(tap, &(struct tap_filter){.binding = TAP_ANY, .one_of = 5});
    for (uint32_t i = 0; i < 50; i++) {
        EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
        heard(session);
    }
    EXPECT_EQ_INT(drain(tap), 20);
    EXPECT_EQ_INT(tap_lost(tap), 0);
    hub_free(hub);
}

TEST(the_oldest_are_lost_and_counted)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    struct tap *tap = hub_tap(hub);
    REQUIRE(session != NULL && tap != NULL);
    for (uint32_t i = 0; i < TAP_ENTRIES_MAX / 2 + 10; i++) {
        hub_time(hub, 1000 + i, 5000 + i);
        EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
        heard(session);
    }
    EXPECT_EQ_INT(tap_waiting(tap), TAP_ENTRIES_MAX);
    EXPECT_EQ_INT(tap_lost(tap), 20);
    EXPECT_EQ_INT(tap_lost(tap), 0);
    EXPECT_EQ_INT(tap_take(tap)->at_ms, 5010);
    EXPECT_EQ_INT(drain(tap), TAP_ENTRIES_MAX - 1);
    EXPECT_EQ_INT(say(hub, session, "e"), HUB_OK);
    EXPECT_EQ_INT(drain(tap), 2);
    hub_free(hub);
}

TEST(without_memory_there_is_no_tap)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    EXPECT(memory_fails_at(0));
    EXPECT(hub_tap(hub) == NULL);
    memory_recovers();
    EXPECT(open_session(hub, false) != NULL);
    hub_free(hub);
}
