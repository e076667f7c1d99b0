/* The checks that protocol.yaml names, beyond the values that stand beside them there. */
#include <float.h>
#include <stdlib.h>

#include "generated/game_codec.h"
#include "generated/live_codec.h"
#include "tests/unit/test.h"

/* Unicode 15, PropList.txt: all 25 characters with White_Space. */
static bool is_space(uint32_t c)
{
    return (c >= 0x9 && c <= 0xd) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* Alone, in an allocation of its size, and behind and before a space. */
TEST(white_space_is_what_unicode_says)
{
    for (uint32_t c = 1; c < 0x10000; c++) {
        char spaced[8] = "\302\205";
        size_t len = encode(c, spaced + 2);
        char *exact = malloc(len);

        REQUIRE(exact != NULL);
        if (c >= 0xd800 && c < 0xe000) {
            free(exact);
            continue;
        }
        memcpy(exact, spaced + 2, len);
        spaced[2 + len] = ' ';
        EXPECT_EQ_INT(live_check_not_blank((struct str){exact, len}), !is_space(c));
        EXPECT_EQ_INT(live_check_not_blank((struct str){spaced, len + 3}), !is_space(c));
        free(exact);
    }
    EXPECT(!live_check_not_blank(STR("")));
}

static bool unit(double w, double x, double y, double z)
{
    struct number rotation[4] = {{.value = w}, {.value = x}, {.value = y}, {.value = z}};

    return game_check_unit_rotation(rotation);
}

TEST(rotations_have_a_norm_within_a_tenth_of_one)
{
    EXPECT(unit(1, 0, 0, 0));
    EXPECT(unit(0, 0, 0, -1));
    EXPECT(unit(0.5, 0.5, 0.5, 0.5));
    EXPECT(unit(0.9, 0, 0, 0));
    EXPECT(unit(0, 1.1, 0, 0));
    EXPECT(!unit(0.8999, 0, 0, 0));
    EXPECT(!unit(0, 1.1001, 0, 0));
    EXPECT(!unit(0, 0, 0, 0));
    EXPECT(!unit(1e200, 0, 0, 0));
    EXPECT(!unit(DBL_MAX, -DBL_MAX, DBL_MAX, DBL_MAX));
}
