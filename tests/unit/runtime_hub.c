#include "tests/unit/hub_fixture.h"
#include "tests/unit/memory.h"
#include "tests/unit/test.h"

TEST(a_session_is_greeted_and_answered)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = hub_open(hub, 0, false);
    REQUIRE(session != NULL);
    EXPECT_EQ_INT(services[0]->count, 0); /* not before it is greeted */
    EXPECT_EQ_INT(hub_greet(hub, session), HUB_OK);
    EXPECT_EQ_INT(say(hub, session, "eone"), HUB_OK);
    EXPECT_EQ_INT(say(hub, session, "etwo"), HUB_OK);
    EXPECT_EQ_INT(port.wakes, 1);
    EXPECT_EQ_STR(heard(session), "hello one two");
    EXPECT_EQ_INT(say(hub, session, "ethree"), HUB_OK);
    EXPECT_EQ_INT(port.wakes, 2);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].commands[ECHO]), 3);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].events[ECHO]), 4);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].sessions), 1);
    EXPECT_EQ_STR((const char *)services[0]->options, "options");
    EXPECT_EQ_STR(services[0]->local_host, "192.0.2.7");
    EXPECT_EQ_INT(say(hub, session, "o"), HUB_OK);
    EXPECT_EQ_INT(port.ordered, 77);
    hub_free(hub); /* with a session and a queue */
}

TEST(a_cast_is_encoded_once_and_reaches_all_but_one)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *sessions[4];
    for (uint32_t i = 0; i < 4; i++) {
        sessions[i] = open_session(hub, false);
        REQUIRE(sessions[i] != NULL);
        heard(sessions[i]);
    }
    encodings = 0;
    EXPECT_EQ_INT(say(hub, sessions[1], "bnews"), HUB_OK);
    EXPECT_EQ_INT(encodings, 1);
    for (uint32_t i = 0; i < 4; i++) {
        EXPECT_EQ_STR(heard(sessions[i]), i == 1 ? "" : "news");
    }
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].events[BROADCAST]), 3);
    hub_closed(hub, sessions[2]);
    EXPECT_EQ_STR(heard(sessions[0]), "left");
    EXPECT_EQ_INT(hub_sessions(hub), 3);
    hub_free(hub);
}

TEST(casts_of_one_call_keep_their_order_and_who_is_left_out)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *sessions[3];
    for (uint32_t i = 0; i < 3; i++) {
        sessions[i] = open_session(hub, false);
        REQUIRE(sessions[i] != NULL);
        heard(sessions[i]);
    }
    port.wakes = 0;
    encodings = 0;
    EXPECT_EQ_INT(say(hub, sessions[1], "fa0b11.2c"), HUB_OK);
    EXPECT_EQ_INT(encodings, 8);
    EXPECT_EQ_INT(port.wakes, 3);
    EXPECT_EQ_STR(heard(sessions[0]), "a b 1 1 2 c");
    EXPECT_EQ_STR(heard(sessions[1]), "a 0 b . 2 c");
    EXPECT_EQ_STR(heard(sessions[2]), "a 0 b 1 1 c");
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].events[FAN]), 18);
    hub_free(hub);
}

/* More than are queued together, and more than one of two may leave unread. */
TEST(who_is_cut_off_among_casts_hears_no_more_and_others_all)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *slow = open_session(hub, false);
    struct session *quick = open_session(hub, false);
    REQUIRE(slow != NULL && quick != NULL);
    EXPECT_EQ_STR(heard(quick), "hello");
    EXPECT_EQ_INT(say(hub, slow, "f1abcdefghijklmn"), HUB_OK); /* with its greeting 16 wait */
    EXPECT_EQ_STR(heard(quick), "a b c d e f g h i j k l m n");
    EXPECT_EQ_INT(say(hub, quick, "fnopqrstuvwxyz"), HUB_OK);
    EXPECT_EQ_STR(heard(quick), "n o p q r s t u v w x y z");
    EXPECT_EQ_INT(port.closes, 1);
    EXPECT(handle_equal(port.closed, slow->id) && port.why == CLOSE_READING_TOO_SLOWLY);
    EXPECT_EQ_STR(heard(slow), "");
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].overflowed[DELIVERY_RELIABLE]), 1);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].events[FAN]), 15 + 14 + 1 + 13);
    EXPECT_EQ_INT(say(hub, quick, "f1abcdefghijklmnopqrstuvwxyz01"), HUB_CLOSING);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].events[FAN]), 15 + 14 + 1 + 13 + 17);
    hub_free(hub);
}

TEST(a_closing_session_hears_and_says_nothing_more)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    struct session *other = open_session(hub, false);
    REQUIRE(session != NULL && other != NULL);
    heard(session);
    heard(other);
    struct handle id = session->id;
    EXPECT_EQ_INT(say(hub, session, "c"), HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_NOT_IDENTIFIED);
    EXPECT_EQ_INT(say(hub, session, "bnews"), HUB_CLOSING);
    EXPECT_EQ_INT(say(hub, other, "bnews"), HUB_OK);
    EXPECT(session->egress == NULL && other->egress == NULL);
    EXPECT(hub_find(hub, id) == session);
    hub_closed(hub, session);
    EXPECT(hub_find(hub, id) == NULL);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].rooms), 1); /* without a tick */
    EXPECT_EQ_INT(port.closes, 1);
    EXPECT_EQ_STR(heard(other), "left");
    hub_free(hub);
}

TEST(bad_messages_are_answered_until_there_are_too_many)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, true);
    REQUIRE(session != NULL);
    heard(session);
    EXPECT_EQ_INT(say(hub, session, "r"), HUB_OK); /* refused: no strike */
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQ_INT(say(hub, session, "?"), HUB_OK);
    }
    hub_time(hub, 1250, 5250); /* two are forgiven */
    EXPECT_EQ_INT(say(hub, session, ""), HUB_OK);
    EXPECT_EQ_INT(say(hub, session, "?"), HUB_OK);
    EXPECT_EQ_INT(say(hub, session, "eok"), HUB_OK);
    hub_time(hub, 1299, 5299);
    EXPECT_EQ_INT(say(hub, session, "?"), HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_TOO_MANY_INVALID);
    EXPECT_EQ_STR(heard(session), "invalid invalid invalid invalid invalid invalid ok invalid");
    EXPECT_EQ_INT(port.address_strikes, 0); /* trusted */
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].invalid), 6);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].errors[0]), 7);
    EXPECT_EQ_INT(stat_get(&stats[0].strikes[STRIKE_INVALID]), 6);
    hub_free(hub);
}

TEST(guesses_are_counted_by_session_and_by_the_address_of_those_not_trusted)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *trusted = open_session(hub, true);
    struct session *session = open_session(hub, false);
    struct session *third = open_session(hub, false);
    REQUIRE(trusted != NULL && session != NULL && third != NULL);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQ_INT(say(hub, trusted, "g"), HUB_OK);
    }
    EXPECT_EQ_INT(say(hub, trusted, "g"), HUB_CLOSING);
    EXPECT_EQ_INT(port.address_strikes, 0);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQ_INT(say(hub, session, "g"), HUB_OK);
    }
    EXPECT_EQ_INT(port.address_strikes, 3);
    EXPECT_EQ_INT(say(hub, session, "g"), HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_TOO_MANY_GUESSES);
    port.address_over = true;
    EXPECT_EQ_INT(say(hub, third, "g"), HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_TOO_MANY_GUESSES);
    EXPECT_EQ_INT(port.closes, 3);
    hub_free(hub);
}

TEST(a_reader_that_does_not_read_is_cut_off)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *slow = open_session(hub, false);
    struct session *other = open_session(hub, false);
    REQUIRE(slow != NULL && other != NULL);
    for (uint32_t i = 0; i < 15; i++) {
        EXPECT_EQ_INT(say(hub, other, "bnews"), HUB_OK);
    }
    EXPECT_EQ_INT(say(hub, slow, "vnot this"), HUB_OK);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].dropped[DELIVERY_VOLATILE]), 1);
    EXPECT_EQ_INT(port.closes, 0);
    egress_sent(&slow->egress, 3); /* a frame is begun: it stays */
    EXPECT_EQ_INT(say(hub, other, "bnews"), HUB_OK);
    EXPECT_EQ_INT(port.closes, 1);
    EXPECT(handle_equal(port.closed, slow->id));
    EXPECT_EQ_INT(port.why, CLOSE_READING_TOO_SLOWLY);
    EXPECT_EQ_INT(egress_messages(slow->egress), 1);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].overflowed[DELIVERY_RELIABLE]), 1);
    hub_free(hub);
}

TEST(the_latest_replaces)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    REQUIRE(session != NULL);
    egress_refused(&session->egress); /* it lags */
    for (uint32_t i = 0; i < 100; i++) {
        EXPECT_EQ_INT(say(hub, session, "la-old"), HUB_OK);
        EXPECT_EQ_INT(say(hub, session, "lb-old"), HUB_OK);
    }
    EXPECT_EQ_INT(say(hub, session, "la-new"), HUB_OK);
    EXPECT_EQ_STR(heard(session), "hello a-new b-old");
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].replaced[DELIVERY_LATEST]), 199);
    hub_free(hub);
}

TEST(a_full_worker_says_so)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    services_full = true;
    struct session *session = hub_open(hub, 0, false);
    REQUIRE(session != NULL);
    EXPECT_EQ_INT(hub_greet(hub, session), HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_SERVER_FULL);
    hub_closed(hub, session); /* the service never knew it */
    services_full = false;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        EXPECT(open_session(hub, false) != NULL);
    }
    EXPECT(hub_open(hub, 0, false) == NULL);
    hub_free(hub);
}

static void close_each(void *context, struct session *session)
{
    hub_closed(context, session);
}

TEST(every_session_may_be_closed_in_a_walk)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        EXPECT(open_session(hub, false) != NULL);
    }
    hub_each(hub, close_each, hub);
    EXPECT_EQ_INT(hub_sessions(hub), 0);
    EXPECT_EQ_INT(services[0]->count, 0);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].sessions), 0);
    hub_free(hub);
}

TEST(timers_run_when_due_and_not_all_at_once)
{
    struct hub *hub = new_hub(0);
    REQUIRE(hub != NULL);
    struct session *session = open_session(hub, false);
    REQUIRE(session != NULL);
    heard(session);
    EXPECT(hub_tick(hub) == UINT64_MAX);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].rooms), 1);
    EXPECT_EQ_INT(say(hub, session, "t"), HUB_OK); /* 40 calls are asked for */
    EXPECT(hub_tick(hub) == 1010);
    EXPECT(session->egress == NULL);
    hub_time(hub, 1010, 5010);
    uint32_t calls = 0;
    while (hub_tick(hub) <= 1010) {
        calls++;
        heard(session);
    }
    EXPECT(calls >= 2 && services[0]->timers == 0);
    EXPECT(hub_tick(hub) == UINT64_MAX);
    hub_free(hub);
}

TEST(a_session_moves_with_all_it_has)
{
    struct hub *from = new_hub(0);
    struct hub *to = new_hub(1);
    REQUIRE(from != NULL && to != NULL);
    struct session *session = open_session(from, true);
    REQUIRE(session != NULL);
    EXPECT_EQ_INT(say(from, session, "eone"), HUB_OK);
    EXPECT_EQ_INT(say(from, session, "?"), HUB_OK);
    egress_sent(&session->egress, 3); /* "hello" is half gone */
    struct handle id = session->id;
    EXPECT_EQ_INT(say(from, session, "mhere"), HUB_MOVED);
    struct passage *passage = hub_depart(from, session, STR("unread"));
    REQUIRE(passage != NULL);
    EXPECT(hub_find(from, id) == NULL);
    EXPECT_EQ_INT(services[0]->count, 0);
    EXPECT_EQ_INT(passage->to, 1);
    EXPECT_EQ_STR(passage_input(passage), "unread");

    port.wakes = 0;
    struct session *arrived = hub_arrive(to, passage);
    REQUIRE(arrived != NULL);
    EXPECT_EQ_INT(port.wakes, 0); /* the transport's part is not there yet */
    EXPECT_EQ_INT(hub_resume(to, arrived), HUB_OK);
    passage_free(passage);
    EXPECT_EQ_INT(port.wakes, 1);
    EXPECT(services[1]->slots[arrived->service_slot].trusted);
    EXPECT_EQ_INT(services[1]->slots[arrived->service_slot].commands, 2);
    EXPECT_EQ_INT(arrived->strikes.spent, 1);
    char wire[64];
    uint32_t len = egress_bytes(arrived->egress);
    REQUIRE(len <= sizeof(wire));
    egress_flatten(arrived->egress, (uint8_t *)wire);
    EXPECT_EQ_STR(((struct str){wire, len}), "ello\x81\3one\x81\7invalid\x81\4here");
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].moved_out), 1);
    EXPECT_EQ_INT(stat_get(&stats[1].services[0].moved_in), 1);
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].commands[MOVE]), 0); /* counted where it ran */
    EXPECT_EQ_INT(stat_get(&stats[1].services[0].commands[MOVE]), 1);
    hub_closed(to, arrived);
    hub_free(from);
    hub_free(to);
}

TEST(a_session_may_find_no_room_or_die_on_the_way)
{
    struct hub *from = new_hub(0);
    struct hub *to = new_hub(1);
    REQUIRE(from != NULL && to != NULL);
    struct session *session = open_session(from, false);
    REQUIRE(session != NULL && say(from, session, "mhere") == HUB_MOVED);
    struct passage *passage = hub_depart(from, session, STR(""));
    REQUIRE(passage != NULL);
    services_full = true;
    EXPECT(hub_arrive(to, passage) == NULL);
    EXPECT_EQ_INT(hub_sessions(to), 0);
    services_full = false;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        EXPECT(open_session(to, false) != NULL);
    }
    EXPECT(hub_arrive(to, passage) == NULL);
    passage_free(passage);

    session = open_session(from, false);
    REQUIRE(session != NULL && say(from, session, "mhere") == HUB_MOVED);
    passage_free(hub_depart(from, session, STR("")));
    EXPECT_EQ_INT(hub_sessions(from), 0);
    hub_free(from);
    hub_free(to);
}

/* Takes the mail that was posted last to its worker. */
static void carry_mail(struct hub *hubs[2])
{
    uint32_t to = port.mail_to;
    char mail[sizeof(struct small_mail)];
    memcpy(mail, port.mail, sizeof(mail));
    hub_mail(hubs[to], 0, 1 - to, (struct str){mail, sizeof(mail)});
}

TEST(a_session_waits_for_mail_and_goes_on)
{
    struct hub *hubs[2] = {new_hub(0), new_hub(1)};
    REQUIRE(hubs[0] != NULL && hubs[1] != NULL);
    struct session *session = open_session(hubs[0], false);
    struct session *there = open_session(hubs[1], false);
    REQUIRE(session != NULL && there != NULL);
    EXPECT_EQ_INT(say(hubs[0], session, "a"), HUB_WAITING);
    carry_mail(hubs); /* the question */
    EXPECT_EQ_INT(port.resumes, 0);
    carry_mail(hubs); /* the answer */
    EXPECT_EQ_INT(port.resumes, 1);
    EXPECT(port.resumed == session);
    carry_mail(hubs); /* once more: it has gone on already */
    EXPECT_EQ_INT(port.resumes, 1);
    EXPECT_EQ_INT(hub_resume(hubs[0], session), HUB_OK);
    EXPECT_EQ_INT(say(hubs[0], session, "eafter"), HUB_OK);
    EXPECT_EQ_STR(heard(session), "hello yes after");
    EXPECT_EQ_INT(stat_get(&stats[0].services[0].commands[ASK]), 1);
    EXPECT_EQ_INT(stat_get(&stats[0].mails_sent), 1);
    hub_free(hubs[0]);
    hub_free(hubs[1]);
}

TEST(a_session_waits_and_then_moves)
{
    struct hub *hubs[2] = {new_hub(0), new_hub(1)};
    REQUIRE(hubs[0] != NULL && hubs[1] != NULL);
    struct session *session = open_session(hubs[0], false);
    REQUIRE(session != NULL && say(hubs[0], session, "a") == HUB_WAITING);
    carry_mail(hubs);
    carry_mail(hubs);
    EXPECT_EQ_INT(hub_resume(hubs[0], session), HUB_MOVED);
    struct passage *passage = hub_depart(hubs[0], session, STR(""));
    REQUIRE(passage != NULL);
    struct session *arrived = hub_arrive(hubs[1], passage);
    passage_free(passage);
    REQUIRE(arrived != NULL);
    EXPECT_EQ_INT(hub_resume(hubs[1], arrived), HUB_OK);
    uint32_t len = egress_bytes(arrived->egress);
    EXPECT_EQ_INT(len, 2 + 5 + 2 + 3); /* hello, yes */
    carry_mail(hubs);                  /* to a session that is no longer there */
    hub_free(hubs[0]);
    hub_free(hubs[1]);
}

TEST(a_session_that_waits_may_close_and_mail_may_fail)
{
    struct hub *hubs[2] = {new_hub(0), new_hub(1)};
    REQUIRE(hubs[0] != NULL && hubs[1] != NULL);
    struct session *session = open_session(hubs[0], false);
    REQUIRE(session != NULL && say(hubs[0], session, "a") == HUB_WAITING);
    hub_closed(hubs[0], session);
    carry_mail(hubs);
    carry_mail(hubs);
    EXPECT_EQ_INT(port.resumes, 0);
    EXPECT_EQ_INT(hub_sessions(hubs[0]), 0);

    session = open_session(hubs[0], false);
    port.mail_refused = true;
    REQUIRE(session != NULL && say(hubs[0], session, "a") == HUB_CLOSING);
    EXPECT_EQ_INT(port.why, CLOSE_SERVER_BUSY);
    EXPECT_EQ_INT(stat_get(&stats[0].mails_lost), 1);
    EXPECT_EQ_INT(hub_resume(hubs[0], session), HUB_CLOSING);
    hub_closed(hubs[0], session);

    port.mail_refused = false;
    session = open_session(hubs[0], false);
    REQUIRE(session != NULL && say(hubs[0], session, "a") == HUB_WAITING);
    hub_free(hubs[0]); /* with a session that waits */
    hub_free(hubs[1]);
}

TEST(the_store_is_asked_and_answers_later)
{
    struct hub *hub = new_hub(0);
    struct session *session = open_session(hub, false);
    EXPECT_EQ_INT(say(hub, session, "kden"), HUB_WAITING);
    EXPECT_EQ_INT(port.stored, STORE_RECALL);
    EXPECT_EQ_STR(port.room_id, "den");

    const struct store_order kept[] = {{.kind = STORE_ENTRY, .text = STR("first")},
                                       {.kind = STORE_ENTRY, .text = STR("second")}};
    char bytes[256];
    size_t len = store_order_bytes(&kept[0]);
    store_order_pack(&kept[0], bytes);
    store_order_pack(&kept[1], bytes + len);
    len += store_order_bytes(&kept[1]);
    hub_recalled(hub, 0, &(struct store_recalled){.ticket = port.ticket, .count = 2},
                 (struct str){bytes, len});
    EXPECT_EQ_INT(port.resumes, 1);
    EXPECT_EQ_INT(hub_resume(hub, session), HUB_OK);
    EXPECT_EQ_STR(heard(session), "hello first second +");
    EXPECT_EQ_INT(stat_get(&stats[0].store_orders_lost), 0);
    hub_free(hub);
}

TEST(an_order_that_the_store_cannot_take_is_counted)
{
    struct hub *hub = new_hub(0);
    struct session *session = open_session(hub, false);
    port.store_refuses = true;
    EXPECT_EQ_INT(say(hub, session, "kden"), HUB_WAITING);
    EXPECT_EQ_INT(stat_get(&stats[0].store_orders_lost), 1);
    hub_free(hub);
}

TEST(a_session_says_until_when_it_is_proven)
{
    struct hub *hub = new_hub(0);
    struct session *session = open_session(hub, false);
    EXPECT_EQ_INT(say(hub, session, "x"), HUB_OK);
    EXPECT_EQ_INT(port.expires_ms, 9000);
    hub_free(hub);
}

TEST(memory_may_be_short_at_start)
{
    uint32_t runs = 0;
    for (uint32_t n = 0; memory_fails_at(n); n++, runs++) {
        struct hub *hub = new_hub(0);
        memory_recovers();
        EXPECT((hub == NULL) == memory_failed);
        hub_free(hub);
    }
    EXPECT(runs > 7);
}

/* Two sessions talk and one moves, while the allocations from the n-th on fail. Whoever misses a
 * message is disconnected; nobody else is. */
TEST(memory_may_be_short_at_any_time)
{
    struct hub *from = new_hub(0);
    struct hub *to = new_hub(1);
    REQUIRE(from != NULL && to != NULL);
    for (uint32_t n = 0; memory_fails_at(n); n++) {
        spares_clear(hub_spares(from)); /* nothing is at hand */
        spares_clear(hub_spares(to));
        struct session *session = hub_open(from, 0, false);
        struct session *other = hub_open(from, 0, false);
        REQUIRE(session != NULL && other != NULL);
        bool cut = hub_greet(from, session) == HUB_CLOSING;
        bool cut_other = hub_greet(from, other) == HUB_CLOSING;
        cut = say(from, session, "bnews") == HUB_CLOSING || cut;
        cut_other = say(from, other, "f0one") == HUB_CLOSING || cut_other;
        struct session *arrived = NULL;
        if (say(from, session, "mhere") == HUB_MOVED) {
            struct passage *passage = hub_depart(from, session, STR("input"));
            session = NULL;
            if (passage != NULL) {
                arrived = hub_arrive(to, passage);
            }
            if (arrived != NULL) {
                cut = hub_resume(to, arrived) == HUB_CLOSING;
            } else {
                cut = true;
            }
            passage_free(passage);
        } else {
            cut = true;
        }
        memory_recovers();
        EXPECT((cut || cut_other) == memory_failed);
        if (!cut_other) {
            /* "left" when the other was lost in departing. */
            bool left = session == NULL && arrived == NULL;
            struct str all = heard(other);
            EXPECT(str_equal(all, STR("hello news 0 o n e")) ||
                   (left && str_equal(all, STR("hello news 0 o n e left"))));
        }
        if (session != NULL) {
            hub_closed(from, session);
        }
        if (arrived != NULL) {
            hub_closed(to, arrived);
        }
        hub_closed(from, other);
        EXPECT_EQ_INT(hub_sessions(from) + hub_sessions(to), 0);
        EXPECT_EQ_INT(services[0]->count + services[1]->count, 0);
    }
    hub_free(from);
    hub_free(to);
}
