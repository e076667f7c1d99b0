/* traceparent headers: the valid ones are read, all others are ignored. */
#include "net/http/trace.h"

#include <stdlib.h>

#include "tests/unit/test.h"

#define ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void expect_trace(const char *header, bool valid)
{
    struct trace *trace = trace_new((struct str){header, strlen(header)});
    if (!EXPECT((trace != NULL) == valid))
        printf("  %s\n", header);
    if (trace != NULL) {
        EXPECT(memcmp(trace->id, ID, sizeof trace->id) == 0);
        EXPECT(memcmp(trace->span, SPAN, sizeof trace->span) == 0);
    }
    free(trace);
}

TEST(valid_ones)
{
    expect_trace("00-" ID "-" SPAN "-01", true);
    expect_trace("00-" ID "-" SPAN "-00", true);
    expect_trace("00-" ID "-" SPAN "-ff", true);
    expect_trace("01-" ID "-" SPAN "-01", true);
    expect_trace("cc-" ID "-" SPAN "-01-what-the-future-will-be-like", true);
}

TEST(wrong_ones)
{
    expect_trace("", false);
    expect_trace("00", false);
    expect_trace("00-" ID, false);
    expect_trace("00-" ID "-" SPAN, false);
    expect_trace("00-" ID "-" SPAN "-", false);
    expect_trace("00-" ID "-" SPAN "-0", false);
    expect_trace("00-" ID "-" SPAN "-01-", false);
    expect_trace("00-" ID "-" SPAN "-01-more", false);
    expect_trace("00-" ID "-" SPAN "-01.", false);
    expect_trace("cc-" ID "-" SPAN "-01.more", false);
    expect_trace("ff-" ID "-" SPAN "-01", false);
    expect_trace("0-" ID "-" SPAN "-01", false);
    expect_trace("000-" ID "-" SPAN "-01", false);
    expect_trace("00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", false);
    expect_trace("00-" ID "-B7AD6B7169203331-01", false);
    expect_trace("00-" ID "-" SPAN "-0x", false);
    expect_trace("00-00000000000000000000000000000000-" SPAN "-01", false);
    expect_trace("00-" ID "-0000000000000000-01", false);
    expect_trace("00-" ID SPAN "--01", false);
    expect_trace("00_" ID "_" SPAN "_01", false);
}

/* Each beginning is wrong, and read no further than it goes (the sanitizer looks). */
TEST(cut_short)
{
    static const char header[] = "00-" ID "-" SPAN "-01";
    for (size_t len = 0; len < sizeof header - 1; len++) {
        char *copy = malloc(len + 1);
        REQUIRE(copy != NULL);
        memcpy(copy + 1, header, len);
        EXPECT(trace_new((struct str){copy + 1, len}) == NULL);
        free(copy);
    }
}
