/* Rosters against a plain model. */
#include "base/roster.h"

#include "tests/unit/test.h"

enum { ROSTERS = 5 };

static struct rosters rosters;
static struct roster all[ROSTERS];

struct entry {
    struct handle session;
    uint32_t member;
};

static struct entry model[ROSTERS][ROSTER_MEMBERS_MAX];
static uint32_t counts[ROSTERS];

static void expect_same(uint32_t i)
{
    EXPECT_EQ_INT(all[i].count, counts[i]);
    const struct handle *sessions = roster_sessions(&rosters, &all[i]);
    const uint32_t *members = roster_members(&rosters, &all[i]);
    EXPECT((sessions == NULL) == (counts[i] == 0));
    for (uint32_t at = 0; at < counts[i]; at++) {
        EXPECT(handle_equal(sessions[at], model[i][at].session));
        EXPECT_EQ_INT(members[at], model[i][at].member);
    }
}

static void add(uint32_t i, uint32_t member)
{
    struct entry entry = {{test_below(1u << 31), member}, member};
    EXPECT_EQ_INT(roster_add(&rosters, &all[i], entry.session, member), counts[i]);
    model[i][counts[i]++] = entry;
}

static void remove_one(uint32_t i, uint32_t place)
{
    uint32_t moved = roster_remove(&rosters, &all[i], place);
    counts[i]--;
    EXPECT_EQ_INT(moved, place == counts[i] ? ROSTER_NONE : model[i][counts[i]].member);
    model[i][place] = model[i][counts[i]];
}

TEST(rosters_grow_shrink_and_keep_apart)
{
    REQUIRE(rosters_init(&rosters, ROSTERS) == 0);
    uint32_t next = 1;
    for (uint32_t step = 0; step < 200000 && test_failures == 0; step++) {
        uint32_t i = test_below(ROSTERS);
        bool growing = step / 20000 % 2 == 0;
        uint32_t what = test_below(100);
        if (what == 0 && test_below(20) == 0) {
            roster_empty(&rosters, &all[i]);
            counts[i] = 0;
        } else if ((what < 60) == growing && counts[i] < ROSTER_MEMBERS_MAX) {
            add(i, next++);
        } else if (counts[i] > 0) {
            remove_one(i, test_below(counts[i]));
        }
        if (step % 64 == 0)
            expect_same(i);
    }
    for (uint32_t i = 0; i < ROSTERS; i++)
        expect_same(i);
    rosters_clear(&rosters);
}

TEST(all_rosters_may_be_full_at_once)
{
    REQUIRE(rosters_init(&rosters, ROSTERS) == 0);
    memset(all, 0, sizeof all);
    memset(counts, 0, sizeof counts);
    for (uint32_t i = 0; i < ROSTERS; i++)
        for (uint32_t member = 0; member < ROSTER_MEMBERS_MAX; member++)
            add(i, member);
    for (uint32_t i = 0; i < ROSTERS; i++)
        expect_same(i);
    rosters_clear(&rosters);
}
