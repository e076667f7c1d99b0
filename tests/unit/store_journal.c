/* The journal: what is kept, found again, deleted and refused; a full disk; kill -9. */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/journal.h"
#include "tests/unit/store_fixture.h"

enum { LIST_MAX = 100 };

static char folder[PATH_MAX_BYTES];
static struct store_order found[LIST_MAX];
static struct arena arena;
static struct journal_list list = {.arena = &arena, .orders = found};

static struct journal *open_with(bool shipped, uint64_t bytes_max)
{
    return journal_open(
        &(struct journal_settings){.data_dir = folder, .shipped = shipped, .bytes_max = bytes_max});
}

static struct journal *open_new(void)
{
    folder_make(folder);
    return open_with(false, 1 << 30);
}

static void end(struct journal *journal)
{
    journal_close(journal);
    folder_remove(folder);
}

static struct journal_list *fresh(void)
{
    if (arena.base == NULL)
        CHECK(arena_init(&arena, 64 << 20) == 0);
    arena_reset(&arena, 0);
    return &list;
}

static void apply(struct journal *journal, struct store_order order)
{
    EXPECT_EQ_INT(journal_apply(journal, &order), JOURNAL_OK);
}

/* Messages first to last - 1, in one transaction. */
static bool keep(struct journal *journal, const char *room_id, uint32_t first, uint32_t last)
{
    struct said said;
    if (!journal_begin(journal))
        return false;
    for (; first < last; first++) {
        struct store_order order = entry(&said, room_id, first);
        if (journal_apply(journal, &order) == JOURNAL_FAILED)
            return false;
    }
    return journal_commit(journal);
}

TEST(messages_are_found_again_the_oldest_first)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL);
    EXPECT(keep(journal, "a", 0, 30) && keep(journal, "b", 30, 33));
    REQUIRE(journal_read_entries(journal, STR("a"), 20, fresh()));
    REQUIRE(list.count == 20);
    for (uint32_t i = 0; i < 20; i++)
        EXPECT_EQ_INT(number_of(&found[i]), 10 + i);
    EXPECT_EQ_STR(found[19].text, "message 29");
    EXPECT_EQ_STR(found[19].name, "Ann");
    EXPECT_EQ_STR(found[19].room_id, "a");
    EXPECT_EQ_STR(found[19].client_id, "11111111-2222-4333-8444-555555555555");
    EXPECT_EQ_INT(found[19].at_ns, 1700000000000000029);
    EXPECT(journal_read_entries(journal, STR("b"), 20, fresh()) && list.count == 3);
    EXPECT(journal_read_entries(journal, STR("c"), 20, fresh()) && list.count == 0);
    EXPECT(journal_knows_room(journal, STR("b")) && !journal_knows_room(journal, STR("c")));
    EXPECT_EQ_INT(journal_facts(journal).entries, 33);
    journal_close(journal);

    journal = open_with(false, 1 << 30);
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(journal_facts(journal).entries, 33);
    EXPECT(journal_read_entries(journal, STR("a"), 1, fresh()) && list.count == 1 &&
           number_of(&found[0]) == 29);
    end(journal);
}

TEST(any_text_comes_back_as_it_was)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL);
    char name[512];
    memset(name, 0x01, sizeof name);
    struct said said;
    struct store_order order = entry(&said, "x", 1);
    order.room_id = (struct str){name, sizeof name};
    order.name = STR("\xed\x94\x8c\xeb\xa0\x88 \xf0\x9f\x99\x82 '; DROP TABLE rooms; --");
    order.text = STR("\"\\\n\t\x7f");
    REQUIRE(journal_begin(journal));
    apply(journal, order);
    REQUIRE(journal_commit(journal));
    REQUIRE(journal_read_entries(journal, order.room_id, 9, fresh()) && list.count == 1);
    EXPECT_EQ_STR(found[0].room_id, order.room_id);
    EXPECT_EQ_STR(found[0].name, order.name);
    EXPECT_EQ_STR(found[0].text, order.text);
    end(journal);
}

TEST(rooms_are_created_once_and_touched_often)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL && journal_begin(journal));
    apply(journal, room("a", 100, 1));
    apply(journal, room("b", 200, 1));
    apply(journal, room("a", 300, 2));
    apply(journal, room("b", 250, 0));
    apply(journal, room("c", 50, 5));
    apply(journal, room("a", 290, 1)); /* the clock was set back */
    REQUIRE(journal_commit(journal));
    REQUIRE(journal_read_rooms(journal, 99, LIST_MAX, fresh()));
    REQUIRE(list.count == 2);
    EXPECT_EQ_STR(found[0].room_id, "a");
    EXPECT_EQ_INT(found[0].ticket, 100);
    EXPECT_EQ_INT(found[0].at_ns, 300);
    EXPECT_EQ_INT(found[0].players, 1);
    EXPECT_EQ_STR(found[1].room_id, "b");
    EXPECT_EQ_INT(found[1].players, 0);
    EXPECT(journal_read_rooms(journal, 0, 1, fresh()) && list.count == 1);
    EXPECT(journal_read_crowded(journal, LIST_MAX, fresh()) && list.count == 2);
    end(journal);
}

TEST(keys_of_the_cache_are_noted_and_forgotten)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL && journal_begin(journal));
    const struct store_order keys[] = {
        {.kind = STORE_STATE, .room_id = STR_INIT("a"), .client_id = STR_INIT("1")},
        {.kind = STORE_STATE, .room_id = STR_INIT("a"), .client_id = STR_INIT("2")},
        {.kind = STORE_STATE, .room_id = STR_INIT("a"), .client_id = STR_INIT("1")},
        {.kind = STORE_STATE, .room_id = STR_INIT("b"), .client_id = STR_INIT("1")},
        {.kind = STORE_GONE, .room_id = STR_INIT("a"), .client_id = STR_INIT("2")},
    };
    for (uint32_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        apply(journal, keys[i]);
    REQUIRE(journal_commit(journal));
    REQUIRE(journal_read_noted(journal, 0, LIST_MAX, fresh()) && list.count == 2);
    EXPECT_EQ_INT(found[0].kind, STORE_GONE);
    EXPECT_EQ_STR(found[0].room_id, "a");
    EXPECT_EQ_STR(found[0].client_id, "1");
    EXPECT_EQ_STR(found[1].room_id, "b");
    EXPECT(journal_read_noted(journal, 1, LIST_MAX, fresh()) && list.count == 1);
    EXPECT(journal_read_noted(journal, 2, LIST_MAX, fresh()) && list.count == 0);
    end(journal);
}

TEST(a_rollback_leaves_nothing)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL);
    EXPECT(keep(journal, "a", 0, 5));
    struct said said;
    REQUIRE(journal_begin(journal));
    apply(journal, entry(&said, "a", 5));
    EXPECT(journal_read_entries(journal, STR("a"), 20, fresh()) && list.count == 6);
    journal_rollback(journal);
    EXPECT(journal_read_entries(journal, STR("a"), 20, fresh()) && list.count == 5);
    EXPECT(keep(journal, "a", 5, 6));
    EXPECT_EQ_INT(journal_facts(journal).entries, 6);
    end(journal);
}

/* Shipping. */

/* Says that all that waits is in MongoDB; returns how many messages that were. */
static uint32_t ship(struct journal *journal)
{
    uint32_t entries = 0;
    do {
        CHECK(journal_read_unshipped(journal, LIST_MAX, fresh()) && journal_begin(journal));
        for (uint32_t i = 0; i < list.count; i++) {
            entries += found[i].kind == STORE_ENTRY;
            CHECK(journal_mark(journal, &found[i]));
        }
        CHECK(journal_commit(journal));
    } while (list.count > 0);
    return entries;
}

TEST(what_is_not_shipped_is_told_in_order)
{
    folder_make(folder);
    struct journal *journal = open_with(true, 1 << 30);
    REQUIRE(journal != NULL);
    EXPECT(keep(journal, "a", 0, 3));
    REQUIRE(journal_read_unshipped(journal, LIST_MAX, fresh()));
    REQUIRE(list.count == 4);
    EXPECT_EQ_INT(found[0].kind, STORE_ROOM);
    for (uint32_t i = 1; i < 4; i++)
        EXPECT_EQ_INT(number_of(&found[i]), i - 1);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 3);
    EXPECT_EQ_INT(ship(journal), 3);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 0);
    EXPECT(keep(journal, "a", 3, 4));
    journal_close(journal);
    journal = open_with(true, 1 << 30);
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 1);
    EXPECT(journal_read_unshipped(journal, LIST_MAX, fresh()) && list.count == 1 &&
           number_of(&found[0]) == 3);
    end(journal);
}

TEST(a_room_that_changed_since_is_shipped_again)
{
    folder_make(folder);
    struct journal *journal = open_with(true, 1 << 30);
    REQUIRE(journal != NULL && journal_begin(journal));
    apply(journal, room("a", 100, 1));
    REQUIRE(journal_commit(journal));
    REQUIRE(journal_read_unshipped(journal, LIST_MAX, fresh()) && list.count == 1);
    REQUIRE(journal_begin(journal));
    apply(journal, room("a", 100, 2));
    EXPECT(journal_mark(journal, &found[0]));
    REQUIRE(journal_commit(journal));
    REQUIRE(journal_read_unshipped(journal, LIST_MAX, fresh()) && list.count == 1);
    EXPECT_EQ_INT(found[0].players, 2);
    (void)ship(journal);
    EXPECT(journal_read_unshipped(journal, LIST_MAX, fresh()) && list.count == 0);
    end(journal);
}

/* Bounds. */

enum { SMALL = 1 << 20, STEP = 500 };

/* Long messages in rooms of ten each. */
static bool keep_much(struct journal *journal, uint32_t first, uint32_t *dropped)
{
    struct said said;
    *dropped = 0;
    if (!journal_begin(journal))
        return false;
    for (uint32_t i = first; i < first + STEP; i++) {
        char name[16];
        snprintf(name, sizeof name, "room %u", i / 10);
        struct store_order order = entry(&said, name, i);
        memset(said.text, 'x', 1000);
        order.text.len = 1000;
        enum journal_result result = journal_apply(journal, &order);
        if (result == JOURNAL_FAILED)
            return false;
        *dropped += result == JOURNAL_FULL;
    }
    return journal_commit(journal);
}

static off_t file_bytes(void)
{
    char path[PATH_MAX_BYTES + 16];
    struct stat file;
    snprintf(path, sizeof path, "%s/journal.db", folder);
    CHECK(stat(path, &file) == 0);
    return file.st_size;
}

TEST(the_oldest_make_room)
{
    folder_make(folder);
    struct journal *journal = open_with(false, SMALL);
    REQUIRE(journal != NULL);
    uint32_t dropped;
    for (uint32_t i = 0; i < 40; i++) {
        REQUIRE(keep_much(journal, i * STEP, &dropped));
        EXPECT_EQ_INT(dropped, 0);
        EXPECT(!journal_is_full(journal));
    }
    struct journal_facts facts = journal_facts(journal);
    EXPECT(facts.entries > STEP && facts.entries < 1500);
    REQUIRE(journal_read_entries(journal, STR("room 1999"), 20, fresh()));
    EXPECT(list.count == 10 && number_of(&found[9]) == 19999);
    EXPECT(!journal_knows_room(journal, STR("room 0")));
    EXPECT(!journal_knows_room(journal, STR("room 1700")));
    EXPECT(journal_knows_room(journal, STR("room 1999")));
    journal_close(journal);
    EXPECT(file_bytes() < 3 * SMALL);
    folder_remove(folder);
}

TEST(rooms_without_messages_make_room_too_but_not_those_with_players)
{
    folder_make(folder);
    struct journal *journal = open_with(false, SMALL);
    REQUIRE(journal != NULL);
    for (uint32_t i = 0; i < 40; i++) {
        REQUIRE(journal_begin(journal));
        for (uint32_t j = 0; j < STEP; j++) {
            char name[256];
            memset(name, 'n', sizeof name);
            snprintf(name, sizeof name, "%0200u", i * STEP + j);
            apply(journal, room(name, i * STEP + j + 1, i + j == 0));
        }
        REQUIRE(journal_commit(journal));
        EXPECT(journal_tend(journal));
    }
    REQUIRE(journal_read_rooms(journal, 0, LIST_MAX, fresh()));
    EXPECT_EQ_INT(found[0].at_ns, 40 * STEP);
    EXPECT(journal_read_crowded(journal, LIST_MAX, fresh()) && list.count == 1);
    journal_close(journal);
    EXPECT(file_bytes() < 3 * SMALL);
    folder_remove(folder);
}

TEST(what_is_not_shipped_is_not_deleted)
{
    folder_make(folder);
    struct journal *journal = open_with(true, SMALL);
    REQUIRE(journal != NULL);
    uint32_t dropped = 0, kept = 0, next = 0;
    for (; dropped == 0 && next < 40; next++) {
        REQUIRE(keep_much(journal, next * STEP, &dropped));
        kept += STEP - dropped;
    }
    EXPECT_EQ_INT(dropped, STEP);
    EXPECT(journal_is_full(journal));
    EXPECT_EQ_INT(journal_facts(journal).entries, kept);
    struct store_order stranger = room("a new one", 1, 1), known = room("room 0", 1, 1);
    REQUIRE(journal_begin(journal));
    EXPECT_EQ_INT(journal_apply(journal, &stranger), JOURNAL_FULL);
    EXPECT_EQ_INT(journal_apply(journal, &known), JOURNAL_OK);
    REQUIRE(journal_commit(journal));

    EXPECT_EQ_INT(ship(journal), kept);
    EXPECT(!journal_is_full(journal));
    REQUIRE(keep_much(journal, next * STEP, &dropped));
    EXPECT(dropped == 0 && !journal_is_full(journal));
    EXPECT_EQ_INT(journal_facts(journal).unshipped, STEP);
    EXPECT(!journal_knows_room(journal, STR("room 1")));
    end(journal);
}

/* What was found is in MongoDB, but for these two messages. */
static bool mark_all_but(struct journal *journal, uint32_t one, uint32_t other)
{
    bool done = journal_begin(journal);
    for (uint32_t i = 0; done && i < list.count; i++) {
        bool refused = found[i].kind == STORE_ENTRY &&
                       (number_of(&found[i]) == one || number_of(&found[i]) == other);
        if (refused)
            found[i].text = STR("why");
        done = refused ? journal_set_aside(journal, &found[i]) : journal_mark(journal, &found[i]);
    }
    return done;
}

TEST(what_is_set_aside_is_kept_beyond_the_bound_until_it_is_taken)
{
    folder_make(folder);
    struct journal *journal = open_with(true, SMALL);
    REQUIRE(journal != NULL && keep(journal, "a", 0, 5));
    REQUIRE(journal_read_unshipped(journal, LIST_MAX, fresh()) && list.count == 6);
    EXPECT(mark_all_but(journal, 1, 3));
    journal_rollback(journal);
    EXPECT_EQ_INT(journal_facts(journal).set_aside, 0);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 5);
    EXPECT(mark_all_but(journal, 1, 3) && journal_commit(journal));
    EXPECT_EQ_INT(journal_facts(journal).set_aside, 2);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 0);

    uint32_t dropped;
    for (uint32_t i = 1; i < 10; i++) {
        REQUIRE(keep_much(journal, i * STEP, &dropped) && dropped == 0);
        (void)ship(journal);
    }
    EXPECT(journal_read_entries(journal, STR("a"), 20, fresh()) && list.count == 0);
    journal_close(journal);
    journal = open_with(true, SMALL);
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(journal_facts(journal).set_aside, 2);
    REQUIRE(journal_read_set_aside(journal, 0, LIST_MAX, fresh()) && list.count == 2);
    EXPECT(number_of(&found[0]) == 1 && number_of(&found[1]) == 3);
    EXPECT_EQ_STR(found[1].text, "message 3");
    EXPECT_EQ_STR(found[1].room_id, "a");
    EXPECT(mark_all_but(journal, 1, 1) && journal_commit(journal));
    EXPECT_EQ_INT(journal_facts(journal).set_aside, 1);
    EXPECT_EQ_INT(journal_facts(journal).unshipped, 0);
    EXPECT(journal_read_set_aside(journal, 2, LIST_MAX, fresh()) && list.count == 0);
    end(journal);
}

/* A disk that takes nothing. */

TEST(a_full_disk_loses_and_doubles_nothing)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL);
    uint32_t next = 0, failures = 0;
    files_at_most(400 << 10);
    while (failures < 3 && next < 100000) {
        if (keep(journal, "a", next, next + 50)) {
            next += 50;
        } else {
            failures++;
            EXPECT(strlen(journal_error(journal)) > 0);
            journal_rollback(journal);
            EXPECT_EQ_INT(journal_facts(journal).entries, next);
        }
        EXPECT(journal_tend(journal));
    }
    EXPECT_EQ_INT(failures, 3);
    EXPECT(journal_read_entries(journal, STR("a"), 20, fresh()) && list.count == 20 &&
           number_of(&found[19]) == next - 1);
    files_at_most(0);
    EXPECT(keep(journal, "a", next, next + 50));
    journal_close(journal);
    journal = open_with(true, 1 << 30);
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(journal_facts(journal).entries, next + 50);
    EXPECT_EQ_INT(ship(journal), next + 50);
    end(journal);
}

/* What cannot be opened. */

/* In a process of its own, since a process may open what is its own. */
static bool opens_elsewhere(void)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        struct journal *journal = open_with(false, 1 << 30);
        _exit(journal != NULL);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return WEXITSTATUS(status) == 1;
}

TEST(two_processes_do_not_share_a_folder)
{
    struct journal *journal = open_new();
    REQUIRE(journal != NULL);
    EXPECT(!opens_elsewhere());
    EXPECT(keep(journal, "a", 0, 10));
    EXPECT(!opens_elsewhere());
    journal_close(journal);
    EXPECT(opens_elsewhere());
    folder_remove(folder);
}

static void execute(const char *sql)
{
    char path[PATH_MAX_BYTES + 16];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/journal.db", folder);
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    CHECK(sqlite3_close(db) == SQLITE_OK);
}

/* Writes over the file, or cuts it. */
static void damage(off_t at, const char *bytes, off_t size)
{
    char path[PATH_MAX_BYTES + 16];
    snprintf(path, sizeof path, "%s/journal.db", folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0 && pwrite(fd, bytes, strlen(bytes), at) == (ssize_t)strlen(bytes));
    CHECK(size == 0 || ftruncate(fd, size) == 0);
    close(fd);
}

TEST(what_is_no_journal_is_refused_and_left_as_it_is)
{
    folder_make(folder);
    damage(0, "this is a text that somebody put here, and no database at all", 0);
    EXPECT(open_with(false, 1 << 30) == NULL);
    damage(0, "short", 5);
    EXPECT(open_with(false, 1 << 30) == NULL);
    EXPECT_EQ_INT(file_bytes(), 5);
    folder_remove(folder);

    folder_make(folder);
    execute("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    EXPECT(open_with(false, 1 << 30) == NULL);
    execute("INSERT INTO theirs VALUES (2)");
    folder_remove(folder);

    journal_close(open_new());
    execute("PRAGMA user_version = 99");
    EXPECT(open_with(false, 1 << 30) == NULL);
    execute("PRAGMA user_version = 1");
    journal_close(open_with(false, 1 << 30));
    folder_remove(folder);

    struct journal *journal = open_new();
    REQUIRE(journal != NULL && keep(journal, "a", 0, 1000));
    journal_close(journal);
    damage(0, "", 8192);
    EXPECT(open_with(false, 1 << 30) == NULL);
    folder_remove(folder);
}

TEST(a_folder_that_cannot_be_is_refused)
{
    folder_make(folder);
    char parent[PATH_MAX_BYTES];
    memcpy(parent, folder, sizeof parent);
    snprintf(folder, sizeof folder, "%.100s/new", parent);
    journal_close(open_with(false, 1 << 30));
    snprintf(folder, sizeof folder, "%.100s/none/new", parent);
    EXPECT(open_with(false, 1 << 30) == NULL);
    snprintf(folder, sizeof folder, "%.100s/new/journal.db", parent);
    EXPECT(open_with(false, 1 << 30) == NULL);
    folder_remove(parent);
}

/* kill -9. */

/* Keeps messages for ever, and writes how many there are after each transaction. */
_Noreturn static void keep_and_tell(int pipe_fd, uint32_t next)
{
    struct journal *journal = open_with(false, 1 << 30);
    CHECK(journal != NULL && journal_facts(journal).entries == next);
    for (uint32_t step = 1;; step = step * 7 % 61) {
        CHECK(keep(journal, "a", next, next + step));
        next += step;
        EXPECT(journal_tend(journal));
        CHECK(write(pipe_fd, &next, sizeof next) == sizeof next);
    }
}

/* Lets it run until it has told so often, and kills it; returns what it told last. */
static uint32_t run_and_kill(uint32_t times, uint32_t next)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    pid_t child = fork();
    if (child == 0)
        keep_and_tell(fds[1], next);
    close(fds[1]);
    for (uint32_t told; times > 0 && read(fds[0], &told, sizeof told) == sizeof told; times--)
        next = told;
    CHECK(kill(child, SIGKILL) == 0);
    for (uint32_t told; read(fds[0], &told, sizeof told) == sizeof told;)
        next = told;
    CHECK(waitpid(child, NULL, 0) == child);
    close(fds[0]);
    return next;
}

TEST(killing_the_process_loses_and_doubles_nothing)
{
    folder_make(folder);
    uint32_t next = 0;
    for (uint32_t life = 0; life < 20; life++) {
        uint32_t told = run_and_kill(1 + test_below(60), next);
        struct journal *journal = open_with(true, 1 << 30);
        REQUIRE(journal != NULL);
        uint64_t entries = journal_facts(journal).entries;
        EXPECT(entries >= told && entries < told + 61); /* one transaction may be in between */
        next = (uint32_t)entries;
        journal_close(journal);
    }
    struct journal *journal = open_with(true, 1 << 30);
    REQUIRE(journal != NULL);
    EXPECT_EQ_INT(ship(journal), next);
    end(journal);
}
