#include "store/mongo_documents.h"

#include "base/check.h"
#include "tests/unit/test.h"

#define AT_NS 1763735529598000123u

static const struct store_order entry = {.kind = STORE_ENTRY,
                                         .at_ns = AT_NS,
                                         .room_id = STR_INIT("room123"),
                                         .id = STR_INIT("3f5b5049-0000-4000-8000-000000000001"),
                                         .client_id =
                                             STR_INIT("30c097fb-0000-4000-8000-00000000000f"),
                                         .name = STR_INIT("\xed\x94\x8c"),
                                         .text = STR_INIT("hi")};
static const struct store_order room = {.kind = STORE_ROOM,
                                        .ticket = 1700000000000000000,
                                        .at_ns = AT_NS,
                                        .players = 3,
                                        .room_id = STR_INIT("room123")};

static void expect_json(const bson_t *document, const char *wanted)
{
    char *json = bson_as_canonical_extended_json(document, NULL);
    EXPECT_EQ_STR(json, wanted);
    bson_free(json);
}

TEST(a_message_is_made_once_under_an_id_that_has_its_nanoseconds)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    REQUIRE(mongo_document_of_entry(&entry, &selector, &update));
    expect_json(&selector,
                "{ \"_id\" : \"01763735529598000123-3f5b5049-0000-4000-8000-000000000001\" }");
    expect_json(&update,
                "{ \"$setOnInsert\" : { \"id\" : \"3f5b5049-0000-4000-8000-000000000001\", "
                "\"room_id\" : \"room123\", \"client_id\" : "
                "\"30c097fb-0000-4000-8000-00000000000f\", \"username\" : "
                "\"\xed\x94\x8c\", \"message\" : \"hi\", \"timestamp\" : { \"$date\" : { "
                "\"$numberLong\" : \"1763735529598\" } } } }");
    bson_destroy(&selector);
    bson_destroy(&update);
}

TEST(a_room_is_a_whole_document)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    REQUIRE(mongo_document_of_room(&room, &selector, &update));
    expect_json(&selector, "{ \"id\" : \"room123\" }");
    expect_json(&update, "{ \"id\" : \"room123\", \"name\" : \"room123\", \"created_at\" : { "
                         "\"$date\" : { \"$numberLong\" : \"1700000000000\" } }, \"last_activity\" "
                         ": { \"$date\" : { \"$numberLong\" : \"1763735529598\" } }, "
                         "\"player_count\" : { \"$numberInt\" : \"3\" } }");
    bson_destroy(&selector);
    bson_destroy(&update);
}

/* The document that the update of a message makes. */
static bson_t *made_by_entry(const char *id, const char *omitted)
{
    bson_t selector = BSON_INITIALIZER, update = BSON_INITIALIZER;
    bson_t *document = bson_new();
    bson_iter_t at, field;
    CHECK(mongo_document_of_entry(&entry, &selector, &update));
    BSON_APPEND_UTF8(document, "_id", id);
    CHECK(bson_iter_init_find(&at, &update, "$setOnInsert") && bson_iter_recurse(&at, &field));
    while (bson_iter_next(&field))
        if (strcmp(bson_iter_key(&field), omitted) != 0)
            bson_append_iter(document, NULL, 0, &field);
    bson_destroy(&selector);
    bson_destroy(&update);
    return document;
}

TEST(a_message_comes_back_as_it_was)
{
    struct store_order back;
    bson_t *document =
        made_by_entry("01763735529598000123-3f5b5049-0000-4000-8000-000000000001", "");
    REQUIRE(mongo_entry_of(document, &back));
    EXPECT_EQ_INT(back.kind, STORE_ENTRY);
    EXPECT_EQ_INT(back.at_ns, AT_NS);
    EXPECT_EQ_STR(back.id, entry.id);
    EXPECT_EQ_STR(back.room_id, entry.room_id);
    EXPECT_EQ_STR(back.client_id, entry.client_id);
    EXPECT_EQ_STR(back.name, entry.name);
    EXPECT_EQ_STR(back.text, entry.text);
    bson_destroy(document);
}

TEST(an_id_of_somebody_else_has_no_nanoseconds)
{
    static const char *const ids[] = {"",
                                      "x",
                                      "01763735529598000123",
                                      "0176373552959800012x-a",
                                      "99999999999999999999-a",
                                      "01763735529599000123-a"};
    struct store_order back;
    for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        bson_t *document = made_by_entry(ids[i], "");
        EXPECT(mongo_entry_of(document, &back));
        EXPECT_EQ_INT(back.at_ns, 1763735529598000000);
        bson_destroy(document);
    }
}

TEST(a_message_with_a_field_missing_or_of_another_type_is_none)
{
    static const char *const fields[] = {"id",       "room_id", "client_id",
                                         "username", "message", "timestamp"};
    struct store_order back;
    for (uint32_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bson_t *document = made_by_entry("x", fields[i]);
        EXPECT(!mongo_entry_of(document, &back));
        BSON_APPEND_INT32(document, fields[i], 1);
        EXPECT(!mongo_entry_of(document, &back));
        bson_destroy(document);
    }
}

TEST(a_message_whose_ids_are_none_is_none)
{
    static const char *const ids[] = {"",
                                      "3f5b5049-0000-4000-8000-00000000000",
                                      "3f5b5049-0000-4000-8000-0000000000011",
                                      "3F5B5049-0000-4000-8000-000000000001",
                                      "3f5b50490000-4000-8000--000000000001",
                                      "0000000000000000000000000000000000000"};
    struct store_order back;
    for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        bson_t *document = made_by_entry("x", i % 2 ? "id" : "client_id");
        BSON_APPEND_UTF8(document, i % 2 ? "id" : "client_id", ids[i]);
        EXPECT(!mongo_entry_of(document, &back));
        bson_destroy(document);
    }
}

TEST(a_text_that_is_no_utf8_or_longer_than_an_order_holds_is_none)
{
    struct store_order back;
    static char text[70000];
    bson_t *document = made_by_entry("x", "message");
    memset(text, 'x', sizeof text - 1);
    BSON_APPEND_UTF8(document, "message", text);
    EXPECT(!mongo_entry_of(document, &back));
    bson_destroy(document);
    document = made_by_entry("x", "message");
    BSON_APPEND_UTF8(document, "message", "\xff");
    EXPECT(!mongo_entry_of(document, &back));
    bson_destroy(document);
}

static bson_t *room_document(int64_t created, int64_t active)
{
    return BCON_NEW("id", "room123", "name", "n", "created_at", BCON_DATE_TIME(created),
                    "last_activity", BCON_DATE_TIME(active));
}

TEST(a_room_comes_back_whatever_number_its_count_is)
{
    struct store_order back;
    bson_t *document = room_document(1700000000000, 1763735529598);
    EXPECT(!mongo_room_of(document, &back));
    BSON_APPEND_DOUBLE(document, "player_count", 3.0);
    REQUIRE(mongo_room_of(document, &back));
    EXPECT_EQ_STR(back.room_id, "room123");
    EXPECT_EQ_INT(back.ticket, 1700000000000000000);
    EXPECT_EQ_INT(back.at_ns, 1763735529598000000);
    EXPECT_EQ_INT(back.players, 3);
    bson_destroy(document);
}

TEST(a_room_of_impossible_numbers_is_none)
{
    struct store_order back;
    bson_t *document = room_document(-1, 1);
    BSON_APPEND_INT32(document, "player_count", 1);
    EXPECT(!mongo_room_of(document, &back));
    bson_destroy(document);
    document = room_document(1, INT64_MAX);
    BSON_APPEND_INT32(document, "player_count", 1);
    EXPECT(!mongo_room_of(document, &back));
    bson_destroy(document);
    document = room_document(1, 1);
    BSON_APPEND_INT32(document, "player_count", -1);
    EXPECT(!mongo_room_of(document, &back));
    bson_destroy(document);
}
