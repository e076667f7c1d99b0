/* The predicates that protocol.yaml names under `check:`, for what its own words can't say. */
#include "generated/game_codec.h"
#include "generated/live_codec.h"

/* Unicode 15, PropList.txt: White_Space above ASCII, as UTF-8. */
static const struct str wide_spaces[] = {
    STR_INIT("\302\205"),     STR_INIT("\302\240"),     STR_INIT("\341\232\200"),
    STR_INIT("\342\200\200"), STR_INIT("\342\200\201"), STR_INIT("\342\200\202"),
    STR_INIT("\342\200\203"), STR_INIT("\342\200\204"), STR_INIT("\342\200\205"),
    STR_INIT("\342\200\206"), STR_INIT("\342\200\207"), STR_INIT("\342\200\210"),
    STR_INIT("\342\200\211"), STR_INIT("\342\200\212"), STR_INIT("\342\200\250"),
    STR_INIT("\342\200\251"), STR_INIT("\342\200\257"), STR_INIT("\342\201\237"),
    STR_INIT("\343\200\200"),
};

/* Bytes of the white space that the text begins with, 0 for none. */
static size_t space_len(struct str text)
{
    if (text.base[0] == ' ' || (text.base[0] >= '\t' && text.base[0] <= '\r'))
        return 1;
    if (!(text.base[0] & 0x80))
        return 0; /* another character of ASCII */
    for (size_t i = 0; i < sizeof wide_spaces / sizeof wide_spaces[0]; i++)
        if (text.len >= wide_spaces[i].len &&
            memcmp(text.base, wide_spaces[i].base, wide_spaces[i].len) == 0)
            return wide_spaces[i].len;
    return 0;
}

/* More than characters with Unicode's property White_Space. */
bool live_check_not_blank(struct str value)
{
    while (value.len > 0) {
        size_t len = space_len(value);

        if (len == 0)
            return true;
        value.base += len;
        value.len -= len;
    }
    return false;
}

/* A quaternion w, x, y, z whose norm is within 0.1 of 1. */
bool game_check_unit_rotation(const struct number value[4])
{
    double squares = 0;

    for (int i = 0; i < 4; i++)
        squares += value[i].value * value[i].value;
    /* 0.9 and 1.1, squared; an overflow to infinity fails too. */
    return squares >= 0.81 && squares <= 1.2100000000000002;
}
